"""Reading the ledger."""

from uuid import UUID

from django.db.models import QuerySet

from backend.ledger.models import Entry


def entries_of(patient_id: UUID) -> QuerySet[Entry]:
    """Who looked, newest first. Call it with an opened chart's patient."""
    return Entry.objects.filter(patient_id=patient_id).order_by("-id")
