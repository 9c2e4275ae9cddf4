"""What this phone shall announce, and announcing it once."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from backend.wire.glucose_alarm import GRACE_MS, kind_of
from backend.wire.messages import DoseEvent, NoticeEvent
from mobile.device.alarms import MOST, Alarm, Alarms, Happened
from mobile.device.notifications import Card, Notifier
from mobile.device.reliability import Reliability
from mobile.store import bodies, outbox, shadow
from mobile.store.database import keep_setting, writing
from mobile.sync import foretelling, ringing, wishes
from mobile.sync.doses import Due, doses_between
from mobile.words import Words, load

HORIZON = timedelta(days=14)
LONGEST_GRACE = timedelta(hours=12)
NOTICE_GRACE = timedelta(hours=12)
GLUCOSE_GRACE = timedelta(milliseconds=GRACE_MS)


def plan(db: sqlite3.Connection, *, now: datetime) -> tuple[list[Alarm], datetime]:
    """The next alarms (at most 48) and the moment up to which they are complete."""
    profile = shadow.profile(db) or {}
    names = bool(profile.get("names_on_lock_screen", False))
    words = load(profile.get("language", ""))
    alarms = [
        alarm
        for dose in doses_between(db, now - LONGEST_GRACE, now + HORIZON)
        if (alarm := _for_dose(dose, words, names=names)) and alarm.until >= now
    ]
    alarms += foretelling.alarms(db, words, named=names, now=now)
    spoken = {alarm.key for alarm in alarms}
    alarms += [a for a in _for_notices(db, words, now=now) if a.key not in spoken]
    if (trial := ringing.alarm_of(db, words, now=now)) is not None:
        alarms.append(trial)
    alarms.sort(key=lambda a: a.due_at)
    if len(alarms) > MOST:
        return alarms[:MOST], alarms[MOST - 1].due_at
    return alarms, now + HORIZON


def _for_dose(dose: Due, words: Words, *, names: bool) -> Alarm | None:
    named = names and bool(dose.medicine)
    title = words("remind_title_named" if named else "remind_title", medicine=dose.medicine)
    body = dose.dose if names and dose.dose else words("remind_body")
    plain = Alarm(
        dose.key, dose.due_at, dose.due_at + dose.grace, title, body,
        dose=str(dose.id), snooze=dose.snooze, critical=dose.critical,
    )  # fmt: skip
    if dose.status == "due":
        return plain
    if dose.status == "snoozed" and dose.status_at is not None:
        again = dose.status_at + dose.snooze
        key = f"{dose.key}+{bodies.ms_of(dose.status_at)}"
        return replace(plain, key=key, due_at=again, until=again + dose.grace)
    return None


def _for_notices(db: sqlite3.Connection, words: Words, *, now: datetime) -> list[Alarm]:
    """Other notices of the server; one for a dose is told by the dose itself."""
    found = []
    own = foretelling.foretold(db)
    alone = wishes.is_left_alone(db, now=now)
    for row in shadow.rows_between(db, "notices", now - NOTICE_GRACE, now + HORIZON):
        if (alone and wishes.is_nudge(row["key"])) or foretelling.is_said(row, own):
            continue
        if row["state"] in ("due", "sent") and not row["key"].startswith("rem:"):
            due_at = datetime.fromisoformat(row["due_at"])
            until = due_at + (GLUCOSE_GRACE if kind_of(row["key"]) else NOTICE_GRACE)
            if until < now:
                continue
            text = row["lock_screen"] or words("notice_body")
            found.append(Alarm(row["key"], due_at, until, words("notice_title"), text))
    return found


def arm(db: sqlite3.Connection, alarms: Alarms, reliability: Reliability, *, now: datetime) -> None:
    """Arm what is next and note for the server how far this phone can be relied on.

    A phone that cannot ring promises nothing, and the server reminds in its place.
    """
    take_in(db, alarms.happened(), now=now)
    until = arm_planned(db, alarms, now=now)
    can_ring = alarms.is_running() and reliability.look().can_ring and ringing.is_trusted(db)
    promised = alarms.promised_until(until, now=now) if can_ring else None
    with writing(db):
        keep_setting(db, "can_ring", can_ring)
        keep_setting(db, "armed_until_ms", None if promised is None else bodies.ms_of(promised))


def arm_planned(db: sqlite3.Connection, alarms: Alarms, *, now: datetime) -> datetime:
    """Arm what is next and has not rung; returns up to when that is complete."""
    planned, until = plan(db, now=now)
    alarms.arm([a for a in planned if not shadow.is_announced(db, a.key)])
    return until


def take_in(db: sqlite3.Connection, happened: Happened, *, now: datetime) -> None:
    """What the platform announced, and what was answered on its cards, while the app was away."""
    for key in happened.rung:
        with writing(db):
            if shadow.announce_once(db, key, now=now):
                ringing.rang(db, key, shown=True, now=now)
                _tell_server(db, key, now=now)
    for answered in happened.answered:
        event = DoseEvent(
            outbox.fresh_id(db, now=now), bodies.moment_of(answered.at_ms),
            UUID(answered.dose), answered.status,  # type: ignore[arg-type]
        )  # fmt: skip
        outbox.add_event(db, event, now=now)


class Announcer:
    """Rings an alarm: shows its card unless the patient has answered, and remembers that it did.

    Shown first, then written down: killed in between, the same card is posted again under its own
    key.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        notifier: Notifier,
        *,
        clock: Callable[[], datetime],
    ):
        self._connect, self._notifier, self._clock = connect, notifier, clock

    def __call__(self, alarm: Alarm) -> None:
        """Called by the alarms port, on its own thread."""
        db = self._connect()
        try:
            now = self._clock()
            if shadow.is_announced(db, alarm.key) or not _still_planned(db, alarm, now=now):
                return
            shown = self._notifier.post(Card(alarm.key, alarm.title, alarm.body))
            with writing(db):
                ringing.rang(db, alarm.key, shown=shown, now=now)
                if shadow.announce_once(db, alarm.key, now=now) and shown:
                    _tell_server(db, alarm.key, now=now)
        finally:
            db.close()


def _still_planned(db: sqlite3.Connection, alarm: Alarm, *, now: datetime) -> bool:
    return any(a.key == alarm.key for a in plan(db, now=now)[0])


def _tell_server(db: sqlite3.Connection, key: str, *, now: datetime) -> None:
    if foretelling.tell_server(db, key, now=now):
        return
    found = next((row for row in shadow.rows(db, "notices") if row["key"] == key), None)
    if found is not None:
        event = NoticeEvent(
            id=outbox.fresh_id(db, now=now), at=now, notice=UUID(found["id"]), status="shown"
        )
        outbox.add_event(db, event, now=now)
