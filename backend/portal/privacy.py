"""Who may see what, who looked, which devices speak for her, and a copy of everything to keep."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from backend.accounts.models import Role
from backend.core.rendering import to_json
from backend.ledger.queries import entries_of
from backend.patients import queries as patients
from backend.patients.access import EVERYDAY, Category, Deed
from backend.patients.actions import CODE_LIFE, make_carer_code, revoke_phone, withdraw_grant
from backend.patients.models import Grant
from backend.portal.doors import COOKIE, Visitor, draw, draw_bare
from backend.portal.record import EVERYTHING, csv_of, erase_record, whole_record
from backend.streams import queries as streams
from backend.wire.language import Language
from backend.wire.measures import MEASURES

LOOKED = 100


def show(visitor: Visitor) -> HttpResponse:
    """Consents, the latest accesses, devices, and what there is to take along."""
    chart = visitor.chart(Category.PROFILE, Category.STREAMS, subject="privacy page")
    words = kinds_in_words(visitor.said)
    team = patients.team(chart, now=visitor.now)
    people = {str(m.user_id): m.user.name for m in team}
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
        "carers": [m.user for m in team if m.role == Role.CAREGIVER],
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
        Category.MESSAGES: said.gettext("messages"),
        Category.GENOMICS: said.gettext("your genome"),
    }


def withdraw(visitor: Visitor, grant_id: UUID) -> HttpResponse:
    """A consent ends at once."""
    chart = visitor.chart(Category.PROFILE, subject="consent withdrawn", deed=Deed.CHANGE)
    withdraw_grant(chart, grant_id, now=visitor.now)
    return redirect("me:privacy")


def let_in(visitor: Visitor, user_id: UUID) -> HttpResponse:
    """A code by which her caregiver comes in here, shown this once. Raises NotFound."""
    chart = visitor.chart(Category.PROFILE, subject="caregiver's code", deed=Deed.CHANGE)
    code = make_carer_code(chart, user_id, now=visitor.now)
    address = visitor.request.build_absolute_uri("/me/enter")
    values = {"code": code, "address": address, "until": visitor.local(visitor.now + CODE_LIFE)}
    return draw(visitor, "code", values)


def sign_out(visitor: Visitor, device_id: UUID) -> HttpResponse:
    """One of her devices speaks for her no more."""
    chart = visitor.chart(Category.PROFILE, subject="device signed out", deed=Deed.CHANGE)
    revoke_phone(chart, device_id, now=visitor.now)
    return redirect("me:privacy")


def export(visitor: Visitor) -> HttpResponse:
    """The record as one JSON file; what was measured comes by kind."""
    chart = visitor.chart(*sorted(EVERYDAY), subject="export")
    text = json.dumps(to_json(whole_record(chart)), ensure_ascii=False, indent=1)
    return _file(HttpResponse(text, content_type="application/json"), "evenkeel.json")


def export_kind(visitor: Visitor, kind: str) -> HttpResponse:
    """All samples of one kind, read line by line."""
    chart = visitor.chart(Category.STREAMS, subject="export")
    lines = csv_of(chart, kind, now=visitor.now)
    return _file(StreamingHttpResponse(lines, content_type="text/csv"), f"{kind}.csv")


def _file(response: Any, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[no-any-return]


def erase(visitor: Visitor) -> HttpResponse:
    """Asked once more; then the record is gone, and this browser knows nobody."""
    if visitor.request.method != "POST":
        return draw(visitor, "erase", {"problem": ""})
    if not visitor.request.POST.get("sure"):
        problem = visitor.said.gettext("Tick the box if you are sure.")
        return draw(visitor, "erase", {"problem": problem}, status=400)
    erase_record(visitor.chart(Category.PROFILE, subject="record erased", deed=Deed.CHANGE))
    response = draw_bare(visitor.request, "erased", {}, said=visitor.said)
    response.delete_cookie(COOKIE, path="/me")
    return response
