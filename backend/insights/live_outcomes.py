"""What came of what models in use have said: stored findings set beside what was recorded since.

- adherence.outlook: a chance of missing 20 % of a medicine's doses in thirty days, told thirty days
  ago, beside the doses of those days. An unanswered dose may have been taken or not: where that
  decides, the outcome is not known and the medicine is left out.
- glucose.ahead: the interval for an hour ahead, beside the reading that came then; of days that are
  thinned out only the forecast that was kept by lot, or warnings would have more say than they had.

No hospital's stays come into this house, so readmissions are not seen.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from backend.accounts.actors import Actor, job
from backend.insights import glucose_ahead
from backend.insights.evidence import OUTCOMES
from backend.insights.models import Finding, LearnedModel
from backend.insights.pruning import fairly_drawn
from backend.patients.access import Category, Chart, list_patients, open_chart
from backend.patients.models import Patient
from backend.regimens import supply
from backend.science.adherence import TAKEN, UNANSWERED
from backend.science.glucose_forecast_grid import MINUTE_MS, STEP_MIN
from backend.science.remedied_risk import Labels
from backend.streams import queries as streams

REAUDIT: Final = "insights.reaudit"
OUTLOOK: Final = "adherence.outlook"
OUTLOOK_SPAN: Final = timedelta(days=30)
ANSWERS_COME: Final = timedelta(days=2)  # a dose is often marked a day late
LIKELY: Final = 0.5  # the outlook alerts nobody; its rates are told at even odds
LEAST_DUE: Final = 20  # doses in thirty days: a medicine that ended tells nothing
GOOD_SHARE: Final = 0.8
AHEAD_SPAN: Final = timedelta(days=28)
FORECASTS_OF_ONE: Final = 60
MOST_PEOPLE: Final = 500
HOUR: Final = 60 // STEP_MIN
AGES: Final = ((40, "under 40"), (65, "40 to 64"))
OLDEST: Final = "65 and over"
NOT_RECORDED: Final = "not recorded"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Risks that were told, what happened then, the groups of those people, and the threshold.

    A model that stores its threshold needs none here.
    """

    probability: NDArray[np.float64]
    happened: NDArray[np.bool_]
    groups: Mapping[str, Labels]
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Intervals:
    """Whether each outcome lay within its 90 % interval, whose it is, and the groups."""

    person: NDArray[np.int64]
    within: NDArray[np.bool_]
    groups: Mapping[str, Labels]


Live = Callable[[LearnedModel, datetime], Outcomes | Intervals]


def outlook_outcomes(model: LearnedModel, now: datetime) -> Outcomes:
    """Of each medicine with an outlook that stood thirty days ago, where the doses tell."""
    end = now - ANSWERS_COME
    start = end - OUTLOOK_SPAN
    stood = Finding.objects.filter(
        Q(superseded_at=None) | Q(superseded_at__gt=start),
        method=OUTLOOK,
        version=model.version,
        abstained="",
        computed_at__lte=start,
        valid_until__gt=start,
    )
    told: list[tuple[float, bool, Patient]] = []
    for chart, (finding,) in _charts(stood, Category.MEDICINES, now=now):
        missed = _missed_by_medicine(chart, start, end)
        told += [
            (one["percent"] / 100, missed[one["medicine"]], chart.patient)
            for one in finding.detail["medicines"]
            if one["medicine"] in missed
        ]
    return Outcomes(
        np.array([risk for risk, _, _ in told], np.float64),
        np.array([happened for _, happened, _ in told], np.bool_),
        groups_of([patient for _, _, patient in told], now),
        threshold=LIKELY,
    )


def _missed_by_medicine(chart: Chart, start: datetime, end: datetime) -> dict[str, bool]:
    """Whether less than 80 % was taken, of each medicine of which that is known."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for dose in supply.due_doses(chart, start=start, end=end):
        by_name[dose.medicine].append(OUTCOMES[dose.status])
    found = {}
    for name, outcomes in by_name.items():
        enough = GOOD_SHARE * len(outcomes)
        at_least = outcomes.count(TAKEN)
        at_most = at_least + outcomes.count(UNANSWERED)
        if len(outcomes) >= LEAST_DUE and (at_least >= enough or at_most < enough):
            found[name] = at_most < enough
    return found


def ahead_intervals(model: LearnedModel, now: datetime) -> Intervals:
    """Of the last weeks' forecasts, at most sixty a person, those whose hour brought a reading."""
    said = Finding.objects.filter(
        method=glucose_ahead.METHOD,
        version=model.version,
        abstained="",
        computed_at__gt=now - AHEAD_SPAN,
        computed_at__lte=now - timedelta(hours=2),
    )
    whose: list[Patient] = []
    person: list[int] = []
    within: list[bool] = []
    for chart, findings in _charts(said, Category.STREAMS, now=now):
        held = _held(chart, findings, now=now)
        person += [len(whose)] * len(held)
        within += held
        whose.append(chart.patient)
    at = np.array(person, np.int64)
    groups = {of: labels[at] for of, labels in groups_of(whose, now).items()}
    return Intervals(at, np.array(within, np.bool_), groups)


def _held(chart: Chart, findings: Sequence[Finding], *, now: datetime) -> list[bool]:
    """Whether the reading nearest to an hour later, within half a step, lay in the interval."""
    drawn = fairly_drawn(findings, ZoneInfo(chart.patient.zone), now=now)
    chosen = drawn[:: -(-len(drawn) // FORECASTS_OF_ONE)]
    readings = streams.samples(chart, "glucose", start=now - AHEAD_SPAN, end=now)
    held = []
    for finding in chosen:
        at = finding.detail["last_ms"] + HOUR * STEP_MIN * MINUTE_MS
        half = STEP_MIN * MINUTE_MS // 2
        near = readings.between(at - half, at + half + 1)
        if len(near):
            value = near.values[np.abs(near.instants - at).argmin()]
            lower, upper = finding.detail["lower_mg_dl"], finding.detail["upper_mg_dl"]
            held.append(bool(lower[HOUR - 1] <= value <= upper[HOUR - 1]))
    return held


def _charts(
    findings: Any, category: Category, *, now: datetime
) -> Iterator[tuple[Chart, list[Finding]]]:
    """Each patient's chart, opened for the re-audit, with her findings in order."""
    actor: Actor = job(REAUDIT)
    may_read = list_patients(actor, Category.INSIGHTS, category, now=now)
    ids = findings.filter(patient__in=may_read).values_list("patient", flat=True)
    for patient_id in list(ids.order_by("patient").distinct()[:MOST_PEOPLE]):
        chart = open_chart(actor, patient_id, Category.INSIGHTS, category, subject=REAUDIT, now=now)
        yield chart, list(findings.filter(patient=chart.patient).order_by("computed_at"))


def groups_of(patients: Sequence[Patient], now: datetime) -> dict[str, Labels]:
    """The labels that audits of live outcomes go by."""
    return {
        "sex": np.array([patient.sex for patient in patients], np.str_),
        "age": np.array([_age(patient, now) for patient in patients], np.str_),
    }


def _age(patient: Patient, now: datetime) -> str:
    born = patient.birth_date
    if born is None:
        return NOT_RECORDED
    today = now.date()
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return next((label for below, label in AGES if years < below), OLDEST)


LIVE: Final[Mapping[str, Live]] = {
    OUTLOOK: outlook_outcomes,
    glucose_ahead.METHOD: ahead_intervals,
}
