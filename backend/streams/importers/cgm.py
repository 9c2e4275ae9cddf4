"""Glucose exports: Dexcom Clarity and FreeStyle Libre (LibreView), in either unit.

Columns are found by their header, since both makers write it in several ways. Scans and finger
pricks are other sources than the sensor's own series: statistics of the series need its even pace.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from backend.streams.importers.reading import (
    Export,
    Options,
    Row,
    Sample,
    head_rows,
    number,
    slug,
)
from backend.streams.importers.tables import find_table, puts_day_first
from backend.streams.importers.times import Times

NO_HEADER = "No header of Dexcom Clarity or FreeStyle Libre was found."
NOT_MEASURED = "not a measurement"
UNITS = {"mg/dl": "mg/dL", "mmol/l": "mmol/L"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values: what it measures, from which of the device's sources."""

    place: int
    kind: str
    unit: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is laid out; `pick` names the columns that count in a row."""

    time: int
    device: int
    columns: tuple[Column, ...]
    pick: Callable[[list[str], tuple[Column, ...]], tuple[Column, ...]]


def recognises(export: Export) -> bool:
    """Whether one of the first lines is a header of these makers."""
    return any(_layout(row) is not None for row in head_rows(export))


def read(export: Export, options: Options) -> Iterator[Row]:
    """Each data row under the header."""
    day_first = puts_day_first(export, _layout, NO_HEADER)
    layout, rows = find_table(export, _layout, NO_HEADER)
    times = Times(options.zone, day_first=day_first)
    for row in rows:
        yield _row(row, layout, times)


def _layout(names: list[str]) -> Layout | None:
    if "device timestamp" in names and "record type" in names:
        return _libre(names)
    if "event type" in names and any(name.startswith("timestamp (") for name in names):
        return _dexcom(names)
    return None


def _glucose(names: list[str], start: str, source: str = "") -> list[Column]:
    """The glucose column that begins so, with the unit that its header names."""
    return [
        Column(place, "glucose", unit, source)
        for place, name in enumerate(names)
        for ending, unit in UNITS.items()
        if name.replace("(", "").replace(")", "") == f"{start} {ending}"
    ]


def _named(names: list[str], name: str, kind: str, unit: str, source: str = "") -> list[Column]:
    return [Column(names.index(name), kind, unit, source)] if name in names else []


def _libre(names: list[str]) -> Layout | None:
    found = (
        *_glucose(names, "historic glucose"),
        *_glucose(names, "scan glucose", "scan"),
        *_glucose(names, "strip glucose", "strip"),
        *_named(names, "rapid-acting insulin (units)", "insulin_bolus", "[iU]"),
        *_named(names, "long-acting insulin (units)", "insulin_basal", "[iU]"),
        *_named(names, "carbohydrates (grams)", "carbohydrate", "g"),
    )
    device = names.index("device") if "device" in names else names.index("device timestamp")
    return Layout(names.index("device timestamp"), device, found, lambda row, columns: columns)


def _dexcom(names: list[str]) -> Layout | None:
    time = next(i for i, name in enumerate(names) if name.startswith("timestamp ("))
    glucose = _glucose(names, "glucose value")
    insulin = _named(names, "insulin value (u)", "insulin_bolus", "[iU]")
    basal = _named(names, "insulin value (u)", "insulin_basal", "[iU]")
    carbs = _named(names, "carb value (grams)", "carbohydrate", "g")
    strip = [Column(c.place, c.kind, c.unit, "strip") for c in glucose]
    event = names.index("event type")
    subtype = names.index("event subtype") if "event subtype" in names else event
    device = names.index("source device id") if "source device id" in names else event
    by_event: Mapping[tuple[str, bool], list[Column]] = {
        ("egv", False): glucose,
        ("calibration", False): strip,
        ("insulin", False): insulin,
        ("insulin", True): basal,
        ("carbs", False): carbs,
    }

    def pick(row: list[str], columns: tuple[Column, ...]) -> tuple[Column, ...]:
        slow = row[subtype].strip().lower().startswith("long")
        return tuple(by_event.get((row[event].strip().lower(), slow), ()))

    return Layout(time, device, (*glucose, *insulin, *carbs), pick) if glucose else None


def _row(row: list[str], layout: Layout, times: Times) -> Row:
    if len(row) <= max([layout.time, layout.device, *(c.place for c in layout.columns)]):
        return Row((), "short row")
    columns = layout.pick(row, layout.columns)
    values = [(column, number(row[column.place])) for column in columns]
    told = [(column, value) for column, value in values if not isinstance(value, str)]
    if not told:
        reasons = [v for _, v in values if isinstance(v, str) and v != "no value"]
        return Row((), reasons[0] if reasons else NOT_MEASURED)
    at_ms = times.instant_ms(row[layout.time])
    if at_ms is None:
        return Row((), "time not readable")
    device = slug(row[layout.device]) or "cgm"
    return Row(tuple(_sample(column, device, at_ms, value) for column, value in told))


def _sample(column: Column, device: str, at_ms: int, value: float) -> Sample:
    source = f"{device}:{column.source}" if column.source else device
    return Sample(column.kind, column.unit, source, at_ms, value)
