"""The simulated people: the same twice, plausible, with gaps, and one who gets worse."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import numpy as np
import pytest

from backend.demo.personas import (
    DETERIORATING,
    FIRST,
    MARK,
    ZONES,
    Persona,
    draw_personas,
)
from backend.demo.series import HOUR_MS, MINUTE_MS, Series, Span
from backend.demo.simulation import adherence_on, simulate, split_late
from backend.wire.measures import MEASURES
from backend.wire.messages import ScheduleRow
from backend.wire.schedule import from_row, slots

SEED = 7
UNTIL = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DAYS = 60


@pytest.fixture(scope="module")
def people() -> list[Persona]:
    return draw_personas(50, seed=SEED, today=UNTIL.date())


def span_of(person: Persona, days: int = DAYS) -> Span:
    return Span(person.zone, days, UNTIL)


def measured(person: Persona, days: int = DAYS) -> dict[str, Series]:
    return {s.kind: s for s in simulate(person, span_of(person, days), seed=SEED)}


def night_means(person: Persona, series: Series) -> np.ndarray:
    span = span_of(person)
    hour, day = span.hour_of(series.instants_ms), span.day_of(series.instants_ms)
    nights = [series.values[(day == d) & (hour < 6)] for d in range(DAYS)]
    return np.array([n.mean() if len(n) else np.nan for n in nights])


def test_people_are_drawn_alike_twice_and_say_that_they_are_simulated(
    people: list[Persona],
) -> None:
    assert draw_personas(50, seed=SEED, today=UNTIL.date()) == people
    assert draw_personas(4, seed=SEED, today=UNTIL.date()) == people[:4]
    assert draw_personas(4, seed=SEED + 1, today=UNTIL.date()) != people[:4]
    assert all(person.name.endswith(MARK) for person in people)
    assert len({person.name for person in people}) == len(people)


def test_the_cohort_holds_what_the_demo_shall_show(people: list[Persona]) -> None:
    assert people[FIRST].name == "Amina Okafor" + MARK
    assert [p.index for p in people if p.deteriorates] == [DETERIORATING]
    assert {p.zone for p in people} == set(ZONES)
    assert 5 <= sum(p.diabetes for p in people) <= 25
    assert any(p.goes_offline for p in people)
    rules = {m.rule for p in people for m in p.medicines}
    assert {"FREQ=DAILY", "FREQ=HOURLY;INTERVAL=8", "FREQ=WEEKLY;BYDAY=SU"} <= rules
    assert all(person.medicines for person in people)


def test_every_schedule_can_be_kept(people: list[Persona]) -> None:
    for medicine in {m for p in people for m in p.medicines}:
        row = ScheduleRow(
            id=UUID(int=1),
            mode=medicine.mode,  # type: ignore[arg-type]
            rule=medicine.rule,
            times=list(medicine.times),
            starts_local="2026-11-01T06:00",
            zone="Europe/Berlin",
            zone_mode="floating",
            ends_local=None,
        )
        due = slots(
            from_row(row), zone="Europe/Berlin", start=UNTIL, end=UNTIL + timedelta(days=14)
        )
        assert len(due) >= 2, medicine


def test_the_same_seed_measures_the_same(people: list[Persona]) -> None:
    for person in people[:4]:
        first, again = measured(person), measured(person)
        assert first.keys() == again.keys()
        for kind, series in first.items():
            assert np.array_equal(series.instants_ms, again[kind].instants_ms)
            assert np.array_equal(series.values, again[kind].values)


def test_every_value_is_plausible_and_in_order(people: list[Persona]) -> None:
    for person in people:
        span = span_of(person)
        for series in simulate(person, span, seed=SEED):
            measure = MEASURES[series.kind]
            assert series.unit in measure.units
            assert measure.low <= series.values.min()
            assert series.values.max() <= measure.high
            assert (np.diff(series.instants_ms) > 0).all(), series.kind
            long = series.kind == "seizure"  # a diary on paper, brought in
            assert long or span.midnights_ms[0] <= series.instants_ms[0]
            assert series.instants_ms[-1] < span.until_ms


def test_hearts_beat_slower_at_night_and_glucose_comes_every_five_minutes(
    people: list[Persona],
) -> None:
    diabetic = next(p for p in people if p.diabetes)
    series = measured(diabetic)
    hour = span_of(diabetic).hour_of(series["heart_rate"].instants_ms)
    rates = series["heart_rate"].values
    assert rates[hour < 6].mean() + 8 < rates[(hour > 9) & (hour < 21)].mean()
    steps = np.diff(series["glucose"].instants_ms)
    assert np.median(steps) == 5 * MINUTE_MS
    assert (steps % (5 * MINUTE_MS) == 0).all()
    assert 80 < series["glucose"].values.mean() < 220


def test_there_are_gaps(people: list[Persona]) -> None:
    for person in people[:10]:
        gaps = np.diff(measured(person)["heart_rate"].instants_ms)
        assert (gaps > HOUR_MS).sum() >= 3
    diabetic = next(p for p in people if p.diabetes)
    assert (np.diff(measured(diabetic)["glucose"].instants_ms) > HOUR_MS).any()


def test_wine_is_noted_and_lifts_the_night_after_it(people: list[Persona]) -> None:
    person = people[FIRST]
    series, span = measured(person), span_of(person)
    noted = span.day_of(series["day_tag"].instants_ms)
    nights = night_means(person, series["heart_rate"])
    usual = np.nanmean(np.delete(nights, noted + 1))
    assert np.nanmean(nights[noted[noted < DAYS - 1] + 1]) > usual + 4
    varied = series["heart_rate_variability"]
    assert (span.hour_of(varied.instants_ms) < 7).all()


def test_one_in_ten_keeps_a_diary_of_seizures_long_enough_to_forecast(
    people: list[Persona],
) -> None:
    kept = [measured(person).get("seizure") for person in people[:20]]
    diaries = [one for one in kept if one is not None]
    assert len(diaries) == 2
    for diary in diaries:
        assert len(diary.values) > 150
        assert diary.values.sum() >= 20


@pytest.mark.parametrize("days", [20, 60])
def test_one_person_gets_worse_towards_the_end(people: list[Persona], days: int) -> None:
    person = people[DETERIORATING]
    span = span_of(person, days)
    series = measured(person, days)
    hour = span.hour_of(series["heart_rate"].instants_ms)
    day = span.day_of(series["heart_rate"].instants_ms)
    rates = series["heart_rate"].values
    before = rates[(hour < 6) & (day < days // 2)].mean()
    after = rates[(hour < 6) & (day >= days - 3)].mean()
    assert after > before + 9
    day = span.day_of(series["steps"].instants_ms)
    counts = np.bincount(day, series["steps"].values, days)
    assert counts[-4:-1].mean() < 0.7 * np.median(counts[: days // 2])
    chances = adherence_on(person, days)
    assert chances[0] == person.adherence
    assert chances[-1] < 0.5 * person.adherence


def test_the_others_stay_as_they_are(people: list[Persona]) -> None:
    for person in people[2:12]:
        nights = night_means(person, measured(person)["heart_rate"])
        assert abs(np.nanmean(nights[-7:]) - np.nanmean(nights[:30])) < 4
        assert len(set(adherence_on(person, DAYS))) == 1


def test_late_data_is_a_part_of_the_whole(people: list[Persona]) -> None:
    person = people[3]
    span = span_of(person)
    whole = measured(person)["heart_rate"]
    early, late = split_late(whole, span, first=50, last=53)
    assert len(early.values) + len(late.values) == len(whole.values)
    assert set(span.day_of(late.instants_ms)) <= {50, 51, 52, 53}
    assert not set(span.day_of(early.instants_ms)) & {50, 51, 52, 53}


def test_days_are_local_also_where_the_clocks_change() -> None:
    span = Span("Europe/Berlin", 60, UNTIL)
    lengths = {(b - a) / HOUR_MS for a, b in pairwise(span.midnights_ms.tolist())}
    assert lengths == {24.0, 25.0}
    assert span.hour_of(span.midnights_ms).max() == 0
