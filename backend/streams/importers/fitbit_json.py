"""Fitbit Web API: answers about heart rate, activity, sleep, weight, SpO2, breathing, temperature.

Each answer is an object; several may stand in a list or a line each. Times are the wearer's wall
clock without a zone, units metric as without an Accept-Language header. Google's Takeout writes
sleep as a bare list of logs, which is read too. The day's totals that
Fitbit writes are texts. Intraday values and totals are sources of their own, as in its csv tables.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from backend.streams.importers.documents import items, keys_of
from backend.streams.importers.items import (
    NO_OBJECT,
    UNMEASURED,
    Bad,
    Clock,
    Nights,
    Placed,
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
from backend.streams.importers.reading import Export, Note, Options, Run, Sample, number
from backend.wire.measures import SleepStage

MINUTE_MS = 60_000
PACES = ("second", "minute", "hour")
NO_DAY = "no date: the summary of a day does not tell which"
INTRADAY = "-intraday"
# a resource of the API: kind, unit
RESOURCES = {
    "activities-heart": ("heart_rate", "/min"),
    "activities-steps": ("steps", "{steps}"),
    "activities-distance": ("distance", "km"),
    "activities-calories": ("total_energy", "kcal"),
    "activities-activityCalories": ("active_energy", "kcal"),
    "body-weight": ("body_weight", "kg"),
}
# a list of days, and the member of its value that counts
NIGHTLY = {
    "br": ("breathingRate", "respiratory_rate", "/min"),
    "spo2": ("avg", "spo2", "%"),
    "tempCore": ("", "body_temperature", "Cel"),
    "hrv": (),
    "tempSkin": (),
    "cardioScore": (),
}
LEVELS = {
    "wake": SleepStage.AWAKE,
    "awake": SleepStage.AWAKE,
    "restless": SleepStage.AWAKE,
    "asleep": SleepStage.ASLEEP,
    "light": SleepStage.LIGHT,
    "deep": SleepStage.DEEP,
    "rem": SleepStage.REM,
}
MINUTES = {"1": SleepStage.ASLEEP, "2": SleepStage.AWAKE, "3": SleepStage.AWAKE}
SLEEP = frozenset({"levels", "minutesAsleep", "minuteData", "totalMinutesAsleep"})


class Part(NamedTuple):
    """An item of an answer, the list it stands in and the day that list is about."""

    name: str
    item: Any
    day: str = ""
    pace: str = ""


def recognises(export: Export) -> bool:
    """Whether the members near the beginning are Fitbit's."""
    keys = keys_of(export)
    return (
        any(name in keys or name + INTRADAY in keys for name in RESOURCES)
        or "sleep" in keys and (keys == {"sleep"} or bool(keys & SLEEP))
        or "weight" in keys and {"logId", "bmi"} <= keys
        or {"dateTime", "minutes", "minute"} <= keys
        or {"dateOfSleep", "levels"} <= keys
        or "dateTime" in keys and bool(keys & (NIGHTLY.keys() | {"avg"}))
        or {"activities", "summary", "caloriesOut"} <= keys
    )  # fmt: skip


def read(export: Export, options: Options) -> Iterator[Run | Note]:
    """Each value, log or day of the answers."""
    reader = _Reader(Clock(options.zone), options.source or "fitbit")
    return in_columns(reader.placed(export), reader.clock)


class _Reader:
    def __init__(self, clock: Clock, source: str):
        self.clock, self._source = clock, source
        self._nights = Nights()
        self._number = -1
        self._logs: dict[str, Callable[[dict[str, Any]], list[Sample]]] = {
            "minutes": self._minute,
            "weight": self._weight,
            "sleep": self._sleep,
        }

    def placed(self, export: Export) -> Iterator[Placed]:
        parts = (part for answer in items(export) for part in _parts(answer))
        yield from judged(parts, self._samples)
        yield from self._nights.ends()

    def _samples(self, part: Part) -> list[Sample]:
        self._number += 1
        if part.name == "":
            raise Bad(NO_OBJECT)
        found = fields_of(part.item)
        if part.name.endswith(INTRADAY):
            return self._intraday(part, found)
        if part.name in RESOURCES:
            return self._total(part.name, found)
        if part.name in NIGHTLY:
            return self._nightly(part.name, found)
        read = self._logs.get(part.name)
        if read is None:
            raise Bad(NO_DAY if part.name == "summary" else UNMEASURED)
        return read(found)

    def _minute(self, found: dict[str, Any]) -> list[Sample]:
        at_ms = self.clock.text_ms(found.get("minute"), "minute")
        value = number_of(found, "value")
        return [] if value is None else [self._sample("spo2", "%", at_ms, value)]

    def _sample(self, kind: str, unit: str, at_ms: int, value: float, pace: str = "") -> Sample:
        source = f"{self._source}:{pace}" if pace else self._source
        return Sample(kind, unit, source, at_ms, value)

    def _intraday(self, part: Part, found: dict[str, Any]) -> list[Sample]:
        kind, unit = RESOURCES.get(part.name.removesuffix(INTRADAY), ("", ""))
        if not kind:
            raise Bad(UNMEASURED)
        if not part.day:
            raise Bad("no date")
        value = number_of(found, "value")
        if value is None:
            return []
        at_ms = self._at_ms(part.day, text_of(found, "time"), "time")
        pace = "" if kind == "heart_rate" else part.pace
        return [self._sample(kind, unit, at_ms, value, pace)]

    def _at_ms(self, day: str, time: str, field: str) -> int:
        if not time:
            raise Bad(no_time(field))
        return self.clock.text_ms(f"{day}T{time}", field)

    def _total(self, name: str, found: dict[str, Any]) -> list[Sample]:
        at_ms = self.clock.text_ms(found.get("dateTime"), "dateTime")
        kind, unit = RESOURCES[name]
        value = found.get("value")
        if name == "activities-heart":
            if not isinstance(value, dict):
                raise Bad(UNMEASURED)  # a mean over a day is no heart beat
            kind, value = "resting_heart_rate", value.get("restingHeartRate")
        if value is None:
            return []
        return [self._sample(kind, unit, at_ms, _told(value), "day")]

    def _nightly(self, name: str, found: dict[str, Any]) -> list[Sample]:
        if not NIGHTLY[name]:
            raise Bad(UNMEASURED)
        member, kind, unit = NIGHTLY[name]
        at_ms = self.clock.text_ms(found.get("dateTime"), "dateTime")
        if member:
            value = number_of(fields_of(found.get("value"), "value"), member)
            pace = "day"
        else:
            value, pace = number_of(found, "value"), ""
        return [] if value is None else [self._sample(kind, unit, at_ms, value, pace)]

    def _weight(self, found: dict[str, Any]) -> list[Sample]:
        at_ms = self._at_ms(text_of(found, "date"), text_of(found, "time") or "23:59:59", "date")
        value = number_of(found, "weight")
        by_hand = "manual" if text_of(found, "source").lower() in ("web", "api") else ""
        return [] if value is None else [self._sample("body_weight", "kg", at_ms, value, by_hand)]

    def _sleep(self, found: dict[str, Any]) -> list[Sample]:
        """The stages, and the time asleep at the end, which lies on the night's date."""
        start_ms = self.clock.text_ms(found.get("startTime"), "startTime")
        samples = []
        minutes, length_ms = number_of(found, "minutesAsleep"), number_of(found, "duration")
        if minutes is not None:
            if length_ms is None:
                raise Bad("not a number: duration")
            at_ms = start_ms + round(length_ms)
            samples.append(self._sample("sleep_duration", "min", at_ms, minutes, "log"))
        for begin_ms, end_ms, stage in self._stages(found, start_ms):
            samples.append(self._nights.stage(self._number, self._source, begin_ms, end_ms, stage))
        return samples

    def _stages(self, found: dict[str, Any], start_ms: int) -> list[tuple[int, int, int]]:
        if "levels" not in found:
            return _by_minute(found, start_ms)
        levels = fields_of(found["levels"], "levels")
        long = [self._level(each) for each in list_of(levels.get("data"), "levels.data")]
        short = [self._level(each) for each in list_of(levels.get("shortData"), "shortData")]
        return _interrupted(long, short)

    def _level(self, item: Any) -> tuple[int, int, int]:
        found = fields_of(item, "levels")
        begin_ms = self.clock.text_ms(found.get("dateTime"), "levels.dateTime")
        seconds, stage = whole_of(found, "seconds"), LEVELS.get(text_of(found, "level"))
        if seconds is None or stage is None or not 0 <= seconds <= 172_800:
            raise Bad("not a stage: levels")
        return begin_ms, begin_ms + seconds * 1000, stage


def _parts(answer: Any) -> Iterator[Part]:
    """The items of one answer; what holds none that is known is one itself."""
    if not isinstance(answer, dict):
        yield Part("", answer)
    elif "dateTime" in answer:
        yield from _night(answer)
    elif any(_is_known(name) for name in answer):
        yield from _lists(answer)
    else:
        yield Part("sleep" if "startTime" in answer and SLEEP & answer.keys() else "other", answer)


def _night(answer: dict[str, Any]) -> Iterator[Part]:
    """SpO2 of one night, by the minute or in all."""
    minutes = answer.get("minutes")
    if "minutes" in answer:
        yield from (Part("minutes", each) for each in _listed(minutes))
    else:
        yield Part("spo2", answer)


def _lists(answer: dict[str, Any]) -> Iterator[Part]:
    for name, found in answer.items():
        if name.endswith(INTRADAY) and isinstance(found, dict):
            yield from _dataset(name, found, answer)
        elif _is_known(name) and name != "summary":
            yield from (Part(name, each) for each in _listed(found))
        elif name == "summary" and "sleep" not in answer:
            yield Part(name, found)


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _is_known(name: str) -> bool:
    """Whether this member of an answer holds items."""
    lists = name in RESOURCES or name in NIGHTLY or name in ("sleep", "weight", "activities")
    return lists or name.endswith(INTRADAY) or name == "summary"


def _dataset(name: str, found: dict[str, Any], answer: dict[str, Any]) -> Iterator[Part]:
    """Values with a time of day only; the day stands in the list of totals beside them."""
    days = answer.get(name.removesuffix(INTRADAY))
    day = days[0] if isinstance(days, list) and len(days) == 1 else None
    told = text_of(day, "dateTime") if isinstance(day, dict) else ""
    unit = text_of(found, "datasetType")
    every = found.get("datasetInterval") if unit in PACES else None
    pace = f"{every}-{unit}" if isinstance(every, int) and 1 < every <= 60 else unit
    pace = pace if unit in PACES else "minute"
    listed = found.get("dataset")
    for each in listed if isinstance(listed, list) else [None]:
        yield Part(name, each, told, pace)


def _told(value: Any) -> float:
    """A day's total, which Fitbit writes as text."""
    read = number(value) if isinstance(value, str) else value
    return finite(read, "value")


def _by_minute(found: dict[str, Any], start_ms: int) -> list[tuple[int, int, int]]:
    """The older form: one code a minute."""
    stages: list[tuple[int, int, int]] = []
    for place, item in enumerate(list_of(found.get("minuteData"), "minuteData")):
        stage = MINUTES.get(text_of(fields_of(item, "minuteData"), "value"))
        if stage is None:
            raise Bad("not a stage: minuteData")
        begin_ms = start_ms + place * MINUTE_MS
        if stages and stages[-1][2] == stage:
            stages[-1] = (stages[-1][0], begin_ms + MINUTE_MS, stage)
        else:
            stages.append((begin_ms, begin_ms + MINUTE_MS, stage))
    return stages


def _interrupted(
    long: list[tuple[int, int, int]], short: list[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    """The stages with the short times awake that interrupt them."""
    stages = []
    for begin_ms, end_ms, stage in long:
        at = begin_ms
        for first, last, awake in sorted(short):
            if first >= end_ms or last <= at:
                continue
            if first > at:
                stages.append((at, first, stage))
            stages.append((max(first, at), min(last, end_ms), awake))
            at = min(last, end_ms)
        if at < end_ms:
            stages.append((at, end_ms, stage))
    return stages
