"""Sync rounds with the server (the contract, section 3): what to send, and what each answer means.

The engine decides nothing by clocks and keeps nothing in memory that must survive: killed at any
moment, the next engine on the same store goes on. Results are matched by id; a lost answer is
asked for again under the same ids, which the server answers with "duplicate".
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from backend.wire.problems import Code
from mobile.store import bodies, sending, shadow
from mobile.store.database import keep_setting, setting, writing
from mobile.store.sending import Batch, Claimed
from mobile.sync import forecasting
from mobile.sync.transport import Answer, NoConnection, Transport

MAX_ITEMS, FEWEST_ITEMS = 200, 10
MAX_BYTES = 1_000_000
MAX_CALLS = 10_000
SYNC_PATH = "/api/v1/sync"


class Outcome(StrEnum):
    """How a sync ended."""

    SYNCED = "synced"  # everything that could go has gone, everything that was there has come
    OFFLINE = "offline"  # no whole answer
    BUSY = "busy"  # the server asked us to come later, or failed
    SIGNED_OUT = "signed_out"  # the server does not know this device's token
    REVOKED = "revoked"  # somebody with the right to do so has signed this device out
    COSTLY = "costly"  # the patient wants no mobile data used
    NOT_UNDERSTOOD = "not_understood"  # the server does not take what this app says, or the reverse
    STOPPED = "stopped"  # the app asked the engine to leave off


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a sync: how, how much went, and how long the server wants peace."""

    outcome: Outcome
    sent: int = 0
    retry_after_s: float | None = None


class _Trouble(Exception):
    def __init__(self, outcome: Outcome, retry_after_s: float | None = None):
        super().__init__(outcome)
        self.outcome, self.retry_after_s = outcome, retry_after_s


class Engine:
    """Syncs one store with one server."""

    def __init__(
        self,
        db: sqlite3.Connection,
        transport: Transport,
        token: str,
        *,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool] = lambda: False,
    ):
        self._db, self._transport, self._token = db, transport, token
        self._clock, self._stopping = clock, stopping
        self._max_items, self._max_bytes = MAX_ITEMS, MAX_BYTES
        self._more = False
        self._sent = 0
        self._ahead_ms = 0

    def sync(self) -> Ended:
        """Talk with the server until nothing is left to send or to fetch, or until there is
        trouble.
        """
        self._max_bytes, self._sent = MAX_BYTES, 0
        try:
            for _ in range(MAX_CALLS):
                if self._stopping():
                    return Ended(Outcome.STOPPED, self._sent)
                if self._round():
                    return Ended(Outcome.SYNCED, self._sent)
        except NoConnection:
            # Where the link or the server is slow, each try must bring something across.
            self._max_items = max(FEWEST_ITEMS, self._max_items // 2)
            return Ended(Outcome.OFFLINE, self._sent)
        except _Trouble as trouble:
            return Ended(trouble.outcome, self._sent, trouble.retry_after_s)
        return Ended(Outcome.BUSY, self._sent)

    def _round(self) -> bool:
        """One claimed batch there and back; True when the sync is complete."""
        now = self._clock()
        batch = sending.claim(
            self._db, max_items=self._max_items, max_bytes=self._max_bytes, now=now
        )
        self._deliver(batch)
        release = sending.next_release_ms(self._db)
        if self._more or (release is not None and release <= bodies.ms_of(now)):
            return False
        with writing(self._db):
            keep_setting(self._db, "confirmed_writes", batch.writes)
            keep_setting(self._db, "confirmed_ms", bodies.ms_of(self._clock()))
            keep_setting(self._db, "clock_ahead_ms", self._ahead_ms)
        return True

    def _deliver(self, batch: Batch) -> None:
        """Send a batch and do what the answer says; halves it where one item spoils the whole."""
        answer = self._post(batch)
        if answer.status == 200:
            self._take_in(batch, answer.body)
            self._max_items = min(MAX_ITEMS, 2 * self._max_items)
        elif answer.status == 413:
            self._make_smaller(batch)
        elif answer.status == 410:
            sending.start_over(self._db, now=self._clock())
            self._more = True
        elif answer.status in (400, 422):
            self._find_the_bad_one(batch, answer)
        else:
            raise _trouble(answer)

    def _post(self, batch: Batch) -> Answer:
        body = request_body(
            batch, now=self._clock(), armed_until_ms=setting(self._db, "armed_until_ms"),
            glucose_model=forecasting.known_model(self._db),
        )  # fmt: skip
        return self._transport.call("POST", SYNC_PATH, body=body, token=self._token)

    def _take_in(self, batch: Batch, reply: dict[str, Any]) -> None:
        try:
            results = {str(r["id"]): r for r in reply["results"]}
            self._ahead_ms = _ahead_ms(reply, self._clock())
            cursor, more, changes = str(reply["cursor"]), bool(reply["more"]), reply["changes"]
            answered = sending.settle(self._db, batch, results, now=self._clock())
            applied = shadow.apply_changes(self._db, batch, changes, cursor, more=more)
            forecasting.keep_model(self._db, reply.get("glucose_model"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _Trouble(Outcome.NOT_UNDERSTOOD) from error
        self._sent += answered
        if batch.items and not answered and applied:
            # Whole, yet no word about what we sent: asking at once again would be a busy loop.
            raise _Trouble(Outcome.NOT_UNDERSTOOD)
        self._more = more or not applied

    def _make_smaller(self, batch: Batch) -> None:
        if len(batch.items) > 1:
            self._max_items = max(1, len(batch.items) // 2)
            self._max_bytes = max(1, sum(len(i.text) for i in batch.items) // 2)
        elif not batch.items:
            raise _Trouble(Outcome.NOT_UNDERSTOOD)
        elif not sending.split_upload(self._db, batch.items[0], now=self._clock()):
            self._set_aside(batch.items[0], "too_large", "This entry is too large to send.")
        self._more = True

    def _find_the_bad_one(self, batch: Batch, answer: Answer) -> None:
        if not batch.items:
            raise _Trouble(Outcome.NOT_UNDERSTOOD)
        if len(batch.items) == 1:
            # First see that the server takes this phone's word at all, then blame the item.
            self._deliver(sending.empty_batch(self._db))
            code = str(answer.body.get("code", "invalid"))
            self._set_aside(batch.items[0], code, "The server could not read this entry.")
            return
        middle = len(batch.items) // 2
        for half in (batch.items[:middle], batch.items[middle:]):
            known = sending.empty_batch(self._db)
            if known.generation != batch.generation:
                return
            self._deliver(replace(known, items=half))

    def _set_aside(self, item: Claimed, code: str, detail: str) -> None:
        sending.quarantine(self._db, item, code, detail)
        self._sent += 1


def _ahead_ms(reply: dict[str, Any], now: datetime) -> int:
    """How far this device's clock is ahead of the server's, the answer's way included."""
    return bodies.ms_of(now) - bodies.ms_of(datetime.fromisoformat(reply["server_time"]))


def _trouble(answer: Answer) -> _Trouble:
    if answer.status == 401:
        revoked = answer.body.get("code") == Code.DEVICE_REVOKED
        return _Trouble(Outcome.REVOKED if revoked else Outcome.SIGNED_OUT)
    if answer.status >= 500 or answer.status in (408, 425, 429):
        return _Trouble(Outcome.BUSY, answer.retry_after_s)
    return _Trouble(Outcome.NOT_UNDERSTOOD, answer.retry_after_s)


def request_body(
    batch: Batch, *, now: datetime, armed_until_ms: int | None, glucose_model: str | None = None
) -> bytes:
    """The request as bytes, joined out of the items' own JSON without encoding them again."""
    cursor = "null" if batch.cursor is None else bodies.json_text(batch.cursor)
    head = f'{{"cursor":{cursor},"device_time":"{now.isoformat(timespec="milliseconds")}"'
    if armed_until_ms is not None:
        head += f',"armed_until":"{bodies.wire_time(armed_until_ms)}"'
    if glucose_model is not None:
        head += f',"glucose_model":{bodies.json_text(glucose_model)}'
    uploads = b",".join(i.text for i in batch.items if i.sort == "upload")
    events = b",".join(i.text for i in batch.items if i.sort == "event")
    return head.encode() + b',"uploads":[' + uploads + b'],"events":[' + events + b"]}"
