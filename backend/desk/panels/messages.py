"""The latest conversations with the patient."""

from typing import Any

from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.messages import queries
from backend.patients.access import Category

LATEST = 5


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """Those with something unread first."""
    found = queries.threads(opened.chart(Category.MESSAGES), limit=100)
    return {"threads": sorted(found, key=lambda one: not one.unread_by_team)[:LATEST]}
