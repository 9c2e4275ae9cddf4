"""The desk's own admin site: who may come in, and what stands in its sidebar.

Rights come from the role and from patients/access.py alone. Django's permissions and `is_superuser`
are never asked: a superuser is an operator and has no side door to a patient's data.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from unfold.dataclasses import Favicon
from unfold.sites import UnfoldAdminSite

from backend.accounts.models import DESK_ROLES, Role, User
from backend.desk.navigation import groups_of

CARE_ROLES = frozenset({Role.CLINICIAN, Role.COORDINATOR})


class DeskSite(UnfoldAdminSite):  # type: ignore[misc]
    """Staff only, by session."""

    site_title = site_header = "Evenkeel"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """An active person whose role works at the desk."""
        user = request.user
        if not isinstance(user, User):
            return False
        return user.is_active and user.is_staff and user.role in DESK_ROLES

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Adds the desk's own style sheet; there is no other site to view."""
        context: dict[str, Any] = super().each_context(request)
        styles = [*context["styles"], static("desk/desk.css")]
        scripts = [*context["scripts"], static("desk/desk.js")]
        icon = Favicon(href=static("desk/icon.svg"), rel="icon", type="image/svg+xml")
        own = {"styles": styles, "scripts": scripts, "site_favicons": [icon]}
        return context | own | {"site_url": None}

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """What this role works with."""
        return groups_of(request, self.name)

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Switched off: it caches what it finds, and the desk has its own search by POST."""
        return HttpResponse()


desk = DeskSite(name="admin")
