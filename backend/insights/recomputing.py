"""A finding computed again from what was known when it was computed, and set beside what it said.

Streams are read as of then. Doses, fills and openings are read as they stand: where one was marked
later for an earlier day, the evidence is told to have changed since, and nothing is claimed. A
learned method is computed with the numbers of the version that spoke, retired or not.
"""

from dataclasses import dataclass
from enum import StrEnum

from backend.insights.computing import Computed, compute
from backend.insights.in_use import InUse, in_version
from backend.insights.methods import METHODS, Method
from backend.insights.models import Finding
from backend.patients.access import Chart
from backend.streams.knowledge import known_at

ANSWER = ("value", "lower", "upper", "detail", "abstained")


class Again(StrEnum):
    """What came of it."""

    SAME = "same"
    DIFFERS = "differs"  # the same inputs and version, another answer: a fault
    INPUTS_CHANGED = "inputs changed"
    OTHER_VERSION = "other version"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A finding, and how computing it again went; `fields` are those that differ."""

    finding: Finding
    again: Again
    fields: tuple[str, ...] = ()


def recompute(chart: Chart, finding: Finding) -> Recomputed:
    """Read through the chart; nothing is written."""
    method = METHODS.get(finding.method)
    model = _model(method, finding)
    if method is None or (model is None and method.version != finding.version):
        return Recomputed(finding, Again.OTHER_VERSION)
    with known_at(finding.computed_at):
        found = compute(chart, method, model, now=finding.computed_at)
    if found.digest != finding.inputs_digest:
        return Recomputed(finding, Again.INPUTS_CHANGED)
    fields = _differing(finding, found)
    return Recomputed(finding, Again.DIFFERS if fields else Again.SAME, fields)


def _model(method: Method | None, finding: Finding) -> InUse | None:
    if method is None or not method.is_learned:
        return None
    return in_version(finding.method, finding.version)


def _differing(finding: Finding, found: Computed) -> tuple[str, ...]:
    said = {name: getattr(finding, name) for name in ANSWER}
    return tuple(name for name in ANSWER if said[name] != found.result[name])
