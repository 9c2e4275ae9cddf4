"""Episodes of low and of high glucose.

Danne et al., Diabetes Care 2017;40:1631 (doi 10.2337/dc17-1600): an episode begins with 15 minutes
beyond the threshold and ends with 15 minutes back. A reading stands for one step of its sensor. A
gap of more than 45 minutes ends what went on before it: nobody knows how it went on.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.science.glucose import LONGEST_INTERVAL_MS, sensor_interval_ms
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
LEAST_MS: Final = 15 * 60_000
LONGEST_GAP_MS: Final = 45 * 60_000
MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Episode:
    """[start, end) in ms since 1970, and the reading furthest out."""

    start_ms: int
    end_ms: int
    extreme_mg_dl: float

    @property
    def minutes(self) -> float:
        """How long it lasted."""
        return (self.end_ms - self.start_ms) / MINUTE_MS


class _Run(NamedTuple):
    """Neighbouring readings on the same side of the threshold, by index, both ends included."""

    first: int
    last: int
    beyond: bool
    after_gap: bool
    long: bool


def episodes(
    instants_ms: NDArray[np.int64],
    mg_dl: NDArray[np.float64],
    *,
    below: float | None = None,
    above: float | None = None,
) -> tuple[Episode, ...] | Refusal:
    """Episodes under `below` or over `above`, readings in order.

    Refuses where readings stand too far apart to tell 15 minutes.
    """
    usual = float(np.median(np.diff(instants_ms))) if len(instants_ms) > 1 else np.inf
    if usual >= LONGEST_INTERVAL_MS + MINUTE_MS:
        apart = round(usual / MINUTE_MS, 1) if len(instants_ms) > 1 else 0.0
        return Refusal("readings_too_far_apart", apart, LONGEST_INTERVAL_MS / MINUTE_MS, "min")
    beyond = np.zeros(len(mg_dl), np.bool_)
    if below is not None:
        beyond |= mg_dl < below
    if above is not None:
        beyond |= mg_dl > above
    step = sensor_interval_ms(instants_ms)
    furthest = np.min if above is None else np.max
    return tuple(
        Episode(
            int(instants_ms[first]),
            int(instants_ms[last]) + step,
            float(furthest(mg_dl[first : last + 1])),
        )
        for first, last in _spans(_runs(instants_ms, beyond, step))
    )


def _runs(at: NDArray[np.int64], beyond: NDArray[np.bool_], step: int) -> list[_Run]:
    gap = np.diff(at) > LONGEST_GAP_MS
    starts = np.flatnonzero(np.concatenate([[True], gap | (beyond[1:] != beyond[:-1])]))
    ends = np.concatenate([starts[1:] - 1, [len(at) - 1]])
    # In whole steps: a sensor that drifts by a second must not make 15 minutes out of 14:59.
    held = np.rint((at[ends] - at[starts]) / step).astype(np.int64) * step + step
    after_gap = np.concatenate([[True], gap])[starts]
    columns = (starts, ends, beyond[starts], after_gap, held >= LEAST_MS)
    return [_Run(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _spans(runs: list[_Run]) -> list[tuple[int, int]]:
    """First and last reading beyond the threshold of each episode."""
    spans: list[tuple[int, int]] = []
    going_on = False
    for run in runs:
        going_on = going_on and not run.after_gap
        if run.beyond and going_on:
            spans[-1] = (spans[-1][0], run.last)
        elif run.beyond and run.long:
            spans.append((run.first, run.last))
            going_on = True
        elif not run.beyond and run.long:
            going_on = False
    return spans
