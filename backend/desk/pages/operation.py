"""The operator's state page: machines and queues, nothing about patients."""

from django.http import HttpRequest, HttpResponse

from backend.agenda.queries import backlog
from backend.core.health import components
from backend.desk.doors import draw


def operator_index(request: HttpRequest) -> HttpResponse:
    """Is each part up, how much work waits, what is dead."""
    context = {"title": "State", "components": components(), "backlog": backlog()}
    return draw(request, "desk/state.html", context)
