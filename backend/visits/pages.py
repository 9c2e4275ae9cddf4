"""The page of a visit's room. Opening it uses nothing up: a link preview cannot burn the ticket."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from backend.visits import queries


@require_safe
def show_room(request: HttpRequest, ticket: str) -> HttpResponse:
    """The waiting room before the ticket is used; it shows nothing about the visit."""
    visit_id = queries.visit_of_ticket(ticket, now=datetime.now(UTC))
    if visit_id is None:
        return render(request, "visits/closed.html", status=404)
    scheme = "wss" if request.is_secure() else "ws"
    base = settings.EVENKEEL_WS_URL or f"{scheme}://{request.get_host()}"
    context = {"socket": f"{base.rstrip('/')}/ws/visits/{visit_id}", "ticket": ticket}
    response = render(request, "visits/room.html", context)
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src blob:;"
        f" connect-src {base}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response


urlpatterns = [path("visit/<str:ticket>", show_room, name="visit-room")]
