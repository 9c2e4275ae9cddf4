"""Patients with phones, made by the rooms' own actions. Imported once Django is set up."""

import httpx
from django.db import transaction

from backend.accounts.actions import add_user
from backend.accounts.actors import actor_of, job
from backend.accounts.models import Role, User
from backend.core.models import bucket_of, new_id
from backend.patients.access import Category, Deed, open_chart
from backend.patients.actions import Profile, admit_patient, enrol_device, make_enrolment_code
from backend.patients.models import Patient
from bench.house import PhoneOf, now


def phones(count: int) -> list[PhoneOf]:
    """So many patients of one clinician, each with an enrolled phone."""
    with transaction.atomic():
        doctor = add_user(username=f"doctor-{now()}", name="Dr Bench", role=Role.CLINICIAN)
        return [_phone(actor_of(doctor)) for _ in range(count)]


def patients(count: int) -> None:
    """So many patients without a phone, in two statements: only their rows matter."""
    ids = [new_id() for _ in range(count)]
    users = [User(id=new_id(), username=f"bench-{id_}", name="Bench") for id_ in ids]
    User.objects.bulk_create(users)
    Patient.objects.bulk_create(
        Patient(id=id_, user=user, bucket=bucket_of(id_), name="Bench", zone="Europe/Berlin")
        for id_, user in zip(ids, users, strict=True)
    )


def _phone(doctor: object) -> PhoneOf:
    profile = Profile(name="Bench", zone="Europe/Berlin")
    patient = admit_patient(doctor, profile, simulated=True, now=now())  # type: ignore[arg-type]
    chart = open_chart(
        job("bench"), patient.id, Category.PROFILE, deed=Deed.CHANGE, subject="bench", now=now()
    )
    code = make_enrolment_code(chart, now=now())
    return PhoneOf(patient.id, enrol_device(code, name="Bench", platform="bench", now=now()).token)


def up_to_date(web_url: str, owner: PhoneOf) -> str:
    """The cursor of a phone that has read all there is."""
    cursor: str | None = None
    more = True
    while more:
        body: dict[str, object] = {
            "cursor": cursor,
            "device_time": now().isoformat(),
            "uploads": [],
            "events": [],
        }
        reply = httpx.post(f"{web_url}/api/v1/sync", json=body, headers=owner.headers).json()
        cursor, more = reply["cursor"], reply["more"]
    return str(cursor)
