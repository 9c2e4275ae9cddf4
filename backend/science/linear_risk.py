"""A learned risk as plain numbers: a weighted sum of what is known of a person, through a logistic.

What is stored of a model is what is here, as JSON, and no code: a pickle can run anything and reads
only under the library that wrote it. Each term's part is exact, set against the mean person of the
training, so what drives a risk needs no approximation. What is missing or was never seen in
training is named; nothing is imputed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.science.calibration import Floats, logistic

VERSION: Final = "1.0"
FORM: Final = "linear-log-odds/1"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, capped, centred and scaled; `weight` of one scale."""

    name: str
    at_most: float | None
    centre: float
    scale: float
    weight: float


@dataclass(frozen=True, slots=True)
class Level:
    """One answer of several; `share` of the people in training gave it."""

    name: str
    level: str
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class LinearRisk:
    """The model; `intercept` is the log-odds of the mean person."""

    intercept: float
    numbers: tuple[Number, ...]
    levels: tuple[Level, ...]
    threshold: float

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"form": FORM} | asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "LinearRisk":
        """Raises ValueError unless it is of this form, with finite numbers."""
        try:
            if told["form"] != FORM:
                raise ValueError(f"not of the form {FORM}")
            found = cls(
                float(told["intercept"]),
                tuple(Number(**number) for number in told["numbers"]),
                tuple(Level(**level) for level in told["levels"]),
                float(told["threshold"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("not a whole linear model") from error
        weights = [n.weight for n in found.numbers] + [level.weight for level in found.levels]
        if not all(map(math.isfinite, (found.intercept, found.threshold, *weights))):
            raise ValueError("a number is not finite")
        return found

    @property
    def inputs(self) -> tuple[str, ...]:
        """What must be known, in order."""
        names = [n.name for n in self.numbers] + [level.name for level in self.levels]
        return tuple(dict.fromkeys(names))

    def probability(self, columns: Mapping[str, NDArray[Any]]) -> Floats:
        """Of many people, a column for each input."""
        return logistic(np.sum([*self.parts(columns).values()], axis=0) + self.intercept)

    def parts(self, columns: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
        """What each input adds to the log-odds of the mean person."""
        parts: dict[str, Floats] = {}
        for number in self.numbers:
            values = np.asarray(columns[number.name], np.float64)
            capped = values if number.at_most is None else np.minimum(values, number.at_most)
            parts[number.name] = number.weight * (capped - number.centre) / number.scale
        for level in self.levels:
            part = level.weight * ((columns[level.name] == level.level) - level.share)
            parts[level.name] = parts.get(level.name, 0.0) + part
        return parts


@dataclass(frozen=True, slots=True)
class Told:
    """One person's risk, and what each input adds to its log-odds against the mean person."""

    probability: float
    parts: tuple[tuple[str, float], ...]  # the strongest first


def risk_of(model: LinearRisk, person: Mapping[str, float | str | None]) -> Told | list[str]:
    """The risk, or what is still to be asked and what the model never saw."""
    if problems := _problems(model, person):
        return problems
    columns = {name: np.array([person[name]]) for name in model.inputs}
    parts = {name: float(part[0]) for name, part in model.parts(columns).items()}
    ordered = sorted(parts.items(), key=lambda one: (-abs(one[1]), one[0]))
    return Told(float(model.probability(columns)[0]), tuple(ordered))


def _problems(model: LinearRisk, person: Mapping[str, float | str | None]) -> list[str]:
    found = [f"{name} is missing" for name in model.inputs if person.get(name) is None]
    known = _levels_of(model.levels)
    for name, levels in known.items():
        if person.get(name) is not None and person[name] not in levels:
            found.append(f"{name} is none of {', '.join(levels)}")
    return found


def _levels_of(levels: Sequence[Level]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for level in levels:
        found.setdefault(level.name, []).append(level.level)
    return found
