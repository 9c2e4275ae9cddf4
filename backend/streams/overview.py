"""The days of every kind at once, in few statements: what a page of small charts reads."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from backend.patients.access import Category, Chart
from backend.streams import days, knowledge
from backend.streams.models import DayRollup, Upload
from backend.streams.summaries import told_days
from backend.wire.measures import MEASURES

FIELDS = ("kind", "zone", "day", "source", "count", "mean", "low", "high", "total", "coverage")


@dataclass(frozen=True, slots=True)
class Day:
    """A local day of one kind, in its canonical unit, and the source that counts on it."""

    day: date
    source: str
    count: int
    mean: float
    low: float
    high: float
    total: float
    coverage: float


def days_of_all(
    chart: Chart, first: date, last: date, *, kinds: Collection[str] | None = None
) -> dict[str, list[Day]]:
    """The local days first … last of each kind (or of these), in the order of the measures table.

    Two statements; a few more for each kind with samples that are not merged yet.
    """
    chart.need(Category.STREAMS)
    if knowledge.moment.get() is not None:
        told = {of: _reckoned(chart, of, first, last) for of in MEASURES if _is_in(of, kinds)}
        return {of: found for of, found in told.items() if found}
    zone = ZoneInfo(chart.patient.zone)
    only = Q(patient_id=chart.patient.id) & (Q() if kinds is None else Q(kind__in=kinds))
    waiting = Upload.objects.filter(
        only, merged=False,
        last_at__gte=days.day_start(first, zone),
        start_at__lt=days.day_start(last + timedelta(days=1), zone),
    )  # fmt: skip
    behind = set(waiting.order_by().values_list("kind", flat=True).distinct())
    found: dict[str, list[Day]] = {}
    rows = DayRollup.objects.filter(only, day__gte=first, day__lte=last).order_by("day")
    for of, reckoned_in, *row in rows.values_list(*FIELDS):
        found.setdefault(of, []).append(Day(*row))
        if reckoned_in != chart.patient.zone:
            behind.add(of)
    for of in behind:
        found[of] = _reckoned(chart, of, first, last)
    return {of: found[of] for of in MEASURES if found.get(of)}


def _is_in(kind: str, kinds: Collection[str] | None) -> bool:
    return kinds is None or kind in kinds


def _reckoned(chart: Chart, kind: str, first: date, last: date) -> list[Day]:
    """From the samples where the rollups lag behind."""
    return [
        Day(day, one.source, s.count, s.mean, s.low, s.high, s.total, s.coverage)
        for day, one in told_days(chart.patient, kind, first, last).items()
        for s in (one.summary,)
    ]
