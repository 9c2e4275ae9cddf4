"""Who may see what, who looked, which devices speak for her, and a copy of everything to keep."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from backend.core.problems import NotFound
from backend.core.rendering import to_json
from backend.guidance import queries as guidance
from backend.insights import queries as insights
from backend.ledger.queries import entries_of
from backend.notices import queries as notices
from backend.patients import queries as patients
from backend.patients.access import EVERYDAY, Category, Deed
from backend.patients.actions import revoke_phone, withdraw_grant
from backend.patients.models import Grant
from backend.portal.doors import Visitor, draw
from backend.regimens import queries as regimens
from backend.streams import queries as streams
from backend.surveys import queries as surveys
from backend.visits import queries as visits
from backend.wire.codec import wire_time
from backend.wire.language import Language
from backend.wire.measures import MEASURES

LOOKED = 100
EVERYTHING = 1_000_000
LIFE = timedelta(days=366 * 11)


def show(visitor: Visitor) -> HttpResponse:
    """Consents, the latest accesses, devices, and what there is to take along."""
    chart = visitor.chart(Category.PROFILE, Category.STREAMS, subject="privacy page")
    words = kinds_in_words(visitor.said)
    people = {str(m.user_id): m.user.name for m in patients.team(chart, now=visitor.now)}
    grants = [
        (
            row,
            people.get(row.recipient, ""),
            visitor.said.listed([words[k] for k in row.categories]),
        )
        for row in patients.grants_changed_since(chart, after=0, limit=EVERYTHING)
        if row.ends_at is None or row.ends_at > visitor.now
    ]
    entries = entries_of(visitor.patient.id).exclude(actor_id=visitor.device.user_id)
    people_only = entries.exclude(actor_id=None)[:LOOKED]
    values = {
        "grants": grants,
        "care_team": Grant.CARE_TEAM,
        "looked": [(visitor.local(e.at), f"{visitor.local(e.at):%H:%M}", e) for e in people_only],
        "devices": [d for d in patients.devices(chart) if d.revoked_at is None],
        "this_device": visitor.device.id,
        "kinds": [MEASURES[kind] for kind in streams.kinds_of(chart)],
    }
    return draw(visitor, "privacy", values)


def kinds_in_words(said: Language) -> dict[str, str]:
    """What the kinds of data are called."""
    return {
        Category.PROFILE: said.gettext("who you are"),
        Category.STREAMS: said.gettext("what is measured"),
        Category.MEDICINES: said.gettext("medicines"),
        Category.SURVEYS: said.gettext("answers to questions"),
        Category.INSIGHTS: said.gettext("findings and advice"),
        Category.VISITS: said.gettext("visits"),
        Category.NOTICES: said.gettext("reminders"),
        Category.GENOMICS: said.gettext("your genome"),
    }


def withdraw(visitor: Visitor, grant_id: UUID) -> HttpResponse:
    """A consent ends at once."""
    chart = visitor.chart(Category.PROFILE, subject="consent withdrawn", deed=Deed.CHANGE)
    withdraw_grant(chart, grant_id, now=visitor.now)
    return redirect("me:privacy")


def sign_out(visitor: Visitor, device_id: UUID) -> HttpResponse:
    """One of her devices speaks for her no more."""
    chart = visitor.chart(Category.PROFILE, subject="device signed out", deed=Deed.CHANGE)
    revoke_phone(chart, device_id, now=visitor.now)
    return redirect("me:privacy")


def export(visitor: Visitor) -> HttpResponse:
    """The record as one JSON file, in the words of the API; what was measured comes by kind."""
    chart = visitor.chart(*sorted(EVERYDAY), subject="export")
    all_of = {"after": 0, "limit": EVERYTHING}
    whole: dict[str, Any] = {
        "profile": patients.profile_row(chart),
        "grants": patients.grants_changed_since(chart, **all_of),
        "regimens": regimens.regimens(chart),
        "doses": regimens.doses_changed_since(chart, **all_of),
        "surveys": surveys.changed_since(chart, **all_of),
        "findings": insights.finding_rows(chart),
        "advice": guidance.changed_since(chart, **all_of),
        "visits": visits.changed_since(chart, **all_of),
        "notices": notices.changed_since(chart, **all_of),
        "looked": [
            {"at": e.at, "who": e.actor_name, "role": e.actor_role, "deed": e.deed,
             "categories": e.categories, "purpose": e.purpose, "subject": e.subject}
            for e in entries_of(visitor.patient.id)
        ],
    }  # fmt: skip
    text = json.dumps(to_json(whole), ensure_ascii=False, indent=1)
    return _file(HttpResponse(text, content_type="application/json"), "evenkeel.json")


def export_kind(visitor: Visitor, kind: str) -> HttpResponse:
    """All samples of one kind as csv, read line by line."""
    if kind not in MEASURES:
        raise NotFound()
    chart = visitor.chart(Category.STREAMS, subject="export")
    days = streams.raw_days(chart, kind, start=visitor.now - LIFE, end=visitor.now)
    unit = MEASURES[kind].unit

    def lines() -> Iterator[str]:
        yield f"time,{kind}_{unit}\r\n"
        for day in days:
            pairs = zip(day.instants.tolist(), day.values.tolist(), strict=True)
            yield "".join(f"{wire_time(at)},{value:g}\r\n" for at, value in pairs)

    return _file(StreamingHttpResponse(lines(), content_type="text/csv"), f"{kind}.csv")


def _file(response: Any, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[no-any-return]
