"""How a problem looks from outside, and what never reaches a log."""

import json
import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from rest_framework import exceptions

from backend.core import problems
from backend.core.api import as_problem, body_of, draw_problem
from backend.core.logs import DropQueryStrings
from backend.wire.problems import Code

SECRET = "glucose 412 of Amina"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.NotAuthenticated(), 401, "unauthenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (PermissionDenied(), 403, "forbidden"),
        (Http404(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/xml"), 415, "unsupported_media_type"),
        (exceptions.Throttled(3), 429, "throttled"),
        (OperationalError(SECRET), 503, "unavailable"),
        (problems.Conflict(), 409, "conflict"),
        (problems.CursorGone(), 410, "cursor_gone"),
        (ValueError(SECRET), 500, "internal"),
        (KeyError(SECRET), 500, "internal"),
    ],
)
def test_every_exception_becomes_a_problem_without_its_message(
    error: Exception, status: int, code: str
) -> None:
    response = draw_problem(error, {})
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    told = json.loads(response.content)
    assert told["code"] == code
    assert told["status"] == status
    assert SECRET not in str(told)


def test_fields_and_limits_are_members_of_the_body() -> None:
    errors = [problems.FieldError("uploads.0.kind", Code.UNKNOWN_KIND, "No such kind.")]
    body = body_of(problems.Invalid(errors=errors))
    assert body["errors"] == [
        {"field": "uploads.0.kind", "code": "unknown_kind", "detail": "No such kind."}
    ]
    assert body_of(problems.TooLarge("Too many items.", limit=500))["limit"] == 500


def test_what_may_succeed_later_says_so() -> None:
    assert as_problem(exceptions.Throttled(3)).retryable
    assert as_problem(OperationalError()).retryable
    assert not as_problem(Http404()).retryable
    assert draw_problem(exceptions.Throttled(3), {})["Retry-After"] == "4"
    assert draw_problem(exceptions.NotAuthenticated(), {})["WWW-Authenticate"] == "Bearer"


def test_an_unexpected_error_is_logged_by_its_class_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    draw_problem(ValueError(SECRET), {})
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text


def test_query_strings_stay_out_of_logs() -> None:
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 0, "Not Found: %s", ("/admin/?q=Amina&p=1",), None
    )
    assert DropQueryStrings().filter(record)
    assert record.getMessage() == "Not Found: /admin/?…"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/v2/sync"])
def test_an_api_path_that_nobody_serves_is_a_problem_too(client: Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 404
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["code"] == "not_found"
    assert "nowhere" not in reply.content.decode()


def test_a_page_that_is_not_there_is_a_page(client: Client) -> None:
    reply = client.get("/nowhere")
    assert reply.status_code == 404
    assert reply["Content-Type"].startswith("text/html")
