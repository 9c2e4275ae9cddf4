"""A panel of the patient page: a function that reads through a chart, a partial that shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.desk.opening import Opened
from backend.patients.access import Category


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked for: when it is, and as the address says it, which stretch to draw
    and the day on which it ends.
    """

    now: datetime
    span: str
    day: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Shown if its kind of data is shared; `read` returns what its template needs."""

    name: str
    title: str
    category: Category
    read: Callable[[Opened, Asked], dict[str, Any]]

    @property
    def template(self) -> str:
        """Its partial."""
        return f"desk/panels/{self.name}.html"


def zone_of(opened: Opened) -> ZoneInfo:
    """Where the patient lives."""
    return ZoneInfo(opened.patient.zone)
