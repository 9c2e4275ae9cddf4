"""What became of each event that phones sent."""

from django.db import models


class Receipt(models.Model):
    """The final outcome of one event. Kept for ever: phones come back after months.

    Keyed by the patient first: an id is known or unknown within one patient's record only. Uploads
    need none, their log holds their outcome.
    """

    pk = models.CompositePrimaryKey("patient_id", "item")
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    item = models.UUIDField()
    bucket = models.SmallIntegerField()
    outcome = models.CharField(max_length=8)
    stored = models.IntegerField()
    problems = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.item}: {self.outcome}"
