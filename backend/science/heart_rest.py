"""Heart rate variability at rest: recordings cut into stretches of five minutes, each judged alone.

The Task Force (Eur Heart J 1996;17:354) asks for five minutes for what is compared: SDNN grows with
length, so a night is not set beside a short recording. A stretch with steps is left out: movement
spoils the optical pulse, and a walking heart is not at rest. RMSSD over all stretches is the root
of their mean square; SDNN and powers are medians over the stretches.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.beats import LEAST_MINUTES, MINUTE_MS, Beats, beats
from backend.science.heart_spectrum import HeartSpectrum, heart_spectrum
from backend.science.heart_variability import HeartVariability, heart_variability
from backend.science.intervals import ratio_by_blocks
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
LONGEST_GAP_MS: Final = 5_000  # between beats: more is another recording
STRETCH_MS: Final = 5.5 * MINUTE_MS  # half a minute over, so that a few artefacts cost no stretch
BLOCKS: Final = 3  # stretches, from which on they and not their minutes are the blocks


@dataclass(frozen=True, slots=True)
class RestingVariability:
    """Powers in ms²; None where no stretch has one."""

    stretches: int
    minutes: float
    artefact_percent: float
    mean_nn_ms: float
    rmssd_ms: float
    rmssd_lower_ms: float
    rmssd_upper_ms: float
    sdnn_ms: float
    pnn50_percent: float
    lf_ms2: float | None
    hf_ms2: float | None
    lf_hf: float | None


def resting_variability(
    instants_ms: NDArray[np.int64],
    rr_ms: NDArray[np.float64],
    step_ms: NDArray[np.int64],
    step_counts: NDArray[np.float64],
) -> RestingVariability | Refusal:
    """From beats in order, each at the instant that ends it; refuses where no stretch is whole."""
    walked = np.unique(step_ms[step_counts > 0] // MINUTE_MS)
    judged = [
        beats(rr_ms[part])
        for part in stretches(instants_ms)
        if not np.isin(instants_ms[part] // MINUTE_MS, walked).any()
    ]
    whole = [found for found in judged if isinstance(found, Beats)]
    if not whole:
        return _why_none(judged)
    return _over(whole)


def stretches(instants_ms: NDArray[np.int64]) -> list[slice]:
    """Each recording in equal parts of about five minutes; a short one is one part."""
    cuts = np.flatnonzero(np.diff(instants_ms) > LONGEST_GAP_MS) + 1
    edges = [0, *cuts.tolist(), len(instants_ms)]
    found = []
    for first, last in zip(edges, edges[1:], strict=False):
        if last == first:
            continue
        begin, end = int(instants_ms[first]), int(instants_ms[last - 1])
        parts = max(1, int((end - begin) // STRETCH_MS))
        bounds = begin + (end - begin) * np.arange(1, parts) / parts
        places = [first, *(first + np.searchsorted(instants_ms[first:last], bounds)), last]
        found += [slice(int(a), int(b)) for a, b in zip(places, places[1:], strict=False)]
    return found


def _why_none(judged: list[Beats | Refusal]) -> Refusal:
    """The reason that came closest: noise where a stretch was long enough, else its length."""
    refused = [found for found in judged if isinstance(found, Refusal)]
    noisy = [found for found in refused if found.code == "too_many_artefacts"]
    if noisy:
        return min(noisy, key=lambda found: found.have)
    short = Refusal("too_short_recording", 0.0, LEAST_MINUTES, "min")
    return max([short, *refused], key=lambda found: found.have)


def _over(whole: list[Beats]) -> RestingVariability:
    times = [t for b in whole if isinstance(t := heart_variability(b.rr_ms), HeartVariability)]
    powers = [p for b in whole if isinstance(p := heart_spectrum(b.rr_ms), HeartSpectrum)]
    lower, rmssd, upper = _rmssd(whole)
    recorded = sum(len(b.rr_ms) for b in whole)
    artefacts = sum(int(np.count_nonzero(~b.normal)) for b in whole)
    return RestingVariability(
        stretches=len(whole),
        minutes=sum(b.minutes for b in whole),
        artefact_percent=100.0 * artefacts / recorded,
        mean_nn_ms=float(np.concatenate([b.nn_ms for b in whole]).mean()),
        rmssd_ms=rmssd,
        rmssd_lower_ms=lower,
        rmssd_upper_ms=upper,
        sdnn_ms=float(np.median([t.sdnn_ms for t in times])),
        pnn50_percent=float(np.median([t.pnn50_percent for t in times])),
        lf_ms2=_median([p.lf_ms2 for p in powers]),
        hf_ms2=_median([p.hf_ms2 for p in powers]),
        lf_hf=_median([p.lf_hf for p in powers if not isinstance(p.lf_hf, Refusal)]),
    )


def _rmssd(whole: list[Beats]) -> tuple[float, float, float]:
    """Lower, middle, upper: by stretches, or by the minutes of one or two of them."""
    squares = [b.differences_ms**2 for b in whole]
    if len(whole) < BLOCKS:
        squares = [part for of in squares for part in np.array_split(of, int(LEAST_MINUTES))]
    hits = np.array([part.sum() for part in squares], np.float64)
    totals = np.array([len(part) for part in squares], np.float64)
    mean = float(hits.sum() / totals.sum())
    half = ratio_by_blocks(hits, totals)
    return math.sqrt(max(0.0, mean - half)), math.sqrt(mean), math.sqrt(mean + half)


def _median(numbers: list[float]) -> float | None:
    return float(np.median(numbers)) if numbers else None
