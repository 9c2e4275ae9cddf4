"""Uploads and events, each in its own savepoint: one bad item never blocks another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction

from backend.core.problems import FieldError, Problem, Unavailable, invalid_field
from backend.patients.access import Chart
from backend.streams.actions import store_upload, store_uploads
from backend.sync.events import record_event
from backend.sync.receipts import keep_receipts, known_results
from backend.wire.messages import ItemProblem, ItemResult, SyncRequest
from backend.wire.problems import Code

logger = logging.getLogger("evenkeel.sync")

ID_LETTERS = 80
MOST_PROBLEMS = 100

Take = Callable[..., ItemResult]


@dataclass(slots=True)
class _Round:
    """The items of one request as they are taken."""

    chart: Chart
    now: datetime
    known: dict[UUID, ItemResult]  # of events that have been answered
    results: list[ItemResult] = field(default_factory=list)
    final: dict[UUID, ItemResult] = field(default_factory=dict)
    failed: int = 0
    wrote_rows: bool = False


def take_items(
    chart: Chart, asked: SyncRequest, *, now: datetime, one_by_one: bool
) -> tuple[list[ItemResult], bool]:
    """Final results, by item, and whether any event was recorded.

    Uploads are stored together, or `one_by_one` where that failed. An item that met a failure of
    ours then gets no result: its phone keeps it and sends it again. Raises Unavailable if that
    befell all of them for want of a database.
    """
    events = [(raw, _id_of(raw)) for raw in asked.events]
    wanted = {id_ for _, id_ in events if id_ is not None}
    here = _Round(chart, now, known_results(chart.patient.id, wanted) if wanted else {})
    if one_by_one:
        uploads = [_judge(here, store_upload, raw) for raw in asked.uploads]
        here.results += filter(None, uploads)
    else:
        here.results += store_uploads(chart, asked.uploads, now=now).answers()
    for raw, id_ in events:
        _take_event(here, raw, id_)
    if here.failed and not here.results:
        raise Unavailable()
    if here.final:
        keep_receipts(chart.patient, here.final)
    return here.results, here.wrote_rows


def _take_event(here: _Round, raw: dict[str, Any], id_: UUID | None) -> None:
    if id_ is None:
        here.results.append(_without_id(raw))
    elif (before := here.known.get(id_)) is not None:
        here.results.append(replace(before, id=raw["id"]))
    elif (result := _judge(here, _record, raw)) is not None:
        here.final[id_] = result
        here.known[id_] = replace(result, outcome="duplicate")
        here.results.append(result)
        here.wrote_rows |= result.outcome == "stored"


def _judge(here: _Round, take: Take, raw: dict[str, Any]) -> ItemResult | None:
    """The item's final result, or None where the failure is ours and may pass."""
    try:
        with transaction.atomic():
            return take(here.chart, raw, now=here.now)
    except Problem as problem:
        if not problem.retryable and problem.status < 500:
            return _refused(str(raw.get("id", "")), problem)
        here.failed += 1
    except OperationalError:
        here.failed += 1
    except Exception as error:
        # A fault of ours in one item must not lose the others. The class alone is fit for a log.
        logger.error("an item failed: %s", type(error).__name__)
    return None


def _record(chart: Chart, raw: dict[str, Any], *, now: datetime) -> ItemResult:
    record_event(chart, raw, now=now)
    return ItemResult(raw["id"], "stored", 1)


def _id_of(raw: dict[str, Any]) -> UUID | None:
    """The item's id if it is a UUIDv7 in its usual spelling."""
    text = raw.get("id")
    try:
        id_ = UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
    usual = id_ is not None and id_.version == 7 and str(id_) == str(text).lower()
    return id_ if usual else None


def _without_id(raw: dict[str, Any]) -> ItemResult:
    text = raw.get("id")
    if text is None:
        return _refused("", invalid_field("id", Code.REQUIRED, "An item needs an id."))
    told = text[:ID_LETTERS] if isinstance(text, str) else ""
    return _refused(told, invalid_field("id", Code.WRONG_TYPE, "An id is a UUIDv7."))


def _refused(id_: str, problem: Problem) -> ItemResult:
    errors = problem.errors or [FieldError("", problem.code, problem.detail)]
    named = tuple(ItemProblem(None, e.field, e.code, e.detail) for e in errors[:MOST_PROBLEMS])
    return ItemResult(id_, "refused", 0, named)
