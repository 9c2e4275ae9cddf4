"""What was computed about a patient, by which method, from what; and streams that fell silent."""

from datetime import datetime

from django.db import models

from backend.core.models import PatientRow, new_id


class Finding(PatientRow):
    """One computed statement, or the reason for not making one.

    Never overwritten: a newer one of the same method supersedes it, and the earlier one stays as it
    was. Only `superseded_at` and `superseded_by` are ever set afterwards; phones are sent the ones
    that stand, so setting these takes no revision.
    """

    method = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    label = models.CharField(max_length=80)
    value = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    unit = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    abstained = models.TextField(default="", blank=True)
    inputs_digest = models.CharField(max_length=64)
    computed_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta(PatientRow.Meta):
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "method", "-computed_at"], name="finding_history"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "method"],
                condition=models.Q(superseded_at=None),
                name="finding_stands_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.method} {self.version})"

    @property
    def is_thin(self) -> bool:
        """Abstained over some data, not for want of any: who wears no sensor lacks nothing."""
        return bool(self.abstained and self.detail.get("some_data", self.detail.get("have")))

    def holds_at(self, now: datetime) -> bool:
        """Whether it stands and is about days recent enough to act on."""
        recent = self.valid_until is not None and now < self.valid_until
        return recent and self.superseded_at is None


class Silence(models.Model):
    """A spell without data of one kind, from when it was noticed until data came.

    `last_at` is the last sample known. Spells of one device share a notice, by its key.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=32)
    source = models.CharField(max_length=80)
    last_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    tell_team = models.BooleanField(default=False)
    notice_key = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["patient", "-noticed_at"], name="silence_of_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=models.Q(ended_at=None),
                name="silence_stands_once",
            )
        ]

    def __str__(self) -> str:
        return f"no {self.kind} of {self.patient_id}"
