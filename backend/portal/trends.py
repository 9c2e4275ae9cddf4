"""What was measured in the last month, a simple picture for each kind, with the same in words."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import HttpResponse

from backend.patients.access import Category
from backend.portal.doors import Visitor, draw
from backend.portal.pictures import Edges, Picture, draw_days
from backend.streams.overview import Day, days_of_all
from backend.streams.plans import plans_of
from backend.wire.measures import MEASURES, Measure, express
from backend.wire.messages import StreamPlanRow

DAYS: Final = 30
MOST: Final = 12
NOT_DRAWN: Final = frozenset({"rr_interval", "sleep_stage", "day_tag"})
HUNDRED: Final = 100  # from here on a tenth says nothing


@dataclass(frozen=True, slots=True)
class Trend:
    """One kind: its picture, and its days as numbers for who cannot see it."""

    kind: str
    label: str
    unit: str
    digits: int
    picture: Picture
    days: list[tuple[date, float]]
    target: Edges | None


def show(visitor: Visitor) -> HttpResponse:
    """A month, by days."""
    chart = visitor.chart(Category.STREAMS, subject="trends page")
    today = visitor.local(visitor.now).date()
    first = today - timedelta(days=DAYS - 1)
    plans, units = plans_of(chart), chart.patient.units
    found = {k: d for k, d in days_of_all(chart, first, today).items() if k not in NOT_DRAWN}
    trends = [
        _trend(kind, days, plans.get(kind), str(units.get(kind, "")), first)
        for kind, days in list(found.items())[:MOST]
    ]
    return draw(visitor, "trends", {"trends": trends, "days": DAYS})


def _trend(
    kind: str, days: list[Day], plan: StreamPlanRow | None, wanted: str, first: date
) -> Trend:
    measure = MEASURES[kind]
    unit = wanted if wanted in measure.units else measure.unit
    sums = measure.summary == "sum"
    values = express(kind, unit, [day.total if sums else day.mean for day in days])
    pairs = [(day.day, value) for day, value in zip(days, values, strict=True)]
    target = _target(measure, plan, unit)
    name = measure.shown if unit == measure.unit and measure.shown else unit
    digits = 0 if max(abs(value) for value in values) >= HUNDRED else 1
    picture = draw_days(pairs, first=first, count=DAYS, target=target)
    return Trend(kind, measure.label, name, digits, picture, pairs, target)


def _target(measure: Measure, plan: StreamPlanRow | None, unit: str) -> Edges | None:
    edges: Edges | None = measure.target
    if plan and (plan.target_low, plan.target_high) != (None, None):
        edges = (plan.target_low, plan.target_high)
    if edges is None:
        return None
    low, high = (None if e is None else express(measure.code, unit, [e])[0] for e in edges)
    return low, high
