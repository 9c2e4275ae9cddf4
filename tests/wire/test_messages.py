"""Golden JSON of every wire message: what phones in the field already send and read."""

import dataclasses
import inspect
import json
import types
import typing
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest

from backend.core.rendering import to_json
from backend.core.serializers import WireSerializer, parse
from backend.wire import messages

GOLDEN = Path(__file__).parent / "golden"
MESSAGES = {
    name: found
    for name, found in vars(messages).items()
    if inspect.isclass(found) and dataclasses.is_dataclass(found)
}
SENT_BY_PHONES = ["EnrolRequest", "SyncRequest"] + [
    f"{event}Event"
    for event in (
        "Dose",
        "Notice",
        "Advice",
        "Survey",
        "Visit",
        "Message",
        "MessageRead",
        "VisitQuestions",
        "GlucoseAlarm",
    )
]


def golden(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((GOLDEN / f"{name}.json").read_text())
    return found


def read(kind: Any, value: Any) -> Any:
    """The plain reading of JSON as the annotation says, without any of the server's machinery."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return read_union(inner, value)
    if origin in (list, tuple):
        return origin(read(inner[0], item) for item in value)
    if origin is dict:
        return {read(inner[0], key): read(inner[1], item) for key, item in value.items()}
    if origin is Literal:
        assert value in inner
        return value
    return read_plain(kind, value)


def read_union(inner: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    if set(inner) == {date, datetime}:
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return read(next(kind for kind in inner if kind is not type(None)), value)


def read_plain(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: read(hints[name], item) for name, item in value.items()})
    if kind is datetime:
        found = datetime.fromisoformat(value)
        assert found.tzinfo is not None
        return found
    if kind is date:
        return date.fromisoformat(value)
    if kind is UUID or (inspect.isclass(kind) and issubclass(kind, Enum)):
        return kind(value)
    if kind is float:
        assert type(value) in (int, float)
    return value


def test_every_message_has_golden_json():
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_golden_json_reads_and_is_written_again(name: str):
    for example in golden(name):
        assert to_json(read(MESSAGES[name], example)) == example


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_the_first_example_names_every_field(name: str):
    assert set(golden(name)[0]) == {f.name for f in dataclasses.fields(MESSAGES[name])}


@pytest.mark.parametrize("name", SENT_BY_PHONES)
def test_the_strict_serializer_takes_what_phones_send(name: str):
    class Serializer(WireSerializer):
        class Meta:
            dataclass = MESSAGES[name]

    for example in golden(name):
        assert to_json(parse(Serializer, example)) == example


def test_fields_are_never_dropped():
    """The fields as of the first release; additions are welcome, losses break phones."""
    known = json.loads((Path(__file__).parent / "fields.json").read_text())
    for name, fields in known.items():
        present = {f.name for f in dataclasses.fields(MESSAGES[name])}
        assert present >= set(fields), name
