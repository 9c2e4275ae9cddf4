"""The envelope of a sync, strict; its items stay raw, since each is judged on its own.

Read by hand: this runs with every request, and a serializer costs more than the rest of it.
"""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from backend.core.problems import FieldError, Invalid, TooLarge
from backend.core.serializers import WireSerializer
from backend.streams.checking import Refused, parse_moment
from backend.sync.events import SORTS
from backend.wire.messages import SYNC_MAX_ITEMS, SyncReply, SyncRequest, Upload
from backend.wire.problems import Code

FIELDS = frozenset(SyncRequest.__slots__)


class UploadSerializer(WireSerializer):
    class Meta:
        dataclass = Upload


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Event",
        serializers=[sort.serializer for sort in SORTS.values()],
        resource_type_field_name=None,
        many=True,
    )
)
class EventsField(serializers.JSONField):
    """Any of the events."""


class SyncRequestSerializer(WireSerializer):
    """For the OpenAPI document; read_request does the reading."""

    cursor = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    uploads = UploadSerializer(many=True, required=False)
    events = EventsField(required=False)

    class Meta:
        dataclass = SyncRequest


class SyncReplySerializer(WireSerializer):
    class Meta:
        dataclass = SyncReply


def read_request(data: Any) -> SyncRequest:
    """Raises Invalid naming each bad field, or TooLarge with the limit in items."""
    if not isinstance(data, dict):
        raise Invalid(errors=[FieldError("", Code.WRONG_TYPE, "An object is needed.")])
    errors = [
        FieldError(name[:60], Code.UNKNOWN_FIELD, "This field is unknown.")
        for name in sorted(data.keys() - FIELDS)
    ]
    cursor, model = data.get("cursor"), data.get("glucose_model")
    errors += [
        FieldError(name, Code.WRONG_TYPE, "A text is needed.")
        for name, text in (("cursor", cursor), ("glucose_model", model))
        if text is not None and not isinstance(text, str)
    ]
    asked = SyncRequest(
        _moment(data, "device_time", errors),  # type: ignore[arg-type]
        cursor,
        _items(data, "uploads", errors),
        _items(data, "events", errors),
        None if data.get("armed_until") is None else _moment(data, "armed_until", errors),
        model,
    )
    if errors:
        raise Invalid(errors=errors)
    if len(asked.uploads) + len(asked.events) > SYNC_MAX_ITEMS:
        raise TooLarge("The request has too many items.", limit=SYNC_MAX_ITEMS)
    return asked


def _moment(data: dict[str, Any], name: str, errors: list[FieldError]) -> datetime | None:
    try:
        return parse_moment(data.get(name), name)
    except Refused as refusal:
        errors.append(refusal.as_field())
        return None


def _items(data: dict[str, Any], name: str, errors: list[FieldError]) -> list[dict[str, Any]]:
    items = data.get(name, [])
    if not isinstance(items, list):
        errors.append(FieldError(name, Code.WRONG_TYPE, "A list is needed."))
        return []
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            detail = f"Item {index} is not an object."
            errors.append(FieldError(name, Code.WRONG_TYPE, detail))
            return []
    return items
