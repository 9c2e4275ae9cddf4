"""Uploads and events, each in its own savepoint: one bad item never blocks another."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction

from backend.core.problems import FieldError, Problem, Unavailable, invalid_field
from backend.patients.access import Chart
from backend.regimens.answers import record_dose_events
from backend.streams.actions import store_upload, store_uploads
from backend.sync.events import read_event, record_event
from backend.sync.receipts import keep_receipts, known_results
from backend.wire.messages import DoseEvent, ItemProblem, ItemResult, SyncRequest
from backend.wire.problems import Code

logger = logging.getLogger("evenkeel.sync")

ID_LETTERS = 80
MOST_PROBLEMS = 100

Take = Callable[..., ItemResult]
_Event = tuple[dict[str, Any], UUID | None]


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
    for raw, id_ in _with_doses_taken(here, events):
        _take_event(here, raw, id_)
    if here.failed and not here.results:
        raise Unavailable()
    if here.final:
        keep_receipts(chart.patient, here.final)
    return here.results, here.wrote_rows


def _with_doses_taken(here: _Round, events: list[_Event]) -> Iterator[_Event]:
    """The events in order, less the runs of fresh answers to doses: those are recorded at once."""
    run: dict[UUID, dict[str, Any]] = {}
    for raw, id_ in events:
        is_known = id_ is None or id_ in here.known or id_ in run
        if id_ is not None and not is_known and raw.get("type") == "dose":
            run[id_] = raw
            continue
        yield from _take_doses(here, run)
        run = {}
        yield raw, id_
    yield from _take_doses(here, run)


def _take_doses(here: _Round, run: dict[UUID, dict[str, Any]]) -> Iterator[_Event]:
    """Record them together; where that fails, each is given back to be taken by itself."""
    if len(run) < 2:
        yield from ((raw, id_) for id_, raw in run.items())
        return
    try:
        with transaction.atomic():
            results = _record_doses(here, run)
    except Exception as error:
        # Whatever it was, it will befall its own item again, and be judged there.
        logger.info("a run of answers is taken one by one: %s", type(error).__name__)
        yield from ((raw, id_) for id_, raw in run.items())
        return
    for id_, result in results.items():
        _keep_result(here, id_, result)


def _record_doses(here: _Round, run: dict[UUID, dict[str, Any]]) -> dict[UUID, ItemResult]:
    found: dict[UUID, ItemResult] = {}
    events: dict[UUID, DoseEvent] = {}
    for id_, raw in run.items():
        try:
            events[id_] = read_event(raw, now=here.now)[1]
        except Problem as problem:
            found[id_] = _refused(raw["id"], problem)
    answers = record_dose_events(here.chart, list(events.values()), now=here.now)
    for id_, answer in zip(events, answers, strict=True):
        told = run[id_]["id"]
        if isinstance(answer, Problem):
            found[id_] = _refused(told, answer)
        else:
            found[id_] = ItemResult(told, "stored", 1)
    return {id_: found[id_] for id_ in run}


def _keep_result(here: _Round, id_: UUID, result: ItemResult) -> None:
    here.final[id_] = result
    here.known[id_] = replace(result, outcome="duplicate")
    here.results.append(result)
    here.wrote_rows |= result.outcome == "stored"


def _take_event(here: _Round, raw: dict[str, Any], id_: UUID | None) -> None:
    if id_ is None:
        here.results.append(_without_id(raw))
    elif (before := here.known.get(id_)) is not None:
        here.results.append(replace(before, id=raw["id"]))
    elif (result := _judge(here, _record, raw)) is not None:
        _keep_result(here, id_, result)


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
