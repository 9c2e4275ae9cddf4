"""The registry: what may write findings. A new method is one entry here, and its tests.

`version` is the algorithm's own; a higher one supersedes what an older one said. `purpose` is the
intended purpose that the care team reads: what the number is for, and what it is not for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from backend.insights import evidence, statements
from backend.insights.evidence import Evidence
from backend.insights.statements import Answer
from backend.science import activity, adherence, glucose, heart


@dataclass(frozen=True, slots=True)
class Method:
    """A named pure function over evidence; what it says is worth acting on for `valid_days`."""

    name: str
    version: str
    label: str
    unit: str
    valid_days: int
    purpose: str
    gather: Callable[..., Evidence]  # gather(chart, *, now)
    state: Callable[[Evidence], Answer]


_TABLE = (
    Method(
        name="glucose.time_in_range",
        version=glucose.VERSION,
        label="Glucose: time in range",
        unit="%",
        valid_days=7,
        purpose="Shows how much of two weeks sensor glucose stayed from 70 to 180 mg/dL, for talks "
        "between patient and care team. Not for setting a dose.",
        gather=evidence.gather_glucose,
        state=statements.time_in_range,
    ),
    Method(
        name="heart.night_resting",
        version=heart.VERSION,
        label="Resting heart rate at night",
        unit="/min",
        valid_days=3,
        purpose="Sets the last night's resting heart rate beside the person's own usual nights. "
        "It does not say why a night was different.",
        gather=evidence.gather_nights,
        state=statements.night_resting_heart_rate,
    ),
    Method(
        name="activity.trend",
        version=activity.VERSION,
        label="Steps a day: change each week",
        unit="{steps}/d/wk",
        valid_days=7,
        purpose="Shows whether a person walks more or less than in the weeks before, to start a "
        "talk about daily life.",
        gather=evidence.gather_steps,
        state=statements.activity_trend,
    ),
    Method(
        name="adherence.pdc",
        version=adherence.VERSION,
        label="Medicine: days with all doses taken",
        unit="%",
        valid_days=7,
        purpose="Shows on how many days of the last month the due doses were marked as taken. "
        "It trusts what the patient marked.",
        gather=evidence.gather_doses,
        state=statements.days_covered,
    ),
)

METHODS: dict[str, Method] = {method.name: method for method in _TABLE}
