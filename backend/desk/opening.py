"""Opening a patient's chart for the patient page: as widely as the patient has consented."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.accounts.actors import Actor
from backend.core.problems import NotFound
from backend.patients.access import (
    CHANGES_OF_ROLE,
    EVERYDAY,
    Category,
    Chart,
    Deed,
    may,
    open_chart,
)
from backend.patients.models import Patient


@dataclass(frozen=True, slots=True)
class Opened:
    """The charts that a page reads through, by kind of data; what is not shared is absent."""

    actor: Actor
    patient: Patient
    charts: Mapping[Category, Chart]

    def chart(self, category: Category) -> Chart:
        """Raises NotFound for a kind that is not shared."""
        if category not in self.charts:
            raise NotFound()
        return self.charts[category]

    def changeable(self) -> frozenset[Category]:
        """Kinds for which buttons are shown; the action itself asks access again."""
        return CHANGES_OF_ROLE[self.actor.role] & frozenset(self.charts)


def open_widely(actor: Actor, patient_id: UUID, *, subject: str, now: datetime) -> Opened:
    """All everyday data, or as much of it as is shared; raises NotFound without the profile."""
    try:
        whole = open_chart(actor, patient_id, *EVERYDAY, subject=subject, now=now)
    except NotFound:
        return _open_by_kind(actor, patient_id, subject, now)
    return Opened(actor, whole.patient, dict.fromkeys(sorted(EVERYDAY), whole))


def _open_by_kind(actor: Actor, patient_id: UUID, subject: str, now: datetime) -> Opened:
    shared = [kind for kind in sorted(EVERYDAY) if may(actor, patient_id, kind, now=now)]
    if Category.PROFILE not in shared:
        raise NotFound()
    charts = {
        kind: open_chart(actor, patient_id, kind, subject=subject, now=now) for kind in shared
    }
    return Opened(actor, charts[Category.PROFILE].patient, charts)


def open_form(
    actor: Actor,
    patient_id: UUID,
    category: Category,
    *,
    is_saving: bool,
    subject: str,
    now: datetime,
) -> Chart:
    """For a form that changes data: shown only to who may change them, and read until it is saved.

    Raises NotFound.
    """
    if not is_saving and not may(actor, patient_id, category, deed=Deed.CHANGE, now=now):
        raise NotFound()
    deed = Deed.CHANGE if is_saving else Deed.READ
    return open_chart(actor, patient_id, category, deed=deed, subject=subject, now=now)
