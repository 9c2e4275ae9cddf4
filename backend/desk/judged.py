"""An audit's report as shapes and rows for its page. Pure: the report in, what is drawn out.

Colour never stands alone: what is missed is a cross, what is unclear a ring, what is met a dot.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from backend.desk.drawing import NICE, Box, Dot, Tick

LABELS: Final = {
    "o_e": "Observed over expected events",
    "slope": "Calibration slope",
    "auroc_drop": "Area under the curve: how much less than for everybody else",
    "tpr_gap": "Found at the threshold: how much less than of everybody else",
}
COLUMNS: Final = (  # of the table, and whether it is a percentage
    *(("prevalence", "Happened to", True), ("auroc", "AUROC", False), ("o_e", "O/E", False)),
    *(("slope", "Slope", False), ("ece", "ECE", True), ("tpr", "TPR", True)),
    *(("fpr", "FPR", True), ("ppv", "PPV", True), ("net_benefit", "Net benefit", False)),
    ("alert_rate", "Alerts", True),
)
SIDE, PLOT_LEFT, PLOT_BOTTOM, PLOT_TOP = 240, 34, 26, 8
FOREST_WIDTH, FOREST_LEFT, ROW, FOREST_TOP, FOREST_BOTTOM = 640, 220, 19, 8, 22
Told = Mapping[str, Any]


class Mark(NamedTuple):
    """One group's number in a forest."""

    label: str
    x: float
    y: float
    left: float
    right: float
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Forest:
    """One limit: a row for each group, over the band in which it must lie."""

    name: str
    label: str
    band: Box
    fair: float
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    height: int
    width: int = FOREST_WIDTH
    left: int = FOREST_LEFT


@dataclass(frozen=True, slots=True)
class Curve:
    """A calibration plot: risk across, what happened up; on the diagonal risks are true."""

    label: str
    people: int
    dots: tuple[Dot, ...]
    whiskers: tuple[str, ...]
    ticks: tuple[Tick, ...]  # the same on both axes
    diagonal: str
    side: int = SIDE
    left: int = PLOT_LEFT
    bottom: int = SIDE - PLOT_BOTTOM


class Cell(NamedTuple):
    """A number as text, and its interval."""

    value: str
    interval: str


class Row(NamedTuple):
    """One group of the table."""

    label: str
    people: int
    events: int
    cells: tuple[Cell, ...]
    states: tuple[str, ...]
    ratio: str  # of alert rates, to everybody else


def groups_of(report: Told, *, crossed: bool) -> list[Told]:
    """Everyone and the groups of one attribute, or the crossings."""
    audit = report["audit"]
    own = [group for group in audit["groups"] if ("×" in group["of"]) == crossed]
    return own if crossed else [audit["everyone"], *own]


def beyond(groups: Sequence[Told]) -> list[Told]:
    """Judged groups that miss a limit or may miss it."""
    return [g for g in groups if any(one["state"] != "met" for one in g["verdict"]["limits"])]


def forests(report: Told) -> list[Forest]:
    """Each limit over the single attributes' groups, and those crossings that are beyond one."""
    shown = groups_of(report, crossed=False) + beyond(groups_of(report, crossed=True))
    return [
        forest
        for name, limit in report["limits"].items()
        if (forest := _forest(name, limit, shown)) is not None
    ]


def _forest(name: str, limit: Told, groups: Sequence[Told]) -> Forest | None:
    rows = [
        (group, one)
        for group in groups
        for one in group["verdict"]["limits"]
        if one["name"] == name and one["value"] is not None
    ]
    if not rows:
        return None
    ends = [limit[end] for end in ("least", "most") if limit[end] is not None]
    values = [one[end] for _, one in rows for end in ("lower", "upper") if one[end] is not None]
    low, high = min(ends + values), max(ends + values)
    space = (high - low) * 0.04

    def x(value: float | None, otherwise: float) -> float:
        told = float(otherwise if value is None else value)
        share: float = (told - low + space) / (high - low + 2 * space)
        return round(FOREST_LEFT + share * (FOREST_WIDTH - FOREST_LEFT - 10), 1)

    height = FOREST_TOP + ROW * len(rows) + FOREST_BOTTOM
    left, right = x(limit["least"], low - space), x(limit["most"], high + space)
    band = Box(left, FOREST_TOP, round(right - left, 1), ROW * len(rows))
    marks = [
        Mark(
            name_of(group),
            x(one["value"], low),
            FOREST_TOP + ROW * n + ROW / 2,
            x(one["lower"], low),
            x(one["upper"], high),
            one["state"],
            f"{name_of(group)}: {one['value']:.3f} ({_span(one)}), {one['state']}",
        )
        for n, (group, one) in enumerate(rows)
    ]
    ticks = tuple(Tick(x(value, low), f"{value:g}") for value in _nice(low, high))
    return Forest(name, LABELS[name], band, x(limit["fair"], low), tuple(marks), ticks, height)


def name_of(group: Told) -> str:
    """As a page says it; a crossing's labels tell of themselves what was crossed."""
    plain = group["of"] == "everyone" or "×" in group["of"]
    return str(group["label"] if plain else f"{group['of']}: {group['label']}")


def _span(one: Told) -> str:
    if one["lower"] is None or one["upper"] is None:
        return "no interval"
    return f"{one['lower']:.3f} to {one['upper']:.3f}"


def _nice(low: float, high: float, most: int = 6) -> list[float]:
    rough = (high - low) / most or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((n * power for n in NICE if n * power >= rough), 10 * power)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def curves(report: Told) -> list[Curve]:
    """Everyone, and each group of one attribute that was judged."""
    shown = [g for g in groups_of(report, crossed=False) if g["verdict"]["enough"]]
    top = max((point["upper"] for g in shown for point in g["curve"]), default=1.0)
    top = max([top, *(point["expected"] for g in shown for point in g["curve"])])
    return [_curve(group, top) for group in shown]


def _curve(group: Told, top: float) -> Curve:
    size = SIDE - PLOT_LEFT - PLOT_TOP

    def x(share: float) -> float:
        return round(PLOT_LEFT + share / top * size, 1)

    def y(share: float) -> float:
        return round(SIDE - PLOT_BOTTOM - share / top * (SIDE - PLOT_BOTTOM - PLOT_TOP), 1)

    dots = tuple(
        Dot(
            x(p["expected"]),
            y(p["observed"]),
            f"{p['people']} people: risk {100 * p['expected']:.1f} %, "
            f"happened to {100 * p['observed']:.1f} %",
        )
        for p in group["curve"]
    )
    whiskers = tuple(
        f"M{x(p['expected'])},{y(max(p['lower'], 0))} V{y(p['upper'])}" for p in group["curve"]
    )
    ticks = tuple(Tick(x(value), f"{100 * value:g} %") for value in _nice(0, top, 3))
    diagonal = f"M{x(0)},{y(0)} L{x(top)},{y(top)}"
    return Curve(name_of(group), group["people"], dots, whiskers, ticks, diagonal)


def rows(groups: Sequence[Told]) -> list[Row]:
    """The table."""
    return [
        Row(
            name_of(group),
            group["people"],
            group["events"],
            tuple(_cell(group["metrics"][name], percent) for name, _, percent in COLUMNS),
            tuple(f"{one['name']} {one['state']}" for one in group["verdict"]["limits"]),
            _cell(group["gaps"]["alert_ratio"], False).value if group["gaps"] else "",
        )
        for group in groups
    ]


def _cell(told: Told, percent: bool) -> Cell:
    if told["value"] is None:
        return Cell("none", "")
    factor, form = (100, ".1f") if percent else (1, ".3f")
    unit = " %" if percent else ""
    value = f"{factor * told['value']:{form}}{unit}"
    if told["lower"] is None or told["upper"] is None:
        return Cell(value, "")
    return Cell(value, f"{factor * told['lower']:{form}} to {factor * told['upper']:{form}}")
