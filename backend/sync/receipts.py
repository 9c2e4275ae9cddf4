"""Receipts: what was answered once is answered alike for ever."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from backend.core.problems import Unavailable
from backend.patients.models import Patient
from backend.sync.models import Receipt
from backend.wire.messages import ItemProblem, ItemResult


def known_results(patient_id: UUID, items: Iterable[UUID]) -> dict[UUID, ItemResult]:
    """The results of those items that this patient's phones sent before, as duplicates."""
    found = Receipt.objects.filter(patient_id=patient_id, item__in=list(items))
    return {
        item: ItemResult(
            str(item), "duplicate", stored, tuple(ItemProblem(**p) for p in problems or [])
        )
        for item, stored, problems in found.values_list("item", "stored", "problems")
    }


def keep_receipts(patient: Patient, results: Mapping[UUID, ItemResult]) -> None:
    """One insert for all; raises Unavailable if another request took one of these meanwhile.

    Two requests of one phone never meet here, since each holds the phone's row; those of two phones
    with one memory may. Then everything of the later is undone, and it is asked again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sync_receipt (patient_id, bucket, item, outcome, stored, problems)"
            " SELECT %s, %s, * FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::jsonb[])"
            " ON CONFLICT DO NOTHING",
            [
                patient.id,
                patient.bucket,
                list(results),
                [r.outcome for r in results.values()],
                [r.stored for r in results.values()],
                [_problems_text(r) for r in results.values()],
            ],
        )
        if cursor.rowcount != len(results):
            raise Unavailable("The same items arrive by another request.")


def _problems_text(result: ItemResult) -> str | None:
    if not result.problems:
        return None
    return json.dumps([dataclasses.asdict(p) for p in result.problems])
