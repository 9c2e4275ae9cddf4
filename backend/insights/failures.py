"""Methods that could not be computed, for those who run the house: nothing here is about health."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from backend.core import statements
from backend.core.models import new_id
from backend.core.statements import array
from backend.insights.computing import Failed
from backend.insights.models import Failure
from backend.patients.access import Category, Chart, Deed

CLEAR = "DELETE FROM insights_failure WHERE patient_id = %s AND method <> ALL(%s::text[])"
NOTE = """
INSERT INTO insights_failure (id, patient_id, method, version, error, first_at, last_at, times)
SELECT f.id, %s, f.method, f.version, f.error, %s, %s, 1
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS f (id, method, version, error)
ON CONFLICT (patient_id, method) DO UPDATE SET
    version = excluded.version, error = excluded.error, last_at = excluded.last_at,
    times = insights_failure.times + 1
"""


@dataclass(frozen=True, slots=True)
class Faulty:
    """One fault of a method, and for how many people it could not be computed."""

    method: str
    version: str
    error: str
    people: int
    since: datetime
    last_at: datetime


def note_failures(chart: Chart, failed: Sequence[Failed], *, now: datetime) -> None:
    """Those that failed just now; what failed before and does no more is forgotten."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    patient = chart.patient.id
    statements.run(CLEAR, [patient, array(one.method for one in failed)])
    if failed:
        rows = [(str(new_id()), one.method, one.version, one.error[:120]) for one in failed]
        columns = [list(column) for column in zip(*rows, strict=True)]
        statements.run(NOTE, [patient, now, now, *columns])


def faulty_methods() -> list[Faulty]:
    """By method, for the operator: no patient is named."""
    found = Failure.objects.values_list("method", "version", "error").annotate(
        people=Count("id"), since=Min("first_at"), last=Max("last_at")
    )
    return [Faulty(*row) for row in found.order_by("method", "version", "error")]
