"""The patient, the people around her, and what she has consented to."""

from datetime import datetime, time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.accounts.models import Role
from backend.core.models import PatientRow, new_id

NINE_IN_THE_EVENING = time(21)
EIGHT_IN_THE_MORNING = time(8)


class Patient(models.Model):
    """The person the record is about. `revision` counts every change that her phone must see."""

    class Sex(models.TextChoices):
        FEMALE = "female"
        MALE = "male"
        OTHER = "other"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="patient"
    )
    bucket = models.SmallIntegerField(editable=False)
    name = models.CharField(max_length=120)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=8, choices=Sex, default=Sex.UNKNOWN)
    zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=12, default="en")
    units = models.JSONField(default=dict, blank=True)
    quiet_from = models.TimeField(default=NINE_IN_THE_EVENING)
    quiet_until = models.TimeField(default=EIGHT_IN_THE_MORNING)
    names_on_lock_screen = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)
    revision = models.BigIntegerField(default=0)
    profile_revision = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    def is_quiet_at(self, local: time) -> bool:
        """Whether this local time lies in the patient's quiet hours, which may span midnight."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= local < self.quiet_until
        return local >= self.quiet_from or local < self.quiet_until


class Member(models.Model):
    """A person of the patient's care team (or a caregiver), in a role, from when, until when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(
        max_length=12,
        choices=[(r.value, r.label) for r in (Role.CLINICIAN, Role.COORDINATOR, Role.CAREGIVER)],
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "patient"], name="member_of_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"], condition=models.Q(ends_at=None), name="member_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.patient}"


class Grant(PatientRow):
    """A consent: recipient, categories, purpose, from, until. Ended or given anew, never edited."""

    CARE_TEAM = "care-team"

    recipient = models.CharField(max_length=60)  # "care-team", or a user's id
    categories = ArrayField(models.CharField(max_length=12))
    purpose = models.CharField(max_length=8)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta(PatientRow.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.recipient}: {', '.join(self.categories)}"

    def holds_at(self, now: datetime) -> bool:
        """Whether the consent is in force."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


class EnrolmentCode(models.Model):
    """A one-time code that admits one device of the patient, or a browser of the caregiver `user`;
    only its digest is kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    code_hash = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code for {self.patient_id}"


class BackgroundAnswer(models.Model):
    """What was answered to one question of background.py; never edited, the latest counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", db_index=False)
    question = models.CharField(max_length=20)
    choice = models.CharField(max_length=12)
    answered_at = models.DateTimeField()
    answered_by = models.UUIDField(null=True)  # a user, or a job

    class Meta:
        indexes = [
            models.Index(fields=["patient", "question", "-answered_at"], name="background_latest")
        ]

    def __str__(self) -> str:
        return f"{self.question} of {self.patient_id}"
