"""Evidence in, statement out, medicine by medicine: never one percentage of all of them.

The value of such a finding is how many medicines it is about; each has its own numbers in
`detail.medicines`, with the reason where there are none.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from backend.insights.evidence import Evidence
from backend.insights.in_use import InUse
from backend.insights.statements import Answer, Statement, rounded
from backend.insights.words import abstained, part, refused
from backend.science.adherence_risk import LEAST_DUE_DAYS, adherence_risk, coefficients_of
from backend.science.monitor import (
    LEAST_DAYS,
    DueDoses,
    Implementation,
    Persistence,
    Phases,
    Share,
    phases,
)
from backend.science.monitor_openings import Monitored, monitored
from backend.science.pdc import ClassFills, Stays, proportion_of_days_covered
from backend.science.refusal import Refusal

DAY_MINUTES = 1440


def by_phases(evidence: Evidence) -> Answer:
    """Initiation, implementation and persistence of each medicine; how many are being taken."""
    told = []
    for name, active, doses in _medicines(evidence):
        today = evidence.last_day.toordinal() + 1
        away = evidence.columns["away"]
        found = phases(doses, away=away, today=today, ended=not active)
        if isinstance(found, Phases):
            told.append({"medicine": name} | _phases(found))
    if not told:
        return Refusal("too_short_with_medicine", 0, LEAST_DAYS, "days")
    going_on = sum(one.get("state") == "going_on" for one in told)
    return _statement(evidence, told, value=going_on)


def outlook(evidence: Evidence, model: InUse) -> Answer:
    """The risk of taking less than 80 % in the next thirty days: that of the medicine most at risk.

    Abstains if it does for every medicine.
    """
    coefficients = coefficients_of(model.artefact)
    told: list[dict[str, Any]] = []
    refused = []
    for name, active, doses in _medicines(evidence):
        if not active:
            continue
        home = doses.where(~np.isin(doses.day, evidence.columns["away"]))
        today = evidence.last_day.toordinal() + 1
        found = adherence_risk(home.day, home.outcome, today=today, coefficients=coefficients)
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            told.append({"medicine": name} | dataclasses.asdict(found))
    if not told:
        none = Refusal("too_short_for_outlook", 0, LEAST_DUE_DAYS, "days")
        return max(refused, key=lambda refusal: refusal.have / refusal.need, default=none)
    told.sort(key=lambda one: -one["percent"])
    # Its limits are those of what was not answered, no 95 % interval: they stay in the detail.
    notes = [part("outlook_limits", {})]
    return _statement(evidence, told, value=told[0]["percent"], notes=notes)


def by_fills(evidence: Evidence) -> Answer:
    """Of each medicine the days that its fills cover, since the first of the year's."""
    columns = evidence.columns
    names = columns["names"].tolist()
    order = np.lexsort((columns["days"], columns["medicines"]))
    last = evidence.last_day.toordinal()
    count = len(names)
    # Each medicine as if it were a person of its own: what another one covers is no matter.
    away = columns["away"]
    each = np.repeat(np.arange(count), len(away))
    found = proportion_of_days_covered(
        ClassFills(
            columns["medicines"][order],
            columns["days"][order],
            np.floor(columns["supply_days"][order]).astype(np.int64),
            np.zeros((len(order), 1), np.int64),
            people=count,
        ),
        start=np.full(count, evidence.first_day.toordinal(), np.int64),
        end=np.full(count, last, np.int64),
        stays=Stays(each, np.tile(away, count), np.tile(away, count)),
    )
    told = [
        dict(
            medicine=name,
            covered_percent=100 * float(found.pdc[n]),
            covered_days=int(found.covered_days[n]),
            period_days=int(found.period_days[n]),
        )
        for n, name in enumerate(names)
        if np.isfinite(found.pdc[n])
    ]
    if not told:
        return found.refusal()
    return _statement(evidence, told, value=len(told))


def by_openings(evidence: Evidence) -> Answer:
    """Taking, correct dosing, timing and holidays of each pill monitor with a plan beside it."""
    columns = evidence.columns
    told, refused = [], []
    for n, name in enumerate(columns["names"].tolist()):
        mine = columns["monitors"] == n
        found = _monitored(columns, mine, int(columns["a_day"][n]))
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            told.append({"medicine": name} | _openings(found))
    if not told:
        none = Refusal("too_short_with_medicine", 0, LEAST_DAYS, "days")
        return refused[0] if refused else none
    return _statement(evidence, told, value=len(told))


def _monitored(columns: Mapping[str, Any], mine: Any, a_day: int) -> Monitored | Refusal:
    minutes = columns["minutes"][mine]
    days = np.floor(minutes / DAY_MINUTES).astype(np.int64)
    return monitored(
        minutes[columns["opened"][mine]],
        doses_a_day=a_day,
        away=columns["away"],
        first_day=int(days.min()),
        last_day=int(days.max()),
    )


def _medicines(evidence: Evidence) -> Iterable[tuple[str, bool, DueDoses]]:
    """Name, whether it is still prescribed, and its due doses."""
    columns = evidence.columns
    doses = DueDoses(
        columns["days"], columns["outcomes"], columns["minutes_off"], columns["minutes_to_next"]
    )
    for n, name in enumerate(columns["names"].tolist()):
        yield name, bool(columns["active"][n]), doses.where(columns["medicines"] == n)


def _phases(found: Phases) -> dict[str, Any]:
    begun = found.initiation
    told: dict[str, Any] = {
        "begun": None if begun.day is None else date.fromordinal(begun.day).isoformat(),
        "waited_days": begun.days_waited,
        "begun_for_sure": begun.certain,
    }
    return told | _implementation(found.implementation) | _persistence(found.persistence)


def _implementation(found: Implementation | Refusal | None) -> dict[str, Any]:
    if found is None:
        return {}
    if isinstance(found, Refusal):
        why = refused(found)
        return {"thin": abstained(found.code, why), "thin_of": why}
    return {
        "doses": found.doses,
        **_share("taking", found.taking),
        **_share("correct_days", found.correct_days),
        **_share("on_time", found.on_time),
        "holidays": found.holidays,
        "holidays_at_most": found.holidays_at_most,
        "longest_holiday_days": found.longest_holiday_days,
        "unanswered_percent": found.unanswered_percent,
    }


def _persistence(found: Persistence | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {"state": found.state, "days": found.days, "days_at_most": found.days_at_most}


def _openings(found: Monitored) -> dict[str, Any]:
    return {
        "days": found.days,
        "openings": found.openings,
        "repeated": found.repeated,
        "taking_percent": found.taking_percent,
        **_share("correct_days", found.correct_days),
        **_share("timing", found.timing),
        "holidays": found.holidays,
        "longest_holiday_days": found.longest_holiday_days,
    }


def _share(name: str, found: Share | None) -> dict[str, float]:
    if found is None:
        return {}
    return {
        f"{name}_percent": found.percent,
        f"{name}_lower": found.lower,
        f"{name}_upper": found.upper,
    }


def _statement(
    evidence: Evidence,
    told: list[dict[str, Any]],
    *,
    value: float,
    notes: Iterable[dict[str, Any]] = (),
) -> Statement:
    detail = {
        **({"notes": list(notes)} if notes else {}),
        "medicines": [{name: rounded(number) for name, number in one.items()} for one in told],
        "first_day": str(evidence.first_day),
        "last_day": str(evidence.last_day),
    }
    return Statement(rounded(float(value)), None, None, detail)
