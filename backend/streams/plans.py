"""What is agreed about a patient's streams, kind by kind."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from backend.agenda.actions import call_up
from backend.core.problems import FieldError, Invalid, NotFound
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import take_revisions
from backend.streams.models import DayRollup, StreamPlan
from backend.streams.turns import take_turn
from backend.wire.measures import MEASURES, Measure
from backend.wire.messages import StreamPlanRow
from backend.wire.problems import Code

MERGE = "streams.merge"
SILENCE = "insights.silence"
MOST_SOURCES = 20
LONGEST_NAME = 80
LONGEST_INTERVAL_S = 31 * 86_400


class PlanFields(TypedDict, total=False):
    """What a plan may say; None: what the measures table says."""

    sources: Sequence[str]
    every_s: int | None
    tell_team: bool
    target_low: float | None
    target_high: float | None


def set_plan(
    chart: Chart, kind: str, *, now: datetime, **changed: Unpack[PlanFields]
) -> StreamPlan:
    """Set some of the plan's fields; the others stay. Raises NotFound for a kind, Invalid.

    Where another source shall count, all days of the kind are told anew; reads see it at once.
    """
    chart.need(Category.STREAMS, Deed.CHANGE)
    if kind not in MEASURES:
        raise NotFound()
    # First, so that whoever merges meanwhile is done and its days are among those told anew.
    take_turn(chart.patient.id)
    plan = StreamPlan.objects.filter(patient=chart.patient, kind=kind).first()
    if plan is None:
        plan = StreamPlan(patient=chart.patient, bucket=chart.patient.bucket, kind=kind)
    before = list(plan.sources)
    for name, value in changed.items():
        setattr(plan, name, value)
    _check(plan, MEASURES[kind])
    (plan.revision,) = take_revisions(chart.patient.id)
    plan.save()
    call_up(chart.patient.id, SILENCE)  # the interval may be another
    if plan.sources != before:
        DayRollup.objects.filter(patient=chart.patient, kind=kind).update(zone=DayRollup.STALE)
        call_up(chart.patient.id, MERGE)
    return plan


def plans_of(chart: Chart) -> dict[str, StreamPlanRow]:
    """The plans there are, by kind."""
    chart.need(Category.STREAMS)
    rows = StreamPlan.objects.filter(patient=chart.patient).order_by("kind")
    return {plan.kind: plan_row(plan) for plan in rows}


def plans_changed_since(chart: Chart, *, after: int, limit: int) -> list[StreamPlanRow]:
    """Plans made or changed past the revision `after`, in order."""
    chart.need(Category.STREAMS)
    found = StreamPlan.objects.filter(patient=chart.patient, revision__gt=after)
    return [plan_row(plan) for plan in found.order_by("revision")[:limit]]


def priority(patient_id: UUID, kind: str) -> list[str]:
    """Whose samples of the kind count first; empty where nothing is agreed."""
    found = StreamPlan.objects.filter(patient_id=patient_id, kind=kind)
    return found.values_list("sources", flat=True).first() or []


def plan_row(plan: StreamPlan) -> StreamPlanRow:
    """The plan in the form of the wire."""
    return StreamPlanRow(
        kind=plan.kind,
        sources=list(plan.sources),
        every_s=plan.every_s,
        tell_team=plan.tell_team,
        target_low=plan.target_low,
        target_high=plan.target_high,
        revision=plan.revision,
    )


def _check(plan: StreamPlan, measure: Measure) -> None:
    """Raises Invalid naming each bad field."""
    found = [
        *_source_errors(plan.sources),
        *_interval_errors(plan.every_s),
        *_target_errors("target_low", plan.target_low, measure),
        *_target_errors("target_high", plan.target_high, measure),
    ]
    if type(plan.tell_team) is not bool:
        found.append(FieldError("tell_team", Code.WRONG_TYPE, "true or false is needed."))
    low, high = plan.target_low, plan.target_high
    if not found and low is not None and high is not None and low >= high:
        found.append(FieldError("target_high", Code.OUT_OF_RANGE, "A target ends above its low."))
    if found:
        raise Invalid(errors=found)
    plan.sources = list(plan.sources)


def _source_errors(sources: Any) -> list[FieldError]:
    if not isinstance(sources, list | tuple) or not all(type(name) is str for name in sources):
        return [FieldError("sources", Code.WRONG_TYPE, "A list of names is needed.")]
    if len(sources) > MOST_SOURCES:
        return [FieldError("sources", Code.TOO_LONG, f"At most {MOST_SOURCES} sources.")]
    if any(not name.strip() or len(name) > LONGEST_NAME or "\0" in name for name in sources):
        detail = f"A source has a name of at most {LONGEST_NAME} letters."
        return [FieldError("sources", Code.INVALID, detail)]
    if len(set(sources)) < len(sources):
        return [FieldError("sources", Code.INVALID, "Each source stands once.")]
    return []


def _interval_errors(every_s: Any) -> list[FieldError]:
    if every_s is None:
        return []
    if type(every_s) is not int:
        return [FieldError("every_s", Code.WRONG_TYPE, "A whole number of seconds is needed.")]
    if not 1 <= every_s <= LONGEST_INTERVAL_S:
        return [FieldError("every_s", Code.OUT_OF_RANGE, "From a second to a month.")]
    return []


def _target_errors(name: str, value: Any, measure: Measure) -> list[FieldError]:
    if value is None:
        return []
    if type(value) not in (int, float) or not math.isfinite(value):
        return [FieldError(name, Code.NOT_A_NUMBER, "A finite number is needed.")]
    if not measure.low <= value <= measure.high:
        detail = f"A value of this kind lies from {measure.low} to {measure.high} {measure.unit}."
        return [FieldError(name, Code.OUT_OF_RANGE, detail)]
    return []
