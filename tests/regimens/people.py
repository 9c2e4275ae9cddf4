"""Prescriptions for the cast."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.core.models import new_id
from backend.regimens.actions import Timing, prescribe, record_dose_event
from backend.regimens.models import Dose, Regimen
from backend.wire.messages import DoseEvent
from tests.people import NOW, Cast, chart

TWICE_A_DAY = Timing(rule="FREQ=DAILY", times=("08:00", "20:00"))


def metformin(
    cast: Cast, timing: Timing = TWICE_A_DAY, *, now: datetime = NOW, **more: Any
) -> Regimen:
    """Prescribed for Amina, in Berlin, by Bo; at NOW it is Monday, 10:00 there."""
    asked = {"medicine": "Metformin", "dose": "500 mg", "instructions": "With food."} | more
    hers = chart(cast.bo, cast.amina, change=True, now=now)
    return prescribe(hers, timing=timing, now=now, **asked)


def says(cast: Cast, dose: UUID, status: str, at: datetime, *, now: datetime = NOW) -> Dose:
    """Amina reports a dose by her phone."""
    event = DoseEvent(new_id(), at, dose, status)  # type: ignore[arg-type]
    return record_dose_event(chart(cast.amina, cast.amina, change=True, now=now), event, now=now)


def due_times(regimen: Regimen) -> list[str]:
    """When the doses are due in UTC, as "23 19:00"."""
    doses = Dose.objects.filter(regimen=regimen).exclude(status="cancelled")
    return [f"{dose.due_at:%d %H:%M}" for dose in doses.order_by("due_at")]
