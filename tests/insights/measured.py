"""Weeks of measurements for a person of the cast through the real doors, and the computing."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction

from backend.core.rendering import to_json
from backend.guidance.actions import advise_patient
from backend.insights.actions import refresh_patient
from backend.insights.models import Finding
from backend.insights.queries import findings
from backend.patients.access import Category
from backend.regimens.actions import Timing, prescribe, record_dose_event
from backend.regimens.queries import doses_between
from backend.streams.actions import store_upload
from backend.streams.merging import merge_patient
from backend.wire.ids import uuid7_from_ms
from backend.wire.messages import DoseEvent, DoseRow
from tests.people import NOW, Cast, Person, chart

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
    step_ms: int | None = None,
    offsets_ms: Sequence[int] | None = None,
    source: str = "watch",
    now: datetime = NOW,
) -> None:
    """One batch from the person's phone, evenly spaced or at these offsets."""
    spacing = {"step_ms": step_ms} if offsets_ms is None else {"offsets_ms": list(offsets_ms)}
    raw = {
        "id": str(uuid7_from_ms(int(now.timestamp() * 1000), next(_numbers))),
        "kind": kind,
        "source": source,
        "unit": unit,
        "start": to_json(start),
        **spacing,
        "values": list(values),
    }
    with transaction.atomic():
        result = store_upload(chart(who, who, Category.STREAMS, change=True, now=now), raw, now=now)
    assert result.outcome == "stored", result.problems


def wear_glucose(
    who: Person, *, first: int, days: int, mg_dl: Sequence[float], now: datetime = NOW
) -> None:
    """Five-minute readings from `first` days before NOW on; `mg_dl` repeats."""
    readings = list(itertools.islice(itertools.cycle(mg_dl), 288 * days))
    upload(who, "glucose", days_ago(first), readings, unit="mg/dL", step_ms=FIVE_MIN_MS, now=now)


def sleep_nights(who: Person, *, first: int, rates: Sequence[float]) -> None:
    """Minute heart rate from midnight to seven, one rate a night, from `first` days ago on."""
    for n, rate in enumerate(rates):
        beats = [rate + (minute % 3 - 1) for minute in range(420)]
        upload(who, "heart_rate", days_ago(first - n), beats, unit="/min", step_ms=MINUTE_MS)


def walk_days(who: Person, *, first: int, steps: Sequence[float], now: datetime = NOW) -> None:
    """So many steps a day, in two walks, from `first` days before NOW on."""
    for n, count in enumerate(steps):
        walks = [count / 2, count / 2]
        upload(
            who, "steps", days_ago(first - n, 12), walks, unit="{steps}", step_ms=3_600_000, now=now
        )


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


def prescribe_daily(cast: Cast, *, days: int) -> list[DoseRow]:
    """A pill at eight each morning since `days` ago; returns the doses due by NOW."""
    timing = Timing(times=("08:00",), starts_local=f"{days_ago(days):%Y-%m-%dT00:00}")
    with transaction.atomic():
        by_bo = chart(cast.bo, cast.amina, Category.MEDICINES, change=True)
        prescribe(by_bo, medicine="Metformin", dose="500 mg", timing=timing, now=NOW)
        return doses_between(by_bo, start=days_ago(days), end=NOW)


def mark(who: Person, dose: DoseRow, status: str, *, late_minutes: int = 5) -> None:
    """What the patient says about a dose."""
    at = dose.due_at + timedelta(minutes=late_minutes)
    event = DoseEvent(id=uuid4(), at=at, dose=dose.id, status=status)
    with transaction.atomic():
        record_dose_event(chart(who, who, Category.MEDICINES, change=True), event, now=NOW)
