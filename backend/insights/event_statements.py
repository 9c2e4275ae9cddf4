"""The chance of a seizure on the day after the diary, beside the plain average."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.insights.evidence import Evidence
from backend.insights.statements import Answer, Statement, rounded
from backend.science.event_forecast import BASELINE_DAYS, LEAST_DAYS
from backend.science.event_hours import HOURS, hour_forecast
from backend.science.refusal import Refusal

MUCH_LIKELIER: Final = 1.5  # than hours are on average


def seizure_ahead(evidence: Evidence) -> Answer:
    """In percent; the average of 90 days, cycles and the likelier hours in the detail."""
    columns = evidence.columns
    if not len(columns["kept"]):
        return Refusal("too_few_days_kept", 0.0, LEAST_DAYS, "days")
    events = _by_hour(evidence)
    found = hour_forecast(events, columns["heart_per_min"])
    if isinstance(found, Refusal):
        return found
    daily = found.daily
    detail = {
        "baseline_percent": rounded(100 * float(daily.baseline[-1])),
        "baseline_days": BASELINE_DAYS,
        "days_kept": int(np.isfinite(events[:, 0]).sum()),
        "events": int(np.nansum(events)),
        "cycles_used": daily.cycles_used,
        "heart_used": daily.heart_used,
        "cycle_days": [rounded(cycle.period_days) for cycle in daily.cycles],
        "likelier_hours": _likelier(found.probability[-1]) if found.hours_used else [],
        "first_day": str(evidence.first_day),
        "last_day": str(evidence.last_day),
    }
    chance = float(daily.probability[-1])
    lower, upper = daily.interval
    return Statement(rounded(100 * chance), rounded(100 * lower), rounded(100 * upper), detail)


def _by_hour(evidence: Evidence) -> NDArray[np.float64]:
    """Days by hours, NaN for a day that was not kept."""
    columns = evidence.columns
    first = int(columns["kept"][0])
    events = np.full((int(columns["kept"][-1]) - first + 1, HOURS), np.nan)
    events[columns["kept"] - first] = 0.0
    np.add.at(events, (columns["days"] - first, columns["hours"]), columns["counts"])
    return events


def _likelier(chance: NDArray[np.float64]) -> list[int]:
    """Hours of the day with clearly more than their share."""
    return np.flatnonzero(chance > MUCH_LIKELIER * chance.mean()).tolist()
