"""What was recommended, what the patient did with it, and which nudges were drawn."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.models import PatientRow, new_id


class Advice(PatientRow):
    """A recommendation out of one version of a rule, with the findings that it stood on.

    Its words stay as they were said. A rule has at most one standing (open or accepted) advice.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        DONE = "done"
        WITHDRAWN = "withdrawn"

    STANDING = (State.OPEN, State.ACCEPTED)

    rule = models.CharField(max_length=60)
    rule_version = models.IntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField()
    why = models.TextField()
    source = models.TextField()
    findings = ArrayField(models.UUIDField())
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    state_at = models.DateTimeField()
    quiet_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta(PatientRow.Meta):
        verbose_name_plural = "advice"
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "rule", "-created_at"], name="advice_of_rule"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "rule"],
                condition=models.Q(state__in=["open", "accepted"]),
                name="advice_stands_once",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def notice_key(self) -> str:
        """The key of the one notice that tells of it."""
        return f"advice:{self.id}"


class AdviceAnswer(models.Model):
    """One thing the patient said about an advice, in the order it came in. Never altered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.UUIDField()  # as the phone named it, perhaps as another phone did too
    advice = models.ForeignKey(Advice, on_delete=models.CASCADE, related_name="answers")
    status = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.status


class NudgeChoice(models.Model):
    """Whether and how the patient wants to be nudged; no row means yes, in the plain tone.

    `busy_until` is what the phone says while nothing may be said: at the wheel, above all.
    """

    class Tone(models.TextChoices):
        PLAIN = "plain"
        WARM = "warm"
        COACH = "coach"

    patient = models.OneToOneField(
        "patients.Patient", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    off_since = models.DateTimeField(null=True)
    tone = models.CharField(max_length=10, choices=Tone, default=Tone.PLAIN)
    a_week = models.SmallIntegerField(null=True)  # fewer than the limit, if she wants fewer
    busy_until = models.DateTimeField(null=True)
    busy_with = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return "off" if self.off_since else "on"


class NudgePrior(models.Model):
    """What was known of people in general on a night, arm by arm. Never altered: decisions name it.

    It holds no person's data, only means and spreads over all who were nudged.
    """

    fitted_at = models.DateTimeField()
    algorithm = models.CharField(max_length=20)
    people = models.IntegerField()
    decisions = models.IntegerField()
    arms = models.JSONField()  # arm → mean, doubt, between, noise

    class Meta:
        indexes = [models.Index(fields=["-fitted_at"], name="nudge_prior_latest")]

    def __str__(self) -> str:
        return f"prior {self.pk} of {self.decisions} decisions"


class Nudge(models.Model):
    """One randomised decision, all that is needed to replay it, and what came of it.

    A decision at which the patient could not be nudged is kept too, with the reason: whoever
    analyses a micro-randomised trial needs to know.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField(editable=False)
    point = models.CharField(max_length=40)  # local date and kind: "2026-11-23 morning"
    decided_at = models.DateTimeField()
    available = models.BooleanField()
    unavailable = models.CharField(max_length=40, blank=True)  # why not
    context = models.JSONField()
    context_digest = models.CharField(max_length=64)
    arms = models.JSONField()  # arm → probability, all that could have been drawn
    arm = models.CharField(max_length=40)
    probability = models.FloatField()
    policy = models.CharField(max_length=40)
    policy_version = models.CharField(max_length=20)
    seed = models.CharField(max_length=64)
    outcome = models.JSONField(null=True)
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "point"], name="nudge_decided_once")
        ]
        indexes = [models.Index(fields=["patient", "-decided_at"], name="nudge_history")]

    def __str__(self) -> str:
        return f"{self.arm} at {self.point}"

    @property
    def notice_key(self) -> str:
        """The key of the notice that says it, the same however often it is decided."""
        return f"nudge:{self.patient_id}:{self.point}"
