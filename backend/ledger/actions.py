"""Writing the ledger."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.accounts.actors import Actor
from backend.core import statements
from backend.core.models import bucket_of
from backend.core.statements import array

ENTER = """
INSERT INTO ledger_entry (patient_id, bucket, actor_id, actor_role, actor_name, device_id, deed,
                          categories, purpose, subject, at)
SELECT patient, bucket, %s::uuid, %s::text, %s::text, %s::uuid, %s::text, %s::text[], %s::text,
       %s::text, %s::timestamptz
FROM unnest(%s::uuid[], %s::smallint[]) AS shown (patient, bucket)
"""


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
    shown = list(patients)
    statements.run(
        ENTER,
        [
            actor.id,
            actor.role,
            actor.name,
            actor.device_id,
            deed,
            array(sorted(categories)),
            purpose,
            subject,
            now,
            array(shown),
            array(map(bucket_of, shown)),
        ],
    )
