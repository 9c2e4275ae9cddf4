"""FINDRISC: points for the risk of type 2 diabetes within ten years, without a laboratory.

Lindström & Tuomilehto, Diabetes Care 2003;26:725, as the Finnish Diabetes Association's form has it
(University of Helsinki): eight questions, 0 to 26 points. An open question is asked, never guessed.
"""

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Final

VERSION: Final = "1.0"
AGES: Final = (35, 74)  # of the people it was made and checked on: Saaristo, DVDR 2005;2:67
MOST_POINTS: Final = 26


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
    points = sum(points_of(person).values())
    name, one_in = next((name, one_in) for least, name, one_in in BANDS if points >= least)
    return Findrisc(points, name, one_in)


def points_of(person: FindriscInput) -> dict[str, int]:
    """The points of each answer; they sum up to the score. Of a person who answered all."""
    assert person.age is not None and person.bmi is not None  # noqa: S101, PT018
    assert person.waist_cm is not None and person.relatives is not None  # noqa: S101, PT018
    waist = (80, 88) if person.female else (94, 102)
    return {
        "age": _age_points(person.age),
        "weight": _band_points(person.bmi, (25, 30), (0, 1, 3)),
        "waist": _band_points(person.waist_cm, waist, (0, 3, 4)),
        "activity": 2 * (not person.active_daily),
        "greens": 1 * (not person.greens_daily),
        "bp_medicine": 2 * bool(person.bp_medicine_ever),
        "high_glucose": 5 * bool(person.high_glucose_ever),
        "relatives": int(person.relatives),
    }


CHANGEABLE: Final = ("weight", "waist", "activity", "greens")


def with_changes(person: FindriscInput) -> FindriscInput:
    """The same person with no points for what a person can change."""
    slim = 79.0 if person.female else 93.0
    return replace(
        person,
        bmi=min(person.bmi or 0.0, 24.9),
        waist_cm=min(person.waist_cm or 0.0, slim),
        active_daily=True,
        greens_daily=True,
    )


def _age_points(age: float) -> int:
    """In whole years, as on the form: 64 until the 65th birthday."""
    years = int(age)
    return 0 if years < 45 else 2 if years < 55 else 3 if years < 65 else 4


def _band_points(value: float, bounds: tuple[int, int], points: tuple[int, int, int]) -> int:
    """Both bounds belong to the middle band."""
    low, high = bounds
    return points[0] if value < low else points[1] if value <= high else points[2]
