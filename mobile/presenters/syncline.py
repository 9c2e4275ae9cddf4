"""The one line about sync that stands on every screen, and that never lies."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobile.presenters.saying import clock, day_and_clock
from mobile.presenters.shapes import Tone
from mobile.store import bodies, sending, thinning
from mobile.store.database import setting
from mobile.sync import wishes
from mobile.sync.engine import Outcome
from mobile.sync.worker import Status, is_confirmed
from mobile.words import Words

FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """What is known about sync; `confirmed` means that nothing waits and the server has said so."""

    signed_out: bool
    running: bool
    last: Outcome | None
    waiting: int
    attention: int
    confirmed: bool
    confirmed_at: datetime | None
    full: bool = False


@dataclass(frozen=True, slots=True)
class SyncLine:
    """Its text, its icon, its tone."""

    text: str
    icon: str
    tone: Tone


def read(db: sqlite3.Connection, status: Status) -> SyncFacts:
    """The facts out of the store and the worker."""
    waiting = sending.waiting(db)
    confirmed_ms = setting(db, "confirmed_ms")
    return SyncFacts(
        signed_out=status.last == Outcome.SIGNED_OUT or setting(db, "signed_out", False),
        running=status.running,
        last=status.last,
        waiting=waiting.items + wishes.waiting(db),
        attention=waiting.attention,
        confirmed=is_confirmed(db),
        confirmed_at=None if confirmed_ms is None else bodies.moment_of(confirmed_ms),
        full=thinning.is_low(db),
    )


def present(facts: SyncFacts, *, words: Words, zone: ZoneInfo, now: datetime) -> SyncLine:
    """The gravest news first; "synced" only when it is true in every respect."""
    return _trouble(facts, words) or _steady(facts, words, zone, now)


def _trouble(facts: SyncFacts, words: Words) -> SyncLine | None:
    count = facts.waiting
    if facts.signed_out:
        text = words("sync_signed_out_waiting" if count else "sync_signed_out", count=count)
        return SyncLine(text, "account-off-outline", Tone.TROUBLE)
    if facts.attention:
        text = words("sync_attention", count=facts.attention)
        return SyncLine(text, "alert-circle-outline", Tone.TROUBLE)
    if facts.last == Outcome.NOT_UNDERSTOOD:
        text = words("sync_mismatch_waiting" if count else "sync_mismatch", count=count)
        return SyncLine(text, "alert-circle-outline", Tone.TROUBLE)
    busy = {
        Outcome.OFFLINE: "sync_offline",
        Outcome.BUSY: "sync_busy",
        Outcome.COSTLY: "sync_costly",
    }
    key = busy.get(facts.last) if facts.last else None
    if key is None:
        return None
    icon = "cloud-off-outline" if facts.last == Outcome.OFFLINE else "cloud-clock-outline"
    return SyncLine(words(f"{key}_waiting" if count else key, count=count), icon, Tone.LATE)


def _steady(facts: SyncFacts, words: Words, zone: ZoneInfo, now: datetime) -> SyncLine:
    if facts.full:
        return SyncLine(words("sync_full"), "database-alert-outline", Tone.LATE)
    if facts.waiting:
        key = "sync_sending" if facts.running else "sync_waiting"
        return SyncLine(words(key, count=facts.waiting), "cloud-upload-outline", Tone.DUE)
    if facts.last != Outcome.SYNCED or not facts.confirmed or facts.confirmed_at is None:
        return SyncLine(words("sync_checking"), "cloud-sync-outline", Tone.CALM)
    if now - facts.confirmed_at > FRESH:
        said = day_and_clock(facts.confirmed_at, zone, words, now=now)
        return SyncLine(words("sync_last", when=said), "cloud-clock-outline", Tone.CALM)
    return SyncLine(
        words("synced", clock=clock(facts.confirmed_at, zone)), "cloud-check-outline", Tone.DONE
    )
