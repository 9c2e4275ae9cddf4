"""What the simulated people did: doses taken, skipped or forgotten; surveys; visits asked for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from backend.demo.personas import Persona
from backend.demo.phone import event
from backend.demo.series import Span
from backend.demo.simulation import adherence_on, worsening
from backend.wire.messages import ScheduleRow
from backend.wire.schedule import Slot, from_row, slots

SETTLED = timedelta(hours=1)  # younger doses are left for the visitor to see as due
SKIPPED = 0.03
PHQ9_ITEMS = 9
VISIT_REASON = "I would like to talk about my medicine. (simulated)"


def past_slots(regimen: dict[str, Any], *, zone: str, span: Span) -> list[Slot]:
    """The regimen's due moments within the span, by the same expander as on a real phone."""
    row = regimen["schedule"]
    schedule = from_row(ScheduleRow(**{**row, "id": UUID(row["id"])}))
    start = datetime.fromtimestamp(int(span.midnights_ms[0]) / 1000, span.until.tzinfo)
    return slots(schedule, zone=zone, start=start, end=span.until - SETTLED)


def dose_events(
    persona: Persona, due: list[Slot], span: Span, *, seed: int
) -> Iterator[dict[str, Any]]:
    """What became of each dose: mostly taken some minutes late, sometimes skipped, else nothing."""
    rng = np.random.default_rng([seed, persona.index, 2])
    chance = adherence_on(persona, span.days)
    for slot in due:
        at_ms = np.array([int(slot.due_at.timestamp() * 1000)])
        chance_now = float(chance[int(span.day_of(at_ms)[0])])
        delay = timedelta(minutes=round(float(rng.gamma(1.5, 8)), 1))
        draw = float(rng.random())
        if draw < SKIPPED + chance_now:
            status = "skipped" if draw < SKIPPED else "taken"
            at = min(slot.due_at + delay, span.until)
            yield event("dose", at, span.until, dose=slot.dose_id, status=status)


def survey_events(persona: Persona, span: Span, *, seed: int) -> Iterator[dict[str, Any]]:
    """A mood questionnaire every four weeks from every other person; the ill score worse."""
    rng = np.random.default_rng([seed, persona.index, 3])
    if persona.index % 2 == 0:
        return
    ill = worsening(persona, span.days)
    for day in range(span.days - 1, -1, -28):
        mood = 0.4 + 1.1 * float(ill[day])
        answers = {f"q{item}": int(min(3, rng.poisson(mood))) for item in range(1, PHQ9_ITEMS)} | {
            "q9": 0
        }
        at = span.until - timedelta(days=span.days - 1 - day, hours=1)
        yield event("survey", at, span.until, survey="phq-9", answers=answers)


def visit_events(persona: Persona, span: Span) -> Iterator[dict[str, Any]]:
    """Every sixth person, and the one who gets worse, asks for a visit in the coming days."""
    if persona.deteriorates or persona.index % 6 == 4:
        starts = (span.until + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        yield event(
            "visit",
            span.until,
            span.until,
            starts_at=starts.isoformat(),
            reason=VISIT_REASON,
        )
