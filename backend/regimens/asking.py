"""What a patient or her team says of her days, as the API takes and tells it."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from backend.regimens.models import MealTimes, Stay


@dataclass(frozen=True, slots=True)
class MealsAsked:
    """When she eats and goes to bed, by her own clock."""

    breakfast: time
    lunch: time
    supper: time
    bedtime: time


@dataclass(frozen=True, slots=True)
class MealsTold:
    """What medicines with meals go by; each a local time like 08:00."""

    breakfast: str
    lunch: str
    supper: str
    bedtime: str


@dataclass(frozen=True, slots=True)
class StayAsked:
    """A stay in hospital; without an end: until she is back."""

    starts_at: datetime
    ends_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BackAsked:
    """Since when she is at home again."""

    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StayTold:
    """A stay as it is noted; what is due within it is given there."""

    id: UUID
    starts_at: datetime
    ends_at: datetime | None
    reason: str


def meals_told(meals: MealTimes) -> MealsTold:
    """The wire form."""
    return MealsTold(*meals.times_of(["breakfast", "lunch", "supper", "bedtime"]))


def stay_told(stay: Stay) -> StayTold:
    """The wire form."""
    return StayTold(stay.id, stay.starts_at, stay.ends_at, stay.reason)
