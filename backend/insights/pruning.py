"""What is said every five minutes thins out: 288 findings a day of a patient become one.

Kept are the last two days, one of each local day, whatever warned of something, what is cited (an
advice names its findings), and what stands. The one of a day is drawn by lot, not the first: models
in use are judged on these, and nights are easy. A kept finding then names the next kept one as what
superseded it. Findings of whole days are never pruned.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta, tzinfo
from hashlib import md5
from operator import itemgetter
from typing import Final
from uuid import UUID

from backend.accounts.actors import job
from backend.core import statements
from backend.insights import glucose_ahead
from backend.insights.models import Finding
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import hold_patient

PRUNE: Final = "insights.prune"
METHOD: Final = glucose_ahead.METHOD
WHOLE: Final = timedelta(days=2)
LATELY: Final = timedelta(days=30)  # what is older was thinned by a night before

THIN: Final = """
WITH mine AS MATERIALIZED (
    SELECT id, computed_at, superseded_by_id,
           superseded_at IS NULL OR computed_at >= %s::timestamptz
           OR coalesce(detail ->> 'alarm', '') <> ''
           OR id = ANY(%s::uuid[])
           OR row_number() OVER (
               PARTITION BY (computed_at AT TIME ZONE %s::text)::date ORDER BY md5(id::text)
           ) = 1 AS kept
    FROM insights_finding
    WHERE patient_id = %s::uuid AND method = %s::text
), next AS MATERIALIZED (
    SELECT id, superseded_by_id, kept,
           lead(id) OVER (PARTITION BY kept ORDER BY computed_at, id) AS by_id
    FROM mine
), named AS (
    UPDATE insights_finding f SET superseded_by_id = next.by_id
    FROM next
    WHERE f.id = next.id AND next.kept AND next.superseded_by_id <> next.by_id
)
DELETE FROM insights_finding f USING mine WHERE f.id = mine.id AND NOT mine.kept RETURNING f.id
"""

Cited = Callable[[Chart], Collection[UUID]]


def prune_patient(patient_id: UUID, *, cited: Cited, now: datetime) -> None:
    """Agenda handler, called up for everyone each night; who wears no sensor costs one look."""
    until = now - WHOLE
    lately = Finding.objects.filter(
        patient=patient_id,
        method=METHOD,
        computed_at__gt=until - LATELY,
        computed_at__lt=until,
        superseded_at__isnull=False,
    )
    if not lately.exists():
        return
    chart = open_chart(
        job(PRUNE), patient_id, Category.INSIGHTS, deed=Deed.CHANGE, subject=PRUNE, now=now
    )
    prune(chart, cited=cited(chart), now=now)


def prune(chart: Chart, *, cited: Collection[UUID] = (), now: datetime) -> int:
    """How many findings went."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    patient = chart.patient
    hold_patient(patient.id)
    kept = [now - WHOLE, list(cited), patient.zone]
    return len(list(statements.run(THIN, [*kept, patient.id, METHOD])))


def fairly_drawn(findings: Sequence[Finding], zone: tzinfo, *, now: datetime) -> list[Finding]:
    """Those to judge a model by: all of the last two days, of each day before the one by lot.

    Warnings are kept for longer than what warned of nothing; counted as they lie, they would have
    more say than they had. The lot of a day is the same before and after pruning.
    """
    lots: dict[date, tuple[str, Finding]] = {}
    for finding in findings:
        day = finding.computed_at.astimezone(zone).date()
        lot = md5(str(finding.id).encode(), usedforsecurity=False).hexdigest()
        lots[day] = min(lots.get(day, (lot, finding)), (lot, finding), key=itemgetter(0))
    drawn = {finding.id for _, finding in lots.values()}
    return [one for one in findings if one.id in drawn or one.computed_at >= now - WHOLE]
