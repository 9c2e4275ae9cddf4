"""When the patient eats and goes to bed: what medicines with meals go by."""

import sqlite3
from dataclasses import dataclass, replace

from mobile.sync import wishes
from mobile.words import Words

MEALS = ("breakfast", "lunch", "supper", "bedtime")
STEP = 15
LAST = 24 * 60 - STEP


@dataclass(frozen=True, slots=True)
class MealDraft:
    """Minutes after midnight; `standing` says whether the server has them."""

    minutes: tuple[int, ...]
    standing: str = "held"

    def moved(self, meal: str, steps: int) -> "MealDraft":
        """A quarter of an hour on or back, if the meals stay in their order."""
        place = MEALS.index(meal)
        times = list(self.minutes)
        times[place] = (times[place] // STEP + steps) * STEP
        if not 0 <= times[place] <= LAST or not is_in_order(times):
            return self
        return replace(self, minutes=tuple(times))


def is_in_order(times: list[int]) -> bool:
    """Breakfast, lunch, supper; bedtime is not that of a meal."""
    breakfast, lunch, supper, bedtime = times
    return breakfast < lunch < supper and bedtime not in (breakfast, lunch, supper)


def read(db: sqlite3.Connection) -> MealDraft | None:
    """What holds; None until the server has told once."""
    held = wishes.chosen(db, wishes.MEALS)
    if not all(meal in held for meal in MEALS):
        return None
    minutes = tuple(_minutes(held[meal]) for meal in MEALS)
    return MealDraft(minutes, wishes.standing(db, wishes.MEALS))


def asked(draft: MealDraft) -> dict[str, str]:
    """The wire form."""
    return {meal: said(at) for meal, at in zip(MEALS, draft.minutes, strict=True)}


def said(minutes: int) -> str:
    """Such as 08:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def note(draft: MealDraft, held: MealDraft, words: Words) -> str:
    """How it stands with them."""
    if draft.minutes != held.minutes:
        return words("meals_unsaved")
    return words("meals_held" if held.standing == "held" else f"choice_{held.standing}")


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)
