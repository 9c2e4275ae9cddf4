"""Nightscout: entries (sensor and finger-stick glucose) and treatments (insulin, carbohydrate).

A list as its API gives it, a line an item, or one object of such lists. `date` and `mills` count
milliseconds UTC and lead; texts carry their offset, else `utcOffset` minutes. A temporary basal
rate delivers until its time is over or the next one replaces it, so it becomes units of insulin
only when the whole file is known; a rate in per cent of a profile's is not told by the file.
"""

from collections.abc import Iterator
from typing import Any

from backend.streams.importers.documents import keys_of, members
from backend.streams.importers.items import (
    EARLIEST_MS,
    UNMEASURED,
    Bad,
    Clock,
    Placed,
    device_name,
    epoch_ms,
    fields_of,
    in_columns,
    judged,
    no_time,
    number_of,
    text_of,
)
from backend.streams.importers.reading import Export, Note, Options, Row, Run, Sample

MINUTE_MS = 60_000
UNITS = {
    "mg/dl": "mg/dL",
    "mgdl": "mg/dL",
    "mg": "mg/dL",
    "mmol": "mmol/L",
    "mmol/l": "mmol/L",
    "mmoll": "mmol/L",
}
LAST_ERROR = 12  # below a sensor's range lie the codes of its errors
SENSOR_ERROR = "the sensor's error code"
NO_UNIT = "unit not known: units"
PERCENT = "a share of the profile's rate, which is not in the item"
NO_LENGTH = "no duration"


def recognises(export: Export) -> bool:
    """Whether the members near the beginning are Nightscout's."""
    keys = keys_of(export)
    entries = keys & {"sgv", "mbg"} and keys & {"date", "dateString", "mills"}
    return bool(entries) or {"eventType", "created_at"} <= keys or "defaultProfile" in keys


def read(export: Export, options: Options) -> Iterator[Run | Note]:
    """Each entry and treatment."""
    reader = _Reader(Clock(options.zone), options.source or "nightscout")
    return in_columns(reader.placed(export), reader.clock)


class _Reader:
    def __init__(self, clock: Clock, source: str):
        self.clock, self._source = clock, source
        self._basals = _Basals()
        self._number = -1

    def placed(self, export: Export) -> Iterator[Placed]:
        """Every item in its place, temporary rates last."""
        for number, row in judged((item for _, item in members(export)), self._samples):
            # What waits for the end of the file gets its verdict there.
            if row.samples or not self._basals.waits(number):
                yield number, row
        yield from self._basals.delivered()

    def _samples(self, item: Any) -> list[Sample]:
        self._number += 1
        found = fields_of(item)
        if "defaultProfile" in found:
            raise Bad(UNMEASURED)
        if "eventType" in found or "created_at" in found and "type" not in found:
            return self._treatment(found)
        return self._entry(found)

    def _entry(self, found: dict[str, Any]) -> list[Sample]:
        kind = text_of(found, "type") or next((of for of in ("sgv", "mbg") if of in found), "")
        if kind not in ("sgv", "mbg"):
            raise Bad(UNMEASURED)
        value = number_of(found, kind)
        if value is None:
            return []
        unit = _unit(found, "mg/dL")
        if kind == "sgv" and unit == "mg/dL" and value <= LAST_ERROR:
            raise Bad(SENSOR_ERROR)
        source = self._device(found) + (":strip" if kind == "mbg" else "")
        return [Sample("glucose", unit, source, self._at_ms(found), value)]

    def _treatment(self, found: dict[str, Any]) -> list[Sample]:
        at_ms, source = self._at_ms(found), self._device(found)
        samples = []
        for field, kind, unit in (
            ("insulin", "insulin_bolus", "[iU]"),
            ("carbs", "carbohydrate", "g"),
        ):
            value = number_of(found, field)
            # Nightscout writes 0 where nothing was given.
            if value:
                samples.append(Sample(kind, unit, source, at_ms, value))
        if number_of(found, "glucose") is not None:
            samples.append(_glucose(found, source, at_ms))
        if text_of(found, "eventType").lower().startswith("temp basal"):
            self._temporary(found, source, at_ms)
        elif not samples and not {"insulin", "carbs", "glucose"} & found.keys():
            raise Bad(UNMEASURED)
        return samples

    def _temporary(self, found: dict[str, Any], source: str, at_ms: int) -> None:
        minutes, rate = number_of(found, "duration"), number_of(found, "absolute")
        rate = number_of(found, "rate") if rate is None else rate
        if minutes is None and rate is None and number_of(found, "percent") is None:
            minutes = 0  # "Temp Basal End" of some uploaders
        if minutes is None:
            raise Bad(NO_LENGTH)
        if rate is not None and rate < 0 or minutes < 0:
            raise Bad("negative rate or duration")
        self._basals.add(self._number, source, at_ms, round(minutes * MINUTE_MS), rate)

    def _device(self, found: dict[str, Any]) -> str:
        named = text_of(found, "device") or text_of(found, "enteredBy")
        return device_name(named) or self._source

    def _at_ms(self, found: dict[str, Any]) -> int:
        for field in ("date", "mills"):
            if found.get(field) is not None:
                return epoch_ms(found[field], field)
        offset = number_of(found, "utcOffset")
        for field in ("dateString", "created_at", "timestamp", "sysTime"):
            told = found.get(field)
            if isinstance(told, str):
                at_ms = self.clock.text_ms(told, field, offset_min=offset)
                if at_ms < EARLIEST_MS:
                    raise Bad(no_time(field))
                return at_ms
            if told is not None:
                return epoch_ms(told, field)
        raise Bad("no time")


def _unit(found: dict[str, Any], default: str) -> str:
    told = found.get("units")
    unit = default if told is None else UNITS.get(text_of(found, "units").lower(), "")
    if not unit:
        raise Bad(NO_UNIT)
    return unit


def _glucose(found: dict[str, Any], source: str, at_ms: int) -> Sample:
    """A treatment's glucose is in its own units: without them it may be either."""
    value = number_of(found, "glucose") or 0.0
    how = text_of(found, "glucoseType").lower()
    origin = "sensor" if how == "sensor" else "strip"
    return Sample("glucose", _unit(found, ""), f"{source}:{origin}", at_ms, value)


class _Basals:
    """Temporary rates: (start, number, length in ms, units an hour or None for a share)."""

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[int, int, int, float | None]]] = {}
        self._last = -1

    def add(self, number: int, source: str, at_ms: int, length_ms: int, rate: float | None) -> None:
        self._last = number
        self._found.setdefault(source, []).append((at_ms, number, length_ms, rate))

    def waits(self, number: int) -> bool:
        """Whether this item was the last one added."""
        return number == self._last

    def delivered(self) -> Iterator[Placed]:
        """What each rate gave until its end or until the next one began."""
        for source, found in self._found.items():
            found.sort(key=lambda basal: basal[:2])
            starts = [at_ms for at_ms, *_ in found[1:]]
            for (at_ms, number, length_ms, rate), next_ms in zip(
                found, [*starts, 1 << 60], strict=True
            ):
                if rate is None and length_ms:
                    yield number, Row((), PERCENT)
                elif not length_ms:
                    yield number, Row((), "ends the rate before it")
                else:
                    hours = min(length_ms, next_ms - at_ms) / 3_600_000
                    units = round((rate or 0.0) * hours, 4)
                    yield number, Row((Sample("insulin_basal", "[iU]", source, at_ms, units),))
