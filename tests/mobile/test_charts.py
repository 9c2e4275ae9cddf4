"""Charts of the app as numbers: gaps, bands, bars, targets, sources, and what a finger is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire.decimation import pieces
from mobile.presenters import trends
from mobile.presenters.axes import Span
from mobile.presenters.charts import COLUMNS, Chart, Looks, draw
from mobile.presenters.tapped import tapped
from mobile.store import bodies, outbox, shadow
from mobile.store.outbox import Samples
from mobile.sync.series import Bucket, Series, summary
from mobile.words import load
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

WORDS = load("en")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = bodies.ms_of(START)
MIDNIGHT = bodies.ms_of(START.astimezone(BERLIN).replace(hour=0, minute=0))
PLAIN = Looks(shown=list)


def measured(*pairs: tuple[float, float]) -> Series:
    """Samples at so many minutes after midnight, all of one day."""
    instants = [MIDNIGHT + int(minutes * MINUTE) for minutes, _ in pairs]
    values = [float(value) for _, value in pairs]
    return Series(instants, values, (), (summary(MIDNIGHT, values, "phone", "cgm"),))


def summed(width: int, *places: int, source: str = "") -> tuple[Bucket, ...]:
    return tuple(
        Bucket(MIDNIGHT + n * width, 12, 100.0, 80.0, 150.0, 1200.0, "server", source)
        for n in places
    )


def chart(series: Series, looks: Looks = PLAIN, *, span: Span = "day") -> Chart:
    return draw(series, looks, span=span, last=START.date(), zone=BERLIN, words=WORDS)


def test_a_gap_is_a_gap_by_the_interval_that_is_expected() -> None:
    series = measured(*((n, 100) for n in (0, 5, 10, 15, 27, 32, 60, 65)))
    drawn = chart(series, replace(PLAIN, every_s=300))
    assert [len(line) for line in drawn.lines] == [6, 2]
    drawn = chart(series, replace(PLAIN, every_s=3600))
    assert [len(line) for line in drawn.lines] == [8]


def test_a_missing_hour_is_a_gap_in_what_is_measured_all_the_time() -> None:
    hours = summed(HOUR, 0, 1, 2, 4, 5)
    series = Series([], [], hours, hours[:1])
    drawn = chart(series, replace(PLAIN, every_s=300))
    assert [len(band) for band in drawn.bands] == [3, 2]
    assert [len(line) for line in drawn.lines] == [3, 2]
    assert [len(line) for line in chart(series).lines] == [5]
    assert drawn.bands[0][0].low < drawn.lines[0][0][1] < drawn.bands[0][0].high


def test_what_is_added_up_is_bars_from_zero_by_the_hour_or_the_day() -> None:
    series = measured(*((n, 10) for n in range(120)))
    sums = replace(PLAIN, sums=True)
    drawn = chart(series, sums)
    assert [value for _, value in drawn.bars] == [600.0, 600.0]
    assert drawn.bottom == 0
    assert [value for _, value in chart(series, sums, span="month").bars] == [1200.0]


values = st.floats(0.001, 100_000, allow_nan=False)


@given(st.lists(st.tuples(st.floats(0, 1400), values), min_size=1, max_size=50))
def test_everything_drawn_lies_inside_the_axes(pairs: list[tuple[float, float]]) -> None:
    drawn = chart(measured(*sorted(pairs)), replace(PLAIN, target=(70.0, 180.0)))
    inside = [y for line in drawn.lines for _, y in line] + [70.0, 180.0]
    assert drawn.bottom <= min(inside) + 1e-6
    assert drawn.top >= max(inside) - 1e-6
    assert 2 <= len(drawn.y_ticks) <= 8
    assert len({text for _, text in drawn.y_ticks}) == len(drawn.y_ticks)


def test_an_open_target_is_shaded_to_the_edge() -> None:
    drawn = chart(measured((1, 50), (2, 100)), replace(PLAIN, target=(60.0, None)))
    assert drawn.target == (60.0, drawn.top)
    drawn = chart(measured((1, 50), (2, 100)), replace(PLAIN, target=(None, 60.0)))
    assert drawn.target == (drawn.bottom, 60.0)


def year(phone: Phone, *, every_ms: int = 30 * MINUTE) -> list[int]:
    """A year of glucose from two sensors, three days without any, and one spike."""
    give(phone, profile=[house.profile()])
    at = [ms for ms in range(NOW - 364 * DAY, NOW, every_ms)]
    at = [ms for ms in at if not 99 * DAY < NOW - ms < 102 * DAY]
    half = len(at) // 2
    for source, part in (("dexcom", at[:half]), ("libre", at[half:])):
        values = [100.0 + n % 48 for n in range(len(part))]
        values[1000] = 390.0 if source == "dexcom" else values[1000]
        samples = Samples("glucose", source, "mg/dL", part, values)
        outbox.record_samples(phone.db, samples, now=START)
    return at


def ask(span: Span = "year", **more: Any) -> trends.Asked:
    return trends.Asked("glucose", span, START.astimezone(BERLIN).date(), **more)


def test_a_year_on_the_phone_keeps_its_spike_its_gap_and_its_sources(phone: Phone) -> None:
    at = year(phone)
    facts = trends.read(phone.db, ask(), {}, now=START)
    state = trends.present(facts, words=WORDS, now=START, fetching=False)
    drawn = state.chart
    assert drawn is not None
    traced = [p for line in drawn.traces for p in line]
    assert len(traced) <= 4 * COLUMNS < len(at)
    assert max(traced, key=lambda p: p[1]) == (at[1000], 390.0)
    assert len(pieces([x for x, _ in traced], 2.5 * DAY)) == 2
    assert len(drawn.lines) == 2
    assert state.legend == ((0, "dexcom, 181 days"), (1, "libre, 182 days"))
    assert [run.number for run in drawn.sources] == [0, 1, 1]
    assert state.period == "24 Nov 2025 to 23 Nov 2026"


def test_days_of_the_server_are_bands_beside_days_of_the_phone(phone: Phone) -> None:
    days = (*summed(DAY, -2, -1, source="dexcom"), summary(MIDNIGHT, [100.0], "phone", "libre"))
    series = Series([MIDNIGHT], [100.0], days[:2], days)
    drawn = chart(series, replace(PLAIN, every_s=300), span="month")
    assert [len(line) for line in drawn.lines] == [3]
    assert drawn.traces == ()
    assert [len(band) for band in drawn.bands] == [3]
    assert [(run.number, round((run.right - run.left) / DAY)) for run in drawn.sources] == [
        (0, 2),
        (1, 1),
    ]


def test_a_finger_is_told_value_time_and_source(phone: Phone) -> None:
    year(phone)
    facts = trends.read(phone.db, ask(), {"glucose": "mmol/L"}, now=START)
    spike = NOW - 364 * DAY + 1000 * 30 * MINUTE
    found = tapped(facts, spike + 5 * MINUTE, WORDS)
    assert found is not None
    assert found.at_ms == spike
    assert found.value == pytest.approx(390 / 18.0156)
    assert found.text == "Mon 15 Dec, 06:00: 21.6 mmol/L. From dexcom"


def test_a_finger_on_a_day_of_sums_is_told_its_range(phone: Phone) -> None:
    days = summed(DAY, -2, source="dexcom")
    stream = trends.Stream("glucose", "mg/dL", Series([], [], days, days))
    facts = trends.TrendsFacts(BERLIN, ("glucose",), ask("month"), stream, None, None)
    found = tapped(facts, MIDNIGHT, WORDS)
    assert found is not None
    assert found.text == "Sat 21 Nov: 80 to 150, on average 100 mg/dL. From dexcom"
    empty = replace(facts, stream=replace(stream, series=Series([], [], (), ())))
    assert tapped(empty, MIDNIGHT, WORDS) is None


def test_a_finger_on_bars_is_told_the_total_of_the_hour() -> None:
    series = measured(*((n, 10) for n in range(120)))
    stream = trends.Stream("steps", "{steps}", series)
    facts = trends.TrendsFacts(BERLIN, ("steps",), ask("day"), stream, None, None)
    found = tapped(facts, MIDNIGHT + 80 * MINUTE, WORDS)
    assert found is not None
    assert found.text == "Mon 23 Nov, 01:00: 600 steps. From cgm"


def two_kinds(phone: Phone, *kinds: str) -> trends.TrendsFacts:
    give(phone, profile=[house.profile()])
    for n, kind in enumerate(kinds):
        unit = {"systolic": "mm[Hg]", "diastolic": "mm[Hg]", "steps": "{steps}"}[kind]
        at = [MIDNIGHT + hour * HOUR for hour in range(8)]
        values = [120.0 - 40 * n + hour for hour in range(8)]
        outbox.record_samples(phone.db, Samples(kind, "cuff", unit, at, values), now=START)
    asked = trends.Asked(kinds[0], "day", START.date(), over=kinds[1])
    return trends.read(phone.db, asked, {}, now=START)


def test_two_kinds_of_one_unit_share_an_axis(phone: Phone) -> None:
    facts = two_kinds(phone, "systolic", "diastolic")
    state = trends.present(facts, words=WORDS, now=START, fetching=False)
    assert state.chart is not None
    assert state.second is not None
    assert (state.second.bottom, state.second.top) == (state.chart.bottom, state.chart.top)
    assert state.chart.bottom <= 80
    assert state.chart.top >= 129
    assert state.numbers[0] == ("Lowest", "120")
    assert state.second_numbers[0] == ("Lowest", "80")
    assert state.unit == "Blood pressure, upper, mmHg"
    found = tapped(facts, MIDNIGHT + HOUR, WORDS)
    assert found is not None
    assert found.text.splitlines() == [
        "Blood pressure, upper: Mon 23 Nov, 01:00: 121 mmHg. From cuff",
        "Blood pressure, lower: Mon 23 Nov, 01:00: 81 mmHg. From cuff",
    ]


def test_two_units_have_an_axis_each(phone: Phone) -> None:
    facts = two_kinds(phone, "systolic", "steps")
    state = trends.present(facts, words=WORDS, now=START, fetching=False)
    assert state.second is not None
    assert state.second.bottom == 0
    assert state.second.y_ticks
    assert (state.unit, state.second_unit) == ("Blood pressure, upper, mmHg", "Steps, steps")


def plan(**changed: Any) -> dict[str, Any]:
    row = {"kind": "glucose", "sources": [], "every_s": None, "tell_team": False}
    return row | {"target_low": None, "target_high": None, "revision": 7} | changed


def test_the_teams_plan_says_the_aim_the_interval_and_whose_samples_count(phone: Phone) -> None:
    give(phone, profile=[house.profile()], plans=[plan(target_low=80.0, target_high=140.0)])
    for source, count in (("watch", 9), ("cgm", 3)):
        at = [MIDNIGHT + n * HOUR for n in range(count)]
        samples = Samples("glucose", source, "mg/dL", at, [100.0] * count)
        outbox.record_samples(phone.db, samples, now=START)

    def shown() -> trends.TrendsState:
        facts = trends.read(phone.db, ask("day"), {}, now=START)
        return trends.present(facts, words=WORDS, now=START, fetching=False)

    state = shown()
    assert state.target == "Green band: the aim that your team set, 80 to 140 mg/dL."
    assert state.legend == ((0, "watch, 1 day"),)
    give(phone, plans=[plan(target_high=140.0, every_s=3600, sources=["cgm"])])
    state = shown()
    assert "140 mg/dL or less" in state.target
    assert state.legend == ((0, "cgm, 1 day"),)
    assert state.chart is not None
    assert len(state.chart.lines) == 1
    assert len(shadow.rows(phone.db, "plans")) == 1  # the newer row replaced the older


def test_without_a_server_the_page_says_so_plainly(phone: Phone) -> None:
    year(phone)
    facts = trends.read(phone.db, ask(), {}, now=START)
    state = trends.present(facts, words=WORDS, now=START, fetching=False, offline=True)
    assert state.source == "We could not reach the server. You see what is on this phone."
    assert state.chart is not None
    later = trends.read(
        phone.db, ask()._replace(last=START.date() + timedelta(days=999)), {}, now=START
    )
    assert trends.present(later, words=WORDS, now=START, fetching=False).chart is None
