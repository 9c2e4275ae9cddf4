"""When a person is not available for a nudge, whatever a policy wants: outside the learner."""

from datetime import datetime, timedelta
from typing import Final

from backend.guidance.models import NudgeChoice
from backend.notices import queries as notices
from backend.patients.access import Chart
from backend.streams import queries as streams
from backend.surveys import queries as surveys

CRISIS: Final = timedelta(days=7)  # after an answer that a person must see at once
AFTER_A_LOW: Final = timedelta(hours=3)
LOW_MG_DL: Final = 70.0
JUST: Final = timedelta(minutes=30)
LOOKED_AT: Final = 20


def why_held(chart: Chart, choice: NudgeChoice, *, now: datetime) -> str:
    """Why nothing may be said to her now; empty if she is available."""
    if choice.busy_until and now < choice.busy_until:
        return choice.busy_with
    if _in_crisis(chart, now):
        return "crisis"
    if _was_low(chart, now):
        return "after_low"
    return "just_notified" if _was_just_told(chart, now) else ""


def _in_crisis(chart: Chart, now: datetime) -> bool:
    latest = surveys.responses(chart, limit=LOOKED_AT)
    return any(one.needs_eyes and now - one.answered_at < CRISIS for one in latest)


def _was_low(chart: Chart, now: datetime) -> bool:
    # Clocks of sensors run ahead: what is dated a little later than now counts as well.
    found = streams.samples(chart, "glucose", start=now - AFTER_A_LOW, end=now + JUST)
    return bool((found.values < LOW_MG_DL).any()) if len(found.values) else False


def _was_just_told(chart: Chart, now: datetime) -> bool:
    latest = notices.notices(chart, limit=LOOKED_AT)
    return any(timedelta(0) <= now - one.told_at < JUST for one in latest)
