"""Lists over HTTP page by revision: nothing is skipped or repeated while rows change."""

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from backend.core.problems import invalid_field
from backend.core.rendering import to_json
from backend.wire.problems import Code

PAGE_ROWS = 200
PAGE_PARAMETERS = [
    OpenApiParameter("patient", str, description="For staff: the patient's id."),
    OpenApiParameter("after", int, description="Rows past this revision; `next` carries it."),
]


def paged(row: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """A page of such rows, for the OpenAPI document."""
    name = row.__name__.removesuffix("Serializer")
    fields = {"results": row(many=True), "next": serializers.URLField(allow_null=True)}
    return inline_serializer(name=f"{name}Page", fields=fields)


def asked_after(request: Request) -> int:
    """The revision to go on from; raises Invalid unless it is a whole number in range."""
    text = request.query_params.get("after", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise invalid_field("after", Code.WRONG_TYPE, "A revision is a whole number.")
    return int(text)


def page(request: Request, read: Callable[..., Sequence[Any]]) -> Response:
    """Rows of `read(after=, limit=)`, in the order of their revision, and where to go on."""
    rows = read(after=asked_after(request), limit=PAGE_ROWS + 1)
    following = None
    if len(rows) > PAGE_ROWS:
        rows = rows[:PAGE_ROWS]
        following = replace_query_param(request.get_full_path(), "after", rows[-1].revision)
    return Response({"results": to_json(list(rows)), "next": following})
