"""FINDRISC: points for the risk of type 2 diabetes within ten years, without a laboratory.

Lindström & Tuomilehto, Diabetes Care 2003;26:725, as the Finnish Diabetes Association's form has it
(University of Helsinki): eight questions, 0 to 26 points. An open question is asked, never guessed.
"""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final

VERSION: Final = "1.0"


class Relatives(IntEnum):
    """With diabetes of type 1 or 2; the value is the points."""

    NONE = 0
    DISTANT = 3  # grandparent, aunt, uncle or first cousin
    CLOSE = 5  # parent, brother, sister or own child


@dataclass(frozen=True, slots=True)
class FindriscInput:
    """The eight answers, None where not answered; adults without diabetes."""

    age: float | None
    female: bool | None
    bmi: float | None
    waist_cm: float | None
    active_daily: bool | None  # at least 30 minutes, at work or leisure
    greens_daily: bool | None  # vegetables, fruit or berries
    bp_medicine_ever: bool | None  # regularly
    high_glucose_ever: bool | None
    relatives: Relatives | None


@dataclass(frozen=True, slots=True)
class Findrisc:
    """Points of 26, the band's name, and of how many such people one will have diabetes."""

    points: int
    band: str
    one_in: int


# Lowest points of each band.
BANDS: Final = (
    (21, "very high", 2),
    (15, "high", 3),
    (12, "moderate", 6),
    (7, "slightly elevated", 25),
    (0, "low", 100),
)


def missing_answers(person: FindriscInput) -> list[str]:
    """Names of the questions that are still to be asked."""
    return [field.name for field in fields(person) if getattr(person, field.name) is None]


def findrisc(person: FindriscInput) -> Findrisc | list[str]:
    """The score, or the names of what is still to be asked."""
    if missing := missing_answers(person):
        return missing
    assert person.age is not None and person.bmi is not None  # noqa: S101, PT018
    assert person.waist_cm is not None and person.relatives is not None  # noqa: S101, PT018
    waist = (80, 88) if person.female else (94, 102)
    points = (
        _age_points(person.age)
        + _band_points(person.bmi, (25, 30), (0, 1, 3))
        + _band_points(person.waist_cm, waist, (0, 3, 4))
        + 2 * (not person.active_daily)
        + 1 * (not person.greens_daily)
        + 2 * bool(person.bp_medicine_ever)
        + 5 * bool(person.high_glucose_ever)
        + int(person.relatives)
    )
    name, one_in = next((name, one_in) for least, name, one_in in BANDS if points >= least)
    return Findrisc(points, name, one_in)


def _age_points(age: float) -> int:
    """In whole years, as on the form: 64 until the 65th birthday."""
    years = int(age)
    return 0 if years < 45 else 2 if years < 55 else 3 if years < 65 else 4


def _band_points(value: float, bounds: tuple[int, int], points: tuple[int, int, int]) -> int:
    """Both bounds belong to the middle band."""
    low, high = bounds
    return points[0] if value < low else points[1] if value <= high else points[2]
