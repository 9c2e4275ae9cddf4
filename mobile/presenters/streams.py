"""One stream as this patient reads it: its unit, its aim, and how it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.wire.language import usual_units
from backend.wire.measures import MEASURES, UnknownUnit, express
from mobile.presenters.charts import Edges, Looks
from mobile.presenters.saying import number
from mobile.sync.series import Series
from mobile.words import Words

# The usual aims, where the care team has set none of this person's own: the screen says so.
# Glucose: Battelino et al., Diabetes Care 2019;42:1593. Blood pressure: ACC/AHA 2017, below 130/80.
# Heart rate: the usual range of adults at rest.
TARGETS: dict[str, tuple[float, float]] = {
    "glucose": (70.0, 180.0),
    "systolic": (90.0, 129.0),
    "diastolic": (60.0, 79.0),
    "heart_rate": (60.0, 100.0),
    "resting_heart_rate": (60.0, 100.0),
}
UNIT_CHOICES: dict[str, tuple[str, ...]] = {
    "glucose": ("mg/dL", "mmol/L"),
    "body_weight": ("kg", "[lb_av]", "[stone_av]"),
}
UNIT_NAMES = {"[lb_av]": "lb", "[stone_av]": "st", "mm[Hg]": "mmHg", "/min": "beats/min"}
DIGITS = {"mmol/L": 1, "kg": 1, "[lb_av]": 1, "[stone_av]": 1, "Cel": 1}


@dataclass(frozen=True, slots=True)
class Stream:
    """What is known of one kind in the stretch; `plan` is the care team's, if there is one."""

    kind: str
    unit: str
    series: Series
    plan: dict[str, Any] | None = None

    def shown(self, values: Sequence[float]) -> list[float]:
        """Canonical values in the patient's unit."""
        try:
            return express(self.kind, self.unit, values)
        except UnknownUnit:
            return list(values)

    def say(self, value: float, words: Words) -> str:
        """One canonical value as people read it, without its unit."""
        return number(self.shown([value])[0], DIGITS.get(self.unit, 0), words)

    @property
    def own_target(self) -> Edges | None:
        """What the care team set; either edge may be open."""
        if self.plan is None:
            return None
        edges = _edge(self.plan, "target_low"), _edge(self.plan, "target_high")
        return None if edges == (None, None) else edges

    @property
    def target(self) -> Edges | None:
        """What the team set, else the usual aim."""
        return self.own_target or TARGETS.get(self.kind)

    @property
    def looks(self) -> Looks:
        """How it is drawn."""
        measure = MEASURES[self.kind]
        every = None if self.plan is None else _edge(self.plan, "every_s")
        return Looks(
            self.shown,
            sums=measure.summary == "sum",
            every_s=every or measure.every_s,
            target=self.target,
        )


def _edge(plan: dict[str, Any], name: str) -> float | None:
    found = plan.get(name)
    return float(found) if isinstance(found, int | float) else None


def shown_unit(kind: str, chosen: dict[str, str], record: dict[str, str], *, zone: str = "") -> str:
    """The unit that the patient chose here, else that of the record, else what is usual where the
    clocks go by this zone, else the canonical one.
    """
    if kind not in MEASURES:
        return ""
    for wanted in (chosen.get(kind), record.get(kind), usual_units(zone).get(kind)):
        if wanted in MEASURES[kind].units:
            return wanted
    return MEASURES[kind].unit


def kind_name(kind: str, words: Words) -> str:
    """The kind in the patient's language; the measures table's label where there is no word."""
    return words(f"kind_{kind}") if words.knows(f"kind_{kind}") else MEASURES[kind].label


def unit_name(kind: str, unit: str) -> str:
    """A unit as people write it."""
    if unit == MEASURES[kind].unit and MEASURES[kind].shown:
        return MEASURES[kind].shown
    return UNIT_NAMES.get(unit, unit)
