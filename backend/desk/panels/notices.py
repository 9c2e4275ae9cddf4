"""What the patient was told, and what became of it."""

from typing import Any

from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.notices import queries
from backend.patients.access import Category

LATEST = 10


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The latest cards."""
    return {"notices": queries.notices(opened.chart(Category.NOTICES), limit=LATEST)}
