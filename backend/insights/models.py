"""What was computed about a patient, by which method, from what; and streams that fell silent."""

from datetime import datetime

from django.db import models

from backend.core.models import PatientRow, new_id


class Finding(PatientRow):
    """One computed statement, or the reason for not making one.

    Never overwritten: a newer one of the same method supersedes it, and the earlier one stays as it
    was. Only `superseded_at` and `superseded_by` are ever set afterwards; phones are sent the ones
    that stand, so setting these takes no revision. What is said every five minutes thins out
    (pruning.py).
    """

    method = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    label = models.CharField(max_length=80)
    value = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    unit = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    abstained = models.TextField(default="", blank=True)
    inputs_digest = models.CharField(max_length=64)
    computed_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,  # with no index to look it up by, each row pruned would cost a scan
    )

    class Meta(PatientRow.Meta):
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "method", "-computed_at"], name="finding_history"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "method"],
                condition=models.Q(superseded_at=None),
                name="finding_stands_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.method} {self.version})"

    @property
    def is_thin(self) -> bool:
        """Abstained over some data, not for want of any: who wears no sensor lacks nothing."""
        return bool(self.abstained and self.detail.get("some_data", self.detail.get("have")))

    def holds_at(self, now: datetime) -> bool:
        """Whether it stands and is about days recent enough to act on."""
        recent = self.valid_until is not None and now < self.valid_until
        return recent and self.superseded_at is None


class Failure(models.Model):
    """A method that could not be computed for a patient, until it can be: a fault, no health data.

    `error` is a class and a line of the code.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    method = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    error = models.CharField(max_length=120)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "method"], name="failure_of_method_once")
        ]

    def __str__(self) -> str:
        return f"{self.method}: {self.error}"


class Silence(models.Model):
    """A spell without data of one kind, from when it was noticed until data came.

    `last_at` is the last sample known. Spells of one device share a notice, by its key.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=32)
    source = models.CharField(max_length=80)
    last_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    tell_team = models.BooleanField(default=False)
    notice_key = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["patient", "-noticed_at"], name="silence_of_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=models.Q(ended_at=None),
                name="silence_stands_once",
            )
        ]

    def __str__(self) -> str:
        return f"no {self.kind} of {self.patient_id}"


class ModelState(models.TextChoices):
    """A learned method's way through the gate."""

    CANDIDATE = "candidate"
    AUDITED = "audited"
    DEPLOYED = "deployed"
    RETIRED = "retired"


class LearnedModel(models.Model):
    """One version of a learned method: its numbers as plain JSON, and its card.

    Neither ever changes: another fit is another version. `state` is where the last step led;
    how it came there stands in ModelStep.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    method = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    artefact = models.JSONField()
    digest = models.CharField(max_length=64)
    card = models.JSONField()
    trained_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=ModelState, default=ModelState.CANDIDATE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["method", "version"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["method"],
                condition=models.Q(state=ModelState.DEPLOYED),
                name="model_deployed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.version}"


class ModelAudit(models.Model):
    """One report of the gate; `digest` is of the report, which names the model's own digest.

    Append-only (a trigger). `live` ones are of outcomes that came in after deployment.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.ForeignKey(LearnedModel, on_delete=models.PROTECT, related_name="audits")
    audited_at = models.DateTimeField()
    live = models.BooleanField(default=False)
    enough = models.BooleanField()
    passed = models.BooleanField()
    report = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["model", "-audited_at"], name="audit_of_model")]

    def __str__(self) -> str:
        return f"audit of {self.model_id}"


class ModelStep(models.Model):
    """Who led a model into which state, when and why. Append-only (a trigger)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.ForeignKey(LearnedModel, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=9, choices=ModelState)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    reason = models.TextField()
    audit = models.ForeignKey(ModelAudit, on_delete=models.PROTECT, null=True, related_name="+")
    overridden = models.BooleanField(default=False)
    autonomous = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["model", "at"], name="steps_of_model")]

    def __str__(self) -> str:
        return f"{self.model_id} {self.state}"
