"""Charts as shapes: gaps stay gaps, everything lies in its box."""

import pytest

from backend.desk.drawing import (
    HEIGHT,
    INNER_WIDTH,
    LEFT,
    RIGHT,
    WIDTH,
    Drawing,
    Frame,
    Point,
    Strip,
    draw_bars,
    draw_line,
    gap_of,
    joined,
    shade_of,
    thin,
)

HOUR = 3_600_000
DAY = 24 * HOUR
FRAME = Frame(0, DAY, ((0.0, "00"), (12.0 * HOUR, "12")))


def line(points: list[Point], **more: object) -> Drawing:
    gap = gap_of([point.at_ms for point in points], None, FRAME)
    return draw_line(points, FRAME, gap_ms=gap, **more)  # type: ignore[arg-type]


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


def test_what_is_forecast_is_drawn_apart_and_fits_the_axis() -> None:
    steps = [Point(2 * HOUR + n * HOUR / 12, 100 + n, 90 - n, 140 + 2 * n) for n in range(20)]
    drawn = line([at(1, 100), at(1.1, 101)], ahead=steps)
    area, path = drawn.ahead
    assert len(drawn.lines) == 1
    assert path.startswith("M")
    heights = [float(corner.split(",")[1]) for corner in area.strip("MZ").split()]
    assert len(heights) == 40
    assert all(0 < height < HEIGHT for height in heights)
    assert line([at(1, 100), at(1.1, 101)]).ahead == ()


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


def test_many_samples_are_thinned_and_a_spike_stays() -> None:
    times = [n * 1000.0 for n in range(86_400)]
    values = [60.0 + n % 7 for n in range(86_400)]
    values[40_000] = 190.0
    points = thin(times, values, FRAME)
    assert len(points) <= 4 * INNER_WIDTH
    assert Point(40_000_000.0, 190.0, 190.0, 190.0) in points
    drawn = draw_line(points, FRAME, gap_ms=gap_of(times, 1, FRAME))
    assert len(drawn.lines) == 1


def test_days_are_an_area_between_their_lows_and_highs() -> None:
    days = [Point(n * HOUR, 100, 80, 150) for n in (1, 2, 3, 7)]
    drawn = draw_line(days, FRAME, gap_ms=1.5 * HOUR)
    assert len(drawn.areas) == 2
    assert all(path.startswith("M") and path.endswith("Z") for path in drawn.areas)
    assert len(drawn.lines) == 1
    assert line([at(1, 5), at(1.1, 6)]).areas == ()


def test_an_open_target_ends_at_the_edge() -> None:
    low = line([at(1, 50), at(2, 150)], target=(100, None)).target
    high = line([at(1, 50), at(2, 150)], target=(None, 100)).target
    assert low
    assert high
    assert low.y + low.height == pytest.approx(high.y, abs=0.2)
    assert line([at(1, 50)], target=(None, None)).target is None


def test_neighbours_of_one_source_are_one_box() -> None:
    strips = [Strip(0, 1, 0, "a"), Strip(1, 2, 0, "a"), Strip(3, 4, 0, "a"), Strip(4, 5, 1, "b")]
    assert joined(strips) == [Strip(0, 2, 0, "a"), Strip(3, 4, 0, "a"), Strip(4, 5, 1, "b")]
    drawn = line([at(1, 5)], strips=([Strip(0, DAY / 2, 1, "b")], [Strip(0, DAY, 3)]))
    ((source,), (cover,)) = drawn.sources, drawn.cover
    assert (source.x, source.number, source.text) == (LEFT, 1, "b")
    assert cover.width == pytest.approx(2 * source.width, abs=0.2)
    assert [shade_of(share) for share in (0, 0.5, 0.69, 0.7, 0.95, 1)] == [0, 1, 1, 2, 3, 3]


def test_bars_stand_on_zero_and_leave_out_what_was_not_measured() -> None:
    drawn = draw_bars([at(0, 10), at(5, 20)], FRAME, width_ms=HOUR)
    small, big = drawn.bars
    assert small.y + small.height == pytest.approx(big.y + big.height, abs=0.2)
    assert big.height == pytest.approx(2 * small.height, abs=0.2)
    assert big.x > small.x + small.width
