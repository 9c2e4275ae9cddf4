"""Which intervals between heart beats (RR) are normal ones (NN), and which are artefacts.

An interval is an artefact when no heart makes it (under 300 or over 2000 ms), or when it differs by
more than 20 % from the last normal one (Malik et al., Eur Heart J 1989;10:1060; the Task Force, Eur
Heart J 1996;17:354, doi 10.1093/oxfordjournals.eurheartj.a014868, asks for normal beats only). The
last *normal* one: after an early beat and its pause the next beat is judged by those before.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.refusal import Refusal

VERSION: Final = "1.0"
SHORTEST_MS: Final = 300.0
LONGEST_MS: Final = 2000.0
MOST_CHANGE: Final = 0.20
PATIENCE: Final = 5  # so many in a row that differ are a new rhythm, not artefacts
FIRST_BEATS: Final = 11
MOST_ARTEFACTS_PERCENT: Final = 5.0
LEAST_MINUTES: Final = 5.0
MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Beats:
    """The intervals as recorded, in order, and which of them are normal."""

    rr_ms: NDArray[np.float64]
    normal: NDArray[np.bool_]

    @property
    def nn_ms(self) -> NDArray[np.float64]:
        """The normal ones alone."""
        return self.rr_ms[self.normal]

    @property
    def differences_ms(self) -> NDArray[np.float64]:
        """From each normal interval to the next, where nothing was left out between them."""
        both: NDArray[np.bool_] = self.normal[1:] & self.normal[:-1]
        return np.diff(self.rr_ms)[both]

    @property
    def artefact_percent(self) -> float:
        """Share of recorded intervals that are not normal."""
        return 100.0 * float(np.count_nonzero(~self.normal)) / max(1, len(self.normal))

    @property
    def minutes(self) -> float:
        """Length of all normal intervals together."""
        return float(self.nn_ms.sum()) / MINUTE_MS


def beats(rr_ms: NDArray[np.float64], *, limits: bool = True) -> Beats | Refusal:
    """Intervals in order, NaN for a lost one; refuses under 5 minutes or over 5 % artefacts.

    Without limits the intervals are taken for normal as they stand, but for those that are none.
    """
    if not limits:
        found = Beats(rr_ms, np.isfinite(rr_ms) & (rr_ms > 0))
        return found if len(found.nn_ms) else Refusal("too_short_recording", 0.0, 1, "beats")
    found = Beats(rr_ms, normal_beats(rr_ms))
    minutes = round(found.minutes, 1)
    if minutes < LEAST_MINUTES:
        return Refusal("too_short_recording", minutes, LEAST_MINUTES, "min")
    if found.artefact_percent > MOST_ARTEFACTS_PERCENT:
        artefacts = round(found.artefact_percent, 1)
        return Refusal("too_many_artefacts", artefacts, MOST_ARTEFACTS_PERCENT, "%")
    return found


def normal_beats(rr_ms: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which intervals pass both rules; the first ones are judged by their median."""
    possible = np.flatnonzero((rr_ms >= SHORTEST_MS) & (rr_ms <= LONGEST_MS))
    normal = np.zeros(len(rr_ms), np.bool_)
    last = float(np.median(rr_ms[possible[:FIRST_BEATS]])) if len(possible) else 0.0
    refused = 0
    for index in possible.tolist():
        interval = float(rr_ms[index])
        if refused >= PATIENCE or abs(interval - last) <= MOST_CHANGE * last:
            normal[index] = True
            last, refused = interval, 0
        else:
            refused += 1
    return normal
