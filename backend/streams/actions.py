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
from backend.streams.log import bound_receipts
from backend.streams.models import Upload
from backend.wire.codec import moment_of
from backend.wire.messages import ItemProblem, ItemResult, Outcome

MERGE = "streams.merge"
COLUMNS = (
    "patient_id, upload_id, bucket, kind, source, start_at, last_at, count, payload, outcome,"
    " problems, received_at, merged"
)
ROW = (
    "(%s::uuid, %s::uuid, %s::smallint, %s::text, %s::text, %s::timestamptz, %s::timestamptz,"
    " %s::int, %s::bytea, %s::text, %s::jsonb, %s::timestamptz, %s::bool)"
)
BOUND = (
    "SELECT 1 FROM streams_volume WHERE patient_id = asked.patient_id"
    " AND last_id >= asked.upload_id AND first_id <= asked.upload_id"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """Uploads on their way into the log; `answers` can be read once they were sent there."""

    chart: Chart
    items: list["_Item"]
    fresh: Iterable[tuple[UUID]]
    now: datetime

    def answers(self) -> list[ItemResult]:
        """What became of each. Final: the same id gets the same answer and has no second effect."""
        fresh = {id_ for (id_,) in self.fresh}
        fresh |= _store_late(self.chart, self.items, fresh, self.now)
        return [self._answer(item, fresh) for item in self.items]

    def _answer(self, item: "_Item", fresh: set[UUID]) -> ItemResult:
        """What is fresh is told once; what comes again, in this request too, is a duplicate."""
        if item.id_ is None or item.id_ in fresh:
            fresh.discard(item.id_)
            found = item.checked
            return ItemResult(
                item.named, _outcome(found), len(found.samples), tuple(found.problems)
            )
        count, problems = _taken_before(self.chart, item.id_)
        known = tuple(ItemProblem(**problem) for problem in problems)
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
    return Stored(chart, items, fresh, now)


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


def _store_late(chart: Chart, items: list[_Item], fresh: set[UUID], now: datetime) -> set[UUID]:
    """Store what the log did not take although it is new: its id lies among those of a volume.

    So it is with what a phone kept back for long; only then is it worth to look into volumes.
    """
    ids = {
        item.id_: item for item in reversed(items) if item.id_ is not None and item.id_ not in fresh
    }
    if not ids:
        return set()
    kept = Upload.objects.filter(patient_id=chart.patient.id, upload_id__in=list(ids))
    known = set(kept.values_list("upload_id", flat=True))
    known |= set(bound_receipts(chart.patient.id, [id_ for id_ in ids if id_ not in known]))
    late = [ids[id_] for id_ in sorted(id_ for id_ in ids if id_ not in known)]
    if not late:
        return set()
    values = [value for item in late for value in _row(chart, item, now)]
    with statements.together():
        stored = statements.run(_statement(len(late), guarded=False), values)
        call_up(chart.patient.id, MERGE)
    return {id_ for (id_,) in stored}


def _taken_before(chart: Chart, id_: UUID) -> tuple[int, list[dict[str, Any]]]:
    """What became of an upload that is in the log, as a row or bound."""
    row = Upload.objects.filter(patient_id=chart.patient.id, upload_id=id_)
    found = row.values_list("count", "problems").first()
    if found is None:
        receipt = bound_receipts(chart.patient.id, [id_])[id_]
        return receipt.count, receipt.problems
    return found[0], found[1] or []


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
def _statement(rows: int, *, guarded: bool = True) -> str:
    """Guarded: not where a volume may hold the id; what is new has an id past all volumes."""
    guard = f" WHERE NOT EXISTS ({BOUND})" if guarded else ""
    return (
        f"INSERT INTO streams_upload ({COLUMNS})"  # noqa: S608
        f" SELECT * FROM (VALUES {', '.join([ROW] * rows)}) AS asked ({COLUMNS}){guard}"
        " ON CONFLICT (patient_id, upload_id) DO NOTHING RETURNING upload_id"
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
