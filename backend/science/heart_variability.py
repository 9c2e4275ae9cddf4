"""Heart rate variability in the time domain: SDNN, RMSSD, NN50, pNN50.

Task Force of the ESC and NASPE, Eur Heart J 1996;17:354 (doi
10.1093/oxfordjournals.eurheartj.a014868). pNN50 is of all NN intervals, as written there; some
programs divide by the number of differences. SDNN grows with the recording: compare equal lengths.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.beats import beats
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
NN50_MS: Final = 50.0
LEAST_DIFFERENCES: Final = 1


@dataclass(frozen=True, slots=True)
class HeartVariability:
    """Of the normal beats; differences only between neighbours."""

    beats: int
    minutes: float
    artefact_percent: float
    mean_nn_ms: float
    sdnn_ms: float
    rmssd_ms: float
    nn50: int
    pnn50_percent: float


def heart_variability(
    rr_ms: NDArray[np.float64], *, limits: bool = True
) -> HeartVariability | Refusal:
    """From intervals in order; refuses as `beats` does, and without two neighbours."""
    found = beats(rr_ms, limits=limits)
    if isinstance(found, Refusal):
        return found
    nn, differences = found.nn_ms, found.differences_ms
    if len(differences) < LEAST_DIFFERENCES:
        return Refusal("too_few_neighbours", len(differences), LEAST_DIFFERENCES, "pairs")
    nn50 = int(np.count_nonzero(np.abs(differences) > NN50_MS))
    return HeartVariability(
        beats=len(nn),
        minutes=found.minutes,
        artefact_percent=found.artefact_percent,
        mean_nn_ms=float(nn.mean()),
        sdnn_ms=float(nn.std(ddof=1)),
        rmssd_ms=float(np.sqrt((differences**2).mean())),
        nn50=nn50,
        pnn50_percent=100.0 * nn50 / len(nn),
    )
