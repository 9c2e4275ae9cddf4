"""Taking uploads: the hot path, one small insert each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Json

from backend.agenda.actions import call_up
from backend.core.rendering import to_json
from backend.patients.access import Category, Chart, Deed
from backend.streams.checking import Checked, Refused, check_upload, upload_id
from backend.streams.columns import encode
from backend.streams.models import Upload
from backend.wire.codec import moment_of
from backend.wire.messages import ItemProblem, ItemResult, Outcome

MERGE = "streams.merge"
INSERT = (
    "INSERT INTO streams_upload (patient_id, upload_id, bucket, kind, source, start_at, last_at,"
    " count, payload, outcome, problems, received_at, merged)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (patient_id, upload_id) DO NOTHING"
)


def store_upload(chart: Chart, raw: dict[str, Any], *, now: datetime) -> ItemResult:
    """Check an upload as it came off the wire, keep its good samples, and say what became of it.

    The receipt is final: the same id gets the same answer and has no second effect.
    """
    chart.need(Category.STREAMS, Deed.CHANGE)
    try:
        id_ = upload_id(raw)
    except Refused as refusal:
        named = str(raw.get("id", ""))[:60] if isinstance(raw, dict) else ""
        return ItemResult(named, "refused", 0, (refusal.problem,))
    checked = check_upload(raw, now=now)
    outcome = _outcome(checked)
    if not _insert(chart, id_, checked, outcome, now):
        return _earlier(chart, id_)
    if outcome != "refused":
        call_up(chart.patient.id, MERGE)
    return ItemResult(str(id_), outcome, len(checked.samples), tuple(checked.problems))


def _outcome(checked: Checked) -> Outcome:
    if not len(checked.samples):
        return "refused"
    return "partial" if checked.problems else "stored"


def _insert(chart: Chart, id_: UUID, checked: Checked, outcome: Outcome, now: datetime) -> bool:
    """False if this id was taken before, also by a request that commits meanwhile."""
    samples = checked.samples
    kept = len(samples) > 0
    problems = Json(to_json(checked.problems)) if checked.problems else None
    row: list[Any] = [
        chart.patient.id,
        id_,
        chart.patient.bucket,
        checked.kind,
        checked.source,
        moment_of(int(samples.instants[0])) if kept else None,
        moment_of(int(samples.instants[-1])) if kept else None,
        len(samples),
        encode(samples) if kept else b"",
        outcome,
        problems,
        now,
        not kept,
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, row)
        return bool(cursor.rowcount)


def _earlier(chart: Chart, id_: UUID) -> ItemResult:
    count, problems = Upload.objects.values_list("count", "problems").get(
        patient_id=chart.patient.id, upload_id=id_
    )
    found = tuple(ItemProblem(**problem) for problem in problems or ())
    return ItemResult(str(id_), "duplicate", count, found)
