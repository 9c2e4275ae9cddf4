"""What was dispensed, and what electronic pill monitors recorded, as their files tell it.

Neither is a dose of a schedule: a fill says what was at hand, an opening that a cap was opened.
"""

from django.db import models

from backend.core.models import new_id
from backend.patients.models import Patient


class Dispensing(models.Model):
    """A fill: so many days' supply of a medicine. `nth`: a file may hold the same one twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    bucket = models.SmallIntegerField()
    medicine = models.CharField(max_length=200)
    dispensed_on = models.DateField()
    days = models.FloatField()
    daily_dose = models.FloatField(null=True)
    nth = models.SmallIntegerField(default=0)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "dispensed_on", "medicine", "days", "daily_dose", "nth"],
                nulls_distinct=False,
                name="dispensing_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.medicine}, {self.days:g} days"


class MonitorEvent(models.Model):
    """A cap, blister or box was opened, or its monitor reports that it should have been."""

    class Kind(models.TextChoices):
        OPENED = "opened"
        NOT_OPENED = "not_opened"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    bucket = models.SmallIntegerField()
    monitor = models.CharField(max_length=80)
    medicine = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "at", "monitor", "kind"], name="monitor_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.monitor} {self.kind} {self.at:%Y-%m-%d %H:%M}"
