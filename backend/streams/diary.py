"""Notes of a patient on her days, entered on her pages: the same samples as a phone would send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backend.core.models import new_id
from backend.core.problems import invalid_field
from backend.core.rendering import to_json
from backend.patients.access import Chart
from backend.streams import queries
from backend.streams.actions import store_uploads
from backend.wire import diary
from backend.wire.codec import moment_of, ms_of
from backend.wire.diary import Part, TagName
from backend.wire.measures import MEASURES, DayTag
from backend.wire.problems import Code

ONE_DAY: Final = timedelta(days=1)
NOTED_BACK: Final = timedelta(days=7)  # a note on a day longer ago is no memory any more


@dataclass(frozen=True, slots=True)
class NotedDay:
    """What is noted of a day; `seizures` is None where nothing is said of them."""

    day: date
    tags: frozenset[TagName]
    seizures: int | None


def note_tags(chart: Chart, day: date, tags: frozenset[TagName], *, now: datetime) -> None:
    """What the day had in it, and nothing else: tags that are left out are taken back."""
    zone = _open_day(chart, day, now)
    moments = [diary.tag_at(day, tag, zone) for tag in diary.TAGS]
    values = [code if tag in tags else DayTag.NONE for tag, code in diary.TAGS.items()]
    _store(chart, diary.TAG, moments, values, now)


def note_seizure(chart: Chart, day: date, part: Part | None, *, now: datetime) -> None:
    """One more in that part of the day; None: there was none on it. Raises Invalid."""
    zone = _open_day(chart, day, now)
    if part is None:
        _store(chart, diary.SEIZURE, *_none_of(chart, day, zone), now)
        return
    moment = diary.part_at(day, part, zone)
    if moment > now:
        raise invalid_field("part", Code.IN_FUTURE, "That part of the day is still to come.")
    known = dict(_seizures(chart, day, zone))
    _store(chart, diary.SEIZURE, [moment], [known.get(ms_of(moment), 0.0) + 1], now)


def noted_days(chart: Chart, days: Sequence[date]) -> list[NotedDay]:
    """What is noted of each of these days, which follow one another."""
    zone = ZoneInfo(chart.patient.zone)
    start, end = _midnight(days[0], zone), _midnight(days[-1] + ONE_DAY, zone)
    found = queries.samples(chart, diary.TAG, start=start, end=end)
    tags = diary.tags_of(found.instants.tolist(), found.values.tolist(), zone)
    counts: dict[date, int] = {}
    events = queries.samples(chart, diary.SEIZURE, start=start, end=end)
    for at, value in zip(events.instants.tolist(), events.values.tolist(), strict=True):
        day = diary.day_of(at, zone)
        counts[day] = counts.get(day, 0) + int(value)
    return [NotedDay(day, frozenset(tags.get(day, ())), counts.get(day)) for day in days]


def _open_day(chart: Chart, day: date, now: datetime) -> ZoneInfo:
    """The patient's zone, if the day is one to be noted; raises Invalid."""
    zone = ZoneInfo(chart.patient.zone)
    today = now.astimezone(zone).date()
    if not today - NOTED_BACK <= day <= today:
        raise invalid_field("day", Code.OUT_OF_RANGE, "A day of the last week can be noted.")
    return zone


def _none_of(chart: Chart, day: date, zone: ZoneInfo) -> tuple[list[datetime], list[float]]:
    """A zero at noon, and in the place of each that was noted."""
    moments = {moment_of(at) for at, _ in _seizures(chart, day, zone)} | {diary.none_at(day, zone)}
    return sorted(moments), [0.0] * len(moments)


def _seizures(chart: Chart, day: date, zone: ZoneInfo) -> list[tuple[int, float]]:
    start, end = _midnight(day, zone), _midnight(day + ONE_DAY, zone)
    found = queries.samples(chart, diary.SEIZURE, start=start, end=end, source=diary.SOURCE)
    return list(zip(found.instants.tolist(), found.values.tolist(), strict=True))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _store(
    chart: Chart, kind: str, moments: Sequence[datetime], values: Sequence[float], now: datetime
) -> None:
    raw = {
        "id": str(new_id()),
        "kind": kind,
        "source": diary.SOURCE,
        "unit": MEASURES[kind].unit,
        "start": to_json(moments[0]),
        "offsets_ms": [ms_of(moment) - ms_of(moments[0]) for moment in moments],
        "values": list(values),
    }
    store_uploads(chart, [raw], now=now).answers()
