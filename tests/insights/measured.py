"""Weeks of measurements for a person of the cast through the real doors, and the computing."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from backend.core.rendering import to_json
from backend.guidance.actions import advise_patient
from backend.insights.actions import refresh_patient
from backend.insights.models import Finding
from backend.insights.queries import findings
from backend.patients.access import Category
from backend.streams.actions import store_upload
from backend.streams.merging import merge_patient
from backend.wire.ids import uuid7_from_ms
from tests.people import NOW, Person, chart

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)
FIVE_MIN_MS = 300_000
MINUTE_MS = 60_000
_numbers = itertools.count(1)


def days_ago(days: int, hour: int = 0) -> datetime:
    """A local time on a day before NOW's."""
    return datetime.combine(TODAY - timedelta(days=days), time(hour), BERLIN)


def upload(
    who: Person,
    kind: str,
    start: datetime,
    values: Sequence[float],
    *,
    unit: str,
    step_ms: int,
    now: datetime = NOW,
) -> None:
    """One batch from the person's phone."""
    raw = {
        "id": str(uuid7_from_ms(int(now.timestamp() * 1000), next(_numbers))),
        "kind": kind,
        "source": "watch",
        "unit": unit,
        "start": to_json(start),
        "step_ms": step_ms,
        "values": list(values),
    }
    with transaction.atomic():
        result = store_upload(chart(who, who, Category.STREAMS, change=True, now=now), raw, now=now)
    assert result.outcome == "stored", result.problems


def wear_glucose(who: Person, *, first: int, days: int, mg_dl: Sequence[float]) -> None:
    """Five-minute readings from `first` days ago on; `mg_dl` repeats."""
    readings = list(itertools.islice(itertools.cycle(mg_dl), 288 * days))
    upload(who, "glucose", days_ago(first), readings, unit="mg/dL", step_ms=FIVE_MIN_MS)


def sleep_nights(who: Person, *, first: int, rates: Sequence[float]) -> None:
    """Minute heart rate from midnight to seven, one rate a night, from `first` days ago on."""
    for n, rate in enumerate(rates):
        beats = [rate + (minute % 3 - 1) for minute in range(420)]
        upload(who, "heart_rate", days_ago(first - n), beats, unit="/min", step_ms=MINUTE_MS)


def walk_days(who: Person, *, first: int, steps: Sequence[float]) -> None:
    """So many steps a day, in two walks, from `first` days ago on."""
    for n, count in enumerate(steps):
        walks = [count / 2, count / 2]
        upload(who, "steps", days_ago(first - n, 12), walks, unit="{steps}", step_ms=3_600_000)


def refresh(who: Person, *, now: datetime = NOW) -> dict[str, Finding]:
    """Merge and compute; the findings that stand, by method."""
    with transaction.atomic():
        merge_patient(who.id, now=now)
        refresh_patient(who.id, now=now)
        return standing(who, now=now)


def advise(who: Person, *, now: datetime = NOW) -> None:
    """What follows on new findings."""
    with transaction.atomic():
        advise_patient(who.id, now=now)


def standing(who: Person, *, now: datetime = NOW) -> dict[str, Finding]:
    found = findings(chart(who, who, Category.INSIGHTS, now=now))
    return {finding.method: finding for finding in found}
