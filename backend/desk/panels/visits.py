"""Visits: asked for, booked, over."""

from typing import Any

from backend.desk.forms import BookForm
from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.patients.access import Category
from backend.visits import queries


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """Open ones first, soonest on top; then the past."""
    visits = queries.visits(opened.chart(Category.VISITS))
    return {
        "open_visits": sorted((v for v in visits if v.is_open), key=lambda v: v.starts_at),
        "past_visits": [v for v in visits if not v.is_open][:6],
        "missable": {v.id for v in visits if v.state == "booked" and v.starts_at <= asked.now},
        "book_form": BookForm(),
    }
