"""Computing findings: the agenda's `insights.refresh`."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.accounts.actors import job
from backend.agenda.actions import call_up
from backend.core import statements
from backend.core.models import new_id
from backend.core.statements import array
from backend.insights.computing import Computed, compute_all
from backend.insights.failures import note_failures
from backend.insights.glucose_ahead import raise_alarm
from backend.insights.models import Finding
from backend.insights.silence import watch_on
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import hold_patient, take_revisions

REFRESH = "insights.refresh"
MADE_OF = ("method", "version", "inputs_digest", "label", "unit")  # what it says is long
FOLLOWED_BY = ("guidance.advise", "alerts.watch")
NIGHTLY = time(3, 30)
STEP_BACK = """
UPDATE insights_finding f SET superseded_at = %s, superseded_by_id = newer.id
FROM unnest(%s::text[], %s::uuid[]) AS newer (method, id)
WHERE f.patient_id = %s AND f.superseded_at IS NULL AND f.method = newer.method
"""


def refresh_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """Compute every method's finding; the ones that changed supersede. Due again in the night."""
    chart = open_chart(
        job(REFRESH),
        patient_id,
        Category.PROFILE,
        Category.STREAMS,
        Category.SURVEYS,
        Category.MEDICINES,
        Category.INSIGHTS,
        Category.NOTICES,
        deed=Deed.CHANGE,
        subject=REFRESH,
        now=now,
    )
    outcome = compute_all(chart, standing(chart), now=now)
    note_failures(chart, outcome.failed, now=now)
    if written := write_findings(chart, outcome.computed, now=now):
        raise_alarm(chart, written, now=now)
        call_up(patient_id, *FOLLOWED_BY)
    watch_on(patient_id, now=now)
    return next_night(ZoneInfo(chart.patient.zone), now=now)


def standing(chart: Chart) -> dict[str, Finding]:
    """What each method's finding is now."""
    found = Finding.objects.filter(patient=chart.patient, superseded_at=None).only(*MADE_OF)
    return {finding.method: finding for finding in found}


def write_findings(chart: Chart, computed: list[Computed], *, now: datetime) -> list[Finding]:
    """Write what is not what stands already; returns the new findings."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    hold_patient(chart.patient.id)
    said = standing(chart)
    changed = [one for one in computed if not one.is_said_by(said.get(one.method.name))]
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


def _finding(chart: Chart, new: Computed, revision: int, now: datetime) -> Finding:
    return Finding(
        id=new_id(),
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        method=new.method.name,
        version=new.version,
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
