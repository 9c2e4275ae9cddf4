"""What came of a decision, the same for every arm, silence too, so that arms can be compared."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.guidance.envelope import SAY_NOTHING
from backend.guidance.models import Nudge
from backend.insights.evidence import midnight
from backend.notices import queries as notices
from backend.patients.access import Category, Chart, Deed
from backend.regimens import queries as regimens
from backend.streams import queries as streams

RECENT_NOTICES = 200  # of all kinds, back from now: more than a week of them


def close_decisions(chart: Chart, *, now: datetime) -> int:
    """Note the outcome of decisions whose local day is over; returns how many."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    zone = ZoneInfo(chart.patient.zone)
    today = now.astimezone(zone).date()
    still_open = Nudge.objects.filter(
        patient=chart.patient, outcome_at=None, decided_at__lt=midnight(today, zone)
    )
    closed = list(still_open)
    for nudge in closed:
        nudge.outcome = outcome_of(chart, nudge, zone)
        nudge.outcome_at = now
    Nudge.objects.bulk_update(closed, ["outcome", "outcome_at"])
    return len(closed)


def outcome_of(chart: Chart, nudge: Nudge, zone: ZoneInfo) -> dict[str, Any]:
    """Steps and share of doses taken on the decision's day; whether the card was opened, if any."""
    day = nudge.decided_at.astimezone(zone).date()
    opened = None
    if nudge.arm != SAY_NOTHING:
        opened = nudge.notice_key in opened_keys(chart, [nudge])
    return {
        "opened": opened,
        "steps": _steps(chart, day, zone),
        "doses_taken_percent": _doses_taken(chart, day, zone),
    }


def opened_keys(chart: Chart, nudges: Sequence[Nudge]) -> set[str]:
    """Keys of the nudges that the patient has looked at; one swiped away unread was not.

    What was noted at the day's end counts, and what a phone told since.
    """
    noted = {n.notice_key for n in nudges if n.outcome and n.outcome["opened"]}
    latest = notices.notices(chart, limit=RECENT_NOTICES) if nudges else []
    return noted | {notice.key for notice in latest if notice.opened_at}


def _steps(chart: Chart, day: date, zone: ZoneInfo) -> float | None:
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    found = streams.day_summaries(chart, "steps", start=start, end=end)
    return found[0].sum if found else None


def _doses_taken(chart: Chart, day: date, zone: ZoneInfo) -> float | None:
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    due = regimens.doses_between(chart, start=start, end=end)
    counted = [dose for dose in due if dose.status != "cancelled"]
    if not counted:
        return None
    return 100 * sum(dose.status == "taken" for dose in counted) / len(counted)
