"""Writing the ledger."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.accounts.actors import Actor
from backend.core.models import bucket_of
from backend.ledger.models import Entry


def record(
    actor: Actor,
    *,
    patients: Iterable[UUID],
    deed: str,
    categories: Iterable[str],
    purpose: str,
    subject: str,
    now: datetime,
) -> None:
    """One entry for each patient, in the caller's transaction."""
    kinds = sorted(categories)
    Entry.objects.bulk_create(
        Entry(
            patient_id=patient,
            bucket=bucket_of(patient),
            actor_id=actor.id,
            actor_role=actor.role,
            actor_name=actor.name,
            device_id=actor.device_id,
            deed=deed,
            categories=kinds,
            purpose=purpose,
            subject=subject,
            at=now,
        )
        for patient in patients
    )
