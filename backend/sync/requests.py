"""The envelope of a sync, strict; its items stay raw, since each is judged on its own."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from backend.core.problems import TooLarge
from backend.core.serializers import StrictTextField, WireSerializer, parse
from backend.sync.events import SORTS
from backend.wire.messages import SYNC_MAX_ITEMS, SyncReply, SyncRequest, Upload
from backend.wire.problems import Code


class UploadSerializer(WireSerializer):
    class Meta:
        dataclass = Upload


class RawItemsField(serializers.Field):  # type: ignore[type-arg]
    """A list of objects, looked into by nobody yet."""

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """Raises ValidationError naming the first that is not an object."""
        if not isinstance(data, list):
            raise serializers.ValidationError("A list is needed.", code=Code.WRONG_TYPE)
        for index, item in enumerate(data):
            if not isinstance(item, dict):
                detail = f"Item {index} is not an object."
                raise serializers.ValidationError(detail, code=Code.WRONG_TYPE)
        return data

    def to_representation(self, value: Any) -> Any:
        """Never sent back."""
        return value


@extend_schema_field(UploadSerializer(many=True))
class RawUploadsField(RawItemsField):
    """Judged by streams."""


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Event",
        serializers=[sort.serializer for sort in SORTS.values()],
        resource_type_field_name=None,
        many=True,
    )
)
class RawEventsField(RawItemsField):
    """Judged one by one in events.py."""


class SyncRequestSerializer(WireSerializer):
    cursor = StrictTextField(required=False, allow_null=True, allow_blank=True)
    uploads = RawUploadsField(required=False)
    events = RawEventsField(required=False)

    class Meta:
        dataclass = SyncRequest


class SyncReplySerializer(WireSerializer):
    class Meta:
        dataclass = SyncReply


def read_request(data: Any) -> SyncRequest:
    """Raises Invalid naming each bad field, or TooLarge with the limit in items."""
    asked: SyncRequest = parse(SyncRequestSerializer, data)
    if len(asked.uploads) + len(asked.events) > SYNC_MAX_ITEMS:
        raise TooLarge("The request has too many items.", limit=SYNC_MAX_ITEMS)
    return asked
