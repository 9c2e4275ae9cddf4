"""The desk's side of the demo: staff, admissions and prescriptions, by the rooms' own actions."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from backend.accounts.actions import add_user, revoke_device
from backend.accounts.actors import Actor, actor_of
from backend.accounts.models import Role, User
from backend.demo.background import tell_background
from backend.demo.personas import MARK, Medicine, Persona
from backend.demo.series import DAY_MS, Span
from backend.patients import queries
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.actions import Profile, admit_patient, join_team, make_enrolment_code
from backend.regimens.actions import Timing, prescribe

STAFF = (
    ("lindqvist", "Dr Bo Lindqvist", Role.CLINICIAN),
    ("marin", "Dr Elena Marin", Role.CLINICIAN),
    ("aydin", "Cem Aydin", Role.COORDINATOR),
    ("operator", "Opal Ordway", Role.OPERATOR),
)
WORDS = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "juniper",
    "kelp", "lark", "maple", "north", "otter", "pebble", "quartz", "river", "saffron", "tulip",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """The staff of the demo and their passwords, which are in clear only here."""

    clinicians: tuple[User, ...]
    coordinator: User
    sign_ins: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A simulated patient with a code for the phone."""

    persona: Persona
    patient_id: UUID
    clinician: Actor
    code: str


def hire_staff() -> Desk:
    """Two clinicians, a coordinator and an operator, each with a fresh password."""
    people: dict[str, User] = {}
    sign_ins = []
    for username, name, role in STAFF:
        password = _password()
        people[username] = add_user(
            username=username, name=name + MARK, role=role, password=password
        )
        sign_ins.append((username, password))
    doctors = tuple(user for user in people.values() if user.role == Role.CLINICIAN)
    return Desk(doctors, people["aydin"], sign_ins)


def _password() -> str:
    words = "-".join(secrets.choice(WORDS) for _ in range(3))
    return f"{words}-{secrets.randbelow(9000) + 1000}"


def admit(desk: Desk, persona: Persona, span: Span, *, now: datetime) -> Admitted:
    """Admission, team, prescriptions and a code for the phone, as one clinician's morning."""
    doctor = desk.clinicians[persona.index % len(desk.clinicians)]
    actor = actor_of(doctor)
    profile = Profile(
        name=persona.name,
        zone=persona.zone,
        birth_date=persona.birth_date,
        sex=persona.sex,
        units={"glucose": "mmol/L"} if persona.zone == "Europe/London" else None,
    )
    with transaction.atomic():
        patient = admit_patient(actor, profile, simulated=True, now=now)
        chart = _chart(actor, patient.id, now)
        join_team(chart, desk.coordinator, now=now)
        for medicine in persona.medicines:
            _prescribe(chart, medicine, persona.treated_days, span)
        tell_background(chart, persona, now=now)
        code = make_enrolment_code(chart, now=now)
    return Admitted(persona, patient.id, actor, code)


def _prescribe(chart: Chart, medicine: Medicine, days: int, span: Span) -> None:
    """As if so many days ago: the doses of the past are there for the phone to report on."""
    begin = max(int(span.midnights_ms[0]), span.until_ms - days * DAY_MS)
    starts = datetime.fromtimestamp(begin / 1000, ZoneInfo(span.zone)).replace(hour=6)
    prescribe(
        chart,
        medicine=medicine.name,
        dose=medicine.dose,
        instructions=medicine.instructions,
        timing=Timing(
            rule=medicine.rule,
            times=medicine.times,
            mode=medicine.mode,
            starts_local=f"{starts:%Y-%m-%dT%H:%M}",
        ),
        now=span.until,
    )


def lose_phone(admitted: Admitted, *, now: datetime) -> str:
    """The patient's phone is revoked; returns the code for the next one."""
    with transaction.atomic():
        chart = _chart(admitted.clinician, admitted.patient_id, now)
        for device in queries.devices(chart):
            revoke_device(device.id, now=now)
        return make_enrolment_code(chart, now=now)


def _chart(actor: Actor, patient_id: UUID, now: datetime) -> Chart:
    wanted = (Category.PROFILE, Category.MEDICINES, Category.STREAMS, Category.SURVEYS)
    return open_chart(actor, patient_id, *wanted, deed=Deed.CHANGE, subject="demo", now=now)
