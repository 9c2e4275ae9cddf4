"""Imports of files at the desk: what was asked, how far it is, what came of it."""

from django.conf import settings
from django.db import models

from backend.core.models import new_id


class Import(models.Model):
    """One file for one patient. The file itself waits in the data folder until this has ended.

    `options` says how to read it; `read_bytes` and `rows` are told while a worker reads. The row
    stays as the record of who brought what in when; it holds no value of the file.
    """

    class State(models.TextChoices):
        ASKING = "asking", "Waits for the columns' meaning"
        WAITING = "waiting", "Waits for a worker"
        RUNNING = "running", "Is being read"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    format = models.CharField(max_length=32)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    read_bytes = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    report = models.JSONField(null=True)
    problem = models.CharField(max_length=300, default="")

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-asked_at"], name="import_by_time"),
            models.Index(
                fields=["state"],
                name="import_open",
                condition=models.Q(state__in=["asking", "waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} import"

    @property
    def is_under_way(self) -> bool:
        """Whether a worker has it or will."""
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        """How much of the file was read; parts that are read twice count once."""
        return min(100, 100 * self.read_bytes // max(self.size, 1))


UNDER_WAY = (Import.State.WAITING, Import.State.RUNNING)
OPEN = (Import.State.ASKING, *UNDER_WAY)
