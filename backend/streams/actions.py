"""Taking uploads: the hot path, one insert for all of a request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from psycopg.types.json import Json

from backend.agenda.actions import call_up
from backend.core import statements
from backend.core.rendering import to_json
from backend.patients.access import Category, Chart, Deed
from backend.streams.checking import Checked, Refused, check_upload, upload_id
from backend.streams.columns import encode
from backend.streams.models import Upload
from backend.wire.codec import moment_of
from backend.wire.messages import ItemProblem, ItemResult, Outcome

MERGE = "streams.merge"
ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)"


@dataclass(frozen=True, slots=True)
class Stored:
    """Uploads on their way into the log; `answers` can be read once they were sent there."""

    chart: Chart
    items: list["_Item"]
    fresh: Iterable[tuple[UUID]]

    def answers(self) -> list[ItemResult]:
        """What became of each. Final: the same id gets the same answer and has no second effect."""
        fresh = {id_ for (id_,) in self.fresh}
        return [self._answer(item, fresh) for item in self.items]

    def _answer(self, item: "_Item", fresh: set[UUID]) -> ItemResult:
        """What is fresh is told once; what comes again, in this request too, is a duplicate."""
        if item.id_ is None or item.id_ in fresh:
            fresh.discard(item.id_)
            found = item.checked
            return ItemResult(
                item.named, _outcome(found), len(found.samples), tuple(found.problems)
            )
        count, problems = Upload.objects.values_list("count", "problems").get(
            patient_id=self.chart.patient.id, upload_id=item.id_
        )
        known = tuple(ItemProblem(**problem) for problem in problems or ())
        return ItemResult(item.named, "duplicate", count, known)


@dataclass(frozen=True, slots=True)
class _Item:
    """One upload: its id, if it has a good one, as the phone spelled it, and what is good of it."""

    id_: UUID | None
    named: str
    checked: Checked


def store_uploads(chart: Chart, raws: Iterable[Any], *, now: datetime) -> Stored:
    """Check uploads as they came off the wire and keep the good samples of each."""
    chart.need(Category.STREAMS, Deed.CHANGE)
    items = [_item(raw, now) for raw in raws]
    # The first of an id counts; in one order, so that two requests never wait in a ring.
    first = {item.id_: item for item in reversed(items) if item.id_ is not None}
    fresh = _insert(chart, [first[id_] for id_ in sorted(first)], now)
    if any(len(item.checked.samples) for item in first.values()):
        call_up(chart.patient.id, MERGE)
    return Stored(chart, items, fresh)


def store_upload(chart: Chart, raw: dict[str, Any], *, now: datetime) -> ItemResult:
    """One upload, and what became of it."""
    return store_uploads(chart, [raw], now=now).answers()[0]


def _item(raw: Any, now: datetime) -> _Item:
    try:
        id_ = upload_id(raw)
    except Refused as refusal:
        given = raw.get("id") if isinstance(raw, dict) else None
        named = given[:80] if isinstance(given, str) else ""
        return _Item(None, named, Checked(problems=[refusal.problem]))
    return _Item(id_, raw["id"], check_upload(raw, now=now))


def _outcome(checked: Checked) -> Outcome:
    if not len(checked.samples):
        return "refused"
    return "partial" if checked.problems else "stored"


def _insert(chart: Chart, items: list[_Item], now: datetime) -> Iterable[tuple[UUID]]:
    """The ids that were not taken before, also by a request that commits meanwhile."""
    if not items:
        return ()
    values = [value for item in items for value in _row(chart, item, now)]
    return statements.run(_statement(len(items)), values)


@cache
def _statement(rows: int) -> str:
    return (
        "INSERT INTO streams_upload (patient_id, upload_id, bucket, kind, source, start_at,"  # noqa: S608
        " last_at, count, payload, outcome, problems, received_at, merged) VALUES "
        + ", ".join([ROW] * rows)
        + " ON CONFLICT (patient_id, upload_id) DO NOTHING RETURNING upload_id"
    )


def _row(chart: Chart, item: _Item, now: datetime) -> list[Any]:
    checked = item.checked
    samples = checked.samples
    kept = len(samples) > 0
    return [
        chart.patient.id,
        item.id_,
        chart.patient.bucket,
        checked.kind,
        checked.source,
        moment_of(int(samples.instants[0])) if kept else None,
        moment_of(int(samples.instants[-1])) if kept else None,
        len(samples),
        encode(samples) if kept else b"",
        _outcome(checked),
        Json(to_json(checked.problems)) if checked.problems else None,
        now,
        not kept,
    ]
