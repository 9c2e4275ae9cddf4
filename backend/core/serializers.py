"""The one serializer base: made of the wire's dataclasses, it refuses what they do not name."""

import datetime
import math
from collections.abc import Mapping
from typing import Any, NoReturn, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework_dataclasses.serializers import DataclassSerializer

from backend.core.problems import FieldError, Invalid
from backend.wire.problems import Code

CODES = {
    "required": Code.REQUIRED,
    "null": Code.REQUIRED,
    "invalid_choice": Code.UNKNOWN_STATUS,
    "min_value": Code.OUT_OF_RANGE,
    "max_value": Code.OUT_OF_RANGE,
    "empty": Code.EMPTY,
    "max_length": Code.TOO_LONG,
    "blank": Code.EMPTY,
}


class AwareDateTimeField(serializers.DateTimeField):
    """A moment with its offset; a naive time is refused, never guessed."""

    def __init__(self, **kwargs: Any):
        super().__init__(default_timezone=datetime.UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime.datetime:
        if not isinstance(value, str):
            raise serializers.ValidationError("A time is a text.", code=Code.WRONG_TYPE)
        return super().to_internal_value(value)

    def enforce_timezone(self, value: datetime.datetime) -> datetime.datetime:
        if value.tzinfo is None:
            raise serializers.ValidationError("A time needs its UTC offset.", code=Code.NAIVE_TIME)
        try:
            return value.astimezone(datetime.UTC)
        except OverflowError as error:
            raise serializers.ValidationError(
                "The time is out of range.", code=Code.OUT_OF_RANGE
            ) from error


class ClockField(serializers.TimeField):
    """A local time of day in whole minutes, like 08:00."""

    def __init__(self, **kwargs: Any):
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)

    def to_internal_value(self, value: Any) -> datetime.time:
        if not isinstance(value, str):
            raise serializers.ValidationError("A time is a text.", code=Code.WRONG_TYPE)
        return super().to_internal_value(value)


class StrictIntegerField(serializers.IntegerField):
    """A whole number that is one on the wire: no boolean, no text, no 3.0."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            raise serializers.ValidationError("A whole number is needed.", code=Code.WRONG_TYPE)
        return data


class StrictFloatField(serializers.FloatField):
    """A number that is one on the wire: no boolean, no text."""

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float):
            raise serializers.ValidationError("A number is needed.", code=Code.WRONG_TYPE)
        try:
            number = float(data)
        except OverflowError:
            number = math.inf
        # JSON has no infinity, but 1e999 is one.
        if not math.isfinite(number):
            raise serializers.ValidationError("The number is not finite.", code=Code.NOT_A_NUMBER)
        return number


class StrictBooleanField(serializers.BooleanField):
    """true or false, nothing that looks like them."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            raise serializers.ValidationError("true or false is needed.", code=Code.WRONG_TYPE)
        return data


class StrictTextField(serializers.CharField):
    """A text that is one on the wire; a number is not turned into text."""

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str:
            raise serializers.ValidationError("A text is needed.", code=Code.WRONG_TYPE)
        return super().to_internal_value(data)


@extend_schema_field(
    {"oneOf": [{"type": name} for name in ("boolean", "integer", "number", "string")]}
)
class ScalarField(serializers.Field):  # type: ignore[type-arg]
    """true, false, a finite number or a text, as it stands on the wire."""

    def to_internal_value(self, data: Any) -> bool | int | float | str:
        if type(data) is float and not math.isfinite(data):
            raise serializers.ValidationError("The number is not finite.", code=Code.NOT_A_NUMBER)
        if type(data) not in (bool, int, float, str):
            raise serializers.ValidationError("A number or a text is needed.", code=Code.WRONG_TYPE)
        return data  # type: ignore[no-any-return]

    def to_representation(self, value: Any) -> Any:
        return value


class WireSerializer(DataclassSerializer):  # type: ignore[type-arg]
    """A dataclass from the wire; unknown fields are refused by name."""

    serializer_field_mapping = {
        **DataclassSerializer.serializer_field_mapping,
        datetime.datetime: AwareDateTimeField,
        datetime.time: ClockField,
        int: StrictIntegerField,
        float: StrictFloatField,
        bool: StrictBooleanField,
        str: StrictTextField,
    }

    def build_standard_field(
        self, field_name: str, type_info: Any
    ) -> tuple[type[serializers.Field], dict[str, Any]]:  # type: ignore[type-arg]
        """A text that may be left out may be empty too: phones send every field."""
        found, named = super().build_standard_field(field_name, type_info)
        if self.dataclass_definition.fields[field_name].default == "":
            named["allow_blank"] = True
        return found, named

    def build_union_field(
        self, field_name: str, type_info: Any, extra_kwargs: Any
    ) -> tuple[type[serializers.Field], dict[str, Any]]:  # type: ignore[type-arg]
        """Plain values beside each other tell themselves apart."""
        if set(get_args(type_info.base_type)) <= {bool, int, float, str}:
            return ScalarField, {}
        made: tuple[Any, dict[str, Any]] = super().build_union_field(
            field_name, type_info, extra_kwargs
        )
        return made

    @property
    def serializer_dataclass_field(self) -> type["WireSerializer"]:
        return WireSerializer

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {
                    name[:60]: [ErrorDetail("This field is unknown.", code=Code.UNKNOWN_FIELD)]
                    for name in unknown
                }
            )
        return super().to_internal_value(data)


def parse(serializer_class: type[WireSerializer], data: Any) -> Any:
    """The dataclass instance that `data` spells; raises Invalid naming each bad field."""
    serializer = serializer_class(data=data)
    if not serializer.is_valid():
        refuse(serializer.errors)
    return serializer.save()


def refuse(errors: Any) -> NoReturn:
    """Raise Invalid out of DRF's nested errors."""
    raise Invalid(errors=list(_flatten(errors, "")))


def _flatten(errors: Any, path: str) -> list[FieldError]:
    if isinstance(errors, Mapping):
        found: list[FieldError] = []
        for name, below in errors.items():
            step = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            found += _flatten(below, step)
        return found
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping | list):
        return [e for i, below in enumerate(errors) for e in _flatten(below, f"{path}.{i}")]
    return [
        FieldError(path, _code(error), str(error)) for error in (errors or []) if str(error).strip()
    ]


def _code(error: Any) -> str:
    code = getattr(error, "code", "invalid")
    if code in set(Code):
        return str(code)
    return CODES.get(code, Code.WRONG_TYPE)
