"""Secure messages between a patient, who cares for her, and her care team."""

from django.conf import settings
from django.db import models

from backend.core.models import PatientRow


class Message(PatientRow):
    """One message; never edited. Its first one names a thread, and alone has a subject.

    `read_at` is when the other side read it: of the team's the patient herself, of hers and her
    caregivers' the first of the team.
    """

    class Side(models.TextChoices):
        PATIENT = "patient"
        CAREGIVER = "caregiver"
        TEAM = "team"

    thread = models.UUIDField()
    subject = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=9, choices=Side)
    written_at = models.DateTimeField()
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta(PatientRow.Meta):
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "thread", "written_at"], name="message_by_thread"),
            models.Index(
                fields=["patient"],
                condition=models.Q(read_at=None) & ~models.Q(side="team"),
                name="message_for_team",
            ),
        ]

    def __str__(self) -> str:
        return f"message by {self.side}"

    @property
    def notice_key(self) -> str:
        """Under which the patient is told that it waits."""
        return f"message:{self.id}"

    @property
    def is_by_team(self) -> bool:
        """Whether the patient is the one to read it."""
        return self.side == self.Side.TEAM
