"""Health Connect records as JSON, as apps write them that read it on the phone.

A list of records, a line each, or an object of such lists. A record names its class in
`recordType` (or `type`), or stands in a list of that name; its fields are those of Android's
classes, a quantity an object of the unit's getter (`{"inKilograms": 70}`). Sources are named as
the phone names them, so that what came both ways is known.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from backend.streams.importers.documents import keys_of, members
from backend.streams.importers.items import (
    UNMEASURED,
    Bad,
    Clock,
    Nights,
    Placed,
    bounded,
    fields_of,
    finite,
    in_columns,
    judged,
    list_of,
    number_of,
    text_of,
    whole_of,
)
from backend.streams.importers.reading import Export, Note, Options, Run, Sample
from backend.wire.measures import SleepStage

OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?\d\d)?")
UNITS = {
    "inMeters": "m",
    "inKilometers": "km",
    "inMiles": "mi",
    "inFeet": "ft",
    "inKilocalories": "kcal",
    "inCalories": "cal",
    "inKilojoules": "kJ",
    "inJoules": "J",
    "inKilograms": "kg",
    "inGrams": "g",
    "inPounds": "lb",
    "inCelsius": "Cel",
    "inFahrenheit": "degF",
    "inMillimolesPerLiter": "mmol/L",
    "inMilligramsPerDeciliter": "mg/dL",
    "inMillimetersOfMercury": "mm[Hg]",
    "value": "%",
}


class Figure(NamedTuple):
    """A field, what it measures, and its unit where it may be a bare number."""

    field: str
    kind: str
    bare: str = ""


TYPES = {
    "steps": (Figure("count", "steps", "{steps}"),),
    "distance": (Figure("distance", "distance"),),
    "activecaloriesburned": (Figure("energy", "active_energy"),),
    "totalcaloriesburned": (Figure("energy", "total_energy"),),
    "restingheartrate": (Figure("beatsPerMinute", "resting_heart_rate", "/min"),),
    "bloodglucose": (Figure("level", "glucose"),),
    "bloodpressure": (Figure("systolic", "systolic"), Figure("diastolic", "diastolic")),
    "oxygensaturation": (Figure("percentage", "spo2", "%"),),
    "bodytemperature": (Figure("temperature", "body_temperature"),),
    "respiratoryrate": (Figure("rate", "respiratory_rate", "/min"),),
    "weight": (Figure("weight", "body_weight"),),
    "nutrition": (Figure("totalCarbohydrate", "carbohydrate"),),
}
BEATS, SLEEP = "heartrate", "sleepsession"
STAGES = {
    0: SleepStage.ASLEEP,
    1: SleepStage.AWAKE,
    2: SleepStage.ASLEEP,
    3: SleepStage.AWAKE,
    4: SleepStage.LIGHT,
    5: SleepStage.DEEP,
    6: SleepStage.REM,
    7: SleepStage.AWAKE,
}


def recognises(export: Export) -> bool:
    """Whether the members near the beginning are of Health Connect's records."""
    keys = keys_of(export)
    return (
        bool(keys & {"dataOrigin", "startZoneOffset", "zoneOffset"})
        or {"recordType", "metadata"} <= keys
        or any(name.endswith("Record") for name in keys)
    )


def read(export: Export, options: Options) -> Iterator[Run | Note]:
    """Each record."""
    reader = _Reader(Clock(options.zone), options.source or "health-connect")
    return in_columns(reader.placed(export), reader.clock)


class _Reader:
    def __init__(self, clock: Clock, source: str):
        self.clock, self._source = clock, source
        self._nights = Nights()
        self._number = -1

    def placed(self, export: Export) -> Iterator[Placed]:
        yield from judged(members(export), self._samples)
        yield from self._nights.ends()

    def _samples(self, member: tuple[str, Any]) -> list[Sample]:
        self._number += 1
        listed, item = member
        found = fields_of(item)
        name = _plain(text_of(found, "recordType") or text_of(found, "type") or listed)
        source = _named(self._source, found)
        if name == BEATS:
            return self._beats(found, source)
        if name == SLEEP:
            return self._night(found, source)
        if name not in TYPES:
            raise Bad(UNMEASURED)
        start = "startTime" if "startTime" in found else "time"
        at_ms = self._at_ms(found, start, found)
        return [
            Sample(figure.kind, unit, source, at_ms, value)
            for figure in TYPES[name]
            if found.get(figure.field) is not None
            for value, unit in [_quantity(found[figure.field], figure)]
        ]

    def _at_ms(self, found: dict[str, Any], field: str, record: dict[str, Any]) -> int:
        offset = record.get("startZoneOffset", record.get("zoneOffset"))
        return self.clock.text_ms(found.get(field), field, offset_min=_minutes(offset))

    def _beats(self, found: dict[str, Any], source: str) -> list[Sample]:
        samples = []
        for each in list_of(found.get("samples"), "samples"):
            beat = fields_of(each, "samples")
            value = number_of(beat, "beatsPerMinute")
            if value is None:
                raise Bad("not a number: beatsPerMinute")
            at_ms = self._at_ms(beat, "time", found)
            samples.append(Sample("heart_rate", "/min", source, at_ms, value))
        return samples

    def _night(self, found: dict[str, Any], source: str) -> list[Sample]:
        """Stages as they follow each other; time of a session that no stage covers is sleep."""
        at_ms = self._at_ms(found, "startTime", found)
        end_ms = self._at_ms(found, "endTime", found)
        stages = []
        for each in list_of(found.get("stages"), "stages"):
            part = fields_of(each, "stages")
            code = whole_of(part, "stage")
            times = self._at_ms(part, "startTime", found), self._at_ms(part, "endTime", found)
            stages.append((*times, STAGES.get(-1 if code is None else code, SleepStage.ASLEEP)))
        filled = []
        for first, last, stage in sorted(stages):
            if first > at_ms:
                filled.append((at_ms, first, SleepStage.ASLEEP))
            filled.append((first, last, stage))
            at_ms = max(at_ms, last)
        if at_ms < end_ms or not filled:
            filled.append((at_ms, end_ms, SleepStage.ASLEEP))
        return [self._nights.stage(self._number, source, *part) for part in filled]


def _plain(name: str) -> str:
    """ "HeartRateRecord", "heart_rate" and "HeartRate" are one; "sleep" is a session of it."""
    word = name.replace("_", "").replace(" ", "").lower().removesuffix("record")
    return SLEEP if word == "sleep" else word


def _quantity(found: Any, figure: Figure) -> tuple[float, str]:
    if not isinstance(found, dict):
        if not figure.bare:
            raise Bad(f"unit not known: {figure.field}")
        return finite(found, figure.field), figure.bare
    for name, unit in UNITS.items():
        if found.get(name) is not None and (name != "value" or figure.kind == "spo2"):
            return finite(found[name], f"{figure.field}.{name}"), unit
    raise Bad(f"unit not known: {figure.field}")


def _minutes(told: Any) -> float | None:
    """An offset as "+02:00", "Z", seconds, or an object with `totalSeconds`."""
    if isinstance(told, dict):
        told = told.get("totalSeconds", told.get("id"))
    if told is None:
        return None
    if told == "Z":
        return 0.0
    if isinstance(told, str):
        match = OFFSET.fullmatch(told)
        if match is None:
            raise Bad("no such zone: zoneOffset")
        return (-1 if match[1] == "-" else 1) * (int(match[2]) * 60 + int(match[3]))
    return finite(told, "zoneOffset") / 60


def _named(source: str, found: dict[str, Any]) -> str:
    """As mobile/sources names it: the app that wrote, and the device that measured."""
    metadata = found.get("metadata")
    told = metadata if isinstance(metadata, dict) else found
    origin, device = told.get("dataOrigin"), told.get("device")
    app = text_of(origin, "packageName") if isinstance(origin, dict) else origin
    words = (
        " ".join(filter(None, (text_of(device, "manufacturer"), text_of(device, "model"))))
        if isinstance(device, dict)
        else ""
    )
    parts = [_short(app) if isinstance(app, str) else "", _short(words)]
    return bounded(f"{source}:{'/'.join(filter(None, parts)) or 'unknown'}")


def _short(words: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-.")
