"""Uploads are the log of what was measured; chunks and rollups are views that merging keeps.

None of them carries a revision: phones read streams by time, not by cursor. What is agreed about a
kind (whose samples count, how often to expect one) is a plan, which does.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.models import PatientRow


class OfPatient(models.Model):
    """What every row here shares; the patient leads each primary key, so buckets can move apart."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField(editable=False)
    kind = models.CharField(max_length=32)

    class Meta:
        abstract = True


class Upload(OfPatient):
    """One batch, checked and in the canonical unit; also the receipt that answers repeats.

    `payload` holds the accepted samples (see columns.py); a refused batch keeps none. Once merged
    it waits to be bound into a volume.
    """

    class Outcome(models.TextChoices):
        STORED = "stored"
        PARTIAL = "partial"
        REFUSED = "refused"

    pk = models.CompositePrimaryKey("patient_id", "upload_id")
    upload_id = models.UUIDField()
    source = models.CharField(max_length=80)
    start_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    count = models.IntegerField()
    payload = models.BinaryField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    problems = models.JSONField(null=True)
    received_at = models.DateTimeField()
    merged = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["patient", "kind"], name="upload_unmerged", condition=models.Q(merged=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} upload {self.upload_id}"


class Volume(OfPatient):
    """Uploads of one stream bound together once they are merged: the log in its lasting form.

    `payload` (see volumes.py) keeps of each upload its id, when it was received and its samples as
    they came; `problems` those of the uploads that had some, by id.
    """

    pk = models.CompositePrimaryKey("patient_id", "last_id")
    first_id = models.UUIDField()
    last_id = models.UUIDField()
    source = models.CharField(max_length=80)
    start_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    uploads = models.IntegerField()
    payload = models.BinaryField()
    problems = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["patient", "kind", "last_at"], name="volume_by_time")]

    def __str__(self) -> str:
        return f"{self.uploads} uploads of {self.kind}"


class Chunk(OfPatient):
    """A UTC day of one kind from one source. `newest` is the newest upload that went into it."""

    pk = models.CompositePrimaryKey("patient_id", "kind", "day", "source")
    source = models.CharField(max_length=80)
    day = models.DateField()
    count = models.IntegerField()
    newest = models.UUIDField()
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.day}"


class DayRollup(OfPatient):
    """A local day (in `zone`) of one kind with its hours, from the source that counts on it.

    A row that is STALE, or of another zone than the patient's, is told anew by the next merge and
    reckoned from the samples until then.
    """

    STALE = ""

    pk = models.CompositePrimaryKey("patient_id", "kind", "day")
    day = models.DateField()
    zone = models.CharField(max_length=64)
    source = models.CharField(max_length=80)
    count = models.IntegerField()
    mean = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    total = models.FloatField()
    coverage = models.FloatField(default=0)
    hours = models.BinaryField(default=b"")  # see hours.py

    def __str__(self) -> str:
        return f"{self.kind} on {self.day}"


class StreamPlan(PatientRow):
    """What is agreed for one kind of one patient; where it is silent the measures table counts."""

    kind = models.CharField(max_length=32)
    sources = ArrayField(models.CharField(max_length=80), default=list)  # the first one wins
    every_s = models.IntegerField(null=True)
    tell_team = models.BooleanField(default=False)
    target_low = models.FloatField(null=True)
    target_high = models.FloatField(null=True)

    class Meta(PatientRow.Meta):
        constraints = [models.UniqueConstraint(fields=["patient", "kind"], name="plan_of_kind")]

    def __str__(self) -> str:
        return f"plan for {self.kind}"
