"""A learned risk as plain numbers: a weighted sum of what is known of a person, through a logistic.

What is stored of a model is what is here, as JSON, and no code: a pickle can run anything and reads
only under the library that wrote it. Each term's part is exact, set against the mean person of the
training, so what drives a risk needs no approximation. What is missing or was never seen in
training is named; nothing is imputed. Remedies that an audit asked for stand beside the terms.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.science.calibration import Floats, log_odds, logistic
from backend.science.remedied_risk import Labels, Remedied, Remedy, labels_of, remedied

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
    remedies: tuple[Remedy, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        told = {"form": FORM} | asdict(self)
        if not self.remedies:
            del told["remedies"]
        return told

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
                tuple(Remedy(**remedy) for remedy in told.get("remedies", ())),
            )
            weights = [n.weight for n in found.numbers] + [level.weight for level in found.levels]
            weights += [each for one in found.remedies for each in _numbers_of(one)]
            is_finite = all(map(math.isfinite, (found.intercept, found.threshold, *weights)))
        except (KeyError, TypeError) as error:
            raise ValueError("not a whole linear model") from error
        if not is_finite:
            raise ValueError("a number is not finite")
        return found

    @property
    def inputs(self) -> tuple[str, ...]:
        """What must be known, in order."""
        names = [n.name for n in self.numbers] + [level.name for level in self.levels]
        return tuple(dict.fromkeys(names))

    @property
    def attributes(self) -> tuple[str, ...]:
        """Groups that must be known, for the remedies' sake."""
        return tuple(dict.fromkeys(name for one in self.remedies for name in one.attributes))

    def remedied(
        self, columns: Mapping[str, NDArray[Any]], groups: Mapping[str, Labels]
    ) -> Remedied:
        """Of many people what they are told, by their inputs and groups."""
        return remedied(self.remedies, self.probability(columns), self.threshold, groups)

    def probability(self, columns: Mapping[str, NDArray[Any]]) -> Floats:
        """Of many people, a column for each input; before remedies."""
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


def _numbers_of(remedy: Remedy) -> tuple[float, ...]:
    return remedy.intercept, remedy.slope, remedy.threshold or 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """One person's risk, whether it alerts, and what each input adds to its log-odds.

    Parts are set against the mean person; the strongest comes first.
    """

    probability: float
    parts: tuple[tuple[str, float], ...]
    alerts: bool


def risk_of(
    model: LinearRisk,
    person: Mapping[str, float | str | None],
    groups: Mapping[str, str] | None = None,
) -> Told | list[str]:
    """The risk, or what is still to be asked, what the model never saw, or why none is told."""
    labels = {name: np.array([label]) for name, label in (groups or {}).items()}
    if problems := _problems(model, person, labels):
        return problems
    columns = {name: np.array([person[name]]) for name in model.inputs}
    parts = {name: float(part[0]) for name, part in model.parts(columns).items()}
    before, after = model.probability(columns), model.remedied(columns, labels)
    if moved := float((log_odds(after.probability) - log_odds(before))[0]):
        parts["recalibration"] = moved
    ordered = sorted(parts.items(), key=lambda one: (-abs(one[1]), one[0]))
    alerts = bool(after.probability[0] >= np.max(after.threshold))
    return Told(float(after.probability[0]), tuple(ordered), alerts)


def _problems(
    model: LinearRisk,
    person: Mapping[str, float | str | None],
    groups: Mapping[str, Labels],
) -> list[str]:
    found = [f"{name} is missing" for name in model.inputs if person.get(name) is None]
    known = _levels_of(model.levels)
    for name, levels in known.items():
        if person.get(name) is not None and person[name] not in levels:
            found.append(f"{name} is none of {', '.join(levels)}")
    unknown = [name for name in model.attributes if name not in groups]
    if unknown:
        return found + [f"{name} is missing" for name in unknown]
    withheld = [one for one in model.remedies if one.withheld]
    mine = [one.name for one in withheld if labels_of(groups, one.of)[0] == one.label]
    return found + [f"no risk is told for {name}: the gate has not passed it" for name in mine]


def _levels_of(levels: Sequence[Level]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for level in levels:
        found.setdefault(level.name, []).append(level.level)
    return found
