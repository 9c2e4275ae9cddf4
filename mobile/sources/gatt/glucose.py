"""Glucose Measurement, 0x2A18, and its context, 0x2A34 (Glucose Service 1.0).

A record's own time is base time plus time offset: meters leave the base alone when their clock is
set, and move the offset.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.wire.measures import convert, express
from mobile.sources.gatt.packet import Packet, Reading, Refused, one_of, plausible, set_bits, within

OVERRUN, UNDERRUN = 0x7FFF, -0x8000
CONTROL = "control solution"
SAMPLE_TYPES = {
    1: "capillary whole blood",
    2: "capillary plasma",
    3: "venous whole blood",
    4: "venous plasma",
    5: "arterial whole blood",
    6: "arterial plasma",
    7: "undetermined whole blood",
    8: "undetermined plasma",
    9: "interstitial fluid",
    10: CONTROL,
}
SAMPLE_LOCATIONS = {
    1: "finger",
    2: "alternate site",
    3: "earlobe",
    4: CONTROL,
    15: "not available",
}
STATUS = (
    "battery low",
    "sensor malfunction",
    "sample insufficient",
    "strip insertion error",
    "strip type incorrect",
    "above what the meter can measure",
    "below what the meter can measure",
    "temperature too high",
    "temperature too low",
    "read interrupted",
    "general device fault",
    "time fault",
)
HARMLESS = {"battery low", "time fault"}
CARBOHYDRATES = {
    1: "breakfast",
    2: "lunch",
    3: "dinner",
    4: "snack",
    5: "drink",
    6: "supper",
    7: "brunch",
}
MEALS = {1: "before a meal", 2: "after a meal", 3: "fasting", 4: "casual", 5: "bedtime"}
TESTERS = {1: "self", 2: "health care professional", 3: "lab test", 15: "not available"}
HEALTH = {
    1: "minor health issues",
    2: "major health issues",
    3: "during menses",
    4: "under stress",
    5: "no health issues",
    15: "not available",
}
MEDICATIONS = {
    1: "rapid acting insulin",
    2: "short acting insulin",
    3: "intermediate acting insulin",
    4: "long acting insulin",
    5: "pre-mixed insulin",
}
EXERCISE_OVERRUN = 0xFFFF


@dataclass(frozen=True, slots=True)
class Glucose:
    """A record of the meter; without a concentration when it only says what went wrong."""

    sequence: int
    base_local: datetime | None
    time_offset_min: int
    glucose_mg_dl: float | None
    glucose_mmol_l: float | None
    unit_sent: str
    sample_type: str | None
    sample_location: str | None
    status: tuple[str, ...]
    context_follows: bool

    @property
    def taken_local(self) -> datetime | None:
        """When it was taken, by the clock that its owner saw."""
        if self.base_local is None:
            return None
        return self.base_local + timedelta(minutes=self.time_offset_min)

    def readings(self) -> tuple[Reading, ...]:
        """What can be kept, in the unit that the meter measured in."""
        if self.glucose_mg_dl is None or self.glucose_mmol_l is None:
            return ()
        if self.unit_sent == "mol/L":
            return (Reading("glucose", self.glucose_mmol_l, "mmol/L"),)
        return (Reading("glucose", self.glucose_mg_dl, "mg/dL"),)

    def doubt(self) -> str:
        """Why it should not be kept; empty if it may."""
        if CONTROL in (self.sample_type, self.sample_location):
            return CONTROL
        return ", ".join(word for word in self.status if word not in HARMLESS)


@dataclass(frozen=True, slots=True)
class GlucoseContext:
    """What its owner told the meter about the record of the same `sequence`."""

    sequence: int
    carbohydrate: str | None
    carbohydrate_g: float | None
    meal: str | None
    tester: str | None
    health: str | None
    exercise_s: int | None
    exercise_intensity_percent: int | None
    medication: str | None
    medication_mg: float | None
    medication_ml: float | None
    hba1c_percent: float | None

    def readings(self) -> tuple[Reading, ...]:
        """Carbohydrate; insulin stays out, for nobody says how many units a millilitre holds."""
        if self.carbohydrate_g is None:
            return ()
        return (Reading("carbohydrate", self.carbohydrate_g, "g"),)

    def doubt(self) -> str:
        """Nothing in a context casts doubt on it."""
        return ""


def decode_glucose(data: bytes) -> Glucose:
    """One notification of 0x2A18; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    sequence = packet.unsigned(2, "sequence number")
    base = packet.date_time("base time")
    offset = packet.signed(2, "time offset") if flags & 0x01 else 0
    if offset in (OVERRUN, UNDERRUN):
        raise Refused("reserved value: the time offset is an overrun or underrun")
    unit = "mol/L" if flags & 0x04 else "kg/L"
    mg_dl, mmol_l, sample_type, location = None, None, None, None
    if flags & 0x02:
        mg_dl, mmol_l = _concentration(packet, unit)
        nibbles = packet.unsigned(1, "type and sample location")
        sample_type = one_of("sample type", nibbles & 0x0F, SAMPLE_TYPES)
        location = one_of("sample location", nibbles >> 4, SAMPLE_LOCATIONS)
    status = set_bits(packet.unsigned(2, "sensor status") if flags & 0x08 else 0, STATUS)
    packet.end()
    if base is not None:
        within("year of the base time", base.year, 1970, 9998)  # room for the offset
    return Glucose(
        sequence, base, offset, mg_dl, mmol_l, unit, sample_type, location, status,
        bool(flags & 0x10),
    )  # fmt: skip


def _concentration(packet: Packet, unit: str) -> tuple[float, float]:
    if unit == "mol/L":
        mmol_l = packet.sfloat("glucose concentration", shift=3)
        mg_dl = convert("glucose", "mmol/L", [mmol_l])[0]
    else:
        mg_dl = packet.sfloat("glucose concentration", shift=5)
        mmol_l = express("glucose", "mmol/L", [mg_dl])[0]
    plausible("glucose", mg_dl)
    return mg_dl, mmol_l


def decode_glucose_context(data: bytes) -> GlucoseContext:
    """One notification of 0x2A34; raises Refused."""
    packet = Packet(data)
    flags = packet.unsigned(1, "flags")
    sequence = packet.unsigned(2, "sequence number")
    if flags & 0x80:
        packet.unsigned(1, "extended flags")
    food, grams = _carbohydrate(packet) if flags & 0x01 else (None, None)
    meal = one_of("meal", packet.unsigned(1, "meal"), MEALS) if flags & 0x02 else None
    tester, health = _tester_and_health(packet) if flags & 0x04 else (None, None)
    seconds, intensity = _exercise(packet) if flags & 0x08 else (None, None)
    litres = bool(flags & 0x20)
    drug, mg, ml = _medication(packet, litres=litres) if flags & 0x10 else (None, None, None)
    hba1c = within("HbA1c", packet.sfloat("HbA1c"), 0, 100, "%") if flags & 0x40 else None
    packet.end()
    return GlucoseContext(
        sequence, food, grams, meal, tester, health, seconds, intensity, drug, mg, ml, hba1c
    )


def _carbohydrate(packet: Packet) -> tuple[str, float]:
    name = one_of("carbohydrate", packet.unsigned(1, "carbohydrate"), CARBOHYDRATES)
    return name, plausible("carbohydrate", packet.sfloat("carbohydrate", shift=3))


def _tester_and_health(packet: Packet) -> tuple[str, str]:
    nibbles = packet.unsigned(1, "tester and health")
    return one_of("tester", nibbles & 0x0F, TESTERS), one_of("health", nibbles >> 4, HEALTH)


def _exercise(packet: Packet) -> tuple[int, int]:
    seconds = packet.unsigned(2, "exercise duration")
    if seconds == EXERCISE_OVERRUN:
        raise Refused("reserved value: the exercise duration is an overrun")
    intensity = packet.unsigned(1, "exercise intensity")
    return seconds, within("exercise intensity", intensity, 0, 100, "%")


def _medication(packet: Packet, *, litres: bool) -> tuple[str, float | None, float | None]:
    name = one_of("medication", packet.unsigned(1, "medication"), MEDICATIONS)
    if litres:
        return name, None, within("medication", packet.sfloat("medication", shift=3), 0, 1e3, "mL")
    return name, within("medication", packet.sfloat("medication", shift=6), 0, 1e6, "mg"), None
