"""A simulated phone: it knows the house only by its HTTP door, as a real one does."""

import gzip
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from backend.demo.series import DAY_MS, Series
from backend.wire.ids import uuid7

REQUEST_SAMPLES = 20_000
REQUEST_ITEMS = 200
UPLOAD_DAYS = 7
TRIES = 30
TIMEOUT_S = 60.0
PACKING = 1  # the server is next door: less work beats fewer bytes


class Refused(RuntimeError):
    """The server did not take what a simulated phone sent; only codes are told, never values."""


@dataclass
class Phone:
    """One enrolled phone, with the rows that the server has sent it so far."""

    http: httpx.Client
    name: str
    token: str = ""
    cursor: str | None = None
    regimens: dict[str, dict[str, Any]] = field(default_factory=dict)
    doses: dict[str, dict[str, Any]] = field(default_factory=dict)
    zone: str = "UTC"

    def enrol(self, code: str) -> None:
        """Trade the code for a token."""
        body = {"code": code, "device": {"name": self.name, "platform": "simulated"}}
        self.token = str(self._post("/api/v1/enrol", body)["token"])

    def fetch(self, now: datetime) -> None:
        """One sync that sends nothing, until all is fetched."""
        self._exchange([], [], now)

    def send(
        self, series: Iterable[Series], events: Sequence[dict[str, Any]], now: datetime
    ) -> int:
        """Sync all of this, in requests of a sensible size; returns how many samples were kept.

        Raises Refused if the server did not keep an item as it was sent.
        """
        kept = 0
        for uploads in _requests(series, now):
            kept += self._exchange(uploads, [], now)
        for first in range(0, len(events), REQUEST_ITEMS):
            self._exchange([], list(events[first : first + REQUEST_ITEMS]), now)
        return kept

    def _exchange(
        self, uploads: list[dict[str, Any]], events: list[dict[str, Any]], now: datetime
    ) -> int:
        kept, more = 0, True
        while more:
            sent = len(uploads) + len(events)
            body = {
                "cursor": self.cursor,
                "device_time": now.isoformat(timespec="milliseconds"),
                "uploads": uploads,
                "events": events,
            }
            reply = self._post("/api/v1/sync", body)
            if len(reply["results"]) != sent:
                raise Refused("the server failed on an item")
            kept += sum(self._kept(result) for result in reply["results"])
            self._take_in(reply["changes"])
            self.cursor, more = reply["cursor"], reply["more"]
            uploads, events = [], []
        return kept

    @staticmethod
    def _kept(result: dict[str, Any]) -> int:
        if result["outcome"] not in ("stored", "duplicate"):
            codes = sorted({f"{p['field']}: {p['code']}" for p in result["problems"]})
            raise Refused(f"{result['outcome']} ({', '.join(codes)})")
        return int(result["stored"])

    def _take_in(self, changes: dict[str, list[dict[str, Any]]]) -> None:
        self.regimens |= {row["id"]: row for row in changes["regimens"]}
        self.doses |= {row["id"]: row for row in changes["doses"]}
        for profile in changes["profile"]:
            self.zone = profile["zone"]

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        content = gzip.compress(json.dumps(body, separators=(",", ":")).encode(), PACKING)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        for _ in range(TRIES):
            reply = self.http.post(path, content=content, headers=headers, timeout=TIMEOUT_S)
            if reply.status_code not in (429, 503):
                break
            time.sleep(min(5.0, float(reply.headers.get("Retry-After", "1"))))
        if reply.status_code != 200:
            code = reply.json().get("code") if "json" in reply.headers["Content-Type"] else ""
            raise Refused(f"{path} answered {reply.status_code} {code}")
        answer: dict[str, Any] = reply.json()
        return answer


def _requests(series: Iterable[Series], now: datetime) -> Iterator[list[dict[str, Any]]]:
    """Uploads of about a week each, gathered into requests within the limits."""
    batch: list[dict[str, Any]] = []
    samples = 0
    for one in series:
        for upload in _uploads(one, now):
            count = len(upload["values"])
            if batch and (samples + count > REQUEST_SAMPLES or len(batch) >= REQUEST_ITEMS):
                yield batch
                batch, samples = [], 0
            batch.append(upload)
            samples += count
    if batch:
        yield batch


def _uploads(series: Series, now: datetime) -> Iterator[dict[str, Any]]:
    at = series.instants_ms
    first = 0
    while first < len(at):
        last = int(at.searchsorted(at[first] + UPLOAD_DAYS * DAY_MS))
        start = datetime.fromtimestamp(int(at[first]) / 1000, now.tzinfo)
        yield {
            "id": str(uuid7(now)),
            "kind": series.kind,
            "source": series.source,
            "unit": series.unit,
            "start": start.isoformat(timespec="milliseconds"),
            "offsets_ms": (at[first:last] - at[first]).tolist(),
            "values": series.values[first:last].tolist(),
        }
        first = last


def event(kind: str, at: datetime, now: datetime, **more: Any) -> dict[str, Any]:
    """One event as the phone spells it, under a fresh id."""
    told = {k: str(v) if isinstance(v, UUID) else v for k, v in more.items()}
    return {"id": str(uuid7(now)), "type": kind, "at": at.isoformat(), **told}
