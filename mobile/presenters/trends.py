"""Trends: one or two streams by day, week, month or year, what they say in numbers, and where they
come from.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from backend.wire.measures import CODED, MEASURES
from mobile.device.clock import zone_of
from mobile.presenters.ahead import with_ahead
from mobile.presenters.axes import Span, first_day, stretch
from mobile.presenters.charts import Chart, draw, rescaled, source_names
from mobile.presenters.saying import day_and_clock, long_day, short_day
from mobile.presenters.streams import Stream, kind_name, shown_unit, unit_name
from mobile.store import bodies, shadow
from mobile.store.database import setting
from mobile.sync.forecasting import Foreseen, foresee
from mobile.sync.priority import order_of
from mobile.sync.series import Series, Summed, own_kinds, read_series
from mobile.words import Words

SUMMED: dict[Span, Summed] = {"day": "hour", "week": "hour", "month": "day", "year": "day"}
FINE_SAMPLES = 3_000  # a day or week with more is asked of the server by the hour


class Asked(NamedTuple):
    """What the patient wants to see: the stretch of `span` that ends with the day `last`; `over` is
    a second kind drawn into the same chart.
    """

    kind: str
    span: Span
    last: date
    over: str = ""


@dataclass(frozen=True, slots=True)
class TrendsFacts:
    """What is known of the stretch; `fetched_at` is the server's last answer about it."""

    zone: ZoneInfo
    kinds: tuple[str, ...]
    asked: Asked
    stream: Stream
    over: Stream | None
    fetched_at: datetime | None
    foreseen: Foreseen | None = None


@dataclass(frozen=True, slots=True)
class TrendsState:
    """The screen; `second` is drawn over `chart`, against the axis at the right."""

    kinds: tuple[tuple[str, str], ...]
    asked: Asked
    period: str
    has_next: bool
    unit: str
    chart: Chart | None
    second: Chart | None
    second_unit: str
    legend: tuple[tuple[int, str], ...]
    numbers: tuple[tuple[str, str], ...]
    second_numbers: tuple[tuple[str, str], ...]
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
    record = profile.get("units", {})
    plans = {row["kind"]: row for row in shadow.rows(db, "plans")}
    first, over = (
        _stream(
            db, kind, asked, zone, plans.get(kind), shown_unit(kind, units, record, zone=zone.key)
        )
        if kind in MEASURES else None
        for kind in (asked.kind, asked.over if asked.over != asked.kind else "")
    )  # fmt: skip
    assert first is not None  # noqa: S101 (a kind that is asked for is one of the table)
    fetched_ms = setting(db, fetch_key(asked))
    fetched = None if fetched_ms is None else bodies.moment_of(fetched_ms)
    told = None
    if "glucose" in (asked.kind, asked.over) and asked.span == "day":
        order = order_of(db, "glucose", plans.get("glucose"))
        told = foresee(db, order=order, zone=zone, now=now)
    return TrendsFacts(zone, kinds, asked, first, over, fetched, told)


def _stream(
    db: sqlite3.Connection, kind: str, asked: Asked, zone: ZoneInfo,
    plan: dict[str, Any] | None, unit: str,
) -> Stream:  # fmt: skip
    start, end = stretch(asked.span, asked.last, zone)
    series = read_series(
        db, kind, start, end, summed=SUMMED[asked.span], order=order_of(db, kind, plan)
    )  # fmt: skip
    return Stream(kind, unit, series, plan)


def finer_resolution(series: Series, span: Span) -> str | None:
    """What else to ask the server for once its days are known: of a busy stretch the hours, of
    another the samples themselves, of a long one nothing more.
    """
    if SUMMED[span] == "day" or not series.days:
        return None
    return "hour" if sum(day.count for day in series.days) > FINE_SAMPLES else "raw"


def fetch_key(asked: Asked) -> str:
    """Under which setting the moment of the last answer is kept."""
    return f"fetched:{asked.kind}:{asked.span}:{asked.last}"


def last_day(db: sqlite3.Connection, kind: str, zone: ZoneInfo, now: datetime) -> date:
    """Today, or the last day that holds something: an old export must not open on a blank page."""
    newest: int | None = db.execute(
        "SELECT max(last_ms) FROM item WHERE sort = 'upload' AND kind = tag(?)"
        " AND state != 'refused'",
        (kind,),
    ).fetchone()[0]
    kept = shadow.last_kept(db, kind)
    found = max((ms for ms in (newest, kept) if ms is not None), default=None)
    today = now.astimezone(zone).date()
    return today if found is None else min(today, bodies.moment_of(found).astimezone(zone).date())


def moved(asked: Asked, steps: int, *, today: date) -> Asked:
    """The stretch before (-1) or after (1), never beyond today."""
    whole = asked.last - first_day(asked.span, asked.last) + timedelta(days=1)
    return asked._replace(last=min(today, asked.last + steps * whole))


def present(
    facts: TrendsFacts, *, words: Words, now: datetime, fetching: bool, offline: bool = False
) -> TrendsState:
    """The screen; `fetching` while an answer of the server is awaited, `offline` if none came."""
    asked, zone, stream = facts.asked, facts.zone, facts.stream
    chart, second = _charts(facts, words)
    return TrendsState(
        kinds=tuple((kind, kind_name(kind, words)) for kind in facts.kinds),
        asked=asked,
        period=_period(asked, words),
        has_next=asked.last < now.astimezone(zone).date(),
        unit=_named_unit(stream, words) if second else unit_name(stream.kind, stream.unit),
        chart=chart,
        second=second,
        second_unit=_named_unit(facts.over, words) if facts.over and second else "",
        legend=_legend(stream, words) if chart else (),
        numbers=_numbers(stream, asked.span, words),
        second_numbers=_numbers(facts.over, asked.span, words) if facts.over else (),
        target=_target(stream, words) if chart else "",
        source=_source(facts, words, now, fetching=fetching, offline=offline),
        empty="" if chart else words("trends_none" if facts.kinds else "trends_empty"),
    )  # fmt: skip


def chart_in_words(state: TrendsState) -> tuple[str, str]:
    """What is drawn and what it says, for those who hear it."""
    names = dict(state.kinds)
    shown = [names.get(kind, "") for kind in (state.asked.kind, state.asked.over) if kind]
    numbers = [
        f"{label} {number} {unit}"
        for unit, row in ((state.unit, state.numbers), (state.second_unit, state.second_numbers))
        for label, number in row
    ]
    return ", ".join([*shown, state.period]), ", ".join(numbers)


def _charts(facts: TrendsFacts, words: Words) -> tuple[Chart | None, Chart | None]:
    """Two kinds of one unit share one axis: blood pressures belong together."""
    streams = [s for s in (facts.stream, facts.over) if s is not None and s.series.days]
    asked = facts.asked
    drawn = []
    for s in streams:
        looks = s.looks if s is facts.stream else replace(s.looks, target=None)
        chart = draw(
            s.series, looks, span=asked.span, last=asked.last, zone=facts.zone, words=words
        )
        if s.kind == "glucose" and facts.foreseen is not None:
            chart = rescaled(with_ahead(chart, facts.foreseen, looks), looks, words)
        drawn.append(chart)
    if len(drawn) == 2 and streams[0].unit == streams[1].unit and not streams[1].looks.sums:
        one, other = drawn
        wide = rescaled(one, streams[0].looks, words, beside=other.extent)
        axis = {"bottom": wide.bottom, "top": wide.top, "y_ticks": ()}
        return wide, replace(other, **axis)  # type: ignore[arg-type]
    if len(drawn) == 1 and streams[0] is facts.over:
        return drawn[0], None
    return (drawn[0] if drawn else None), (drawn[1] if len(drawn) > 1 else None)


def _period(asked: Asked, words: Words) -> str:
    if asked.span == "day":
        return long_day(asked.last, words)
    first = first_day(asked.span, asked.last)
    told = [short_day(day, words) for day in (first, asked.last)]
    if first.year != asked.last.year or asked.span == "year":
        told = [_day_of_year(day, words) for day in (first, asked.last)]
    return words("period", first=told[0], last=told[1])


def _day_of_year(day: date, words: Words) -> str:
    month = words.items("months_short")[day.month - 1]
    return words("day_year", day=day.day, month=month, year=day.year)


def _named_unit(stream: Stream, words: Words) -> str:
    """Where two are drawn each says which it is."""
    unit = unit_name(stream.kind, stream.unit)
    return words("trends_named", kind=kind_name(stream.kind, words), unit=unit)


def _numbers(stream: Stream, span: Span, words: Words) -> tuple[tuple[str, str], ...]:
    """Low, average and high; of what is added up, the whole and the average of a day."""
    found = stream.series.days
    if not found:
        return ()
    if MEASURES[stream.kind].summary == "sum":
        whole = sum(b.total for b in found)
        told = [("number_total", whole)]
        if span != "day":
            told.append(("number_a_day", whole / len(found)))
    else:
        mean = sum(b.mean * b.count for b in found) / sum(b.count for b in found)
        told = [
            ("number_low", min(b.low for b in found)),
            ("number_mean", mean),
            ("number_high", max(b.high for b in found)),
        ]
    return tuple((words(key), stream.say(value, words)) for key, value in told)


def _target(stream: Stream, words: Words) -> str:
    """What the green band stands for, and whose it is."""
    edges = stream.target
    if edges is None:
        return ""
    low, high = ("" if edge is None else stream.say(edge, words) for edge in edges)
    unit = unit_name(stream.kind, stream.unit)
    key = (
        "trends_target" if low and high else "trends_target_over" if low else "trends_target_under"
    )
    said = words(key, low=low, high=high, unit=unit)
    return words("trends_aim_own" if stream.own_target else "trends_aim_usual", aim=said)


def _legend(stream: Stream, words: Words) -> tuple[tuple[int, str], ...]:
    """Each source by the number of its colour, and on how many days it counts."""
    days = stream.series.days
    named: list[tuple[int, str]] = []
    if not any(day.source for day in days):
        return ()
    for place, source in enumerate(source_names(days)):
        count = sum(day.source == source for day in days)
        name = source or words("source_unnamed")
        named.append((place, words("source_days", count=count, name=name)))
    return tuple(named)


def _source(
    facts: TrendsFacts, words: Words, now: datetime, *, fetching: bool, offline: bool
) -> str:
    if fetching:
        return words("source_fetching")
    if offline:
        return words("source_offline")
    origins = {day.origin for day in facts.stream.series.days}
    said = ""
    if facts.fetched_at is not None:
        said = day_and_clock(facts.fetched_at, facts.zone, words, now=now)
    if origins == {"phone"}:
        return words("source_phone_checked" if said else "source_phone", when=said)
    if origins:
        key = "source_server" if origins == {"server"} else "source_both"
        return words(key if said else f"{key}_before", when=said)
    return words("source_asked", when=said) if said else ""
