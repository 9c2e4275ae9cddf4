"""Computing findings: the agenda's `insights.refresh`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from backend.accounts.actors import job
from backend.agenda.actions import call_up
from backend.core import statements
from backend.core.models import new_id
from backend.core.statements import array
from backend.insights.evidence import Evidence
from backend.insights.glucose_ahead import raise_alarm
from backend.insights.methods import METHODS, Method
from backend.insights.models import Finding
from backend.insights.reading import midnight, read_once
from backend.insights.silence import watch_on
from backend.insights.statements import Answer, refusal_detail
from backend.insights.words import abstained, refused, said
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import hold_patient, take_revisions
from backend.science.refusal import Refusal

REFRESH = "insights.refresh"
FOLLOWED_BY = ("guidance.advise", "alerts.watch")
NIGHTLY = time(3, 30)
STEP_BACK = """
UPDATE insights_finding f SET superseded_at = %s, superseded_by_id = newer.id
FROM unnest(%s::text[], %s::uuid[]) AS newer (method, id)
WHERE f.patient_id = %s AND f.superseded_at IS NULL AND f.method = newer.method
"""


@dataclass(frozen=True, slots=True)
class Computed:
    """What a method says now, from evidence with this digest."""

    method: Method
    digest: str
    result: dict[str, Any]
    valid_until: datetime | None


def refresh_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """Compute every method's finding; the ones that changed supersede. Due again in the night."""
    chart = open_chart(
        job(REFRESH),
        patient_id,
        Category.STREAMS,
        Category.MEDICINES,
        Category.INSIGHTS,
        Category.NOTICES,
        deed=Deed.CHANGE,
        subject=REFRESH,
        now=now,
    )
    if written := write_findings(chart, compute_all(chart, now=now), now=now):
        raise_alarm(chart, written, now=now)
        call_up(patient_id, *FOLLOWED_BY)
    watch_on(patient_id, now=now)
    return next_night(ZoneInfo(chart.patient.zone), now=now)


def compute_all(chart: Chart, *, now: datetime) -> list[Computed]:
    """What the methods say now whose evidence, version or name is not that of what stands.

    What a late day does not touch has the evidence that it had: it is not even computed.
    """
    standing = {finding.method: finding for finding in _standing(chart)}
    seen: dict[Callable[..., Evidence], tuple[Evidence, str]] = {}
    fresh = []
    with read_once():
        for method in METHODS.values():
            if method.gather not in seen:
                evidence = method.gather(chart, now=now)
                seen[method.gather] = evidence, evidence.digest
            evidence, digest = seen[method.gather]
            if not _is_said(standing.get(method.name), method, digest):
                fresh.append(_computed(method, evidence, digest))
    return fresh


def compute(chart: Chart, method: Method, *, now: datetime) -> Computed:
    """What the method says about the patient, read through the chart; nothing is written."""
    evidence = method.gather(chart, now=now)
    return _computed(method, evidence, evidence.digest)


def _is_said(earlier: Finding | None, method: Method, digest: str) -> bool:
    if earlier is None:
        return False
    made_of = (earlier.version, earlier.inputs_digest, earlier.label, earlier.unit)
    return made_of == (method.version, digest, method.label, method.unit)


def _computed(method: Method, evidence: Evidence, digest: str) -> Computed:
    answer = method.state(evidence)
    return Computed(
        method, digest, _result(method, evidence, answer), _valid_until(method, evidence)
    )


def _result(method: Method, evidence: Evidence, answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return dict(
            value=None,
            lower=None,
            upper=None,
            detail=refusal_detail(answer, some_data=not evidence.is_empty),
            abstained=sentence(answer),
        )
    told = dict(value=answer.value, lower=answer.lower, upper=answer.upper)
    says = said(method.name, told | {"detail": answer.detail})
    return told | dict(detail=dict(answer.detail) | {"says": says}, abstained="")


def sentence(refusal: Refusal) -> str:
    """Why there is no number, in words for the patient."""
    return abstained(refusal.code, refused(refusal))


def _valid_until(method: Method, evidence: Evidence) -> datetime | None:
    if evidence.is_empty:
        return None  # nothing there is true on any day
    if evidence.valid_until is not None:
        return evidence.valid_until
    return midnight(evidence.last_day + timedelta(days=1 + method.valid_days), evidence.zone)


def write_findings(chart: Chart, computed: list[Computed], *, now: datetime) -> list[Finding]:
    """Write what is not what stands already; returns the new findings."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    hold_patient(chart.patient.id)
    standing = {f.method: f for f in _standing(chart)}
    changed = [c for c in computed if not _is_said(standing.get(c.method.name), c.method, c.digest)]
    if not changed:
        return []
    revisions = take_revisions(chart.patient.id, len(changed))
    written = [
        _finding(chart, new, revision, now)
        for new, revision in zip(changed, revisions, strict=True)
    ]
    # The earlier ones step back first: of each only one stands. The key is checked at commit.
    names, ids = array(f.method for f in written), array(f.id for f in written)
    statements.run(STEP_BACK, [now, names, ids, chart.patient.id])
    return Finding.objects.bulk_create(written)


def _standing(chart: Chart) -> QuerySet[Finding]:
    return Finding.objects.filter(patient=chart.patient, superseded_at=None)


def _finding(chart: Chart, new: Computed, revision: int, now: datetime) -> Finding:
    return Finding(
        id=new_id(),
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        method=new.method.name,
        version=new.method.version,
        label=new.method.label,
        unit=new.method.unit,
        inputs_digest=new.digest,
        computed_at=now,
        valid_until=new.valid_until,
        **new.result,
    )


def next_night(zone: ZoneInfo, *, now: datetime) -> datetime:
    """The next 03:30 in the zone: yesterday is whole then, and few people sync."""
    local = now.astimezone(zone)
    tonight = datetime.combine(local.date(), NIGHTLY, zone)
    if tonight <= now:
        tonight = datetime.combine(local.date() + timedelta(days=1), NIGHTLY, zone)
    return tonight
