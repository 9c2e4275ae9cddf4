"""Google Fit: datasets and aggregates of its REST API, and "All Data" files of Takeout.

A point counts at its start; times are nanoseconds UTC. The data source that a point came from
first names its source, so that two phones, or a phone and an app, stay apart.
"""

from collections.abc import Iterator
from typing import Any

from backend.streams.importers.documents import keys_of, members
from backend.streams.importers.items import (
    NO_OBJECT,
    UNMEASURED,
    Bad,
    Clock,
    Nights,
    Placed,
    bounded,
    device_name,
    epoch_ms,
    fields_of,
    finite,
    in_columns,
    judged,
    list_of,
    number_of,
    text_of,
)
from backend.streams.importers.reading import Export, Note, Options, Run, Sample
from backend.wire.measures import SleepStage

PREFIX = "com.google."
NANOS = 1_000_000_000
ENERGY = "calories.expended"  # its points are parts of one total: at rest and in motion
# a data type: kind and unit of its values in their order
TYPES = {
    "heart_rate.bpm": (("heart_rate", "/min"),),
    "step_count.delta": (("steps", "{steps}"),),
    "distance.delta": (("distance", "m"),),
    "calories.expended": (("total_energy", "kcal"),),
    "weight": (("body_weight", "kg"),),
    "body.temperature": (("body_temperature", "Cel"),),
    "oxygen_saturation": (("spo2", "%"),),
    "blood_pressure": (("systolic", "mm[Hg]"), ("diastolic", "mm[Hg]")),
    "blood_glucose": (("glucose", "mmol/L"),),
}
SLEEPING = {
    "sleep.segment": {
        1: SleepStage.AWAKE,
        2: SleepStage.ASLEEP,
        3: SleepStage.AWAKE,
        4: SleepStage.LIGHT,
        5: SleepStage.DEEP,
        6: SleepStage.REM,
    },
    "activity.segment": {
        72: SleepStage.ASLEEP,
        109: SleepStage.LIGHT,
        110: SleepStage.DEEP,
        111: SleepStage.REM,
        112: SleepStage.AWAKE,
    },
}


def recognises(export: Export) -> bool:
    """Whether the members near the beginning are Google Fit's."""
    keys = keys_of(export)
    return (
        {"Data Source", "Data Points"} <= keys
        or "dataSourceId" in keys and bool(keys & {"point", "maxEndTimeNs"})
        or {"dataTypeName", "startTimeNanos"} <= keys
    )  # fmt: skip


def read(export: Export, options: Options) -> Iterator[Run | Note]:
    """Each data point."""
    reader = _Reader(options.source or "google-fit")
    return in_columns(reader.placed(export), Clock(options.zone))


class _Reader:
    def __init__(self, source: str):
        self._source = source
        self._nights = Nights()
        self._number = -1

    def placed(self, export: Export) -> Iterator[Placed]:
        yield from judged(_points(export), self._samples)
        yield from self._nights.ends()

    def _samples(self, item: Any) -> list[Sample]:
        self._number += 1
        found = fields_of(item)
        name = text_of(found, "dataTypeName").removeprefix(PREFIX)
        if name not in TYPES and name not in SLEEPING:
            raise Bad(UNMEASURED)
        start_ms = epoch_ms(found.get("startTimeNanos"), "startTimeNanos", per_s=NANOS)
        values = list_of(found.get("value", found.get("fitValue")), "value")
        told = [_value(fields_of(each, "value")) for each in values]
        source = self._named(text_of(found, "originDataSourceId"))
        if name in SLEEPING:
            stage = SLEEPING[name].get(int(told[0]) if told and told[0] is not None else -1)
            if stage is None:
                raise Bad(UNMEASURED)
            end_ms = epoch_ms(found.get("endTimeNanos"), "endTimeNanos", per_s=NANOS)
            return [self._nights.stage(self._number, source, start_ms, end_ms, stage)]
        if name == ENERGY:
            source = self._source
        return [
            Sample(kind, unit, source, start_ms, value)
            for (kind, unit), value in zip(TYPES[name], told, strict=False)
            if value is not None
        ]

    def _named(self, origin: str) -> str:
        """What follows the data type: the app, and maker, model and id of the device if told."""
        words = [device_name(word) for word in origin.split(":")[2:]]
        return bounded(":".join([self._source, *filter(None, words)]))


NESTED = frozenset({"point", "Data Points", "bucket", "dataset"})


def _points(export: Export) -> Iterator[Any]:
    """The points of a dataset, of several, or of the datasets of an aggregate's buckets."""
    for name, item in members(export):
        if name in ("point", "Data Points"):
            yield item
        elif name in ("bucket", "dataset") or name == "" and not _is_empty(item):
            yield from _inside(item)


def _inside(item: Any) -> Iterator[Any]:
    if not isinstance(item, dict):
        yield NO_OBJECT
        return
    if not NESTED & item.keys():
        yield item  # a point, or nothing that is known
        return
    for name in ("point", "Data Points"):
        found = item.get(name, [])
        yield from found if isinstance(found, list) else [found]
    for name in ("bucket", "dataset"):
        nested = item.get(name, [])
        for each in nested if isinstance(nested, list) else [nested]:
            yield from _inside(each)


def _is_empty(item: Any) -> bool:
    """Whether it is a dataset in which Google found no point."""
    return isinstance(item, dict) and "maxEndTimeNs" in item and not NESTED & item.keys()


def _value(found: dict[str, Any]) -> float | None:
    inside = fields_of(found.get("value", found), "value")
    for field in ("fpVal", "intVal"):
        if inside.get(field) is not None:
            return finite(inside[field], field)
    return number_of(inside, "fpVal")
