"""The only answer to "may they?", and the only way to a patient's data.

A decision joins role, relation (own record, membership), consent (grant) and purpose. It is given
as an open Chart, which what reads or writes takes as its first argument: fetching is authorising.
Opening one writes the ledger entry in the caller's transaction. Missing and forbidden look alike.

An operator runs the machines: no path here leads from that role to a chart. Genomic data is for
treatment and the patient's own request only.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from backend.accounts.actors import Actor, actor_of
from backend.accounts.models import Device, Role
from backend.core.problems import NotFound
from backend.ledger.actions import record
from backend.patients.models import Grant, Member, Patient


class Category(StrEnum):
    """Kinds of data, as consents name them."""

    PROFILE = "profile"
    STREAMS = "streams"
    MEDICINES = "medicines"
    SURVEYS = "surveys"
    INSIGHTS = "insights"
    VISITS = "visits"
    NOTICES = "notices"
    MESSAGES = "messages"
    GENOMICS = "genomics"


EVERYDAY = frozenset(Category) - {Category.GENOMICS}


class Purpose(StrEnum):
    """HL7 v3 ActReason; coverage and employment do not exist here."""

    TREAT = "TREAT"
    PATRQT = "PATRQT"
    FAMRQT = "FAMRQT"


class Deed(StrEnum):
    """What an open chart is good for; CHANGE includes READ."""

    READ = "read"
    CHANGE = "change"


PURPOSE_OF_ROLE = {
    Role.PATIENT: Purpose.PATRQT,
    Role.CAREGIVER: Purpose.FAMRQT,
    Role.CLINICIAN: Purpose.TREAT,
    Role.COORDINATOR: Purpose.TREAT,
    "job": Purpose.TREAT,
}
CHANGES_OF_ROLE = {
    Role.PATIENT: EVERYDAY,
    Role.CAREGIVER: frozenset({Category.MESSAGES}),
    Role.CLINICIAN: EVERYDAY,
    Role.COORDINATOR: frozenset(
        {Category.PROFILE, Category.VISITS, Category.NOTICES, Category.MESSAGES}
    ),
    "job": EVERYDAY,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """An open chart: who opened it, whose, for which kinds of data. Made by open_chart only."""

    actor: Actor
    patient: Patient
    categories: frozenset[Category]
    deed: Deed

    def need(self, category: Category, deed: Deed = Deed.READ) -> None:
        """Raises NotFound unless the chart was opened for this."""
        if category not in self.categories or (deed == Deed.CHANGE and self.deed != Deed.CHANGE):
            raise NotFound()


def open_chart(
    actor: Actor,
    patient_id: UUID,
    *categories: Category,
    deed: Deed = Deed.READ,
    subject: str = "",
    now: datetime,
) -> Chart:
    """The patient's chart, opened for these kinds of data, and entered in the ledger.

    Raises NotFound if there is no such patient or the actor may not do this.
    """
    wanted = frozenset(categories)
    patient = _within_reach(actor, wanted, deed, now).filter(pk=patient_id).first()
    if patient is None:
        raise NotFound()
    _enter(actor, [patient], wanted, deed, subject, now)
    return Chart(actor, patient, wanted, deed)


def hold_charts(
    actor: Actor,
    patient_ids: Iterable[UUID],
    *categories: Category,
    deed: Deed,
    subject: str,
    now: datetime,
) -> list[Chart]:
    """The charts of many, each entered in the ledger, their rows held until commit.

    Whom the actor may not see, or another transaction holds, is left out. Held in the order of
    their ids, so that none who hold many wait in a ring.
    """
    wanted = frozenset(categories)
    found = _within_reach(actor, wanted, deed, now).filter(pk__in=list(patient_ids))
    held = list(found.order_by("id").select_for_update(skip_locked=True, no_key=True))
    if held:
        _enter(actor, held, wanted, deed, subject, now)
    return [Chart(actor, patient, wanted, deed) for patient in held]


def caregivers_of(
    patient_ids: Iterable[UUID], category: Category, *, now: datetime
) -> dict[UUID, list[UUID]]:
    """Of each patient the caregivers whom she lets see this kind of data: they may be told."""
    members = Member.objects.filter(
        _holding(now), patient_id__in=list(patient_ids), role=Role.CAREGIVER
    ).annotate(person=Cast("user_id", CharField()))
    allowed = Grant.objects.filter(
        _holding(now),
        patient=OuterRef("patient_id"),
        recipient=OuterRef("person"),
        purpose=PURPOSE_OF_ROLE[Role.CAREGIVER],
        categories__contains=[str(category)],
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = members.filter(Exists(allowed)).order_by("user_id")
    for patient_id, user_id in rows.values_list("patient_id", "user_id"):
        found[patient_id].append(user_id)
    return dict(found)


def team_may_read(patient: Patient, category: Category, *, now: datetime) -> bool:
    """Whether the patient lets her care team see this kind of data."""
    return Grant.objects.filter(
        _holding(now),
        patient=patient,
        recipient=Grant.CARE_TEAM,
        purpose=Purpose.TREAT,
        categories__contains=[str(category)],
    ).exists()


def open_own_chart(
    phone: Device, *categories: Category, deed: Deed = Deed.READ, subject: str = "", now: datetime
) -> Chart:
    """The chart of the patient whose phone this is; costs no query where phones.py found it.

    Raises NotFound if it is nobody's who has one.
    """
    owner, wanted = phone.user, frozenset(categories)
    patient: Patient | None = getattr(owner, "patient", None)
    if patient is None or owner.role != Role.PATIENT or not wanted <= EVERYDAY:
        raise NotFound()
    actor = actor_of(owner, phone)
    _enter(actor, [patient], wanted, deed, subject, now)
    return Chart(actor, patient, wanted, deed)


def list_patients(actor: Actor, *categories: Category, now: datetime) -> QuerySet[Patient]:
    """Patients whose data of these kinds the actor may read; enter_list tells who was shown."""
    return _within_reach(actor, frozenset(categories), Deed.READ, now)


def enter_list(
    actor: Actor,
    patients: Iterable[Patient],
    *categories: Category,
    subject: str,
    now: datetime,
) -> None:
    """One ledger entry for each patient who was shown in a list."""
    _enter(actor, patients, frozenset(categories), Deed.READ, subject, now)


def may(
    actor: Actor, patient_id: UUID, *categories: Category, deed: Deed = Deed.READ, now: datetime
) -> bool:
    """The bare answer, for buttons; it opens nothing and leaves no entry."""
    return _within_reach(actor, frozenset(categories), deed, now).filter(pk=patient_id).exists()


def _enter(
    actor: Actor,
    patients: Iterable[Patient],
    categories: frozenset[Category],
    deed: Deed,
    subject: str,
    now: datetime,
) -> None:
    record(
        actor,
        patients=[patient.id for patient in patients],
        deed=deed,
        categories=categories,
        purpose=PURPOSE_OF_ROLE[actor.role],
        subject=subject,
        now=now,
    )


def _within_reach(
    actor: Actor, wanted: frozenset[Category], deed: Deed, now: datetime
) -> QuerySet[Patient]:
    """Role, then relation, then consent."""
    everyone = Patient.objects.all()
    if actor.role not in PURPOSE_OF_ROLE or not wanted:
        return everyone.none()
    if deed == Deed.CHANGE and not wanted <= CHANGES_OF_ROLE[actor.role]:
        return everyone.none()
    if actor.id is None:
        return everyone if actor.is_job and wanted <= EVERYDAY else everyone.none()
    if actor.role == Role.PATIENT:
        return everyone.filter(user_id=actor.id)
    return everyone.filter(_is_member(actor.id, actor.role, now), _has_consent(actor, wanted, now))


def _holding(now: datetime) -> Q:
    return Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))


def _is_member(user_id: UUID, role: str, now: datetime) -> Exists:
    held = Member.objects.filter(_holding(now), patient=OuterRef("pk"), user_id=user_id)
    return Exists(held.filter(role=role))


def _has_consent(actor: Actor, wanted: frozenset[Category], now: datetime) -> Exists:
    """One grant in force covers all that is wanted; a caregiver needs one in her own name."""
    recipients = [str(actor.id)]
    if actor.role != Role.CAREGIVER:
        recipients.append(Grant.CARE_TEAM)
    return Exists(
        Grant.objects.filter(
            _holding(now),
            patient=OuterRef("pk"),
            recipient__in=recipients,
            purpose=PURPOSE_OF_ROLE[actor.role],
            categories__contains=[str(c) for c in wanted],
        )
    )
