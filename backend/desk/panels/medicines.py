"""Medicines with their schedules, what became of the latest doses, and adherence."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.desk.opening import Opened
from backend.desk.panels.base import Asked, zone_of
from backend.patients.access import Category
from backend.regimens import queries, supply
from backend.science.adherence import Adherence
from backend.wire.messages import DoseRow, RegimenRow

PAST, AHEAD = timedelta(days=14), timedelta(days=2)
ADHERENCE = timedelta(days=30)
# Signs beside colours: a status must not depend on telling red from green.
SIGNS: Final = {
    "taken": "✓",
    "skipped": "✕",
    "unanswered": "?",
    "snoozed": "z",
    "ahead": "·",
    "cancelled": "",
}


@dataclass(frozen=True, slots=True)
class ShownDose:
    """One square of the strip."""

    state: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Medicine:
    """A regimen with its strip of doses."""

    regimen: RegimenRow
    doses: list[ShownDose]
    taken: int
    answerable: int
    next_due: datetime | None
    adherence: Adherence | None  # None: too thin to tell


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """Active ones with two weeks of doses; stopped ones by name."""
    chart, zone, now = opened.chart(Category.MEDICINES), zone_of(opened), asked.now
    by_regimen: dict[UUID, list[DoseRow]] = defaultdict(list)
    for dose in queries.doses_between(chart, start=now - PAST, end=now + AHEAD):
        by_regimen[dose.regimen].append(dose)
    rows = queries.regimens(chart)
    kept = supply.adherence_by_regimen(chart, start=now - ADHERENCE, end=now, now=now)
    return {
        "medicines": [
            _medicine(r, by_regimen[r.id], kept.get(r.id), zone, now) for r in rows if r.active
        ],
        "stopped": [r for r in rows if not r.active],
        "adherence_days": ADHERENCE.days,
        "stays": queries.stays(chart)[:5],
        "now": now,
        "local_now": f"{now.astimezone(zone):%Y-%m-%dT%H:%M}",
    }


def _medicine(
    regimen: RegimenRow,
    doses: list[DoseRow],
    kept: Adherence | None,
    zone: ZoneInfo,
    now: datetime,
) -> Medicine:
    shown = [_shown(dose, zone, now) for dose in doses if dose.status != "cancelled"]
    taken = sum(dose.state == "taken" for dose in shown)
    ahead = [d.due_at for d in doses if d.status in ("due", "snoozed") and d.due_at >= now]
    if not ahead:  # rows are made three days ahead only
        ahead = queries.preview(regimen.schedule, zone=str(zone), count=1, now=now).due
    answerable = sum(dose.state not in ("ahead", "snoozed") for dose in shown)
    return Medicine(regimen, shown, taken, answerable, min(ahead, default=None), kept)


def _shown(dose: DoseRow, zone: ZoneInfo, now: datetime) -> ShownDose:
    state: str = dose.status
    if state == "due":
        state = "ahead" if dose.due_at >= now else "unanswered"
    text = f"{dose.due_at.astimezone(zone):%a %-d %b, %H:%M}: {state}"
    if dose.status_at is not None and state in ("taken", "skipped"):
        text += f" at {dose.status_at.astimezone(zone):%H:%M}"
    return ShownDose(state, SIGNS[state], text)
