"""Dealing with alerts: confirm, snooze, hand over, close with an outcome, bring back.

A patient's alerts come as one row, so all that stands of her is dealt with together unless keys
are named. Each deed is kept with who and when.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from backend.accounts.models import Role, User
from backend.alerts.models import Alert, Handling
from backend.alerts.watching import WATCHED, watch
from backend.core.problems import Conflict, Forbidden, invalid_field
from backend.patients.access import Chart, Deed
from backend.patients.models import Member
from backend.wire.problems import Code

LONGEST_SNOOZE = timedelta(days=90)
HANDLERS = (Role.CLINICIAN,)
Keys = Collection[str] | None


def confirm(chart: Chart, *, keys: Keys = None, note: str = "", now: datetime) -> int:
    """Seen, and followed up: quiet until it clears or gets clearly worse. Returns how many."""
    return _handle(chart, keys, Handling.Deed.CONFIRMED, now, note=note)


def snooze(
    chart: Chart, *, until: datetime, keys: Keys = None, note: str = "", now: datetime
) -> int:
    """Quiet until then, if it has not cleared by then. Raises Invalid."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise invalid_field("until", Code.OUT_OF_RANGE, "Choose a moment within 90 days.")
    return _handle(chart, keys, Handling.Deed.SNOOZED, now, note=note, until=until)


def hand_over(chart: Chart, *, to: User, keys: Keys = None, note: str = "", now: datetime) -> int:
    """Somebody else of the team has it now. Raises Invalid for who is not on the team."""
    if to.role not in HANDLERS or not _on_team(chart, to, now):
        raise invalid_field("to", Code.INVALID, "Hand it to somebody on this patient's team.")
    return _handle(chart, keys, Handling.Deed.HANDED_OVER, now, note=note, owner=to)


def close(chart: Chart, *, outcome: str, keys: Keys = None, note: str = "", now: datetime) -> int:
    """Done, and what came of it; quiet like what is confirmed. Raises Invalid."""
    if outcome not in Handling.Outcome.values:
        raise invalid_field("outcome", Code.UNKNOWN_STATUS, "Say what came of it.")
    return _handle(chart, keys, Handling.Deed.CLOSED, now, note=note, outcome=outcome)


def reopen(chart: Chart, *, keys: Keys = None, note: str = "", now: datetime) -> int:
    """Back on the list."""
    return _handle(chart, keys, Handling.Deed.REOPENED, now, note=note)


STATES = {
    Handling.Deed.CONFIRMED: Alert.State.CONFIRMED,
    Handling.Deed.SNOOZED: Alert.State.SNOOZED,
    Handling.Deed.HANDED_OVER: Alert.State.OPEN,
    Handling.Deed.CLOSED: Alert.State.CLOSED,
    Handling.Deed.REOPENED: Alert.State.OPEN,
}


def _handle(
    chart: Chart,
    keys: Keys,
    deed: Handling.Deed,
    now: datetime,
    *,
    note: str,
    outcome: str = "",
    until: datetime | None = None,
    owner: User | None = None,
) -> int:
    user = _handler(chart)
    alerts = [alert for alert in watch(chart, now=now) if keys is None or alert.key in keys]
    if not alerts:
        raise Conflict("This has cleared meanwhile.")
    for alert in alerts:
        alert.state, alert.handled_at, alert.snoozed_until = STATES[deed], now, until
        alert.handled_level = None if alert.state == Alert.State.OPEN else alert.level
        alert.owner = owner or (alert.owner if deed != Handling.Deed.REOPENED else None)
    fields = ["state", "handled_at", "snoozed_until", "handled_level", "owner"]
    Alert.objects.bulk_update(alerts, fields)
    Handling.objects.bulk_create(
        Handling(
            alert=alert, user=user, at=now, deed=deed, outcome=outcome, note=note.strip()[:500]
        )
        for alert in alerts
    )
    return len(alerts)


def _handler(chart: Chart) -> User:
    if chart.deed != Deed.CHANGE or not chart.categories & set(WATCHED):
        raise Forbidden()
    if chart.actor.role not in HANDLERS or chart.actor.id is None:
        raise Forbidden()
    return User.objects.get(pk=chart.actor.id)


def _on_team(chart: Chart, user: User, now: datetime) -> bool:
    members = Member.objects.filter(patient=chart.patient, user=user, starts_at__lte=now)
    return members.exclude(ends_at__lte=now).exists()
