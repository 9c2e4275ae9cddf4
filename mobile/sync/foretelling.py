"""Warning of a low or high to come while the server can not be reached: the phone by itself.

The rules are the server's: its model, its funnel, what meals and insulin will still do, an hour of
peace. The key is the server's too, so that of the same warning only one rings, whoever was first;
and the server, once it can be reached, hears of it before it looks at the readings. What was
foretold stands in the store before it rings: a phone that is killed in between rings when it is
back, if that is within twenty minutes.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from backend.wire.glucose_ahead import Ahead
from backend.wire.glucose_alarm import COOL_DOWN_MS, GRACE_MS, HIGH, LOW, Kind, alarm_key, kind_of
from backend.wire.glucose_alarm import alarm_of as warning_of
from backend.wire.glucose_treated import TREATMENTS, USUAL_DAYS, Taken, leaning, shares, usual_of
from backend.wire.measures import express
from backend.wire.messages import GlucoseAlarmEvent
from mobile.device.alarms import Alarm
from mobile.store import bodies, outbox, shadow
from mobile.store.database import keep_setting, setting, writing
from mobile.sync import forecasting
from mobile.sync.forecasting import Foreseen
from mobile.sync.priority import order_of
from mobile.sync.series import read_series
from mobile.words import Words

KEY: Final = "glucose_alarms"
USUAL_MS: Final = USUAL_DAYS * 86_400_000
LIMITS: Final = {LOW.kind: LOW.mg_dl, HIGH.kind: HIGH.mg_dl}


@dataclass(frozen=True, slots=True)
class Foretold:
    """One warning of this phone: of what, after which reading, in how many minutes, told when."""

    kind: Kind
    patient: str
    last_ms: int
    minutes: int
    at_ms: int

    @property
    def key(self) -> str:
        """Its notice's key, here and on the server."""
        return alarm_key(self.kind, self.patient, self.last_ms)

    @property
    def id(self) -> UUID:
        """Its card's id, here and on the server."""
        return uuid5(UUID(self.patient), self.key)

    @property
    def due_at(self) -> datetime:
        """When it is to ring."""
        return bodies.moment_of(self.at_ms)

    @property
    def until(self) -> datetime:
        """Up to when it is worth saying."""
        return bodies.moment_of(self.at_ms + GRACE_MS)


def foretold(db: sqlite3.Connection) -> list[Foretold]:
    """The last of each kind that this phone warned of by itself."""
    kept: dict[str, Any] = setting(db, KEY, {})
    return [Foretold(**one) for one in kept.values()]


def look(db: sqlite3.Connection, *, now: datetime) -> bool:
    """Whether there is something new to warn of; it is kept, and rings with the other alarms."""
    profile = shadow.profile(db)
    if profile is None:
        return False
    zone = ZoneInfo(profile["zone"])
    order = order_of(db, "glucose", shadow.row(db, "plans", "glucose"))
    seen = forecasting.foresee(db, order=order, zone=zone, now=now)
    if seen is None:
        return False
    warning = warning_of(seen.last_mg_dl, _leant(db, seen, zone))
    if warning is None or _is_quiet(db, warning.kind, now):
        return False
    found = Foretold(warning.kind, profile["id"], seen.last_ms, warning.minutes, bodies.ms_of(now))
    with writing(db):
        keep_setting(db, KEY, setting(db, KEY, {}) | {found.kind: asdict(found)})
    return True


def _leant(db: sqlite3.Connection, seen: Foreseen, zone: ZoneInfo) -> Ahead:
    """With what meals and insulin will still do, as far as this phone knows them."""
    model, parts = forecasting.model(db), list[float]()
    start = bodies.moment_of(seen.last_ms - USUAL_MS).astimezone(zone)
    for kind in TREATMENTS:
        series = read_series(db, kind, start, bodies.moment_of(seen.last_ms).astimezone(zone))
        pairs = zip(series.instants, series.values, strict=True)
        taken = [pair for pair in pairs if pair[0] <= seen.last_ms]
        at, amounts = [at for at, _ in taken], [much for _, much in taken]
        parts += shares(Taken(at, amounts, usual_of(at, amounts, seen.last_ms)), seen.last_ms)
    return leaning(model, seen.ahead, parts) if model and any(parts) else seen.ahead


def _is_quiet(db: sqlite3.Connection, kind: str, now: datetime) -> bool:
    """Whether the same was said in the last hour, by this phone or by the server."""
    since = bodies.ms_of(now) - COOL_DOWN_MS
    if any(one.kind == kind and one.at_ms > since for one in foretold(db)):
        return True
    rows = shadow.rows_between(db, "notices", bodies.moment_of(since + 1), now)
    return any(kind_of(row["key"]) == kind for row in rows)


def alarms(db: sqlite3.Connection, words: Words, *, named: bool, now: datetime) -> list[Alarm]:
    """Those that are still worth saying; a locked screen tells of what only if the patient lets it.

    The port rings each key once.
    """
    return [
        Alarm(one.key, one.due_at, one.until, *_shown(db, one, words, named=named))
        for one in foretold(db)
        if one.until >= now
    ]


def _shown(db: sqlite3.Connection, one: Foretold, words: Words, *, named: bool) -> tuple[str, str]:
    if not named:
        return words("notice_title"), words("notice_body")
    return texts(db, one, words)


def texts(db: sqlite3.Connection, one: Foretold, words: Words) -> tuple[str, str]:
    """Title and body, in the record's unit, as the server says them."""
    profile = shadow.profile(db) or {}
    unit, digits = ("mmol/L", 1) if _reads_mmol(profile) else ("mg/dL", 0)
    (limit,) = express("glucose", unit, [LIMITS[one.kind]])
    said = f"{words.said_in.number(limit, digits)} {unit}"
    return words(f"glucose_{one.kind}_title"), words(f"glucose_{one.kind}_body", limit=said)


def _reads_mmol(profile: dict[str, Any]) -> bool:
    return bool(profile.get("units", {}).get("glucose") == "mmol/L")


def is_said(row: dict[str, Any], own: Iterable[Foretold]) -> bool:
    """Whether a notice of the server is about what this phone said by itself within an hour."""
    kind = kind_of(row["key"])
    at_ms = bodies.ms_of(datetime.fromisoformat(row["due_at"]))
    return any(
        one.kind == kind and one.key != row["key"] and abs(one.at_ms - at_ms) < COOL_DOWN_MS
        for one in own
    )


def tell_server(db: sqlite3.Connection, key: str, *, now: datetime) -> bool:
    """Put it into the outbox that this phone rang; False if the key is none of its own."""
    found = next((one for one in foretold(db) if one.key == key), None)
    if found is None:
        return False
    event = GlucoseAlarmEvent(
        id=outbox.fresh_id(db, now=now),
        at=now,
        kind=found.kind,
        last_reading_at=bodies.moment_of(found.last_ms),
        minutes=found.minutes,
    )
    outbox.add_event(db, event, now=now)
    return True
