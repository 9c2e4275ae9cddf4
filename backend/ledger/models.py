"""The ledger: one row for each access to, or change of, a patient's data, never altered."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """Who did what with which kinds of whose data, why and when. It holds no health data itself.

    Written in the transaction of the access it tells of. A trigger refuses UPDATE and DELETE.
    """

    id = models.BigAutoField(primary_key=True)
    patient_id = models.UUIDField()
    bucket = models.SmallIntegerField()
    actor_id = models.UUIDField(null=True)
    actor_role = models.CharField(max_length=12)
    actor_name = models.CharField(max_length=120)
    device_id = models.UUIDField(null=True)
    deed = models.CharField(max_length=8)
    categories = ArrayField(models.CharField(max_length=12))
    purpose = models.CharField(max_length=8)
    subject = models.CharField(max_length=80)
    at = models.DateTimeField()
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["patient_id", "-id"], name="ledger_of_patient")]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.deed} {self.subject}"
