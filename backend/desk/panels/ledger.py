"""Who looked, newest first."""

from typing import Any

from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.ledger.queries import entries_of
from backend.patients.access import Category

LATEST = 12


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The latest entries; the page of all of them is one step away."""
    chart = opened.chart(Category.PROFILE)
    return {"entries": list(entries_of(chart.patient.id)[:LATEST])}
