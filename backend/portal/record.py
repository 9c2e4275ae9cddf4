"""The whole record: a copy to take along, and its end.

Erasing deletes every row of hers in every room, whatever the rooms think of each other. What stays
is the ledger: who looked and when, without a word about her health.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models

from backend.accounts.models import Role, User
from backend.core.problems import NotFound
from backend.guidance import queries as guidance
from backend.insights import queries as insights
from backend.ledger.queries import entries_of
from backend.messages import queries as messages
from backend.notices import queries as notices
from backend.notices.models import Delivery, Occurrence
from backend.patients import queries as patients
from backend.patients.access import Category, Chart, Deed
from backend.patients.background import all_answers
from backend.patients.models import Patient
from backend.patients.revisions import hold_patient
from backend.regimens import queries as regimens
from backend.streams import queries as streams
from backend.surveys import queries as surveys
from backend.visits import queries as visits
from backend.wire.codec import wire_time
from backend.wire.measures import MEASURES

EVERYTHING = 1_000_000
LIFE = timedelta(days=366 * 11)


def whole_record(chart: Chart) -> dict[str, Any]:
    """All but what was measured, in the words of the API, and who looked."""
    all_of = {"after": 0, "limit": EVERYTHING}
    return {
        "profile": patients.profile_row(chart),
        "grants": patients.grants_changed_since(chart, **all_of),
        "regimens": regimens.regimens(chart),
        "doses": regimens.doses_changed_since(chart, **all_of),
        "background": all_answers(chart),
        "surveys": surveys.changed_since(chart, **all_of),
        "findings": insights.finding_rows(chart),
        "advice": guidance.changed_since(chart, **all_of),
        "visits": visits.changed_since(chart, **all_of),
        "notices": notices.changed_since(chart, **all_of),
        "messages": messages.changed_since(chart, **all_of),
        "measured": streams.kinds_of(chart),
        "looked": [
            {"at": e.at, "who": e.actor_name, "role": e.actor_role, "deed": e.deed,
             "categories": e.categories, "purpose": e.purpose, "subject": e.subject}
            for e in entries_of(chart.patient.id)
        ],
    }  # fmt: skip


def csv_of(chart: Chart, kind: str, *, now: datetime) -> Iterator[str]:
    """All samples of one kind, day by day; raises NotFound for no such kind."""
    if kind not in MEASURES:
        raise NotFound()
    days = streams.raw_days(chart, kind, start=now - LIFE, end=now)

    def lines() -> Iterator[str]:
        yield f"time,{kind}_{MEASURES[kind].unit}\r\n"
        for day in days:
            pairs = zip(day.instants.tolist(), day.values.tolist(), strict=True)
            yield "".join(f"{wire_time(at)},{value:g}\r\n" for at, value in pairs)

    return lines()


def erase_record(chart: Chart) -> None:
    """Delete the patient, her devices and all that is known of her; only she can ask for it."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    if chart.actor.role != Role.PATIENT:
        raise NotFound()
    patient = chart.patient
    hold_patient(patient.id)
    said = Occurrence.objects.filter(patient=patient)
    _delete(Delivery.objects.filter(key__in=said.values("key")))
    _delete(Patient.objects.filter(pk=patient.id))
    _delete(User.objects.filter(pk=patient.user_id))


def _delete(rows: models.QuerySet[Any]) -> None:
    """These rows, and before them whatever points at them."""
    for pointer in rows.model._meta.get_fields(include_hidden=True):
        is_pointer = pointer.auto_created and not pointer.concrete and not pointer.many_to_many
        child = pointer.related_model
        if is_pointer and child is not rows.model:  # what points at its own kind goes along
            _delete(child._base_manager.filter(**{f"{pointer.field.name}__in": rows}))
    rows._raw_delete(DEFAULT_DB_ALIAS)
