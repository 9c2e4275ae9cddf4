"""Do nudges work? Effects, their fading, what another policy would be worth; nobody's own data."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from backend.accounts.actors import Actor
from backend.desk.doors import draw, now, page
from backend.guidance.envelope import CONTROL_SHARE, LIMITS
from backend.guidance.evaluation import evaluate


@require_safe
def show_nudges(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Over the patients whose insights this person may read."""
    context = {
        "title": "Nudges",
        "found": evaluate(actor, now=now()),
        "limits": LIMITS,
        "control_percent": 100 * CONTROL_SHARE,
    }
    return draw(request, "desk/nudges.html", context)


urlpatterns = [path("nudges/", page(show_nudges), name="nudges")]
