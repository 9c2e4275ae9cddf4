"""Codes of what can go wrong, as phones see them (RFC 9457 `code`, and `problems[].code`)."""

from enum import StrEnum


class Code(StrEnum):
    """One word per cause; a code is never renamed, clients branch on it."""

    # the request as a whole
    MALFORMED = "malformed"  # not JSON, duplicate keys, NaN, NUL, lone surrogates
    INVALID = "invalid"  # well-formed, but a field is not what the contract says
    UNAUTHENTICATED = "unauthenticated"
    DEVICE_REVOKED = "device_revoked"  # signed out on purpose: a phone forgets what it holds
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    CURSOR_GONE = "cursor_gone"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"
    # a field or an item
    REQUIRED = "required"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    NAIVE_TIME = "naive_time"
    NOT_A_NUMBER = "not_a_number"
    BOOLEAN = "boolean"
    OUT_OF_RANGE = "out_of_range"
    IN_FUTURE = "in_future"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_REFERENCE = "unknown_reference"
    LENGTHS_DIFFER = "lengths_differ"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    DUPLICATE_INSTANT = "duplicate_instant"
    NO_CONSENT = "no_consent"
