"""Storing what an adherence file tells: fills and pill monitors' events, each once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from backend.agenda.actions import call_up
from backend.core.models import new_id
from backend.patients.access import Category, Chart, Deed
from backend.patients.revisions import hold_patient
from backend.regimens.importers.sheets import Event, Fill, Line
from backend.regimens.importers.table import Found
from backend.regimens.monitors import Dispensing, MonitorEvent

REFRESH = "insights.refresh"
MOST_NAMED = 20  # refused rows told one by one
AHEAD = "lies ahead"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that could not be used, and for which field."""

    row: int
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the file's rows: stored, known already, passed over, refused; they add up.

    `passed_over` counts by reason what says nothing about a dose; `refused` names the first rows.
    """

    format: str
    rows: int
    stored: int
    duplicate: int
    passed_over: dict[str, int]
    refused_count: int
    refused: list[Refused]
    notes: dict[str, int] = field(default_factory=dict)
    first: str | None = None
    last: str | None = None


def store_file(chart: Chart, found: Found, *, now: datetime) -> Report:
    """Store every line that can be used; the same file again stores nothing."""
    chart.need(Category.MEDICINES, Deed.CHANGE)
    hold_patient(chart.patient.id)
    lines = [_checked(line, now) for line in found.lines]
    fills = [line.says for line in lines if isinstance(line.says, Fill)]
    events = [line.says for line in lines if isinstance(line.says, Event)]
    stored = _store_fills(chart, fills, now) + _store_events(chart, events, now)
    if stored:
        call_up(chart.patient.id, REFRESH)
    return _report(found.format, lines, stored, len(fills) + len(events))


def _checked(line: Line, now: datetime) -> Line:
    """Nothing is dispensed or opened tomorrow: such a clock is wrong."""
    if isinstance(line.says, Event) and line.says.at > now:
        return line.refused("time", AHEAD)
    if isinstance(line.says, Fill) and line.says.dispensed_on > now.date():
        return line.refused("date", AHEAD)
    return line


def _store_fills(chart: Chart, fills: Iterable[Fill], now: datetime) -> int:
    counted: Counter[tuple[date, str, float, float | None]] = Counter()
    wanted = {}
    for fill in fills:
        name = (fill.dispensed_on, fill.medicine, fill.days, fill.daily_dose)
        wanted[(*name, counted[name])] = fill
        counted[name] += 1
    columns = ("dispensed_on", "medicine", "days", "daily_dose", "nth")
    known = set(Dispensing.objects.filter(patient=chart.patient).values_list(*columns))
    fresh = [dict(zip(columns, name, strict=True)) for name in wanted if name not in known]
    Dispensing.objects.bulk_create(
        [Dispensing(**_owned(chart), **row, imported_at=now) for row in fresh], batch_size=2000
    )
    return len(fresh)


def _store_events(chart: Chart, events: list[Event], now: datetime) -> int:
    if not events:
        return 0
    kinds = {True: MonitorEvent.Kind.OPENED, False: MonitorEvent.Kind.NOT_OPENED}
    wanted = {(e.at, e.monitor, kinds[e.opened].value): e for e in reversed(events)}
    span = (min(e.at for e in events), max(e.at for e in events))
    standing = MonitorEvent.objects.filter(patient=chart.patient, at__range=span)
    known = set(standing.values_list("at", "monitor", "kind"))
    fresh = [
        MonitorEvent(
            **_owned(chart),
            at=at,
            monitor=monitor,
            kind=kind,
            medicine=event.medicine,
            imported_at=now,
        )
        for (at, monitor, kind), event in wanted.items()
        if (at, monitor, kind) not in known
    ]
    MonitorEvent.objects.bulk_create(fresh, batch_size=2000)
    return len(fresh)


def _owned(chart: Chart) -> dict[str, Any]:
    return dict(id=new_id(), patient=chart.patient, bucket=chart.patient.bucket)


def _report(name: str, lines: list[Line], stored: int, usable: int) -> Report:
    bad = [
        Refused(line.number, line.bad.column, line.bad.why)
        for line in lines
        if line.bad is not None
    ]
    days = [_when(line) for line in lines if line.says is not None]
    return Report(
        format=name,
        rows=len(lines),
        stored=stored,
        duplicate=usable - stored,
        passed_over=dict(Counter(line.passed_over for line in lines if line.passed_over)),
        refused_count=len(bad),
        refused=bad[:MOST_NAMED],
        notes=dict(Counter(note for line in lines for note in line.notes)),
        first=min(days, default=None),
        last=max(days, default=None),
    )


def _when(line: Line) -> str:
    said = line.says
    return str(said.dispensed_on if isinstance(said, Fill) else said.at.date() if said else "")
