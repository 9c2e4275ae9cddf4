"""Learned methods and how their data are read. A new one is an entry here and in learning.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from backend.insights import readmission
from backend.insights.cohorts import Cohort


@dataclass(frozen=True, slots=True)
class Learned:
    """A method that is fitted: the text of its card, and its data."""

    name: str
    data: str  # as reports name it
    card: Path
    read: Callable[[Path], Cohort]  # raises Unusable
    follows: tuple[str, ...] = ()  # groups that follow from the inputs
    labels: Callable[[Mapping[str, Any]], Mapping[str, str]] = lambda person: {}


_TABLE = (
    Learned(
        name=readmission.METHOD,
        data="UCI Diabetes 130-US hospitals, 1999-2008",
        card=Path(__file__).with_name("readmission_card.json"),
        read=readmission.read_cohort,
        follows=("age",),
        labels=lambda person: {"age": readmission.age_group(float(person["age"]))},
    ),
)

LEARNED: Final[dict[str, Learned]] = {learned.name: learned for learned in _TABLE}
