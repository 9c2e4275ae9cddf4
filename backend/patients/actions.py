"""Admitting patients, forming their care team, enrolling their phones, keeping their profile."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import available_timezones

from backend.accounts.actions import add_device, add_user, revoke_device
from backend.accounts.actors import Actor, actor_of
from backend.accounts.models import Device, Role, User
from backend.core.models import bucket_of, new_id
from backend.core.problems import Forbidden, Invalid, NotFound, invalid_field
from backend.ledger.actions import record
from backend.patients.access import (
    EVERYDAY,
    PURPOSE_OF_ROLE,
    Category,
    Chart,
    Deed,
    Purpose,
)
from backend.patients.models import EnrolmentCode, Grant, Member, Patient
from backend.patients.revisions import take_revisions
from backend.wire.language import LANGUAGES
from backend.wire.problems import Code

CODE_LIFE = timedelta(days=7)
WEB = "web"  # the platform of a browser
# No letter that is mistaken for another when read from paper or over the telephone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 10
MAY_ADMIT = frozenset({Role.CLINICIAN, Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person when she is admitted, and what she may change later."""

    name: str
    zone: str
    birth_date: date | None = None
    sex: str = Patient.Sex.UNKNOWN
    language: str = "en"
    units: dict[str, str] | None = None
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    names_on_lock_screen: bool = False


def check_zone(zone: str) -> None:
    """Raises Invalid unless `zone` is an IANA zone."""
    if zone not in available_timezones():
        raise invalid_field("zone", Code.INVALID, "This is not an IANA time zone.")


def check_language(language: str) -> None:
    """Raises Invalid unless it is one that we speak."""
    if language not in LANGUAGES:
        spoken = ", ".join(LANGUAGES)
        raise invalid_field("language", Code.INVALID, f"Choose one of these: {spoken}.")


def admit_patient(
    actor: Actor, profile: Profile, *, simulated: bool = False, now: datetime
) -> Patient:
    """A new patient with the admitting member as her first care team, consenting to everyday care.

    Raises Forbidden unless a clinician or coordinator admits, Invalid for a zone or language that
    is not known.
    """
    if actor.role not in MAY_ADMIT or actor.id is None:
        raise Forbidden()
    check_zone(profile.zone)
    check_language(profile.language)
    id_ = new_id()
    user = add_user(username=f"patient-{id_}", name=profile.name, role=Role.PATIENT)
    patient = Patient.objects.create(
        id=id_, user=user, bucket=bucket_of(id_), simulated=simulated, **_columns(profile)
    )
    Member.objects.create(patient=patient, user_id=actor.id, role=actor.role, starts_at=now)
    _grant(patient, Grant.CARE_TEAM, EVERYDAY, Purpose.TREAT, None, now)
    (revision,) = take_revisions(id_)
    Patient.objects.filter(pk=id_).update(profile_revision=revision)
    record(
        actor,
        patients=[id_],
        deed=Deed.CHANGE,
        categories=EVERYDAY,
        purpose=Purpose.TREAT,
        subject="admission",
        now=now,
    )
    patient.refresh_from_db()
    return patient


def _columns(profile: Profile) -> dict[str, object]:
    return {name: getattr(profile, name) for name in Profile.__dataclass_fields__} | {
        "units": profile.units or {}
    }


def change_profile(chart: Chart, **changed: object) -> Patient:
    """Set some of Profile's fields; the phone sees it at its next sync. Raises Invalid."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    if unknown := set(changed) - set(Profile.__dataclass_fields__):
        raise invalid_field(min(unknown), Code.UNKNOWN_FIELD, "A profile has no such field.")
    if "zone" in changed:
        check_zone(str(changed["zone"]))
    if "language" in changed:
        check_language(str(changed["language"]))
    (revision,) = take_revisions(chart.patient.id)
    Patient.objects.filter(pk=chart.patient.id).update(profile_revision=revision, **changed)
    if "name" in changed:
        User.objects.filter(pk=chart.patient.user_id).update(name=changed["name"])
    chart.patient.refresh_from_db()
    return chart.patient


def join_team(chart: Chart, user: User, *, now: datetime) -> Member:
    """Add a clinician, coordinator or caregiver. A caregiver still needs the patient's grant."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    if user.role not in {Role.CLINICIAN, Role.COORDINATOR, Role.CAREGIVER}:
        raise invalid_field("user", Code.INVALID, "Only care staff and caregivers join a team.")
    member, _ = Member.objects.get_or_create(
        patient=chart.patient,
        user=user,
        ends_at=None,
        defaults={"role": user.role, "starts_at": now},
    )
    return member


def leave_team(chart: Chart, user: User, *, now: datetime) -> None:
    """The membership ends; what she did stays in the ledger."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    Member.objects.filter(patient=chart.patient, user=user, ends_at=None).update(ends_at=now)


def give_grant(
    chart: Chart,
    *,
    recipient: str,
    categories: frozenset[Category],
    purpose: Purpose,
    ends_at: datetime | None = None,
    now: datetime,
) -> Grant:
    """A consent by the patient herself, or written down for her by her clinician."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    return _grant(chart.patient, recipient, categories, purpose, ends_at, now)


def _grant(
    patient: Patient,
    recipient: str,
    categories: frozenset[Category],
    purpose: Purpose,
    ends_at: datetime | None,
    now: datetime,
) -> Grant:
    (revision,) = take_revisions(patient.id)
    return Grant.objects.create(
        patient=patient,
        bucket=patient.bucket,
        revision=revision,
        recipient=recipient,
        categories=sorted(str(c) for c in categories),
        purpose=purpose,
        starts_at=now,
        ends_at=ends_at,
    )


def withdraw_grant(chart: Chart, grant_id: UUID, *, now: datetime) -> None:
    """Consent ends at once; the row stays as the record that it was given. Raises NotFound."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    grant = Grant.objects.filter(pk=grant_id, patient=chart.patient).first()
    if grant is None:
        raise NotFound()
    if grant.ends_at is not None and grant.ends_at <= now:
        return
    (revision,) = take_revisions(chart.patient.id)
    Grant.objects.filter(pk=grant.pk).update(ends_at=now, revision=revision)


def _code_digest(code: str) -> bytes:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.encode()).digest()


def make_enrolment_code(chart: Chart, *, now: datetime) -> str:
    """A code such as "7GK4M-Q2XWP" that admits one phone within a week."""
    return _make_code(chart, None, now)


def make_carer_code(chart: Chart, user_id: UUID, *, now: datetime) -> str:
    """The same for a browser of a caregiver on the patient's team; raises NotFound for others."""
    held = Member.objects.filter(patient=chart.patient, user_id=user_id, role=Role.CAREGIVER)
    if not held.filter(starts_at__lte=now).exclude(ends_at__lte=now).exists():
        raise NotFound()
    return _make_code(chart, user_id, now)


def _make_code(chart: Chart, user_id: UUID | None, now: datetime) -> str:
    chart.need(Category.PROFILE, Deed.CHANGE)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    EnrolmentCode.objects.create(
        patient=chart.patient,
        user_id=user_id,
        code_hash=_code_digest(code),
        made_at=now,
        expires_at=now + CODE_LIFE,
    )
    return f"{code[:5]}-{code[5:]}"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A phone that has been admitted; the token exists in clear only here."""

    patient_id: UUID
    device: Device
    token: str


def enrol_device(code: str, *, name: str, platform: str, now: datetime) -> Enrolled:
    """Trade a code for a device; raises Invalid for a code that is unknown, used or too old.

    A caregiver's admits a browser alone: the app is the patient's. The UPDATE is the claim: of two
    phones with one code only one gets in.
    """
    found = EnrolmentCode.objects.filter(
        code_hash=_code_digest(code), used_at=None, expires_at__gt=now
    )
    if platform != WEB:
        found = found.filter(user=None)
    patient_id, user_id = found.values_list("patient_id", "user_id").first() or (None, None)
    if patient_id is None or not found.update(used_at=now):
        raise Invalid("This code does not work. It may be used or too old.")
    patient = Patient.objects.select_related("user").get(pk=patient_id)
    owner = patient.user if user_id is None else User.objects.get(pk=user_id)
    device, token = add_device(owner, name=name, platform=platform, now=now)
    record(
        actor_of(owner, device),
        patients=[patient_id],
        deed=Deed.CHANGE,
        categories=[Category.PROFILE],
        purpose=PURPOSE_OF_ROLE[owner.role],
        subject="enrolment",
        now=now,
    )
    return Enrolled(patient_id, device, token)


def revoke_phone(chart: Chart, device_id: UUID, *, now: datetime) -> None:
    """One of the patient's devices is signed out for good; raises NotFound if it is not hers."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    if not Device.objects.filter(pk=device_id, user_id=chart.patient.user_id).exists():
        raise NotFound()
    revoke_device(device_id, now=now)
