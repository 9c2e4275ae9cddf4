"""Fewer points for a chart, such that the eye sees the same; phone and desk draw through it.

Of each column of pixels the first, lowest, highest and last sample are kept, whole and in their
order: a line through them covers the same pixels as a line through all (M4: Jugel et al., VLDB
2014;7:797), so no spike is lost however long the stretch is. What was not measured is a gap.
"""

from bisect import bisect_left
from collections.abc import Sequence

LEAST_GAP_MS = 15 * 60_000  # of what is measured at will
STEPS_LOOKED_AT = 2_000
USUAL_STEPS = 3


def decimate(
    instants: Sequence[float],
    values: Sequence[float],
    columns: int,
    *,
    start: float | None = None,
    end: float | None = None,
) -> list[int]:
    """The places of the samples to keep, at most 4 for each of `columns` equal stretches.

    `instants` in order. The stretches divide [start, end), or the samples' own extent.
    """
    count = len(instants)
    if columns < 1:
        raise ValueError("a chart has at least one column")
    if count <= 4:
        return list(range(count))
    left = instants[0] if start is None else min(start, instants[0])
    right = instants[-1] if end is None else max(end, instants[-1])
    width = (right - left) / columns
    kept: list[int] = []
    low = 0
    for column in range(1, columns + 1):
        high = count
        if column < columns:
            high = bisect_left(instants, left + column * width, low)
        if high > low:
            kept += _outline(values, low, high)
        low = high
    return kept


def _outline(values: Sequence[float], low: int, high: int) -> list[int]:
    """By slices, which Python searches at the speed of C."""
    if high - low <= 4:
        return list(range(low, high))
    part = values[low:high]
    least, most = part.index(min(part)), part.index(max(part))
    return sorted({low, low + least, low + most, high - 1})


def longest_step(instants: Sequence[float], every_s: float | None) -> float:
    """Beyond this many milliseconds between two samples lies a gap: three usual steps.

    The usual step is the samples' own median one, but no less than the interval that is expected:
    a burst must not turn all that follows into gaps.
    """
    usual = _median_step(instants)
    if every_s is None:
        return max(LEAST_GAP_MS, USUAL_STEPS * usual)
    return USUAL_STEPS * max(usual, every_s * 1000.0)


def _median_step(instants: Sequence[float]) -> float:
    """Of at most STEPS_LOOKED_AT steps, evenly chosen."""
    count = len(instants) - 1
    if count < 1:
        return 0.0
    stride = max(1, count // STEPS_LOOKED_AT)
    steps = sorted(instants[n + 1] - instants[n] for n in range(0, count, stride))
    return float(steps[len(steps) // 2])


def pieces(instants: Sequence[float], longest: float) -> list[range]:
    """Runs of places without a gap between them; a lone sample is a run of one.

    Of decimated samples nothing changes by it as long as `longest` is no less than a column.
    """
    found: list[range] = []
    begin = 0
    for place in range(1, len(instants) + 1):
        if place == len(instants) or instants[place] - instants[place - 1] > longest:
            found.append(range(begin, place))
            begin = place
    return found
