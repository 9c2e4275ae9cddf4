"""Medicines that go with meals: when a patient eats, and what follows if that changes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.core.models import new_id
from backend.core.problems import invalid_field
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import hold_patient
from backend.regimens.filling import fill
from backend.regimens.keeping import end_schedule, fill_and_come_again, save_change
from backend.regimens.models import MealTimes, Regimen, Schedule
from backend.wire.problems import Code


def set_meal_times(
    chart: Chart, *, breakfast: time, lunch: time, supper: time, bedtime: time, now: datetime
) -> MealTimes:
    """From the patient's next midnight on, what goes with a meal goes by these local times.

    Not sooner: a dose of today would be due twice, or never. Raises Invalid.
    """
    chart.need(Category.MEDICINES, Deed.CHANGE)
    asked = {"breakfast": breakfast, "lunch": lunch, "supper": supper, "bedtime": bedtime}
    if not breakfast < lunch < supper:
        raise invalid_field("lunch", Code.INVALID, "Breakfast, lunch, supper: in this order.")
    if bedtime in (breakfast, lunch, supper):
        raise invalid_field("bedtime", Code.INVALID, "Bedtime is not that of a meal.")
    hold_patient(chart.patient.id)
    fill(chart, now=now)
    meals, _ = MealTimes.objects.update_or_create(
        patient=chart.patient, defaults={"bucket": chart.patient.bucket, **asked}
    )
    for schedule in Schedule.objects.filter(
        regimen__patient=chart.patient, regimen__active=True, holds_until=None
    ).exclude(meals=[]):
        _follow_meals(chart, schedule, meals, now)
    fill_and_come_again(chart, now)
    return meals


def _follow_meals(chart: Chart, schedule: Schedule, meals: MealTimes, now: datetime) -> None:
    pairs = sorted(zip(meals.times_of(schedule.meals), schedule.meals, strict=True))
    if [text for text, _ in pairs] == schedule.times:
        return
    local = now.astimezone(ZoneInfo(chart.patient.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=1)
    at = max(midnight.astimezone(UTC), _first_of(schedule, chart.patient.zone))
    regimen = Regimen.objects.get(pk=schedule.regimen_id)
    end_schedule(chart, regimen, at=at, now=now)
    schedule.id, schedule.version = new_id(), schedule.version + 1
    schedule.times, schedule.meals = [text for text, _ in pairs], [meal for _, meal in pairs]
    schedule.holds_from, schedule.holds_until, schedule.filled_until = at, None, None
    schedule.save(force_insert=True)
    save_change(regimen, now)


def _first_of(schedule: Schedule, zone: str) -> datetime:
    starts = datetime.fromisoformat(schedule.starts_local)
    return starts.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
