"""How long a medicine lasts, and a word before it runs out.

What was counted, less what was taken since, lasts until the first dose that is not covered. Doses
without an answer count as still in hand: the date comes sooner once they are answered, never later
than the box is empty for somebody who takes them all from now on.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.notices import actions as notices
from backend.notices.actions import Saying
from backend.patients.access import Chart
from backend.patients.revisions import take_revisions
from backend.regimens.models import Dose, Regimen, Schedule, Stay

FARTHEST = timedelta(days=400)
TOLD_AT = time(10)
GRACE = timedelta(days=7)


def watch_supplies(chart: Chart, *, now: datetime) -> None:
    """Note for each counted supply the day on which it runs out; tell the patient before it does.

    The caller holds the patient's row.
    """
    counted = list(
        Regimen.objects.filter(patient=chart.patient, active=True).exclude(supply_doses=None)
    )
    if not counted:
        return
    taken = _taken(counted)
    stays = list(Stay.objects.filter(patient=chart.patient))
    said = []
    for regimen in counted:
        left = max(0, (regimen.supply_doses or 0) - taken[regimen.pk])
        ends = _first_uncovered(chart, regimen, left, stays, now)
        _note(chart, regimen, ends)
        if ends is not None:
            said.append(_saying(chart, regimen, ends, now))
    notices.announce_all(chart, said)
    notices.restate_all(chart, said)
    notices.move_all(chart, {one.key: one.due_at for one in said})


def _taken(regimens: list[Regimen]) -> Counter[object]:
    since = {regimen.pk: regimen.supply_at for regimen in regimens}
    doses = Dose.objects.filter(
        regimen__in=regimens,
        status=Dose.Status.TAKEN,
        status_at__gte=min(at for at in since.values() if at is not None),
    )
    pairs = doses.values_list("regimen_id", "status_at")
    return Counter(id_ for id_, at in pairs if at is not None and at >= (since[id_] or at))


def _first_uncovered(
    chart: Chart, regimen: Regimen, left: int, stays: list[Stay], now: datetime
) -> date | None:
    """The local day of the first dose that the supply does not cover; None: it lasts for long."""
    zone = chart.patient.zone
    schedule = Schedule.objects.filter(regimen=regimen, holds_until=None).first()
    if schedule is None:
        return None
    answered = set(
        Dose.objects.filter(regimen=regimen, due_at__gte=now)
        .exclude(status__in=[Dose.Status.DUE, Dose.Status.SNOOZED])
        .values_list("id", flat=True)
    )
    step, start = timedelta(days=40), now
    while start < now + FARTHEST:
        for slot in schedule.slots(zone=zone, start=start, end=start + step):
            if slot.dose_id in answered or any(stay.covers(slot.due_at) for stay in stays):
                continue
            if left == 0:
                return slot.due_at.astimezone(ZoneInfo(zone)).date()
            left -= 1
        start += step
    return None


def _note(chart: Chart, regimen: Regimen, ends: date | None) -> None:
    if regimen.runs_out_on != ends:
        regimen.runs_out_on = ends
        (regimen.revision,) = take_revisions(chart.patient.id)
        regimen.save(update_fields=["runs_out_on", "revision"])


def _saying(chart: Chart, regimen: Regimen, ends: date, now: datetime) -> Saying:
    """One notice for each supply that was counted, at ten in the morning."""
    day = ends - timedelta(days=regimen.refill_days)
    at = datetime.combine(day, TOLD_AT, ZoneInfo(chart.patient.zone)).astimezone(now.tzinfo)
    counted = regimen.supply_at or now
    values = {"medicine": regimen.medicine, "day": ends.isoformat()}
    key = f"refill:{regimen.pk}:{counted:%Y%m%dT%H%M%S}"
    return Saying(key, max(at, counted), "refill_soon", values, GRACE)
