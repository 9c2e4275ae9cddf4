"""Whether the last nights are unlike a person's own, and NightSignal's word beside it."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.insights.evidence import Evidence
from backend.insights.statements import Answer, Statement, rounded
from backend.science.early_warning import LEAST_HISTORY, STREAMS, early_warning
from backend.science.intervals import Z_975
from backend.science.night_charts import EVERY_NIGHTS
from backend.science.nightsignal import night_signal
from backend.science.refusal import Refusal


def unlike_usual(evidence: Evidence) -> Answer:
    """Beats a minute over the usual last night, with the range of usual nights about it."""
    columns = evidence.columns
    rates = columns["rates_per_min"]
    if not len(rates):
        return Refusal("too_few_nights_to_warn", 0.0, LEAST_HISTORY, "nights")
    streams = [columns[name] for name in ("variability_ms", "steps_per_day", "sleep_min")]
    first = evidence.last_day.toordinal() - len(rates) + 1
    set_aside = columns["set_aside"]
    found = early_warning(first, np.stack([rates, *streams]), columns["devices"], set_aside)
    if isinstance(found, Refusal):
        return found
    half = Z_975 * found.spread_per_min
    detail = {
        "score": rounded(found.score),
        "limit": rounded(found.limit),
        "false_alarm_every_nights": EVERY_NIGHTS,
        "nights_in_alarm": len(found.odd),
        "most_per_min": rounded(max((night.above_per_min for night in found.odd), default=0.0)),
        "nights_known": found.nights_known,
        "nights_set_aside": int(set_aside.sum()),
        "nights": [
            {"day": str(date.fromordinal(night.day)), "above_per_min": rounded(night.above_per_min)}
            for night in found.odd
        ],
        "streams_known": [
            name for name, row in zip(STREAMS[1:], streams, strict=True) if np.isfinite(row[-1])
        ],
        **{f"{name}_adds": rounded(share) for name, share in found.shares.items()},
        **_night_signal(first, rates),
        "last_day": str(evidence.last_day),
    }
    above = found.above_per_min
    return Statement(rounded(above), rounded(above - half), rounded(above + half), detail)


def _night_signal(first: int, rates: NDArray[np.float64]) -> dict[str, Any]:
    """NightSignal's word on the last night, from these nights alone."""
    known = np.flatnonzero(np.isfinite(rates))
    nights = night_signal((first + known).tolist(), [int(rate) for rate in rates[known]])
    return {
        "nightsignal_state": nights[-1].state.name.lower(),
        "nightsignal_above_per_min": nights[-1].above,
    }
