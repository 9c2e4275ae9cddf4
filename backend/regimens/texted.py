"""Which doses an answer by text message is about."""

from datetime import datetime, timedelta

from backend.core import statements
from backend.core.statements import array
from backend.notices.channels import TEXTED
from backend.patients.access import Category, Chart
from backend.regimens.models import Dose

REACH = timedelta(days=4)
OPEN = (Dose.Status.DUE, Dose.Status.SNOOZED)

# What was said of a dose stands under its own key, its steps' and its repeats'.
LAST = """
SELECT d.due_at FROM regimens_dose d
JOIN notices_delivery s ON s.key = ANY(
    ARRAY[d.key, d.key || ':sms'] || ARRAY(
        SELECT d.key || ':again' || n FROM generate_series(1, (
            SELECT count(*) FROM regimens_doseeventrow e
            WHERE e.dose_id = d.id AND e.status = 'snoozed'
        )) AS n
    )
)
WHERE d.id = ANY(%s::uuid[])
  AND EXISTS (SELECT 1 FROM unnest(s.reached) AS way WHERE starts_with(way, %s))
ORDER BY coalesce(s.sent_at, s.claimed_at) DESC, d.due_at DESC LIMIT 1
"""


def last_texted(chart: Chart, *, now: datetime) -> list[Dose]:
    """The open doses of the moment that the patient was last texted about; none: an empty list."""
    chart.need(Category.MEDICINES)
    mine = Dose.objects.filter(patient=chart.patient, status__in=OPEN)
    waiting = mine.filter(due_at__gt=now - REACH, due_at__lte=now)
    ids = list(waiting.values_list("pk", flat=True))
    if not ids:
        return []
    last = statements.run(LAST, [array(ids), TEXTED]).first()
    if last is None:
        return []
    moment = waiting.filter(due_at=last[0])
    return list(moment.select_related("regimen", "schedule").order_by("key"))
