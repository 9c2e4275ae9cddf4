"""Trends: one stream by day, week or month, what it says in numbers, and where it comes from."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from backend.wire.measures import CODED, MEASURES, UnknownUnit, express
from mobile.device.clock import zone_of
from mobile.presenters.charts import Chart, Span, draw, first_day, stretch
from mobile.presenters.saying import day_and_clock, long_day, number, short_day
from mobile.store import bodies, shadow
from mobile.store.database import setting
from mobile.sync.series import Bucket, own_kinds, read_series
from mobile.words import Words

RESOLUTION: dict[Span, str] = {"day": "raw", "week": "hour", "month": "day"}
# Unlike a chart of a day, these are the usual aims, not this person's own: the screen says so.
# Glucose: Battelino et al., Diabetes Care 2019;42:1593. Blood pressure: ACC/AHA 2017, below 130/80.
# Heart rate: the usual range of adults at rest.
TARGETS: dict[str, tuple[float, float]] = {
    "glucose": (70.0, 180.0),
    "systolic": (90.0, 129.0),
    "diastolic": (60.0, 79.0),
    "heart_rate": (60.0, 100.0),
    "resting_heart_rate": (60.0, 100.0),
}
UNIT_CHOICES: dict[str, tuple[str, ...]] = {
    "glucose": ("mg/dL", "mmol/L"),
    "body_weight": ("kg", "[lb_av]", "[stone_av]"),
}
UNIT_NAMES = {"[lb_av]": "lb", "[stone_av]": "st", "mm[Hg]": "mmHg", "/min": "beats/min"}
DIGITS = {"mmol/L": 1, "kg": 1, "[lb_av]": 1, "[stone_av]": 1, "Cel": 1}
FINE_SAMPLES = 3_000  # a day with more is asked of the server by the hour


class Asked(NamedTuple):
    """What the patient wants to see: the stretch of `span` that ends with the day `last`."""

    kind: str
    span: Span
    last: date


@dataclass(frozen=True, slots=True)
class TrendsFacts:
    """What is known of the stretch; `fetched_at` is the server's last answer about it."""

    zone: ZoneInfo
    kinds: tuple[str, ...]
    asked: Asked
    unit: str
    buckets: tuple[Bucket, ...]
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrendsState:
    """The screen."""

    kinds: tuple[tuple[str, str], ...]
    asked: Asked
    period: str
    has_next: bool
    unit: str
    chart: Chart | None
    numbers: tuple[tuple[str, str], ...]
    target: str
    source: str
    empty: str


def read(
    db: sqlite3.Connection, asked: Asked | None, units: dict[str, str], *, now: datetime
) -> TrendsFacts:
    """Everything that this phone knows; asks nobody."""
    profile = shadow.profile(db) or {}
    zone = zone_of(profile.get("zone", "UTC"))
    kinds = tuple(kind for kind in own_kinds(db) if kind not in CODED)
    if asked is None or (kinds and asked.kind not in kinds):
        kind = kinds[0] if kinds else "glucose"
        span: Span = "day" if asked is None else asked.span
        asked = Asked(kind, span, last_day(db, kind, zone, now) if asked is None else asked.last)
    start, end = stretch(asked.span, asked.last, zone)
    fetched_ms = setting(db, fetch_key(asked))
    return TrendsFacts(
        zone,
        kinds,
        asked,
        shown_unit(asked.kind, units, profile.get("units", {})),
        tuple(best_series(db, asked, start, end)),
        None if fetched_ms is None else bodies.moment_of(fetched_ms),
    )


def best_series(
    db: sqlite3.Connection, asked: Asked, start: datetime, end: datetime
) -> list[Bucket]:
    """Samples for a day where there are some, else the hours that the server summed up."""
    found = read_series(db, asked.kind, start, end, RESOLUTION[asked.span])
    if asked.span != "day":
        return found
    hours = read_series(db, asked.kind, start, end, "hour")
    return hours if sum(h.count for h in hours) > len(found) else found


def resolutions(
    db: sqlite3.Connection, asked: Asked, start: datetime, end: datetime
) -> tuple[str, ...]:
    """What to ask the server for: of a busy day the hours, of another the samples themselves."""
    if asked.span != "day":
        return (RESOLUTION[asked.span],)
    known = sum(bucket.count for bucket in read_series(db, asked.kind, start, end, "day"))
    return ("hour",) if known > FINE_SAMPLES else ("raw",)


def fetch_key(asked: Asked) -> str:
    """Under which setting the moment of the last answer is kept."""
    return f"fetched:{asked.kind}:{asked.span}:{asked.last}"


def last_day(db: sqlite3.Connection, kind: str, zone: ZoneInfo, now: datetime) -> date:
    """Today, or the last day that holds something: an old export must not open on a blank page."""
    newest: int | None = db.execute(
        "SELECT max(last_ms) FROM item WHERE sort = 'upload' AND kind = ? AND state != 'refused'",
        (kind,),
    ).fetchone()[0]
    kept = db.execute(
        "SELECT max(json_extract(row, '$.start_ms')) FROM stream_cache WHERE kind = ?", (kind,)
    ).fetchone()[0]
    found = max((ms for ms in (newest, kept) if ms is not None), default=None)
    today = now.astimezone(zone).date()
    return today if found is None else min(today, bodies.moment_of(found).astimezone(zone).date())


def moved(asked: Asked, steps: int, *, today: date) -> Asked:
    """The stretch before (-1) or after (1), never beyond today."""
    whole = asked.last - first_day(asked.span, asked.last) + timedelta(days=1)
    return asked._replace(last=min(today, asked.last + steps * whole))


def shown_unit(kind: str, chosen: dict[str, str], record: dict[str, str]) -> str:
    """The unit that the patient chose here, else that of the record, else the canonical one."""
    for wanted in (chosen.get(kind, ""), record.get(kind, "")):
        if wanted in MEASURES[kind].units:
            return wanted
    return MEASURES[kind].unit


def present(facts: TrendsFacts, *, words: Words, now: datetime, fetching: bool) -> TrendsState:
    """The screen; `fetching` while an answer of the server is awaited."""
    asked, zone = facts.asked, facts.zone
    measure = MEASURES[asked.kind]
    target = TARGETS.get(asked.kind)
    chart = None
    if facts.buckets:
        chart = draw(
            facts.buckets, span=asked.span, last=asked.last, zone=zone, words=words,
            sums=measure.summary == "sum", target=target, shown=lambda v: _shown(facts, v),
        )  # fmt: skip
    return TrendsState(
        kinds=tuple((kind, kind_name(kind, words)) for kind in facts.kinds),
        asked=asked,
        period=_period(asked, words),
        has_next=asked.last < now.astimezone(zone).date(),
        unit=_unit_name(facts),
        chart=chart,
        numbers=_numbers(facts, words) if facts.buckets else (),
        target=_target(facts, target, words) if chart and target else "",
        source=_source(facts, words, now, fetching=fetching),
        empty="" if facts.buckets else words("trends_none" if facts.kinds else "trends_empty"),
    )


def kind_name(kind: str, words: Words) -> str:
    """The kind in the patient's language; the measures table's label where there is no word."""
    return words(f"kind_{kind}") if words.knows(f"kind_{kind}") else MEASURES[kind].label


def _shown(facts: TrendsFacts, value: float) -> float:
    try:
        return express(facts.asked.kind, facts.unit, [value])[0]
    except UnknownUnit:
        return value


def unit_name(kind: str, unit: str) -> str:
    """A unit as people write it."""
    if unit == MEASURES[kind].unit and MEASURES[kind].shown:
        return MEASURES[kind].shown
    return UNIT_NAMES.get(unit, unit)


def _unit_name(facts: TrendsFacts) -> str:
    return unit_name(facts.asked.kind, facts.unit)


def _period(asked: Asked, words: Words) -> str:
    if asked.span == "day":
        return long_day(asked.last, words)
    first = short_day(first_day(asked.span, asked.last), words)
    return words("period", first=first, last=short_day(asked.last, words))


def _numbers(facts: TrendsFacts, words: Words) -> tuple[tuple[str, str], ...]:
    """Low, average and high; of what is added up, the whole and the average of a day."""
    digits = DIGITS.get(facts.unit, 0)
    found, kind = facts.buckets, facts.asked.kind
    if MEASURES[kind].summary == "sum":
        whole = sum(b.total for b in found)
        days = {bodies.moment_of(b.start_ms).astimezone(facts.zone).date() for b in found}
        told = [("number_total", whole)]
        if facts.asked.span != "day":
            told.append(("number_a_day", whole / len(days)))
    else:
        count = sum(b.count for b in found)
        mean = sum(b.mean * b.count for b in found) / count
        told = [
            ("number_low", min(b.low for b in found)),
            ("number_mean", mean),
            ("number_high", max(b.high for b in found)),
        ]
    return tuple((words(key), number(_shown(facts, value), digits)) for key, value in told)


def _target(facts: TrendsFacts, target: tuple[float, float], words: Words) -> str:
    digits = DIGITS.get(facts.unit, 0)
    low, high = (number(_shown(facts, edge), digits) for edge in target)
    return words("trends_target", low=low, high=high, unit=_unit_name(facts))


def _source(facts: TrendsFacts, words: Words, now: datetime, *, fetching: bool) -> str:
    if fetching:
        return words("source_fetching")
    origins = {bucket.origin for bucket in facts.buckets}
    said = ""
    if facts.fetched_at is not None:
        said = day_and_clock(facts.fetched_at, facts.zone, words, now=now)
    if origins == {"phone"}:
        return words("source_phone_checked" if said else "source_phone", when=said)
    if origins:
        key = "source_server" if origins == {"server"} else "source_both"
        return words(key if said else f"{key}_before", when=said)
    return words("source_asked", when=said) if said else ""
