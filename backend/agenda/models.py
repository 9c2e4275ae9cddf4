"""What is due to be computed for whom: one row for each patient and kind of work."""

from django.db import models


class Line(models.Model):
    """Work that may coalesce. A hundred calls before a worker comes make one piece of work.

    `due_at` None: at rest. `called` counts calls: one made while a worker computes is not lost.
    """

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=40)
    bucket = models.SmallIntegerField()
    due_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    called = models.IntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, default="")
    finished_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "kind"], name="agenda_line_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="agenda_due",
                condition=models.Q(due_at__isnull=False, dead_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.patient_id}"
