"""The patient's counter of changes: gapless, in commit order, the phone's cursor."""

from uuid import UUID

from django.db import connection


def take_revisions(patient_id: UUID, count: int = 1) -> range:
    """`count` fresh numbers. The UPDATE locks the patient's row until commit, so no number is ever
    seen before a smaller one: a cursor by sequence or clock would lose rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE patients_patient SET revision = revision + %s WHERE id = %s RETURNING revision",
            [count, patient_id],
        )
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def hold_patient(patient_id: UUID) -> None:
    """Lock the patient's row until commit, for what must look before it counts its revisions.

    Whoever takes other locks of this patient's takes this one first, so that none wait in a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM patients_patient WHERE id = %s FOR NO KEY UPDATE", [patient_id]
        )
