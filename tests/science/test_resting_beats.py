"""Beats at rest: five-minute stretches of each recording, judged alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.science.heart_rest import RestingVariability, resting_variability, stretches
from backend.science.heart_variability import heart_variability
from backend.science.refusal import Refusal
from tests.realdata import shared_data
from tests.science.timing import fastest

NONE = np.array([], np.int64), np.array([], np.float64)
MINUTE_MS = 60_000


def swinging(minutes, swing=40.0, level=900.0):
    beats, at = [], 0.0
    while at < minutes * MINUTE_MS:
        beats.append(level + swing * math.sin(2 * math.pi * at / 4000))
        at += beats[-1]
    return np.array(beats)


def placed(*recordings, apart_ms=3_600_000):
    """Instants and beats of recordings one after another."""
    at, parts = 0, []
    for beats in recordings:
        parts.append(at + np.cumsum(beats).round().astype(np.int64))
        at = int(parts[-1][-1]) + apart_ms
    return np.concatenate(parts), np.concatenate(recordings)


def test_one_stretch_has_the_numbers_of_the_whole_recording():
    beats = swinging(5.2)
    found = resting_variability(*placed(beats), *NONE)
    whole = heart_variability(beats)
    assert found.rmssd_ms == pytest.approx(whole.rmssd_ms, rel=1e-12)
    assert found.sdnn_ms == pytest.approx(whole.sdnn_ms, rel=1e-12)
    assert found.rmssd_lower_ms < found.rmssd_ms < found.rmssd_upper_ms


@given(st.lists(st.floats(1, 40), min_size=1, max_size=5))
def test_every_beat_lies_in_one_stretch(minutes):
    at, _ = placed(*(swinging(m) for m in minutes))
    places = np.concatenate([np.arange(len(at))[part] for part in stretches(at)])
    assert places.tolist() == list(range(len(at)))
    long = [at[part][-1] - at[part][0] for part in stretches(at)]
    assert max(long) < 2 * 5.6 * MINUTE_MS
    assert len(long) == sum(
        max(1, int((m * MINUTE_MS - 900) // (5.5 * MINUTE_MS))) for m in minutes
    ) or len(long) == pytest.approx(sum(max(1, m / 5.5) for m in minutes), abs=len(minutes))


def test_a_short_a_noisy_and_a_walked_recording_are_left_out():
    noisy = swinging(6)
    noisy[::9] = 2500.0
    at, beats = placed(swinging(12), swinging(3, swing=200), noisy, swinging(6, swing=150))
    last = at > at[-1] - 5 * MINUTE_MS
    walked = at[last][::50]
    found = resting_variability(at, beats, walked, np.ones(len(walked)))
    assert found.stretches == 2
    assert found.rmssd_ms == pytest.approx(heart_variability(swinging(12)).rmssd_ms, rel=0.01)


@pytest.mark.parametrize(
    ("beats", "code"),
    [(swinging(3), "too_short_recording"), (np.full(500, 2500.0), "too_short_recording")],
)
def test_no_whole_stretch_is_refused(beats, code):
    found = resting_variability(*placed(beats), *NONE)
    assert isinstance(found, Refusal)
    assert found.code == code


def test_noise_is_named_as_the_reason_where_the_length_would_do():
    noisy = swinging(8)
    noisy[::9] = 2500.0
    assert resting_variability(*placed(noisy), *NONE).code == "too_many_artefacts"
    assert resting_variability(*NONE, *NONE).have == 0


def test_a_night_of_beats_takes_less_than_half_a_second():
    at, beats = placed(swinging(8 * 60))
    assert fastest(lambda: resting_variability(at, beats, *NONE)) < 0.5


def test_a_real_recording_at_rest():
    rows = (shared_data("hrv-rr") / "hrv_rest_rri.txt").read_text().split()
    beats = np.array([float(row) for row in rows])
    found = resting_variability(*placed(beats), *NONE)
    assert isinstance(found, RestingVariability)
    assert found.stretches >= 2
    assert found.rmssd_ms == pytest.approx(heart_variability(beats).rmssd_ms, rel=0.05)
