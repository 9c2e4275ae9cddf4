"""What to tell whom, once: occurrences, the one claim to announce each, and the card on the phone.

An occurrence says that something is due; the delivery under the same key is the claim to announce
it, and its primary key is the promise that it is claimed once. Both are kept lean: they are the
busiest rows of the house. A delivery is written twice, when it is claimed and when it is done, and
the second time no index is touched: no index may stand on what changes then.
"""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from backend.core.models import PatientRow

KEY_LETTERS = 120


class Channel(models.TextChoices):
    """How far a notice may go: beyond the app only where the patient's phone does not ring.

    The others are steps of an escalation: no card of their own, to whom and how by name.
    """

    AUTO = "auto"
    IN_APP = "in_app"
    PUSH = "push"
    SMS = "sms"
    CAREGIVER = "caregiver"
    TEAM = "team"  # the care team's worklist: a row that it reads, nothing is sent

    @property
    def is_step(self) -> bool:
        """Whether it follows on a notice that nobody answered."""
        return self not in {Channel.AUTO, Channel.IN_APP}


class Occurrence(models.Model):
    """One due moment. Never deleted one by one, and altered only to move what nobody announced."""

    key = models.CharField(primary_key=True, max_length=KEY_LETTERS)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField()
    due_at = models.DateTimeField()
    template = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    grace = models.DurationField()
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.AUTO)
    urgent = models.BooleanField(default=False, db_default=False)  # may break quiet hours
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["bucket", "due_at"], name="occurrence_due")]

    def __str__(self) -> str:
        return self.key

    def is_late_at(self, now: datetime) -> bool:
        """Whether it is too late to say it."""
        return now > self.due_at + self.grace


class Delivery(models.Model):
    """The one claim to announce an occurrence, by its key.

    It knows no foreign key: an answer may settle a dose that the server has not made yet, and a
    lease is gone before the deliveries that were done under it.
    """

    GIVEN_UP = 0  # a lease that never runs out: an operator may revive it

    class Outcome(models.TextChoices):
        CLAIMED = "", "claimed"
        SENT = "sent"
        LATE_NOT_SENT = "late_not_sent"
        CANCELLED = "cancelled"
        FAILED = "failed"  # dead-lettered: not all that should have gone out got through

    key = models.CharField(primary_key=True, max_length=KEY_LETTERS)
    bucket = models.SmallIntegerField()
    claimed_at = models.DateTimeField(db_default=Now())
    lease = models.BigIntegerField(null=True)
    attempts = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=14, choices=Outcome, default=Outcome.CLAIMED, db_default="", blank=True
    )
    channel = models.CharField(max_length=60, default="", db_default="", blank=True)
    reached = ArrayField(
        models.CharField(max_length=60), default=list, db_default=[], blank=True
    )  # channels that took it: a retry leaves them out
    swept = models.BooleanField(default=False, db_default=False)
    last_error = models.CharField(max_length=80, default="", db_default="", blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["lease"], name="delivery_lease")]

    def __str__(self) -> str:
        return self.key


class Lease(models.Model):
    """Until when a page of deliveries is in somebody's hands; what is open then is tried again.

    One row for thousands: where vacuum can clear nothing away (somebody's long report), an index
    of what is open fills with what was, and each look wades through it.
    """

    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk} until {self.until}"


class PumpBucket(models.Model):
    """Up to where a bucket's occurrences have been claimed. SKIP LOCKED happens on these rows."""

    bucket = models.SmallIntegerField(primary_key=True)
    watermark = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.bucket)


class Notice(PatientRow):
    """The card in the app, once for each key."""

    class State(models.TextChoices):
        DUE = "due"
        SENT = "sent"
        LATE_NOT_SENT = "late_not_sent"
        SHOWN = "shown"
        OPENED = "opened"
        DISMISSED = "dismissed"
        CANCELLED = "cancelled"

    key = models.CharField(max_length=KEY_LETTERS, unique=True)
    template = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    lock_screen = models.CharField(max_length=200)
    state = models.CharField(max_length=14, choices=State)
    told_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)

    class Meta(PatientRow.Meta):
        pass

    def __str__(self) -> str:
        return self.key

    @property
    def stands(self) -> bool:
        """Whether the patient may still see it as something to answer."""
        return self.state in {
            self.State.DUE,
            self.State.SENT,
            self.State.LATE_NOT_SENT,
            self.State.SHOWN,
        }
