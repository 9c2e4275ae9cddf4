"""A prescription before it is saved: how it reads, and when its next doses are due."""

from datetime import datetime
from uuid import UUID

from backend.core.problems import NotFound
from backend.patients.access import Category, Chart
from backend.regimens.models import MealTimes, Regimen, Schedule
from backend.regimens.plans import Plan, check_gap
from backend.regimens.queries import Preview, preview
from backend.regimens.timing import Timing, check_timing, first_week
from backend.wire.messages import DoseStep
from backend.wire.sentences import Details


def draft(
    chart: Chart,
    *,
    dose: str,
    timing: Timing | None,
    plan: Plan,
    regimen_id: UUID | None = None,
    now: datetime,
) -> Preview:
    """What would be prescribed; without a timing the regimen keeps its own. Raises Invalid."""
    chart.need(Category.MEDICINES)
    schedule = _schedule(chart, timing, regimen_id, now)
    columns = plan.checked(mode=schedule.mode, now=now)
    check_gap(plan.min_gap_minutes, first_week(schedule, chart.patient.zone))
    details = Details(
        meals=schedule.meals,
        steps=[DoseStep(day, amount) for day, amount in columns["steps"]],
        most_a_day=plan.most_a_day,
        min_gap_minutes=plan.min_gap_minutes,
    )
    return preview(schedule.row(), zone=chart.patient.zone, details=details, dose=dose, now=now)


def _schedule(
    chart: Chart, timing: Timing | None, regimen_id: UUID | None, now: datetime
) -> Schedule:
    if timing is not None:
        return check_timing(timing, zone=chart.patient.zone, meals=meal_times(chart), now=now)
    found = Schedule.objects.filter(
        regimen=regimen_id, regimen__patient=chart.patient, holds_until=None
    ).first()
    if found is None:
        raise NotFound()
    return found


def meal_times(chart: Chart) -> MealTimes:
    """When the patient eats, as she told or as is usual."""
    chart.need(Category.MEDICINES)
    found = MealTimes.objects.filter(pk=chart.patient.id).first()
    return found or MealTimes(patient=chart.patient)


def regimen_of(chart: Chart, regimen_id: UUID) -> Regimen:
    """The patient's active medicine; raises NotFound."""
    chart.need(Category.MEDICINES)
    found = Regimen.objects.filter(pk=regimen_id, patient=chart.patient, active=True).first()
    if found is None:
        raise NotFound()
    return found
