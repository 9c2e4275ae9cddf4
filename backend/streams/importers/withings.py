"""Withings API: body measures, activity by day and by minute, sleep states and summaries.

A value stands as whole number and power of ten. Times are seconds UTC; a day is one of the zone
that its item names. Each answer of the API is an object; several may stand in a list.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.streams.importers.documents import items, keys_of
from backend.streams.importers.items import (
    NO_OBJECT,
    UNMEASURED,
    Bad,
    Clock,
    Nights,
    Placed,
    bounded,
    epoch_ms,
    fields_of,
    finite,
    in_columns,
    judged,
    list_of,
    no_time,
    number_of,
    text_of,
    whole_of,
)
from backend.streams.importers.reading import (
    Export,
    Note,
    Options,
    Run,
    Sample,
    Unreadable,
    slug,
)
from backend.wire.measures import SleepStage

GOAL = "a goal, not a measurement"
WHOSE = "Withings does not know whose it is"
MOST_POWER = 12
# Withings' number of what is measured: kind, unit
TYPES = {
    1: ("body_weight", "kg"),
    9: ("diastolic", "mm[Hg]"),
    10: ("systolic", "mm[Hg]"),
    11: ("heart_rate", "/min"),
    54: ("spo2", "%"),
    71: ("body_temperature", "Cel"),
}
FIGURES = (
    ("steps", "steps", "{steps}"),
    ("distance", "distance", "m"),
    ("calories", "active_energy", "kcal"),
    ("totalcalories", "total_energy", "kcal"),
    ("heart_rate", "heart_rate", "/min"),
    ("spo2_auto", "spo2", "%"),
)
BY_HAND = (2, 4)
AMBIGUOUS = 1
STAGES = {
    0: SleepStage.AWAKE,
    1: SleepStage.LIGHT,
    2: SleepStage.DEEP,
    3: SleepStage.REM,
    4: SleepStage.ASLEEP,
    5: SleepStage.ASLEEP,
}
ASLEEP = ("lightsleepduration", "deepsleepduration", "remsleepduration")
WITHIN = (("hr", "heart_rate", "/min"), ("rr", "respiratory_rate", "/min"))


def recognises(export: Export) -> bool:
    """Whether the members near the beginning are Withings'."""
    keys = keys_of(export)
    return (
        "measuregrps" in keys
        or {"status", "body"} <= keys
        and bool(keys & {"activities", "series"})
    )


def read(export: Export, options: Options) -> Iterator[Run | Note]:
    """Each group of measures, day, minute or stretch of sleep."""
    reader = _Reader(Clock(options.zone), options.source or "withings")
    return in_columns(reader.placed(export), reader.clock)


class _Reader:
    def __init__(self, clock: Clock, source: str):
        self.clock, self._source = clock, source
        self._nights = Nights()
        self._number = -1

    def placed(self, export: Export) -> Iterator[Placed]:
        yield from judged(_parts(export), self._samples)
        yield from self._nights.ends()

    def _samples(self, part: tuple[str, Any]) -> list[Sample]:
        self._number += 1
        name, item = part
        found = fields_of(item)
        if not name:
            raise Bad(UNMEASURED)
        if name == "measuregrps":
            return self._group(found)
        if name == "activities":
            return self._day(found)
        if name == "minute":
            return self._figures(found, epoch_ms(found["at"], "series", per_s=1), "minute")
        return self._sleep(found)

    def _device(self, found: dict[str, Any]) -> str:
        """Several devices of one model stay apart by the beginning of their ids."""
        id_ = text_of(found, "hash_deviceid") or text_of(found, "deviceid")
        words = (text_of(found, "model"), id_[:8])
        return bounded(":".join([self._source, *filter(None, map(slug, words))]))

    def _group(self, found: dict[str, Any]) -> list[Sample]:
        if whole_of(found, "category") == 2:
            raise Bad(GOAL)
        how = whole_of(found, "attrib")
        if how == AMBIGUOUS:
            raise Bad(WHOSE)
        at_ms = epoch_ms(found.get("date"), "date", per_s=1)
        source = self._device(found) + (":manual" if how in BY_HAND else "")
        samples = [
            sample
            for each in list_of(found.get("measures"), "measures")
            if (sample := _measure(fields_of(each, "measures"), source, at_ms))
        ]
        if not samples:
            raise Bad(UNMEASURED)
        return samples

    def _day(self, found: dict[str, Any]) -> list[Sample]:
        return self._figures(found, self._midnight(found), "day")

    def _midnight(self, found: dict[str, Any]) -> int:
        name = text_of(found, "timezone")
        try:
            day = datetime.strptime(text_of(found, "date"), "%Y-%m-%d")  # noqa: DTZ007 - a day
            return self.clock.local_ms(day, ZoneInfo(name) if name else None)
        except (ValueError, OverflowError):
            raise Bad(no_time("date")) from None
        except ZoneInfoNotFoundError:
            raise Bad("no such zone: timezone") from None

    def _figures(self, found: dict[str, Any], at_ms: int, pace: str) -> list[Sample]:
        samples = []
        for field, kind, unit in FIGURES:
            value = number_of(found, field)
            if value is not None:
                series = self._device(found)
                if kind not in ("heart_rate", "spo2"):
                    series += f":{pace}"
                samples.append(Sample(kind, unit, series, at_ms, value))
        return samples

    def _sleep(self, found: dict[str, Any]) -> list[Sample]:
        start_ms = epoch_ms(found.get("startdate"), "startdate", per_s=1)
        end_ms = epoch_ms(found.get("enddate"), "enddate", per_s=1)
        if "data" in found:
            data = fields_of(found["data"], "data")
            seconds = number_of(data, "total_sleep_time")
            if seconds is None:
                told = [number_of(data, name) for name in ASLEEP]
                parts = [part for part in told if part is not None]
                if not parts:
                    return []
                seconds = sum(parts)
            return [Sample("sleep_duration", "s", f"{self._source}:log", end_ms, seconds)]
        state = whole_of(found, "state")
        stage = None if state is None else STAGES.get(state)
        if stage is None:
            raise Bad(UNMEASURED)
        inside = [
            Sample(kind, unit, self._source, epoch_ms(at, field, per_s=1), value)
            for field, kind, unit in WITHIN
            for at, told in fields_of(found.get(field) or {}, field).items()
            for value in [finite(told, field)]
        ]
        return [
            self._nights.stage(self._number, self._source, start_ms, end_ms, stage),
            *inside,
        ]


def _parts(export: Export) -> Iterator[tuple[str, Any]]:
    """The items of each answer, with the name of the list that they stand in."""
    for answer in items(export):
        body = answer.get("body", answer) if isinstance(answer, dict) else None
        if not isinstance(body, dict):
            yield "", NO_OBJECT
            continue
        if answer.get("status", 0) != 0:
            raise Unreadable("Withings answered with an error instead of data.")
        known = [name for name in ("measuregrps", "activities", "series") if name in body]
        if not known:
            yield "", answer
        for name in known:
            yield from _listed(name, body[name])


def _listed(name: str, found: Any) -> Iterator[tuple[str, Any]]:
    """A list's items; of an object of minutes each with its instant."""
    if isinstance(found, dict):
        for at, each in found.items():
            yield "minute", {"at": at, **each} if isinstance(each, dict) else each
    else:
        yield from ((name, each) for each in (found if isinstance(found, list) else [found]))


def _measure(found: dict[str, Any], source: str, at_ms: int) -> Sample | None:
    """The value of one type, or None if nothing here measures it."""
    kind, unit = TYPES.get(whole_of(found, "type") or 0, ("", ""))
    if not kind:
        return None
    value, power = number_of(found, "value"), whole_of(found, "unit")
    if value is None or power is None or abs(power) > MOST_POWER:
        raise Bad("not a number: value")
    # Dividing by a power of ten rounds once; multiplying by its inverse would round twice.
    told = value / 10**-power if power < 0 else value * 10**power
    return Sample(kind, unit, source, at_ms, told)
