"""The simulated cohort, loaded through the public doors while the web server runs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from backend.demo.behaviour import dose_events, past_slots, survey_events, visit_events
from backend.demo.clinic import Admitted, admit, hire_staff, lose_phone
from backend.demo.personas import FIRST, draw_personas
from backend.demo.phone import Phone, Refused
from backend.demo.series import Series, Span
from backend.demo.simulation import simulate, split_late

SEED = 2026
PHONES_AT_ONCE = 3  # two cores: the server needs them more
LATE_DAYS = range(6, 10)  # days before the end that reach the offline phones' server late


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a visitor needs to look around; the first patient has no phone: the visitor's is."""

    staff: list[tuple[str, str]]
    first_patient: UUID
    enrolment_code: str
    patients: list[UUID]
    samples: int
    events: int


@dataclass
class _Carried:
    """A person with her phone and what it still has to send."""

    admitted: Admitted
    span: Span
    phone: Phone
    late: list[Series] = field(default_factory=list)
    samples: int = 0
    events: int = 0


def load(
    web_url: str,
    *,
    patients: int = 50,
    days: int = 60,
    seed: int = SEED,
    now: datetime,
    say: Callable[[str], object] = print,
) -> Loaded:
    """Staff, patients and `days` of their lives; raises Refused if the house takes it amiss."""
    desk = hire_staff()
    carried = []
    with ExitStack() as open_phones, ThreadPoolExecutor(PHONES_AT_ONCE) as pool:
        lives = []
        for persona in draw_personas(patients, seed=seed, today=now.date()):
            span = Span(persona.zone, days, now)
            admitted = admit(desk, persona, span, now=now)
            # A connection of its own, as phones have: a shared one would keep one web worker busy.
            http = open_phones.enter_context(httpx.Client(base_url=web_url))
            one = _Carried(admitted, span, Phone(http, f"Phone of {persona.name}"))
            carried.append(one)
            lives.append(pool.submit(_live, one, seed))
        say(f"demo: {len(carried)} simulated patients admitted")
        for life in lives:
            life.result()
        say(f"demo: {sum(one.samples for one in carried):,} simulated samples sent by phones")
        for _ in pool.map(_come_back, carried):
            pass
    code = lose_phone(carried[FIRST].admitted, now=now)
    return Loaded(
        staff=desk.sign_ins,
        first_patient=carried[FIRST].admitted.patient_id,
        enrolment_code=code,
        patients=[one.admitted.patient_id for one in carried],
        samples=sum(one.samples for one in carried),
        events=sum(one.events for one in carried),
    )


def _live(one: _Carried, seed: int) -> None:
    """Enrol, then send what was measured and done; some of it stays on the phone for now."""
    persona, span, now = one.admitted.persona, one.span, one.span.until
    one.phone.enrol(one.admitted.code)
    one.phone.fetch(now)
    series = simulate(persona, span, seed=seed)
    if persona.goes_offline:
        first, last = (span.days - 1 - back for back in (LATE_DAYS[-1], LATE_DAYS[0]))
        pairs = [split_late(each, span, first=first, last=last) for each in series]
        series, one.late = [early for early, _ in pairs], [late for _, late in pairs]
    events = [
        *_doses(one, seed),
        *survey_events(persona, span, seed=seed),
        *visit_events(persona, span),
    ]
    one.samples += one.phone.send(series, events, now)
    one.events += len(events)


def _doses(one: _Carried, seed: int) -> list[dict[str, Any]]:
    """Dose events under the ids that the phone computes itself; the server must name them alike."""
    due = [
        slot
        for regimen in one.phone.regimens.values()
        for slot in past_slots(regimen, zone=one.phone.zone, span=one.span)
    ]
    due.sort(key=lambda slot: (slot.due_at, slot.key))
    if any(str(slot.dose_id) not in one.phone.doses for slot in due):
        raise Refused("phone and server do not name the same doses")
    return list(dose_events(one.admitted.persona, due, one.span, seed=seed))


def _come_back(one: _Carried) -> None:
    """The phones that were offline send the rest."""
    if one.late:
        one.samples += one.phone.send(one.late, [], one.span.until)
