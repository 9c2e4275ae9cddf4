"""What was computed, from what, and where the data were too thin."""

from dataclasses import dataclass
from typing import Any

from backend.desk.judging import reason_to_look
from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.insights import queries
from backend.insights.methods import METHODS
from backend.insights.models import Finding
from backend.patients.access import Category

EARLIER = 8
THOUSAND = 1000  # from here on a tenth says nothing
UNITS = {"{steps}/d/wk": "steps a day, each week", "/min": "beats/min"}
HIDDEN = frozenset({"first_day", "last_day"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with what a reader needs to judge it."""

    finding: Finding
    unit: str
    digits: str  # for floatformat
    purpose: str
    reason: str
    first_day: str
    last_day: str
    evidence: list[tuple[str, Any]]
    earlier: list[Finding]


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The standing finding of each method, with the ones before it."""
    chart = opened.chart(Category.INSIGHTS)
    shown = []
    for finding in queries.findings(chart):
        past = queries.history(chart, finding.method, limit=EARLIER + 1)
        shown.append(_shown(finding, [old for old in past if old.pk != finding.pk]))
    shown.sort(key=lambda item: (not item.reason, bool(item.finding.abstained)))
    return {"findings": shown}


def _shown(finding: Finding, earlier: list[Finding]) -> Shown:
    method = METHODS.get(finding.method)
    detail = finding.detail
    evidence = [
        (name.replace("_", " "), value)
        for name, value in detail.items()
        if name not in HIDDEN and isinstance(value, int | float) and not finding.abstained
    ]
    return Shown(
        finding=finding,
        unit=UNITS.get(finding.unit, finding.unit),
        digits="0" if abs(finding.value or 0) >= THOUSAND else "-1",
        purpose=method.purpose if method else "",
        reason=reason_to_look(finding.method, finding.value, detail),
        first_day=str(detail.get("first_day", "")),
        last_day=str(detail.get("last_day", "")),
        evidence=evidence,
        earlier=earlier,
    )
