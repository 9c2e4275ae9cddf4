"""What this phone shall announce, and announcing it once."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from backend.wire.messages import NoticeEvent
from mobile.device.alarms import MOST, Alarm, Alarms
from mobile.device.notifications import Card, Notifier
from mobile.device.reliability import Reliability
from mobile.store import bodies, outbox, shadow
from mobile.store.database import keep_setting, open_store, writing
from mobile.sync import ringing, wishes
from mobile.sync.doses import Due, doses_between
from mobile.words import Words, load

HORIZON = timedelta(days=14)
LONGEST_GRACE = timedelta(hours=12)
NOTICE_GRACE = timedelta(hours=12)


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
    if dose.status == "due":
        return Alarm(dose.key, dose.due_at, dose.due_at + dose.grace, title, body)
    if dose.status == "snoozed" and dose.status_at is not None:
        again = dose.status_at + dose.snooze
        key = f"{dose.key}+{bodies.ms_of(dose.status_at)}"
        return Alarm(key, again, again + dose.grace, title, body)
    return None


def _for_notices(db: sqlite3.Connection, words: Words, *, now: datetime) -> list[Alarm]:
    """Other notices of the server; one for a dose is told by the dose itself."""
    found = []
    alone = wishes.is_left_alone(db, now=now)
    for row in shadow.rows_between(db, "notices", now - NOTICE_GRACE, now + HORIZON):
        if alone and wishes.is_nudge(row["key"]):
            continue
        if row["state"] in ("due", "sent") and not row["key"].startswith("rem:"):
            due_at = datetime.fromisoformat(row["due_at"])
            text = row["lock_screen"] or words("notice_body")
            found.append(
                Alarm(row["key"], due_at, due_at + NOTICE_GRACE, words("notice_title"), text)
            )
    return found


def arm(db: sqlite3.Connection, alarms: Alarms, reliability: Reliability, *, now: datetime) -> None:
    """Arm what is next and note for the server how far this phone can be relied on.

    A phone that cannot ring promises nothing, and the server reminds in its place.
    """
    planned, until = plan(db, now=now)
    alarms.arm([a for a in planned if not _announced(db, a.key)])
    can_ring = alarms.is_running() and reliability.look().can_ring and ringing.is_trusted(db)
    promised = alarms.promised_until(until, now=now) if can_ring else None
    with writing(db):
        keep_setting(db, "can_ring", can_ring)
        keep_setting(db, "armed_until_ms", None if promised is None else bodies.ms_of(promised))


def _announced(db: sqlite3.Connection, key: str) -> bool:
    return db.execute("SELECT 1 FROM announced WHERE key = ?", (key,)).fetchone() is not None


class Announcer:
    """Rings an alarm: shows its card unless the patient has answered, and remembers that it did.

    Shown first, then written down: killed in between, the same card is posted again under its own
    key.
    """

    def __init__(self, path: Path, notifier: Notifier, *, clock: Callable[[], datetime]):
        self._path, self._notifier, self._clock = path, notifier, clock

    def __call__(self, alarm: Alarm) -> None:
        """Called by the alarms port, on its own thread."""
        db = open_store(self._path)
        try:
            now = self._clock()
            if _announced(db, alarm.key) or not _still_planned(db, alarm, now=now):
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
    found = next((row for row in shadow.rows(db, "notices") if row["key"] == key), None)
    if found is not None:
        event = NoticeEvent(
            id=outbox.fresh_id(db, now=now), at=now, notice=UUID(found["id"]), status="shown"
        )
        outbox.add_event(db, event, now=now)
