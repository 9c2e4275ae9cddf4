"""Telehealth: visits, the tickets that open their rooms, and who came."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import models

from backend.core.models import PatientRow, new_id


class Visit(PatientRow):
    """A session between a patient and her care team: asked for, booked, then over in some way.

    `questions` are what she wants to ask there, in her words; the latest that she wrote counts.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        BOOKED = "booked"
        CANCELLED = "cancelled"
        ENDED = "ended"
        MISSED = "missed"  # booked, and the patient did not come

    starts_at = models.DateTimeField()
    minutes = models.SmallIntegerField(default=20)
    state = models.CharField(max_length=9, choices=State)
    with_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    questions = models.TextField(blank=True, default="")
    questions_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(PatientRow.Meta):
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "-starts_at"], name="visit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.state} visit"

    @property
    def is_open(self) -> bool:
        """Whether it can still take place."""
        return self.state in {self.State.REQUESTED, self.State.BOOKED}


def ticket_digest(token: str) -> bytes:
    """SHA-256 of a ticket's token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


class Ticket(models.Model):
    """Opens one visit's room for one person, once; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="tickets")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"ticket for {self.visit_id}"

    def opens_at(self, now: datetime) -> bool:
        """Whether it is still good."""
        return self.used_at is None and now < self.expires_at


class Attendance(models.Model):
    """One person who came into a visit's room."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "user"], name="attends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.visit_id}"
