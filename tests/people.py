"""The cast: people whom the tests are about, made by the real actions."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from backend.accounts.actions import add_user
from backend.accounts.actors import Actor, actor_of, job
from backend.accounts.models import Device, Role, User
from backend.patients.access import EVERYDAY, Category, Chart, Deed, open_chart
from backend.patients.actions import (
    Profile,
    admit_patient,
    enrol_device,
    join_team,
    make_enrolment_code,
)
from backend.patients.models import Patient

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
PASSWORD = "a-long-walk-by-the-sea"  # of everyone at the desk


@dataclass
class Person:
    """Somebody with an account; a patient also has a record and an enrolled phone."""

    user: User
    patient: Patient | None = None
    device: Device | None = None
    token: str = ""

    @property
    def actor(self) -> Actor:
        return actor_of(self.user, self.device)

    @property
    def id(self) -> UUID:
        """The patient's id."""
        assert self.patient is not None
        return self.patient.id

    @property
    def bearer(self) -> dict[str, str]:
        """Header of the person's phone, for Django's test client."""
        return {"HTTP_AUTHORIZATION": f"Bearer {self.token}"}


@dataclass
class Cast:
    """Amina and the people around her, and the ones who have no business with her."""

    amina: Person
    bo: Person  # her clinician
    coordinator: Person  # of her team
    carla: Person  # her caregiver, without a grant
    operator: Person
    other_clinician: Person
    stranger: Person  # the other clinician's patient


def staff(username: str, name: str, role: Role) -> Person:
    return Person(add_user(username=username, name=name, role=role, password=PASSWORD))


def patient_of(clinician: Person, name: str, *, zone: str = "Europe/Berlin") -> Person:
    """A patient admitted by this clinician, her phone enrolled."""
    patient = admit_patient(clinician.actor, Profile(name=name, zone=zone), now=NOW)
    person = Person(patient.user, patient)
    enrol_phone(person)
    return person


def enrol_phone(person: Person, *, now: datetime = NOW) -> None:
    code = make_enrolment_code(chart(job("test"), person, Category.PROFILE, change=True), now=now)
    enrolled = enrol_device(code, name="Phone", platform="test", now=now)
    person.device, person.token = enrolled.device, enrolled.token


def chart(
    who: Person | Actor,
    patient: Person | Patient,
    *categories: Category,
    change: bool = False,
    now: datetime = NOW,
) -> Chart:
    """An open chart of everyday categories, or of the ones named."""
    actor = who.actor if isinstance(who, Person) else who
    id_ = patient.id
    deed = Deed.CHANGE if change else Deed.READ
    return open_chart(actor, id_, *(categories or EVERYDAY), deed=deed, subject="test", now=now)


def make_cast() -> Cast:
    bo = staff("bo", "Dr Bo Lindqvist", Role.CLINICIAN)
    other = staff("olga", "Dr Olga Other", Role.CLINICIAN)
    amina = patient_of(bo, "Amina Okafor")
    coordinator = staff("cem", "Cem Coordinator", Role.COORDINATOR)
    carla = Person(
        add_user(username="carla", name="Carla Carer", role=Role.CAREGIVER, password=PASSWORD)
    )
    team = chart(bo, amina, Category.PROFILE, change=True)
    for member in (coordinator, carla):
        join_team(team, member.user, now=NOW)
    return Cast(
        amina=amina,
        bo=bo,
        coordinator=coordinator,
        carla=carla,
        operator=staff("opal", "Opal Operator", Role.OPERATOR),
        other_clinician=other,
        stranger=patient_of(other, "Stranger Strand", zone="America/New_York"),
    )
