"""What was recommended, on what grounds, what the patient did with it; and the nudges."""

from typing import Any

from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.guidance import queries
from backend.guidance.envelope import LIMITS
from backend.guidance.models import Advice
from backend.patients.access import Category

LATEST_NUDGES = 8
PAST = 8


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """Standing advice first; then the past, and the latest nudge decisions."""
    chart = opened.chart(Category.INSIGHTS)
    said = queries.advice(chart)
    return {
        "standing_advice": [one for one in said if one.state in Advice.STANDING],
        "past_advice": [one for one in said if one.state not in Advice.STANDING][:PAST],
        "nudges": queries.nudges(chart, limit=LATEST_NUDGES),
        "wants_nudges": queries.wants_nudges(chart),
        "nudge_choice": queries.nudge_choice(chart),
        "nudge_limit": LIMITS.a_week,
    }
