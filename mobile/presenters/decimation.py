"""Fewer points for a chart, such that the eye sees the same."""

from collections.abc import Sequence

Point = tuple[float, float]


def decimate(points: Sequence[Point], columns: int) -> list[Point]:
    """First, lowest, highest and last point of each of `columns` equal stretches of x, in order.

    A line through them covers the same pixels as a line through all (Jugel et al., M4, VLDB 2014).
    """
    if columns < 1 or len(points) <= 4 * columns:
        return list(points)
    left, right = points[0][0], points[-1][0]
    width = (right - left) / columns or 1.0
    kept: list[Point] = []
    begin = 0
    while begin < len(points):
        column = int((points[begin][0] - left) / width)
        end = begin + 1
        while end < len(points) and int((points[end][0] - left) / width) == column:
            end += 1
        kept += _outline(points, begin, end)
        begin = end
    return kept


def _outline(points: Sequence[Point], begin: int, end: int) -> list[Point]:
    numbers = range(begin, end)
    low = min(numbers, key=lambda n: points[n][1])
    high = max(numbers, key=lambda n: points[n][1])
    return [points[n] for n in sorted({begin, low, high, end - 1})]
