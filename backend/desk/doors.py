"""What every page of the desk shares: signed in, of a fitting role, problems drawn as pages.

Missing and forbidden look the same: both are the plain 404, whatever the reason was.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from backend.accounts.actors import actor_of
from backend.accounts.models import Role, User
from backend.core.problems import Forbidden, NotFound, Problem
from backend.desk.site import CARE_ROLES, desk

Page = Callable[..., HttpResponse]  # page(request, actor, **named parts of the path)


def page(view: Page, *, roles: Collection[str] = CARE_ROLES) -> Page:
    """A page for these roles; to anyone else it does not exist."""

    @wraps(view)
    def respond(request: HttpRequest, **named: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or Role(user.role) not in roles:
            raise Http404
        request.current_app = desk.name
        try:
            return view(request, actor_of(user), **named)
        except (NotFound, Forbidden):
            raise Http404 from None

    return desk.admin_view(respond)  # type: ignore[no-any-return]


def draw(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> TemplateResponse:
    """A page of the site, drawn at once: a lazy drawing would fall outside the transaction."""
    whole = desk.each_context(request) | context
    return TemplateResponse(request, template, whole, status=status).render()  # type: ignore[return-value]


def now() -> datetime:
    """The one place where the desk reads a clock."""
    return datetime.now(UTC)


def attempt(request: HttpRequest, deed: Callable[[], str]) -> bool:
    """Do it in a savepoint and say how it went; a refusal is told, access problems pass through."""
    try:
        with transaction.atomic():
            said = deed()
    except (NotFound, Forbidden):
        raise
    except Problem as problem:
        messages.error(request, words_of(problem))
        return False
    messages.success(request, said)
    return True


def words_of(problem: Problem) -> str:
    """A refusal for a person: the fields' own sentences where there are some."""
    return " ".join(error.detail for error in problem.errors) or problem.detail
