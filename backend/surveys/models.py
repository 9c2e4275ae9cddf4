"""What patients report about themselves."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.models import PatientRow, new_id


class AskedForm(models.Model):
    """A questionnaire that was brought in; an answer names the version that it answers."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40)
    version = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=2)
    resource = models.JSONField()  # as it came
    every_days = models.SmallIntegerField(null=True, blank=True)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version", "language"], name="asked_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}".strip()


class Goal(models.Model):
    """What a patient has set herself."""

    patient = models.OneToOneField(
        "patients.Patient", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    bucket = models.SmallIntegerField()
    kind = models.CharField(max_length=5)
    text = models.CharField(max_length=120, blank=True)
    target = models.IntegerField(null=True, blank=True)
    days = ArrayField(models.DateField(), default=list)  # on which a habit was done
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text or self.kind


class Response(PatientRow):
    """One complete answer set with its score; never edited, a later one stands beside it."""

    survey = models.CharField(max_length=40)
    version = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField()
    received_at = models.DateTimeField()
    answers = models.JSONField()
    score = models.SmallIntegerField(null=True)  # None: nothing in it counts
    meaning = models.TextField()
    needs_eyes = models.BooleanField(default=False)  # an answer that a person must see at once

    class Meta(PatientRow.Meta):
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "survey", "-answered_at"], name="response_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.survey}: {'answered' if self.score is None else self.score}"
