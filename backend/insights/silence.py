"""The agenda's `insights.silence`: a stream that stops is told once, and settled when data come.

The line sleeps until the moment at which the first silence would begin. A live stream moves that
moment on, which costs nothing until the line wakes and sleeps on. What a device stopped measuring
at about the same time is one notice: a dead watch is one trouble, not four.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from backend.accounts.actors import job
from backend.agenda.actions import call_up
from backend.agenda.models import Line
from backend.insights.expected import FLOOR, Expected, expected_streams
from backend.insights.models import Silence
from backend.notices import actions as notices
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.models import Patient
from backend.patients.quiet import after_quiet
from backend.patients.revisions import hold_patient
from backend.wire.measures import MEASURES

SILENCE: Final = "insights.silence"
TOGETHER: Final = timedelta(hours=1)
GRACE: Final = timedelta(hours=24)


def watch_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """End the spells that are over, tell the new ones; due when the next one would begin."""
    chart = open_chart(
        job(SILENCE),
        patient_id,
        Category.STREAMS,
        Category.INSIGHTS,
        Category.NOTICES,
        deed=Deed.CHANGE,
        subject=SILENCE,
        now=now,
    )
    hold_patient(patient_id)
    expected = {stream.kind: stream for stream in expected_streams(chart, now=now)}
    standing = _end_spells(chart, expected, now=now)
    begun = [
        stream
        for stream in expected.values()
        if stream.kind not in standing and stream.silent_at <= now + TOGETHER
    ]
    if any(stream.silent_at <= now for stream in begun):
        _tell(chart, begun, list(standing.values()), now=now)
        standing |= dict.fromkeys(stream.kind for stream in begun)  # type: ignore[arg-type]
    return min(
        (s.given_up_at if s.kind in standing else s.silent_at for s in expected.values()),
        default=None,
    )


def watch_on(patient_id: UUID, *, now: datetime) -> None:
    """Data came: have spells ended at once, and new streams watched."""
    if _open(patient_id).exists():
        call_up(patient_id, SILENCE)
    elif not Line.objects.filter(
        patient=patient_id, kind=SILENCE, due_at__lte=now + FLOOR
    ).exists():
        # Nothing that was heard just now is missed before its floor.
        call_up(patient_id, SILENCE, due_at=now + FLOOR)


def _open(patient_id: UUID) -> QuerySet[Silence]:
    return Silence.objects.filter(patient_id=patient_id, ended_at=None)


def _end_spells(
    chart: Chart, expected: dict[str, Expected], *, now: datetime
) -> dict[str, Silence]:
    """Close the spells whose stream speaks again, or is given up; returns the others by kind."""
    standing, over = {}, []
    for spell in _open(chart.patient.id):
        stream = expected.get(spell.kind)
        if stream is None or stream.silent_at > now:
            over.append(spell)
        else:
            standing[spell.kind] = spell
            _keep_up(spell, stream)
    if over:
        _open(chart.patient.id).filter(pk__in=[spell.pk for spell in over]).update(ended_at=now)
        needed = {spell.notice_key for spell in standing.values()}
        notices.settle(chart, *sorted({spell.notice_key for spell in over} - needed))
    return standing


def _keep_up(spell: Silence, stream: Expected) -> None:
    """Late data that end before the silence make it shorter; the plan may have changed."""
    now_known = (stream.last_at, stream.tell_team)
    if (spell.last_at, spell.tell_team) != now_known:
        spell.last_at, spell.tell_team = now_known
        spell.save(update_fields=["last_at", "tell_team"])


def _tell(
    chart: Chart, begun: Sequence[Expected], standing: Iterable[Silence], *, now: datetime
) -> None:
    """New spells, and one notice for those whose device is not already asked for."""
    asked = {spell.source: spell.notice_key for spell in standing}
    fresh = [stream for stream in begun if stream.source not in asked]
    if fresh:
        first = min(fresh, key=lambda stream: (stream.silent_at, stream.kind))
        key = f"silence:{chart.patient.id}:{first.kind}:{int(first.last_at.timestamp() * 1000)}"
        asked |= dict.fromkeys((stream.source for stream in fresh), key)
        _announce(chart, key, fresh, first, now=now)
    Silence.objects.bulk_create(
        Silence(
            patient=chart.patient,
            kind=stream.kind,
            source=stream.source,
            last_at=stream.last_at,
            noticed_at=now,
            tell_team=stream.tell_team,
            notice_key=asked[stream.source],
        )
        for stream in begun
    )


def _announce(
    chart: Chart, key: str, fresh: Sequence[Expected], first: Expected, *, now: datetime
) -> None:
    local = first.last_at.astimezone(ZoneInfo(chart.patient.zone))
    notices.announce(
        chart,
        key=key,
        due_at=after_quiet(chart.patient, now),
        template="no_data",
        values={
            "kinds": [MEASURES[stream.kind].label.lower() for stream in fresh],
            "since_day": local.date().isoformat(),
            "since_time": f"{local:%H:%M}",
        },
        grace=GRACE,
    )


def spells(chart: Chart, *, limit: int = 20) -> list[Silence]:
    """The patient's silences, those that go on first, then the latest."""
    chart.need(Category.INSIGHTS)
    found = Silence.objects.filter(patient=chart.patient).order_by("-noticed_at")[:limit]
    return sorted(found, key=lambda spell: spell.ended_at is not None)


def spells_for_team(patients: Iterable[Patient | UUID]) -> list[Silence]:
    """Silences that go on and that the plan tells the team, of patients who may be shown."""
    return list(
        Silence.objects.filter(patient__in=list(patients), ended_at=None, tell_team=True).order_by(
            "kind"
        )
    )
