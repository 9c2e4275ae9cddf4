"""HRV: slow twins, laws, size, artefacts, what is refused, and real recordings."""

import cmath
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science.beats import beats, normal_beats
from backend.science.heart_spectrum import (
    band_power,
    heart_spectrum,
    natural_spline,
    tachogram,
    welch,
)
from backend.science.heart_variability import heart_variability
from backend.science.refusal import Refusal
from tests.realdata import shared_data
from tests.science.timing import fastest

intervals = st.lists(st.integers(600, 1000), min_size=2, max_size=200)


def series(values):
    return np.array(values, float)


def breathing(seconds, *, lf=40.0, hf=25.0):
    """Beats of a heart at 0.8 s that swings at 0.1 and at 0.25 Hz, each amplitude in ms."""
    beats_ms, now = [], 0.0
    while now < seconds:
        swing = lf * math.sin(2 * math.pi * 0.1 * now) + hf * math.sin(2 * math.pi * 0.25 * now)
        beats_ms.append(800 + swing)
        now += beats_ms[-1] / 1000
    return series(beats_ms)


@given(intervals)
def test_time_domain_equals_the_slow_obvious_twin(values):
    found = heart_variability(series(values), limits=False)
    steps = [two - one for one, two in zip(values, values[1:], strict=False)]
    nn50 = sum(abs(step) > 50 for step in steps)
    assert found.sdnn_ms == pytest.approx(statistics.stdev(values), rel=1e-9, abs=1e-9)
    rmssd = math.sqrt(statistics.fmean(step**2 for step in steps))
    assert found.rmssd_ms == pytest.approx(rmssd, rel=1e-9)
    assert found.nn50 == nn50
    assert found.pnn50_percent == pytest.approx(100 * nn50 / len(values), rel=1e-9)


@given(intervals, st.integers(-200, 400))
def test_a_slower_heart_of_the_same_swing_varies_alike(values, slower):
    one = heart_variability(series(values), limits=False)
    two = heart_variability(series(values) + slower, limits=False)
    assert two.sdnn_ms == pytest.approx(one.sdnn_ms, abs=1e-9)
    assert two.rmssd_ms == pytest.approx(one.rmssd_ms, abs=1e-9)
    assert two.nn50 == one.nn50


@given(intervals)
def test_backwards_the_beats_vary_alike(values):
    one = heart_variability(series(values), limits=False)
    two = heart_variability(series(values[::-1]), limits=False)
    assert two.rmssd_ms == pytest.approx(one.rmssd_ms, rel=1e-9)
    assert two.nn50 == one.nn50


def test_exactly_50_ms_is_not_more_than_50():
    assert heart_variability(series([800, 850, 901]), limits=False).nn50 == 1


def test_an_early_beat_and_its_pause_are_left_out_and_nothing_leads_across_them():
    clean = [800.0, 810.0] * 250
    with_one = [*clean[:100], 500.0, 1150.0, *clean[100:]]
    found = heart_variability(series(with_one))
    assert found.beats == 500
    assert found.rmssd_ms == pytest.approx(10)
    assert found.artefact_percent == pytest.approx(100 * 2 / 502)


def test_impossible_and_lost_intervals_are_artefacts():
    rr = series([800, 0, 800, 2500, 800, math.nan, 810, 299])
    assert normal_beats(rr).tolist() == [True, False, True, False, True, False, True, False]


def test_an_artefact_at_the_very_beginning_costs_no_other_beat():
    assert np.flatnonzero(~normal_beats(series([400] + [800] * 30))).tolist() == [0]


@settings(max_examples=50)
@given(st.lists(st.integers(700, 820), min_size=12, max_size=80), st.data())
def test_what_no_heart_does_is_found_wherever_it_lies(values, data):
    at = data.draw(st.integers(0, len(values)))
    spoiled = [*values[:at], data.draw(st.sampled_from([0, 150, 299, 2001, 5000])), *values[at:]]
    assert np.flatnonzero(~normal_beats(series(spoiled))).tolist() == [at]


def test_a_new_rhythm_is_believed_after_five_beats():
    assert np.count_nonzero(~normal_beats(series([1000] * 10 + [600] * 20))) == 5


def test_short_and_noisy_recordings_are_refused_and_computed_without_limits():
    assert heart_variability(series([800] * 300)) == Refusal("too_short_recording", 4.0, 5.0, "min")
    noisy = series([800, 800, 800, 800, 800, 800, 800, 800, 800, 1200] * 60)
    assert heart_variability(noisy) == Refusal("too_many_artefacts", 10.0, 5.0, "%")
    assert heart_spectrum(noisy) == Refusal("too_many_artefacts", 10.0, 5.0, "%")
    assert heart_variability(noisy, limits=False).beats == 600


def test_nothing_and_one_beat_are_refused_even_without_limits():
    for none in ([], [0.0, math.nan]):
        assert beats(series(none), limits=False).code == "too_short_recording"
        assert heart_variability(series(none)).code == "too_short_recording"
    assert heart_variability(series([800]), limits=False).code == "too_few_neighbours"
    assert heart_spectrum(series([800] * 20), limits=False).unit == "s"
    assert heart_spectrum(series([800, 800]), limits=False).code == "too_short_recording"


def slow_welch(values, window):
    """Word by word: every half window, Hann, mean off, a Fourier sum for each frequency at 4 Hz."""
    taper = [math.sin(math.pi * k / window) ** 2 for k in range(window)]
    norm = 4 * sum(w * w for w in taper)
    powers = []
    for start in range(0, len(values) - window + 1, window - window // 2):
        part = values[start : start + window]
        mean = statistics.fmean(part)
        tapered = [(v - mean) * w for v, w in zip(part, taper, strict=True)]
        powers.append(
            [
                abs(
                    sum(
                        v * cmath.exp(-2j * cmath.pi * f * k / window)
                        for k, v in enumerate(tapered)
                    )
                )
                ** 2
                for f in range(window // 2 + 1)
            ]
        )
    mean_power = [statistics.fmean(column) for column in zip(*powers, strict=True)]
    sides = [1 if f == 0 or 2 * f == window else 2 for f in range(window // 2 + 1)]
    return [side * power / norm for side, power in zip(sides, mean_power, strict=True)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-100, 100), min_size=20, max_size=60), st.sampled_from([15, 16, 20]))
def test_welch_equals_the_slow_obvious_twin(values, window):
    frequency, density = welch(series(values), rate=4.0, window=window)
    assert density == pytest.approx(slow_welch(values, window), rel=1e-6, abs=1e-9)
    assert frequency == pytest.approx([4 * f / window for f in range(window // 2 + 1)])


@settings(max_examples=30)
@given(st.lists(st.integers(1, 30), min_size=2, max_size=20), st.randoms())
def test_the_spline_passes_its_points_and_has_no_corner(widths, random):
    x = np.cumsum(np.array(widths, float))
    y = series([random.uniform(600, 1000) for _ in widths])
    assert natural_spline(x, y, x) == pytest.approx(y)
    for knot in x[1:-1]:
        near = natural_spline(x, y, knot + np.array([-2e-4, -1e-4, 0, 1e-4, 2e-4]))
        assert near[1] - near[0] == pytest.approx(near[4] - near[3], abs=1e-4)
    assert natural_spline(x, 3 * x + 5, x[:-1] + 0.3) == pytest.approx(3 * (x[:-1] + 0.3) + 5)


@pytest.mark.parametrize(("lf", "hf"), [(40, 25), (20, 30), (50, 10)])
def test_two_swings_have_the_power_of_their_amplitudes(lf, hf):
    found = heart_spectrum(breathing(300, lf=lf, hf=hf))
    assert found.lf_ms2 == pytest.approx(lf**2 / 2, rel=0.03)
    assert found.hf_ms2 == pytest.approx(hf**2 / 2, rel=0.06)  # beats sample it four times a breath


def test_lf_to_hf_is_within_2_percent_of_a_welch_reference():
    """The reference: one Fourier sum after another over the same tachogram, in plain Python."""
    rr = breathing(300)
    points = tachogram(beats(rr)).tolist()
    density = slow_welch(points, 512)
    lf = sum(d for f, d in enumerate(density) if 0.04 <= f / 128 < 0.15)
    hf = sum(d for f, d in enumerate(density) if 0.15 <= f / 128 < 0.40)
    found = heart_spectrum(rr)
    assert found.lf_ms2 == pytest.approx(lf / 128, rel=1e-9)
    assert found.lf_hf == pytest.approx(lf / hf, rel=1e-9)


def test_all_bins_together_hold_the_variance():
    wave = np.sin(2 * np.pi * 0.125 * np.arange(4096) / 4)
    frequency, density = welch(wave, rate=4.0, window=512)
    assert band_power(frequency, density, 0.0, 2.1) == pytest.approx(0.5)


def test_twice_the_swing_has_four_times_the_power():
    rr = breathing(300)
    one = heart_spectrum(rr, limits=False)
    points = tachogram(beats(rr))
    _, density = welch(points, rate=4.0, window=512)
    _, more = welch(2 * points, rate=4.0, window=512)
    assert more == pytest.approx(4 * density)
    assert one.lf_hf == pytest.approx(one.lf_ms2 / one.hf_ms2)


def test_a_metronome_has_no_power_and_no_ratio():
    found = heart_spectrum(series([800] * 600))
    assert found.lf_ms2 == pytest.approx(0, abs=1e-9)
    assert found.lf_hf.code == "no_power_to_compare"
    assert heart_variability(series([800] * 600)).sdnn_ms == 0


def test_a_day_of_beats_takes_less_than_a_second():
    rr = 800 + 40 * np.sin(np.arange(108_000) / 3)
    assert fastest(lambda: heart_variability(rr)) < 0.3
    assert fastest(lambda: heart_spectrum(rr)) < 1


def recorded(name):
    """The intervals of a real recording: one a line, or what follows [HRData]."""
    path = shared_data("hrv-rr") / name
    if path.suffix == ".npy":
        return np.load(path).astype(float)
    return series(path.read_text().rpartition("[HRData]")[2].split())


RECORDINGS = [  # artefacts in percent
    ("hrv_08012805.txt", 1.5),
    ("hrv_real_rri.txt", 2.7),
    ("hrv_rest_rri.txt", 2.0),
    ("hrv_exercise_rri.hrm", 0.15),
    ("hrv_noisy_rri.hrm", 1.9),
    ("hrvanalysis_nn_intervals.txt", 0.0),
    ("pyhrv_SampleNNISeriesLong.npy", 3.4),
]


@pytest.mark.parametrize(("name", "artefacts"), RECORDINGS)
def test_real_recordings_have_sane_numbers(name, artefacts):
    rr = recorded(name)
    found, raw = heart_variability(rr), heart_variability(rr, limits=False)
    assert found.artefact_percent == pytest.approx(artefacts, abs=0.05)
    assert 0 < found.rmssd_ms <= raw.rmssd_ms
    assert found.rmssd_ms < 2 * found.sdnn_ms
    spectrum = heart_spectrum(rr)
    assert 0 < spectrum.lf_ms2 + spectrum.hf_ms2 < found.sdnn_ms**2


def test_a_clean_real_recording_has_the_numbers_of_the_definitions():
    rr = recorded("hrvanalysis_nn_intervals.txt")
    found = heart_variability(rr)
    values = rr.tolist()
    steps = [two - one for one, two in zip(values, values[1:], strict=False)]
    assert found.sdnn_ms == pytest.approx(statistics.stdev(values), abs=1e-9)
    rmssd = math.sqrt(statistics.fmean(s * s for s in steps))
    assert found.rmssd_ms == pytest.approx(rmssd, abs=1e-9)
    assert (found.nn50, found.pnn50_percent) == (24, 2.4)
    # By scipy 1.17: CubicSpline(bc_type="natural") at 4 Hz, welch(nperseg=512).
    spectrum = heart_spectrum(rr)
    assert spectrum.lf_ms2 == pytest.approx(595.6927542312367, rel=1e-9)
    assert spectrum.hf_ms2 == pytest.approx(184.19271608189692, rel=1e-9)
