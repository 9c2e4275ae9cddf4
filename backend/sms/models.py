"""Texts that came in, and questionnaires that are asked one question a day."""

from django.conf import settings
from django.db import models

from backend.core.models import new_id
from backend.sms.vocabulary import Intent


class Inbound(models.Model):
    """A text that came in, by the gateway's own id: taken once, answered the same each time.

    Its words are not kept, nor is a number that nobody here has.
    """

    sid = models.CharField(primary_key=True, max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    bucket = models.SmallIntegerField(default=0)
    understood = models.CharField(max_length=10, choices=[(i.value, i.value) for i in Intent])
    answer = models.TextField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "received_at"], name="inbound_of_user")]

    def __str__(self) -> str:
        return f"{self.understood} at {self.received_at:%Y-%m-%d %H:%M}"


class TextSurvey(models.Model):
    """A questionnaire by text, one at a time; the first question without an answer is next.

    `ask_at` is when that one is asked, `asked` counts askings, `options_told` that it was not
    understood and its choices were said again. Answered or ended by the team, `ended_at` says so.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    bucket = models.SmallIntegerField()
    survey = models.CharField(max_length=20)
    assigned_at = models.DateTimeField()
    answers = models.JSONField(default=dict)
    ask_at = models.DateTimeField()
    asked = models.SmallIntegerField(default=0)
    options_told = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(ended_at=None), name="text_survey_at_once"
            )
        ]

    def __str__(self) -> str:
        return self.survey
