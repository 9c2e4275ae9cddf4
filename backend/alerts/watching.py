"""Keeping alerts true to what is the matter: raised, changed, brought back, cleared."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from backend.accounts.actors import job
from backend.alerts.conditions import Condition, conditions_of
from backend.alerts.models import Alert, Handling
from backend.notices.models import Channel
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import hold_patient
from backend.regimens.models import Regimen

WATCH = "alerts.watch"
WATCHED = (Category.INSIGHTS, Category.MEDICINES, Category.SURVEYS, Category.MESSAGES)
AGAIN = timedelta(hours=1)  # an escalation climbs to the team without calling anybody


def watch_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """Agenda handler: called up by new findings, and each hour where a dose may reach the team."""
    chart = open_chart(job(WATCH), patient_id, *WATCHED, deed=Deed.CHANGE, subject=WATCH, now=now)
    watch(chart, now=now)
    climbing = Regimen.objects.filter(
        patient=chart.patient, active=True, escalation__has_key=Channel.TEAM
    )
    return now + AGAIN if climbing.exists() else None


def watch(chart: Chart, *, now: datetime) -> list[Alert]:
    """The alerts that stand, of the kinds of data that the chart was opened for."""
    patient = chart.patient
    hold_patient(patient.id)
    kinds = [kind for kind in WATCHED if kind in chart.categories]
    shared = {kind: {patient.id} for kind in kinds}
    seen = conditions_of({patient.id: patient}, shared, now=now)[patient.id]
    standing = {
        alert.key: alert
        for alert in Alert.objects.filter(patient=patient, cleared_at=None, category__in=kinds)
    }
    conditions = {condition.key: condition for condition in reversed(seen)}  # a key's first counts
    gone = [alert for key, alert in standing.items() if key not in conditions]
    Alert.objects.filter(pk__in=[alert.pk for alert in gone]).update(cleared_at=now)
    kept = [standing[key] for key in conditions if key in standing]
    _change(kept, conditions, now)
    fresh = [_raised(chart, one, now) for key, one in conditions.items() if key not in standing]
    return [*kept, *Alert.objects.bulk_create(fresh)]


def _change(kept: Collection[Alert], conditions: dict[str, Condition], now: datetime) -> None:
    """Words and level as they are now; what got clearly worse is brought back."""
    changed, worse = [], []
    for alert in kept:
        seen = conditions[alert.key]
        now_is = (seen.reason, seen.level, seen.is_urgent)
        if (alert.reason, alert.level, alert.is_urgent) == now_is:
            continue
        alert.reason, alert.level, alert.is_urgent = now_is
        if alert.is_worse_at(seen.level):
            alert.state, alert.handled_level, alert.snoozed_until = Alert.State.OPEN, None, None
            worse.append(Handling(alert=alert, at=now, deed=Handling.Deed.REOPENED))
        changed.append(alert)
    fields = ["reason", "level", "is_urgent", "state", "handled_level", "snoozed_until"]
    Alert.objects.bulk_update(changed, fields)
    Handling.objects.bulk_create(worse)


def _raised(chart: Chart, seen: Condition, now: datetime) -> Alert:
    return Alert(
        patient=chart.patient,
        bucket=chart.patient.bucket,
        key=seen.key,
        category=seen.category,
        reason=seen.reason,
        is_urgent=seen.is_urgent,
        level=seen.level,
        first_level=seen.level,
        raised_at=now,
    )
