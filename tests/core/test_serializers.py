"""The strict base: a dataclass of the wire takes exactly what it names."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from rest_framework_dataclasses.serializers import DataclassSerializer

from backend.core.problems import Invalid
from backend.core.serializers import WireSerializer, parse

GOOD: dict[str, Any] = {
    "id": "01890000-0000-7000-8000-000000000001",
    "at": "2026-11-23T09:00:00+01:00",
    "count": 3,
    "value": 1.5,
    "sure": True,
    "word": "hello",
    "parts": [{"n": 1}],
}


@dataclass(frozen=True)
class Part:
    n: int


@dataclass(frozen=True)
class Thing:
    id: UUID
    at: datetime
    count: int
    value: float
    sure: bool
    word: str
    parts: list[Part]


class ThingSerializer(WireSerializer):
    class Meta:
        dataclass = Thing


def test_what_is_right_becomes_the_dataclass_in_utc() -> None:
    thing = parse(ThingSerializer, GOOD)
    assert thing == Thing(
        UUID(GOOD["id"]), datetime(2026, 11, 23, 8, tzinfo=UTC), 3, 1.5, True, "hello", [Part(1)]
    )
    assert thing.at.utcoffset() == UTC.utcoffset(None)
    assert parse(ThingSerializer, GOOD | {"value": 2}).value == 2.0


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"more": 1}, "more", "unknown_field"),
        ({"parts": [{"n": 1}, {"n": 1, "m": 2}]}, "parts.1.m", "unknown_field"),
        ({"parts": [{"n": True}]}, "parts.0.n", "wrong_type"),
        ({"at": "2026-11-23T09:00:00"}, "at", "naive_time"),
        ({"at": 1_763_888_400}, "at", "wrong_type"),
        ({"at": "yesterday"}, "at", "invalid"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at", "out_of_range"),
        ({"count": True}, "count", "wrong_type"),
        ({"count": "3"}, "count", "wrong_type"),
        ({"count": 3.0}, "count", "wrong_type"),
        ({"value": False}, "value", "wrong_type"),
        ({"value": "1.5"}, "value", "wrong_type"),
        ({"value": float("inf")}, "value", "not_a_number"),  # 1e999 in JSON
        ({"sure": "true"}, "sure", "wrong_type"),
        ({"sure": 1}, "sure", "wrong_type"),
        ({"word": 7}, "word", "wrong_type"),
        ({"id": "not-a-uuid"}, "id", "invalid"),
        ({"count": None}, "count", "required"),
        ({"parts": 3}, "parts", "wrong_type"),
    ],
)
def test_what_the_wire_did_not_name_is_refused(
    change: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        parse(ThingSerializer, GOOD | change)
    assert [(e.field, e.code) for e in caught.value.errors] == [(field, code)]


def test_each_missing_field_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        parse(ThingSerializer, {})
    assert {e.field for e in caught.value.errors} == set(GOOD)
    assert {e.code for e in caught.value.errors} == {"required"}


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(Invalid):
        parse(ThingSerializer, body)


def test_no_error_repeats_what_was_sent() -> None:
    secret = "hiv-positive"
    for field in GOOD:
        with pytest.raises(Invalid) as caught:
            parse(ThingSerializer, GOOD | {field: {"x": secret}})
        assert all(secret not in e.detail for e in caught.value.errors)


def test_the_plain_base_would_have_taken_it() -> None:
    """What the strict fields are for: the library alone turns texts and booleans into numbers."""

    class Plain(DataclassSerializer):  # type: ignore[type-arg]
        class Meta:
            dataclass = Thing

    serializer = Plain(data=GOOD | {"count": "3", "value": True, "more": 1})
    assert serializer.is_valid()
