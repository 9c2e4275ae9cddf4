"""Reading findings: the ones that stand, and the ones before them."""

from collections import defaultdict
from datetime import datetime

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from backend.core.words import MG_DL
from backend.insights.models import Finding
from backend.insights.words import retold
from backend.patients.access import Category, Chart
from backend.patients.models import Patient
from backend.wire.language import FALLBACK, language_of
from backend.wire.messages import FindingRow

TOLD = ("value", "lower", "upper", "detail", "abstained")


def findings(chart: Chart) -> list[Finding]:
    """The finding of each method that stands now, by method."""
    chart.need(Category.INSIGHTS)
    standing = Finding.objects.filter(patient=chart.patient, superseded_at=None)
    return list(standing.order_by("method"))


def finding_rows(chart: Chart) -> list[FindingRow]:
    """The same in wire form, in the patient's language."""
    return [row_of(finding, chart.patient) for finding in findings(chart)]


def history(chart: Chart, method: str, *, limit: int = 50) -> list[Finding]:
    """What the method said about the patient, newest first, the superseded too."""
    chart.need(Category.INSIGHTS)
    said = Finding.objects.filter(patient=chart.patient, method=method)
    return list(said.order_by("-computed_at", "-revision")[:limit])


def histories(chart: Chart, *, each: int) -> dict[str, list[Finding]]:
    """What each method said, newest first, at most `each` of it."""
    chart.need(Category.INSIGHTS)
    age = Window(
        RowNumber(),
        partition_by=F("method"),
        order_by=[F("computed_at").desc(), F("revision").desc()],
    )
    said = Finding.objects.filter(patient=chart.patient).annotate(age=age).filter(age__lte=each)
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in said.order_by("method", "age"):
        found[finding.method].append(finding)
    return found


def standing_at(chart: Chart, moment: datetime) -> list[Finding]:
    """The findings as they stood at a moment in the past."""
    chart.need(Category.INSIGHTS)
    known = Finding.objects.filter(patient=chart.patient, computed_at__lte=moment)
    return list(known.exclude(superseded_at__lte=moment).order_by("method"))


def changed_since(chart: Chart, *, after: int, limit: int) -> list[FindingRow]:
    """Standing findings past the revision `after`, in order; a superseded one tells no phone."""
    chart.need(Category.INSIGHTS)
    standing = Finding.objects.filter(patient=chart.patient, superseded_at=None, revision__gt=after)
    changed = standing.order_by("revision")[:limit]
    return [row_of(finding, chart.patient) for finding in changed]


def row_of(finding: Finding, patient: Patient) -> FindingRow:
    """The wire form, in the patient's language and, where it speaks of glucose, her unit."""
    speak = language_of(patient.language)
    unit = patient.units.get("glucose", MG_DL)
    told = {name: getattr(finding, name) for name in TOLD}
    if speak.code != FALLBACK or unit != MG_DL:
        told |= retold(finding.method, told, speak.code, glucose_unit=unit)
    return FindingRow(
        id=finding.id,
        revision=finding.revision,
        method=finding.method,
        version=finding.version,
        label=speak.gettext(finding.label),
        unit=finding.unit,
        **told,
        computed_at=finding.computed_at,
        valid_until=finding.valid_until,
    )
