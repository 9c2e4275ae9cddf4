"""The operator's pages: machines and queues, nothing about patients."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods

from backend.accounts.actors import Actor
from backend.accounts.models import Role
from backend.agenda.queries import backlog
from backend.core.health import components
from backend.desk.doors import draw, page
from backend.insights.failures import faulty_methods
from backend.insights.model_queries import drift_to_answer
from backend.notices.actions import revive
from backend.notices.queries import dead_letters, pump_state


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery that was given up; of its key only the kind: the rest can tell of a medicine."""

    kind: str
    claimed_at: datetime
    attempts: int
    last_error: str


def operator_index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Is each part up, how much work waits, what is dead."""
    context = {
        "title": "State",
        "components": components(),
        "backlog": backlog(),
        "pump": pump_state(),
        "drift": drift_to_answer(actor),
        "faulty": faulty_methods(),
    }
    return draw(request, "desk/state.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_deliveries(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Dead letters of the pump; a POST gives those shown another round."""
    found = dead_letters()
    if request.method == "POST":
        messages.success(request, f"{revive([letter.key for letter in found])} are tried again.")
        return redirect("admin:deliveries")
    letters = [
        Letter(one.key.partition(":")[0], one.claimed_at, one.attempts, one.last_error)
        for one in found
    ]
    context = {"title": "Deliveries", "letters": letters, "pump": pump_state()}
    return draw(request, "desk/deliveries.html", context)


urlpatterns = [
    path("deliveries/", page(show_deliveries, roles={Role.OPERATOR}), name="deliveries"),
]
