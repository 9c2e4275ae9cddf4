"""One writer of a patient's chunks and summaries at a time."""

from uuid import UUID

from backend.core import statements


def take_turn(patient_id: UUID) -> None:
    """Wait until nobody else merges or restates this patient's streams; held until commit.

    A lease on an agenda line is not enough: it may run out under a slow merge that still works.
    """
    statements.run(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 1))",
        [f"streams.merge {patient_id}"],
    )
