"""What asks for a person, from when until when, and what people did about it."""

from datetime import datetime

from django.conf import settings
from django.db import models

from backend.core.models import new_id

WORSE = 0.2  # by this share of what it was when somebody dealt with it, it is news again


class Alert(models.Model):
    """One condition of a patient, from when it was first seen until it was gone.

    Watching keeps it (watching.py); people deal with it (handling.py). What was dealt with says
    nothing more until the condition clears, or gets clearly worse.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        SNOOZED = "snoozed"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField(editable=False)
    key = models.CharField(max_length=120)
    category = models.CharField(max_length=12)
    reason = models.CharField(max_length=300)
    is_urgent = models.BooleanField()
    level = models.FloatField()
    first_level = models.FloatField()
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    handled_at = models.DateTimeField(null=True)
    handled_level = models.FloatField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "key"], condition=models.Q(cleared_at=None), name="alert_once"
            )
        ]
        indexes = [models.Index(fields=["patient", "raised_at"], name="alert_by_time")]

    def __str__(self) -> str:
        return f"{self.state} alert"

    def is_worse_at(self, level: float) -> bool:
        """Whether it would have grown since somebody dealt with it by so much that it is news."""
        if self.handled_level is None:
            return False
        return level - self.handled_level > WORSE * max(abs(self.handled_level), 1.0)

    def is_quiet_at(self, now: datetime) -> bool:
        """Whether somebody has dealt with it, for now."""
        if self.state == self.State.SNOOZED:
            return self.snoozed_until is not None and now < self.snoozed_until
        return self.state in (self.State.CONFIRMED, self.State.CLOSED)


class Handling(models.Model):
    """What somebody did about an alert, or watching did by itself. Kept for ever."""

    class Deed(models.TextChoices):
        CONFIRMED = "confirmed"
        SNOOZED = "snoozed"
        HANDED_OVER = "handed_over"
        CLOSED = "closed"
        REOPENED = "reopened"

    class Outcome(models.TextChoices):
        CALLED = "called", "Called the patient"
        MESSAGED = "messaged", "Wrote to the patient"
        VISIT = "visit", "Visit arranged"
        TREATMENT = "treatment", "Treatment changed"
        DEVICE = "device", "Device or measurement put right"
        NOTHING = "nothing", "No action needed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="handlings")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    deed = models.CharField(max_length=11, choices=Deed)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["at"], name="handling_by_time")]

    def __str__(self) -> str:
        return self.deed
