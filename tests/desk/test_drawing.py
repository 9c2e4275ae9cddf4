"""Charts as shapes: gaps stay gaps, everything lies in its box."""

import pytest

from backend.desk.drawing import (
    HEIGHT,
    LEFT,
    MOST_POINTS,
    RIGHT,
    WIDTH,
    Drawing,
    Point,
    draw_bars,
    draw_line,
    thin,
)

HOUR = 3_600_000
DAY = 24 * HOUR
TICKS = [(0.0, "00"), (12.0 * HOUR, "12")]


def line(points: list[Point], **more: object) -> Drawing:
    return draw_line(points, start_ms=0, end_ms=DAY, x_ticks=TICKS, **more)  # type: ignore[arg-type]


def at(hour: float, value: float) -> Point:
    return Point(hour * HOUR, value, value, value)


def test_a_gap_parts_the_line() -> None:
    drawn = line([*(at(h / 12, 100) for h in range(24)), *(at(8 + h / 12, 120) for h in range(24))])
    assert len(drawn.lines) == 2
    assert not drawn.dots


def test_a_lone_sample_is_a_dot() -> None:
    drawn = line([at(1, 5), at(9, 6), at(9.1, 7), at(9.2, 7)])
    assert len(drawn.lines) == 1
    assert len(drawn.dots) == 1


def test_target_and_ticks_lie_in_the_box() -> None:
    drawn = line([at(1, 300), at(2, 40)], target=(70, 180))
    assert drawn.target
    assert 0 <= drawn.target.y < drawn.target.y + drawn.target.height <= HEIGHT
    places = [tick.at for tick in drawn.y_ticks]
    assert places == sorted(places, reverse=True)
    assert all(0 <= place <= HEIGHT for place in places)
    assert [tick.at for tick in drawn.x_ticks] == [LEFT, LEFT + (WIDTH - LEFT - RIGHT) / 2]


@pytest.mark.parametrize("values", [[0.0], [5.0, 5.0], [-3.0, 1e6], [1e-9, 2e-9], [0.1, 0.2]])
def test_any_values_make_an_axis(values: list[float]) -> None:
    drawn = line([at(n, value) for n, value in enumerate(values)])
    assert 2 <= len(drawn.y_ticks) <= 8


def test_nothing_makes_no_shapes() -> None:
    drawn = line([])
    assert (drawn.lines, drawn.dots, drawn.bars) == ((), (), ())


def test_many_samples_are_thinned_with_their_extremes() -> None:
    times = [n * 1000.0 for n in range(86_400)]
    values = [60.0 + n % 7 for n in range(86_400)]
    values[40_000] = 190.0
    points = thin(times, values, 0, DAY)
    assert len(points) == MOST_POINTS
    assert max(p.high for p in points) == 190
    assert min(p.low for p in points) == 60
    drawn = line(points)
    assert len(drawn.lines) == 1
    assert drawn.ranges.count("M") == MOST_POINTS


def test_bars_stand_on_zero_and_leave_out_what_was_not_measured() -> None:
    drawn = draw_bars([at(0, 10), at(5, 20)], start_ms=0, end_ms=DAY, width_ms=HOUR, x_ticks=TICKS)
    small, big = drawn.bars
    assert small.y + small.height == pytest.approx(big.y + big.height, abs=0.2)
    assert big.height == pytest.approx(2 * small.height, abs=0.2)
    assert big.x > small.x + small.width
