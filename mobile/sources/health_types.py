"""The types of record of Health Connect that are kept, by Android's own names and getters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backend.wire.measures import SleepStage

Values = Callable[[Any], Sequence[tuple[Any, float | None]]]


@dataclass(frozen=True, slots=True)
class Figure:
    """What a record tells of one kind: (java.time.Instant, number or None) pairs."""

    kind: str
    unit: str
    values: Values


@dataclass(frozen=True, slots=True)
class RecordType:
    """One class of android.health.connect.datatypes, and the permission to read it."""

    name: str
    permission: str
    figures: tuple[Figure, ...]


def _at_start(number: Callable[[Any], float]) -> Values:
    return lambda record: [(record.getStartTime(), number(record))]


def _at_time(number: Callable[[Any], float]) -> Values:
    return lambda record: [(record.getTime(), number(record))]


def _beats(record: Any) -> list[tuple[Any, float | None]]:
    return [(each.getTime(), each.getBeatsPerMinute()) for each in record.getSamples()]


def _carbohydrate(record: Any) -> list[tuple[Any, float | None]]:
    mass = record.getTotalCarbohydrate()
    return [(record.getStartTime(), None if mass is None else mass.getInGrams())]


# fmt: off
TYPES = (
    RecordType("StepsRecord", "READ_STEPS", (
        Figure("steps", "{steps}", _at_start(lambda r: r.getCount())),)),
    RecordType("DistanceRecord", "READ_DISTANCE", (
        Figure("distance", "m", _at_start(lambda r: r.getDistance().getInMeters())),)),
    RecordType("ActiveCaloriesBurnedRecord", "READ_ACTIVE_CALORIES_BURNED", (
        Figure("active_energy", "cal", _at_start(lambda r: r.getEnergy().getInCalories())),)),
    RecordType("TotalCaloriesBurnedRecord", "READ_TOTAL_CALORIES_BURNED", (
        Figure("total_energy", "cal", _at_start(lambda r: r.getEnergy().getInCalories())),)),
    RecordType("HeartRateRecord", "READ_HEART_RATE", (Figure("heart_rate", "/min", _beats),)),
    RecordType("RestingHeartRateRecord", "READ_RESTING_HEART_RATE", (
        Figure("resting_heart_rate", "/min", _at_time(lambda r: r.getBeatsPerMinute())),)),
    RecordType("BloodGlucoseRecord", "READ_BLOOD_GLUCOSE", (
        Figure("glucose", "mmol/L", _at_time(lambda r: r.getLevel().getInMillimolesPerLiter())),)),
    RecordType("BloodPressureRecord", "READ_BLOOD_PRESSURE", (
        Figure("systolic", "mm[Hg]",
               _at_time(lambda r: r.getSystolic().getInMillimetersOfMercury())),
        Figure("diastolic", "mm[Hg]",
               _at_time(lambda r: r.getDiastolic().getInMillimetersOfMercury())))),
    RecordType("OxygenSaturationRecord", "READ_OXYGEN_SATURATION", (
        Figure("spo2", "%", _at_time(lambda r: r.getPercentage().getValue())),)),
    RecordType("BodyTemperatureRecord", "READ_BODY_TEMPERATURE", (
        Figure("body_temperature", "Cel", _at_time(lambda r: r.getTemperature().getInCelsius())),)),
    RecordType("RespiratoryRateRecord", "READ_RESPIRATORY_RATE", (
        Figure("respiratory_rate", "/min", _at_time(lambda r: r.getRate())),)),
    RecordType("WeightRecord", "READ_WEIGHT", (
        Figure("body_weight", "g", _at_time(lambda r: r.getWeight().getInGrams())),)),
    RecordType("NutritionRecord", "READ_NUTRITION", (
        Figure("carbohydrate", "g", _carbohydrate),)),
    RecordType("SleepSessionRecord", "READ_SLEEP", ()),
)
# fmt: on
SLEEP = "SleepSessionRecord"
STAGES = {
    0: SleepStage.ASLEEP,  # unknown
    1: SleepStage.AWAKE,
    2: SleepStage.ASLEEP,
    3: SleepStage.AWAKE,  # out of bed
    4: SleepStage.LIGHT,
    5: SleepStage.DEEP,
    6: SleepStage.REM,
    7: SleepStage.AWAKE,  # in bed
}
