"""Findings that ask for a person."""

from datetime import datetime

from backend.alerts.watching import watch_patient
from backend.core.models import new_id
from backend.insights.models import Finding
from tests.people import NOW, Cast

IN_RANGE = "glucose.time_in_range"


def find(cast: Cast, value: float, *, now: datetime = NOW, method: str = IN_RANGE) -> None:
    """A finding that supersedes the one before it, and a worker that watches."""
    Finding.objects.filter(patient=cast.amina.patient, method=method).update(superseded_at=now)
    Finding.objects.create(
        id=new_id(),
        patient=cast.amina.patient,
        bucket=0,
        revision=Finding.objects.count() + 1000,
        method=method,
        version="1",
        label="Time in range",
        unit="%",
        value=value,
        detail={},
        inputs_digest=f"{value}",
        computed_at=now,
    )
    watch_patient(cast.amina.id, now=now)
