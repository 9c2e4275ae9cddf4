"""A small server in memory that keeps the contract, and a network between it and the phone that
does not.
"""

import copy
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from mobile.store import bodies
from mobile.sync.transport import Answer, NoConnection
from tests.mobile.phone import START

NOW = "2026-11-23T09:00:00.000Z"


@dataclass
class Books:
    """Everything that a backup holds."""

    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    samples: dict[tuple[str, int], tuple[str, float]] = field(default_factory=dict)
    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    revision: int = 0


class ModelServer:
    """One patient's server."""

    def __init__(self, *, page: int = 3, max_items: int = 500, max_bytes: int = 4_000_000):
        self.books = Books()
        self.epoch = 0
        self.page, self.max_items, self.max_bytes = page, max_items, max_bytes
        self.token = "good"
        self.revoked = False  # whether another token is one that was signed out on purpose
        self.poison: set[str] = set()
        self.refused_kinds: set[str] = set()
        self.requests = 0
        self.server_time: Callable[[], str] = lambda: NOW
        self._backup: Books | None = None

    def write_row(self, kind: str, id_: str, word: str) -> None:
        """The care team changes something."""
        self.books.revision += 1
        row = {"id": id_, "revision": self.books.revision, "word": word}
        self.books.rows[kind, id_] = row

    def put_row(self, kind: str, row: dict[str, Any]) -> None:
        """A whole row of the wire, under its next revision."""
        self.books.revision += 1
        self.books.rows[kind, str(row["id"])] = row | {"revision": self.books.revision}

    def back_up(self) -> None:
        self._backup = copy.deepcopy(self.books)

    def restore(self) -> None:
        """Back to the backup; what came since is gone, and cursors of before are not honoured."""
        self.books = copy.deepcopy(self._backup or Books())
        self.epoch += 1

    def answer(self, body: bytes, token: str | None) -> Answer:
        """One whole request: judged, committed, answered."""
        self.requests += 1
        if token != self.token:
            return Answer(401, {"code": "device_revoked" if self.revoked else "unauthenticated"})
        request = json.loads(body)
        items = request["uploads"] + request["events"]
        if len(body) > self.max_bytes or len(items) > self.max_items:
            return Answer(413, {"code": "too_large", "limit": self.max_items})
        if any(item["id"] in self.poison for item in items):
            return Answer(400, {"code": "malformed"})
        after = self._after(request["cursor"])
        if after is None:
            return Answer(410, {"code": "cursor_gone"})
        results = [self._take(item) for item in items]
        return Answer(200, self._reply(results, after))

    def _after(self, cursor: str | None) -> int | None:
        if cursor is None:
            return 0
        epoch, revision = (int(part) for part in cursor.split("."))
        return revision if epoch == self.epoch and revision <= self.books.revision else None

    def _take(self, item: dict[str, Any]) -> dict[str, Any]:
        known = self.books.outcomes.get(item["id"])
        if known is not None:
            return known | {"outcome": "duplicate"}
        result = {"id": item["id"], "outcome": "stored", "stored": 1, "problems": []}
        if item.get("kind") in self.refused_kinds:
            problem = {"index": None, "field": "kind", "code": "unknown_kind", "detail": "Unknown."}
            result |= {"outcome": "refused", "stored": 0, "problems": [problem]}
        else:
            self._apply(item)
        self.books.outcomes[item["id"]] = result
        return result

    def _apply(self, item: dict[str, Any]) -> None:
        self.books.applied.append(item["id"])
        if "dose" in item:
            known = self.books.rows.get(("doses", item["dose"]), {})
            if "due_at" in known:
                self.put_row("doses", known | {"status": item["status"], "status_at": item["at"]})
            else:
                self.write_row("doses", item["dose"], item["status"])
        if "values" in item:
            for at, value in bodies.columns_of(item):
                known = self.books.samples.get((item["kind"], at), ("", 0.0))
                self.books.samples[item["kind"], at] = max(known, (item["id"], value))

    def instants(self) -> dict[float, tuple[str, float]]:
        """Seconds after START, and the upload and value that won."""
        start = bodies.ms_of(START)
        return {(at - start) / 1000: won for (_, at), won in self.books.samples.items()}

    def _reply(self, results: list[dict[str, Any]], after: int) -> dict[str, Any]:
        fresh = sorted(
            (row["revision"], kind, row)
            for (kind, _), row in self.books.rows.items()
            if row["revision"] > after
        )
        page, more = fresh[: self.page], len(fresh) > self.page
        changes: dict[str, list[dict[str, Any]]] = {}
        for _, kind, row in page:
            changes.setdefault(kind, []).append(dict(row))
        last = page[-1][0] if more else self.books.revision
        return {
            "server_time": self.server_time(),
            "cursor": f"{self.epoch}.{last}",
            "more": more,
            "results": results,
            "changes": changes,
        }


class Network:
    """Carries each call by the next fate; when fates run out, calls go well.

    ok | lost_request | lost_reply | twice | late (arrives only with `deliver_late`) | 503 | 500 |
    garbled
    """

    def __init__(self, server: ModelServer, fates: Iterable[str] = ()):
        self.server = server
        self.fates = list(fates)
        self.late: list[tuple[bytes, str | None]] = []

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        fate = self.fates.pop(0) if self.fates else "ok"
        body = body or b"{}"
        if fate in ("500", "503"):
            return Answer(int(fate))
        if fate == "lost_request":
            raise NoConnection
        if fate == "late":
            self.late.append((body, token))
            raise NoConnection
        answer = self.server.answer(body, token)
        if fate == "twice":
            answer = self.server.answer(body, token)
        if fate == "lost_reply":
            raise NoConnection
        return Answer(200, {"hello": "captive portal"}) if fate == "garbled" else answer

    def deliver_late(self, which: int) -> None:
        """A request that the phone gave up arrives after all; its answer goes nowhere."""
        self.server.answer(*self.late.pop(which % len(self.late)))

    def close(self) -> None:
        pass
