"""Who may sign in: people in one role each, and the devices that speak for patients."""

import hashlib
from datetime import datetime

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from backend.core.models import new_id


class Role(models.TextChoices):
    """One role a person; what a role may do stands in patients/access.py."""

    PATIENT = "patient"
    CAREGIVER = "caregiver"
    CLINICIAN = "clinician"
    COORDINATOR = "coordinator"
    OPERATOR = "operator"


DESK_ROLES = frozenset({Role.CLINICIAN, Role.COORDINATOR, Role.OPERATOR})


class People(UserManager["User"]):
    """Makes users; `createsuperuser` makes an operator, who sees no health data."""

    def create_superuser(self, username: str, email=None, password=None, **extra):  # type: ignore[no-untyped-def]
        """An operator of the installation."""
        return super().create_superuser(
            username, email, password, **{"role": Role.OPERATOR} | extra
        )


class User(AbstractUser):
    """A person. `name` is what others read; staff sign in by session, patients by device."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role, default=Role.PATIENT)

    objects = People()  # type: ignore[misc]

    REQUIRED_FIELDS = ["email", "name"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """The name as others read it."""
        return self.name

    def get_short_name(self) -> str:
        """The same; names are not cut into parts here."""
        return self.name


def token_digest(token: str) -> bytes:
    """SHA-256 of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


class Device(models.Model):
    """A phone (or computer) that acts for its user by an opaque token, revocable on its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=80)
    platform = models.CharField(max_length=40)
    token_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    armed_until = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "revoked_at"], name="device_of_user")]

    def __str__(self) -> str:
        return f"{self.name} ({self.platform})"

    def rings_at(self, due_at: datetime, *, now: datetime, silence_s: float = 86_400) -> bool:
        """Whether this phone announces `due_at` itself: armed that far, heard of within a day."""
        if self.revoked_at is not None or self.armed_until is None or self.last_seen_at is None:
            return False
        heard = (now - self.last_seen_at).total_seconds() < silence_s
        return heard and due_at <= self.armed_until

    def has_news(self, armed_until: datetime | None, *, now: datetime) -> bool:
        """Whether what the phone says is worth a write: each minute, or when it armed further."""
        if self.last_seen_at is None or self.armed_until != armed_until:
            return True
        return (now - self.last_seen_at).total_seconds() > 60


class Mobile(models.Model):
    """The number a person is texted at: she agreed in person, then answered from it, until STOP.

    Of several people who had a number, only one may be texted at it.
    """

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="mobile"
    )
    number = models.CharField(max_length=16)  # E.164
    agreed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(stopped_at=None), name="mobile_of_one_person"
            )
        ]
        indexes = [models.Index(fields=["number"], name="mobile_by_number")]

    def __str__(self) -> str:
        return f"…{self.number[-3:]}"

    @property
    def is_asked(self) -> bool:
        """Whether nothing but the question if she agrees may be sent."""
        return self.answered_at is None and self.stopped_at is None

    @property
    def takes_texts(self) -> bool:
        """Whether she may be texted."""
        return self.answered_at is not None and self.stopped_at is None
