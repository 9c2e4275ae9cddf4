"""What every patient-owned row shares."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import models

from backend.wire.ids import uuid7

BUCKETS = 1024


def new_id() -> UUID:
    """A UUIDv7 by this machine's clock: for locality only, never for order or time."""
    return uuid7(datetime.now(UTC))


def bucket_of(patient_id: UUID) -> int:
    """The patient's bucket, 0 to 1023: a UUIDv7's low bits are random, their own hash."""
    return patient_id.int & (BUCKETS - 1)


class PatientRow(models.Model):
    """A row that a patient owns and a phone sees: bucket for sharding, revision for the cursor."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField(editable=False)
    revision = models.BigIntegerField(editable=False)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["patient", "revision"], name="%(class)s_rev")]


class Heartbeat(models.Model):
    """When a kind of process last showed in the database that it works."""

    name = models.CharField(primary_key=True, max_length=40)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
