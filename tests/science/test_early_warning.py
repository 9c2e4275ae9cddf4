"""Early warning: beside NightSignal in a small world, spikes, tags, a new device, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science import early_warning as ew
from backend.science import night_charts as nc
from backend.science.early_warning import EarlyWarning, early_warning
from backend.science.refusal import Refusal
from bench.early import LEARNT, WATCHED, Limits, compared, judged, spiked
from bench.illness_world import Habits, World

MONDAY = 739_000 - 739_000 % 7 + 1


def nights(rate, *, rows=()):
    """The four streams of one person; what is not given was not measured."""
    found = np.full((4, len(rate)), np.nan)
    found[0] = rate
    for row, values in rows:
        found[row] = values
    return found


def warn(streams, *, device=None, tagged=None):
    count = streams.shape[1]
    device = np.zeros(count, np.int64) if device is None else device
    tagged = np.zeros(count, bool) if tagged is None else tagged
    return early_warning(MONDAY, streams, device, tagged)


def usual(seed=1, count=ew.NIGHTS):
    return 60 + np.random.default_rng(seed).normal(0, 2, count)


def ill(rate, beats=(5, 8, 8)):
    return np.concatenate([rate[: -len(beats)], 60.0 + np.array(beats)])


def test_it_finds_more_illness_than_nightsignal_at_equal_false_alarms():
    found = compared(World(100, LEARNT + WATCHED, seed=3), charts=[ew.CHART])
    # Ten points are wanted; of 100 people the gain is known to four either way (bench: 1,600).
    assert found["pair"] >= found["nightsignal"] + 0.02


def test_false_alarms_come_about_as_rarely_as_is_said():
    world = World(200, LEARNT + WATCHED, seed=4)
    begun = nc.alarms_begun(Limits(judged(world, world.streams())).alarms())
    assert 1 / begun.mean() == pytest.approx(nc.EVERY_NIGHTS, rel=0.2)


def test_single_nights_that_are_lifted_hardly_alarm():
    tagged, untagged, chance = spiked(80, Habits())
    assert tagged <= 0.05
    assert untagged <= 0.07  # of 80 people; bench: 2,000
    assert untagged - chance <= 0.03


def test_an_alarm_names_the_nights_and_by_how_much():
    found = warn(nights(ill(usual())))
    last = MONDAY + ew.NIGHTS - 1
    assert [night.day for night in found.odd] == [last - 2, last - 1, last]
    assert [night.above_per_min for night in found.odd] == pytest.approx([5, 8, 8], abs=1)
    assert found.score > found.limit
    assert found.above_per_min == found.odd[-1].above_per_min


def test_usual_nights_and_one_wild_night_are_no_alarm():
    assert warn(nights(usual())).odd == ()
    assert warn(nights(ill(usual(), [15]))).odd == ()


def test_steps_and_sleep_add_to_it():
    rate = ill(usual(), [3, 4])
    rng = np.random.default_rng(2)
    steps, sleep = rng.normal(7000, 1500, ew.NIGHTS), rng.normal(420, 40, ew.NIGHTS)
    steps[-2:], sleep[-2:] = 2500, 520
    alone, both = warn(nights(rate)), warn(nights(rate, rows=[(2, steps), (3, sleep)]))
    assert both.score > alone.score + 0.7
    assert both.shares["steps"] > 0 < both.shares["sleep"]


def test_tagged_nights_are_neither_judged_nor_a_yardstick():
    streams = nights(ill(usual()))
    tagged = np.zeros(ew.NIGHTS, bool)
    tagged[-3:] = True
    assert warn(streams, tagged=tagged) == Refusal("last_night_set_aside", 0.0, 1.0, "nights")
    odd = usual()
    odd[20:40] += 12
    tagged[:] = False
    tagged[20:40] = True
    assert warn(nights(odd), tagged=tagged).above_per_min == pytest.approx(
        warn(nights(usual()), tagged=tagged).above_per_min
    )


def test_a_new_device_is_no_illness():
    rate = usual()
    rate[-10:] += 6
    device = np.zeros(ew.NIGHTS, np.int64)
    assert warn(nights(rate)).odd
    device[-10:] = 1
    found = warn(nights(rate), device=device)
    assert (found.code, found.have) == ("too_few_nights_to_warn", 0)


def test_weekends_are_set_beside_weekends():
    rate = usual()
    weekend = np.isin((MONDAY + np.arange(ew.NIGHTS)) % 7, (6, 0))
    rate[weekend] += 8
    first = MONDAY
    found = early_warning(first, nights(rate), np.zeros(ew.NIGHTS, int), np.zeros(ew.NIGHTS, bool))
    assert isinstance(found, EarlyWarning)
    _, above = ew.deviations(
        nights(rate), np.broadcast_to(weekend, (4, ew.NIGHTS)), np.ones((4, 1))
    )
    assert abs(np.nanmean(above[0, 60:][weekend[60:]])) < 3


@pytest.mark.parametrize(
    ("rate", "refused"),
    [
        ([], Refusal("last_night_unknown", 0, 1, "nights")),
        ([60.0] * 97 + [np.nan], Refusal("last_night_unknown", 0, 1, "nights")),
        ([60.0] * 40, Refusal("too_few_nights_to_warn", 10, 14, "nights")),
    ],
)
def test_too_little_is_refused(rate, refused):
    assert warn(nights(np.array(rate, float))) == refused


def test_a_missing_night_between_two_does_not_hide_an_illness():
    rate = ill(usual(), [8, 8, 8])
    rate[-2] = np.nan
    assert [night.day for night in warn(nights(rate)).odd][-1] == MONDAY + ew.NIGHTS - 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(-20, 20), st.floats(0.8, 3))
def test_level_and_scale_of_a_heart_do_not_matter(seed, level, scale):
    rate = usual(seed)
    z, _ = ew.deviations(rate[None] * 4, np.zeros((1, ew.NIGHTS), bool), np.ones((1, 1)))
    moved, _ = ew.deviations(
        rate[None] * 4 * scale + level, np.zeros((1, ew.NIGHTS), bool), np.ones((1, 1))
    )
    assert moved[0] == pytest.approx(z[0], nan_ok=True)


@pytest.mark.parametrize("chart", nc.CHARTS, ids=lambda chart: chart.name)
def test_the_same_nights_have_the_same_limit(chart):
    heart, others = np.random.default_rng(6).normal(0, 1, (2, 3, 56))
    found = nc.limits(chart, heart, others)
    assert (found == nc.limits(chart, heart, others)).all()
    assert (nc.limits(chart, heart, others, 30) < found).all()
    assert (found[1:2] == nc.limits(chart, heart[1:2], others[1:2])).all()


def one_by_one(rows, chart):
    """EWMA and CUSUM as their definitions say, a night after the other."""
    last, found = 0.0, []
    for total in np.clip(rows, -nc.CUT, nc.CUT):
        if chart is nc.CUSUM:
            last = max(0.0, last + total - nc.ALLOWANCE)
        else:
            last = nc.SMOOTH * total + (1 - nc.SMOOTH) * last
        found.append(last)
    return found


@pytest.mark.parametrize("chart", [nc.EWMA, nc.CUSUM], ids=lambda chart: chart.name)
def test_classic_charts_are_those_of_their_definitions(chart):
    heart = np.random.default_rng(7).normal(0.5, 1, (1, 80))
    found = chart.scores(heart, np.zeros((1, 80)))[0]
    assert found[12:] == pytest.approx(one_by_one(heart[0], chart)[12:], abs=0.02)


@pytest.mark.parametrize("chart", nc.CHARTS, ids=lambda chart: chart.name)
def test_a_night_that_is_not_known_has_no_score(chart):
    heart = np.ones((1, 10))
    heart[0, 5] = np.nan
    found = chart.scores(heart, np.zeros((1, 10)))[0]
    assert np.isneginf(found[5])
    assert np.isfinite(found[6])


def test_medians_are_numpys():
    rows = np.random.default_rng(8).normal(0, 1, (30, 9))
    rows[rows > 0.8] = np.nan
    rows[:, 0] = 0.5
    assert ew._median(rows) == pytest.approx(np.nanmedian(rows, axis=1))
    assert np.isnan(ew._median(np.full((2, 3), np.nan))).all()


def test_alarms_along_a_path_are_counted_as_one_by_one():
    score = np.random.default_rng(9).normal(1, 1.5, 400)
    score[::17] = -np.inf
    counted = [nc.alarms_begun(score[None] > limit).sum() for limit in nc.PAIR.grid]
    assert nc.begun(score, nc.PAIR.grid).tolist() == counted
