"""What was computed, from what, and where the data were too thin.

What asks for a look stands open at the top; the rest is one line each under its topic; what nobody
measures is one line in all.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.alerts.judging import reason_to_look
from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.insights import queries
from backend.insights.icon_array import Icons, icon_arrays
from backend.insights.methods import METHODS
from backend.insights.models import Finding
from backend.insights.silence import spells
from backend.patients.access import Category
from backend.wire.measures import MEASURES

EARLIER = 8
HUNDRED = 100  # from here on a tenth says nothing
UNITS = {
    "{steps}/d/wk": "steps/day each week",
    "/min": "beats/min",
    "/wk": "a week",
    "{score}": "of 100",
    "{kinds}": "to check",
    "{medicines}": "medicine(s)",
    "h": "hours",
    "mm[Hg]": "mmHg",
    "{times}": "time(s)",
    "kg/wk": "kg a week",
    "{points}": "of 26 points",
}
TOPICS = {
    "glucose": "Glucose",
    "heart": "Heart",
    "pressure": "Blood pressure",
    "weight": "Weight",
    "sleep": "Sleep and movement",
    "activity": "Sleep and movement",
    "adherence": "Medicine",
    "risk": "Risk in years to come",
    "wear": "Devices",
    "quality": "Devices",
}
HIDDEN = frozenset({"first_day", "last_day", "of_100"})
PICTURED = "A hundred people; those who become ill are filled, the others in outline."
OUTCOMES = {
    "total_cvd": "Any of them",
    "ascvd": "Heart attack or stroke (ASCVD)",
    "hf": "Heart failure",
    "chd": "Coronary heart disease",
    "stroke": "Stroke",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: findings with a number, and those that lack the same data, together."""

    title: str
    told: list["Shown"]
    thin: dict[str, list["Shown"]]  # by the reason in words


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
    pictures: list[Icons]
    risks: list[tuple[str, list[float]]]  # an outcome, and its percent by horizon


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The standing finding of each method, with the ones before it; the streams that are silent."""
    chart = opened.chart(Category.INSIGHTS)
    past = queries.histories(chart, each=EARLIER + 1)
    shown = [
        _shown(finding, [old for old in past[finding.method] if old.pk != finding.pk])
        for finding in queries.findings(chart)
    ]
    return {
        "flagged": [item for item in shown if item.reason],
        "topics": _topics(shown),
        "nothing_of": _nothing_of(shown),
        "has_findings": bool(shown),
        "silent": [
            (MEASURES[spell.kind].label, spell.source, spell.last_at)
            for spell in spells(chart)
            if spell.ended_at is None
        ],
    }


def _topic(finding: Finding) -> str:
    return TOPICS.get(finding.method.partition(".")[0], "Other")


def _topics(shown: list[Shown]) -> list[Topic]:
    """What is within its target or thin, in the registry's order."""
    place = {name: n for n, name in enumerate(METHODS)}
    found = {title: Topic(title, [], {}) for title in (*TOPICS.values(), "Other")}
    for item in sorted(shown, key=lambda i: place.get(i.finding.method, len(place))):
        topic = found[_topic(item.finding)]
        if item.finding.is_thin:
            topic.thin.setdefault(item.finding.abstained, []).append(item)
        elif not item.reason and not item.finding.abstained:
            topic.told.append(item)
    return [topic for topic in found.values() if topic.told or topic.thin]


def _nothing_of(shown: list[Shown]) -> list[str]:
    """Labels, by topic, of what nobody measures; a topic of which there is nothing is one word."""
    by_topic: dict[str, list[Finding]] = defaultdict(list)
    for item in shown:
        by_topic[_topic(item.finding)].append(item.finding)
    found: list[str] = []
    for topic, findings in by_topic.items():
        missing = [f.label for f in findings if f.abstained and not f.is_thin]
        found += [topic] if len(missing) == len(findings) else missing
    return sorted(found)


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
        digits="0" if abs(finding.value or 0) >= HUNDRED else "-1",
        purpose=method.purpose if method else "",
        reason=reason_to_look(finding.method, finding.value, detail),
        first_day=str(detail.get("first_day", "")),
        last_day=str(detail.get("last_day", "")),
        evidence=evidence,
        earlier=earlier,
        pictures=icon_arrays(finding.method, detail, PICTURED),
        risks=_risks(detail),
    )


def _risks(detail: Mapping[str, Any]) -> list[tuple[str, list[float]]]:
    """Each outcome in 10 years, and in 30 where that can be told."""
    told = [detail.get(f"percent_in_{years}_years") for years in (10, 30)]
    horizons = [one for one in told if one]
    if not horizons:
        return []
    return [(label, [one[name] for one in horizons]) for name, label in OUTCOMES.items()]
