"""Medicines as prescribed, their schedules, and what happened to each dose.

A schedule is never altered: a change gives the regimen a new one and ends the old, so that past
doses keep the schedule they came from. A dose's id and key follow from schedule and slot alone.
"""

from datetime import datetime, time, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.models import PatientRow, new_id
from backend.regimens.monitors import Dispensing, MonitorEvent  # noqa: F401 (models of this room)
from backend.wire import schedule as wire
from backend.wire.messages import DoseStep, ScheduleRow
from backend.wire.sentences import amount_on


class Regimen(PatientRow):
    """A prescribed medicine; `version` counts its changes.

    `steps` are (local day, dose) of a taper. `escalation`: step to minutes after the dose was due,
    where nobody answers. `supply_doses` were in hand at `supply_at`; limits of None do not hold.
    """

    medicine = models.CharField(max_length=200)
    dose = models.CharField(max_length=100)
    instructions = models.CharField(max_length=500, blank=True)
    grace_minutes = models.IntegerField()
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    prescribed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=list)
    most_a_day = models.IntegerField(null=True)
    min_gap_minutes = models.IntegerField(null=True)
    early_minutes = models.IntegerField(null=True)
    snooze_minutes = models.IntegerField(default=15)
    most_snoozes = models.IntegerField(null=True)
    critical = models.BooleanField(default=False)
    escalation = models.JSONField(default=dict)
    supply_doses = models.IntegerField(null=True)
    supply_at = models.DateTimeField(null=True)
    refill_days = models.IntegerField(default=7)
    runs_out_on = models.DateField(null=True)

    class Meta(PatientRow.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.medicine} {self.dose}"

    def dose_steps(self) -> list[DoseStep]:
        """The taper as the wire has it."""
        return [DoseStep(day, dose) for day, dose in self.steps]

    def amount_for(self, nominal_local: str) -> str:
        """What is to be taken at the dose of this name."""
        return amount_on(self.dose_steps(), nominal_local[:10], self.dose)

    @property
    def grace(self) -> timedelta:
        """How late a dose may still be announced."""
        return timedelta(minutes=self.grace_minutes)


class Schedule(models.Model):
    """When doses are due; in force from `holds_from` (None: its start) to `holds_until`.

    `filled_until`: its doses up to there have their rows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    regimen = models.ForeignKey(Regimen, on_delete=models.CASCADE, related_name="schedules")
    version = models.IntegerField(default=1)
    mode = models.CharField(max_length=9)
    rule = models.CharField(max_length=300)
    times = ArrayField(models.CharField(max_length=5), default=list)
    meals = ArrayField(models.CharField(max_length=9), default=list)  # what `times` go by
    starts_local = models.CharField(max_length=16)
    ends_local = models.CharField(max_length=16, null=True)  # noqa: DJ001 (None: without end)
    zone = models.CharField(max_length=64)
    zone_mode = models.CharField(max_length=8)
    holds_from = models.DateTimeField(null=True)
    holds_until = models.DateTimeField(null=True)
    filled_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["regimen"], condition=models.Q(holds_until=None), name="schedule_in_force"
            )
        ]

    def __str__(self) -> str:
        return self.rule

    def row(self) -> ScheduleRow:
        """As phone and expander read it."""
        return ScheduleRow(
            id=self.id,
            mode=self.mode,  # type: ignore[arg-type]
            rule=self.rule,
            times=list(self.times),
            starts_local=self.starts_local,
            zone=self.zone,
            zone_mode=self.zone_mode,  # type: ignore[arg-type]
            ends_local=self.ends_local,
        )

    def slots(self, *, zone: str, start: datetime, end: datetime) -> list[wire.Slot]:
        """The slots due in [start, end) for a patient who is in `zone`."""
        return wire.slots(wire.from_row(self.row()), zone=zone, start=start, end=end)

    def holds_at(self, moment: datetime) -> bool:
        """Whether a dose due then is this schedule's."""
        return (self.holds_from is None or self.holds_from <= moment) and (
            self.holds_until is None or moment < self.holds_until
        )


class Dose(PatientRow):
    """One due occurrence of a regimen; its id is the UUIDv5 of schedule and slot, on every side."""

    AS_NEEDED = "prn:"

    class Status(models.TextChoices):
        DUE = "due"
        TAKEN = "taken"
        SKIPPED = "skipped"
        SNOOZED = "snoozed"
        CANCELLED = "cancelled"

    regimen = models.ForeignKey(
        Regimen, on_delete=models.PROTECT, related_name="doses", db_index=False
    )
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    nominal_local = models.CharField(max_length=17)
    due_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status, default=Status.DUE)
    status_at = models.DateTimeField(null=True)
    amount = models.CharField(max_length=100, default="")

    class Meta(PatientRow.Meta):
        indexes = [
            *PatientRow.Meta.indexes,
            models.Index(fields=["patient", "due_at"], name="dose_by_time"),
            models.Index(fields=["regimen", "due_at"], name="dose_of_regimen"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_as_needed(self) -> bool:
        """Whether it was taken without having been due: it counts for no adherence."""
        return self.key.startswith(self.AS_NEEDED)

    @property
    def is_open(self) -> bool:
        """Whether nobody has said taken or skipped yet."""
        return self.status in {self.Status.DUE, self.Status.SNOOZED}


class DoseEventRow(models.Model):
    """What the patient said about a dose. Kept for ever: the latest by her own time is shown.

    Keyed by the patient first: an id that another patient's phone chose is not this one's.
    """

    pk = models.CompositePrimaryKey("patient_id", "event_id")
    event_id = models.UUIDField()
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField()
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="events")
    status = models.CharField(max_length=9, choices=Dose.Status)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = "dose event"

    def __str__(self) -> str:
        return f"{self.status} at {self.at:%Y-%m-%d %H:%M}"


class MealTimes(models.Model):
    """When a patient eats and goes to bed, by her own clock: what "with breakfast" means."""

    patient = models.OneToOneField(
        "patients.Patient", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    bucket = models.SmallIntegerField()
    breakfast = models.TimeField(default=time(8))
    lunch = models.TimeField(default=time(12, 30))
    supper = models.TimeField(default=time(18, 30))
    bedtime = models.TimeField(default=time(22))

    def __str__(self) -> str:
        return f"breakfast {self.breakfast:%H:%M}"

    def times_of(self, meals: list[str]) -> list[str]:
        """The local times of these meals."""
        return [f"{getattr(self, meal):%H:%M}" for meal in meals]


class Stay(models.Model):
    """A stay in hospital: what is due within it is given there, and is not the patient's to take.

    Its doses are cancelled, say nothing and count for nothing; `ends_at` None: until she is back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    bucket = models.SmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    noted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "starts_at"], name="stay_of_patient")]

    def __str__(self) -> str:
        return f"from {self.starts_at:%Y-%m-%d}"

    def covers(self, moment: datetime) -> bool:
        """Whether a dose due then falls within the stay."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)
