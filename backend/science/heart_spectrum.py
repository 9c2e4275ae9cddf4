"""Heart rate variability in the frequency domain: power from 0.04 to 0.15 Hz and to 0.40 Hz.

Bands: Task Force, Eur Heart J 1996;17:354 (doi 10.1093/oxfordjournals.eurheartj.a014868). The
normal beats as a tachogram, by a natural cubic spline at 4 Hz (straight lines would swallow a part
of HF); power by Welch, IEEE Trans Audio Electroacoust 1967;15:70: Hann windows of 128 s that lie
over each other by half, mean taken off each. 128 s, since the Task Force asks for 2 minutes to see
LF. Of a record with a broad spectrum another window tells other powers: compare only what was
measured alike.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.beats import Beats, beats
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
RATE_HZ: Final = 4.0
WINDOW: Final = 512  # points: 128 s
LEAST_POINTS: Final = 100  # 25 s: one wave of 0.04 Hz
LEAST_BEATS: Final = 4
LF_HZ: Final = (0.04, 0.15)
HF_HZ: Final = (0.15, 0.40)
NO_POWER_MS2: Final = 1e-6  # of a metronome; what is left is rounding


@dataclass(frozen=True, slots=True)
class HeartSpectrum:
    """Powers in ms² (not normalised); there is no ratio without HF."""

    minutes: float
    lf_ms2: float
    hf_ms2: float
    lf_hf: float | Refusal


def heart_spectrum(rr_ms: NDArray[np.float64], *, limits: bool = True) -> HeartSpectrum | Refusal:
    """From intervals in order; refuses as `beats` does, and under one wave of the slowest."""
    found = beats(rr_ms, limits=limits)
    if isinstance(found, Refusal):
        return found
    series = tachogram(found)
    if len(series) < LEAST_POINTS:
        seconds = round(len(series) / RATE_HZ, 1)
        return Refusal("too_short_recording", seconds, LEAST_POINTS / RATE_HZ, "s")
    frequency, density = welch(series, rate=RATE_HZ, window=WINDOW)
    lf, hf = (band_power(frequency, density, *band) for band in (LF_HZ, HF_HZ))
    none = Refusal("no_power_to_compare", hf, NO_POWER_MS2, "ms2")
    ratio = lf / hf if hf > NO_POWER_MS2 else none
    return HeartSpectrum(minutes=found.minutes, lf_ms2=lf, hf_ms2=hf, lf_hf=ratio)


def tachogram(found: Beats) -> NDArray[np.float64]:
    """Normal intervals over the time of the beats that end them, at RATE_HZ."""
    if len(found.nn_ms) < LEAST_BEATS:
        return np.array([], np.float64)
    # Artefacts pass time too; a lost or impossible one passes about as much as a normal beat.
    usual = float(np.median(found.nn_ms))
    passed = np.isfinite(found.rr_ms) & (found.rr_ms > 0)
    seconds = np.cumsum(np.where(passed, found.rr_ms, usual))[found.normal] / 1000
    seconds -= seconds[0]
    points = int(seconds[-1] * RATE_HZ) + 1
    return natural_spline(seconds, found.nn_ms, np.arange(points) / RATE_HZ)


def natural_spline(
    x: NDArray[np.float64], y: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The cubic spline through (x, y) without curvature at its ends; x rises, two or more."""
    width = np.diff(x)
    slope = np.diff(y) / width
    bend = np.zeros(len(x))
    bend[1:-1] = _tridiagonal(width, 6 * np.diff(slope))
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(width) - 1)
    past = at - x[i]
    first = slope[i] - width[i] * (2 * bend[i] + bend[i + 1]) / 6
    cubic = (bend[i + 1] - bend[i]) / (6 * width[i])
    result: NDArray[np.float64] = y[i] + past * (first + past * (bend[i] / 2 + past * cubic))
    return result


def _tridiagonal(width: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve for the inner second derivatives, by Thomas's elimination."""
    w, r = width.tolist(), right.tolist()
    pivots: list[float] = []
    for k in range(len(r)):
        pivot = 2 * (w[k] + w[k + 1])
        if k:
            share = w[k] / pivots[-1]
            pivot -= share * w[k]
            r[k] -= share * r[k - 1]
        pivots.append(pivot)
    for k in range(len(r) - 1, -1, -1):
        above = w[k + 1] * r[k + 1] if k + 1 < len(r) else 0.0
        r[k] = (r[k] - above) / pivots[k]
    return np.array(r, np.float64)


def welch(
    series: NDArray[np.float64], *, rate: float, window: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One-sided power density by frequency; a short series is one window."""
    window = min(window, len(series))
    step = window - window // 2
    parts = np.lib.stride_tricks.sliding_window_view(series, window)[::step]
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    waves = np.fft.rfft((parts - parts.mean(axis=1, keepdims=True)) * taper, axis=1)
    density = np.asarray((np.abs(waves) ** 2).mean(axis=0), np.float64)
    density /= rate * float((taper**2).sum())
    density[1 : (window + 1) // 2] *= 2  # both sides, but for zero and half the rate
    frequency = np.arange(len(density), dtype=np.float64) * (rate / window)
    return frequency, density


def band_power(
    frequency: NDArray[np.float64], density: NDArray[np.float64], low: float, high: float
) -> float:
    """Power in [low, high): all bins of all bands together give the variance."""
    inside = (frequency >= low) & (frequency < high)
    return float(density[inside].sum() * (frequency[1] - frequency[0]))
