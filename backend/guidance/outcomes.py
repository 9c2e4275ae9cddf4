"""What came of a decision, the same for every arm, silence too, so that arms can be compared."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.guidance.envelope import SAY_NOTHING
from backend.guidance.models import Nudge
from backend.insights.reading import midnight
from backend.notices import queries as notices
from backend.patients.access import Category, Chart, Deed
from backend.regimens import queries as regimens
from backend.streams import queries as streams

ABOUT_THE_DOSE = timedelta(hours=1)
MOST_OF_USUAL = 1.5  # one very long walk is not worth many doses
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
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    if nudge.context.get("at_dose"):  # the doses it was about, not those of the day
        start, end = nudge.decided_at, nudge.decided_at + ABOUT_THE_DOSE
    steps, taken = _steps(chart, day, zone), _doses_taken(chart, start, end)
    return {
        "opened": opened,
        "steps": steps,
        "doses_taken_percent": taken,
        "reward": reward_of(taken, steps, nudge.context),
    }


def reward_of(
    taken_percent: float | None, steps: float | None, context: Mapping[str, Any]
) -> float | None:
    """What the learner is after: doses taken, and in the morning steps against the usual ones.

    Whether the card was opened is no part of it: a learner paid for clicks would learn to tease.
    """
    parts = [] if taken_percent is None else [taken_percent / 100]
    usual = context.get("usual_steps")
    if steps is not None and usual and not context.get("at_dose"):
        parts.append(min(MOST_OF_USUAL, steps / usual))
    return sum(parts) / len(parts) if parts else None


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


def _doses_taken(chart: Chart, start: datetime, end: datetime) -> float | None:
    due = regimens.doses_between(chart, start=start, end=end)
    counted = [dose for dose in due if dose.status != "cancelled"]
    if not counted:
        return None
    return 100 * sum(dose.status == "taken" for dose in counted) / len(counted)
