"""The sidebar, by role."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backend.accounts.models import Role

CARE = (
    ("Today", "index", "wb_sunny"),
    ("Patients", "patients", "groups"),
    ("Messages", "inbox", "mail"),
    ("Admit a patient", "admit", "person_add"),
    ("Alert load", "alert-load", "monitoring"),
    ("Nudges", "nudges", "notifications"),
    ("Models", "models", "balance"),
)
OPERATION = (
    ("State", "index", "monitor_heart"),
    ("Users", "accounts_user_changelist", "badge"),
    ("Agenda", "agenda_line_changelist", "pending_actions"),
    ("Deliveries", "deliveries", "outgoing_mail"),
    ("Models", "models", "balance"),
)
TITLES = {Role.OPERATOR: "Operation"}


def groups_of(request: HttpRequest, site: str) -> list[dict[str, Any]]:
    """One group of links, as unfold's sidebar draws it."""
    role = Role(request.user.role)  # type: ignore[union-attr]
    entries = OPERATION if role == Role.OPERATOR else CARE
    links = [(title, reverse(f"{site}:{name}"), icon) for title, name, icon in entries]
    here = max((link for _, link, _ in links if request.path.startswith(link)), key=len, default="")
    items = [
        {
            "title": title,
            "link": link,
            "icon": icon,
            "active": link == here and (link == request.path or title not in ("Today", "State")),
            "has_permission": True,
        }
        for title, link, icon in links
    ]
    return [{"title": TITLES.get(role, "Care"), "items": items}]
