"""How a problem looks over HTTP (RFC 9457), for every view alike."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.defaults import page_not_found
from rest_framework import exceptions
from rest_framework.views import set_rollback

from backend.core import problems
from backend.core.problems import Problem
from backend.wire.problems import Code

logger = logging.getLogger("evenkeel.api")

BY_DRF: dict[type[Exception], type[Problem]] = {
    exceptions.NotAuthenticated: problems.Unauthenticated,
    exceptions.AuthenticationFailed: problems.Unauthenticated,
    exceptions.PermissionDenied: problems.Forbidden,
    PermissionDenied: problems.Forbidden,
    Http404: problems.NotFound,
    exceptions.NotFound: problems.NotFound,
    exceptions.Throttled: problems.Throttled,
    exceptions.ParseError: problems.Malformed,
    OperationalError: problems.Unavailable,
}


class MethodNotAllowed(Problem):
    status, code, title = 405, Code.METHOD_NOT_ALLOWED, "This method is not served here."


class UnsupportedMediaType(Problem):
    status, code = 415, Code.UNSUPPORTED_MEDIA_TYPE
    title = "Send application/json."


BY_DRF |= {
    exceptions.MethodNotAllowed: MethodNotAllowed,
    exceptions.UnsupportedMediaType: UnsupportedMediaType,
}


def as_problem(error: Exception) -> Problem:
    """The tree's name for any exception; what is unknown becomes a plain 500 without a trace."""
    if isinstance(error, Problem):
        return error
    for kind, problem in BY_DRF.items():
        if isinstance(error, kind):
            return problem()
    return Problem()


def body_of(problem: Problem) -> dict[str, Any]:
    """The problem+json members."""
    body: dict[str, Any] = {
        "type": f"urn:evenkeel:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": str(problem.code),
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [
            {"field": e.field, "code": str(e.code), "detail": e.detail} for e in problem.errors
        ]
    return body | problem.more


def answer_problem(error: Exception, where: str) -> JsonResponse:
    """The answer to whatever went wrong; what is our fault is logged."""
    problem = as_problem(error)
    if problem.status >= 500:
        # The class alone: a message or a trace may hold what the patient sent.
        logger.error("%s at %s", type(error).__name__, where)
    answer = JsonResponse(
        body_of(problem), status=problem.status, content_type="application/problem+json"
    )
    if isinstance(problem, problems.Unauthenticated):
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def draw_problem(error: Exception, context: dict[str, Any]) -> HttpResponseBase:
    """DRF's exception handler."""
    set_rollback()
    answer = answer_problem(error, type(context.get("view")).__name__)
    if wait := getattr(error, "wait", None):
        answer["Retry-After"] = str(int(wait) + 1)
    return answer


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler404: a problem under /api/, where no DRF view answers; elsewhere its page."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    return answer_problem(problems.NotFound(), "a path that nobody serves")
