"""What patients report about themselves."""

from django.db import models

from backend.core.models import PatientRow


class Response(PatientRow):
    """One complete answer set with its score; never edited, a later one stands beside it."""

    survey = models.CharField(max_length=20)
    answered_at = models.DateTimeField()
    received_at = models.DateTimeField()
    answers = models.JSONField()
    score = models.SmallIntegerField()
    meaning = models.TextField()
    needs_eyes = models.BooleanField(default=False)  # an answer that a person must see at once

    class Meta(PatientRow.Meta):
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "survey", "-answered_at"], name="response_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.survey}: {self.score}"
