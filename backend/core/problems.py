"""Everything that can go wrong, as one small tree.

    Problem
    ├── Invalid            400  a field is not what the contract says
    │   └── Malformed      400  the body is not even strict JSON
    ├── Unauthenticated    401
    │   └── DeviceRevoked  401  signed out on purpose
    ├── Forbidden          403  the role may not do this at all
    ├── NotFound           404  missing and forbidden look the same
    ├── Conflict           409
    ├── CursorGone         410
    ├── TooLarge           413  carries the limit
    ├── Throttled          429  retryable
    └── Unavailable        503  retryable

No problem carries a value that a patient sent: fields, codes and limits only.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from backend.wire.problems import Code


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: its path, a code, a sentence without the value."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """Base: HTTP status, code, title; `retryable`: the same request may succeed later."""

    status: ClassVar[int] = 500
    code: ClassVar[Code] = Code.INTERNAL
    title: ClassVar[str] = "Something went wrong."
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str = "", *, errors: list[FieldError] | None = None, **more: Any):
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors or []
        self.more = more


class Invalid(Problem):
    status, code, title = 400, Code.INVALID, "The request is not valid."


class Malformed(Invalid):
    code, title = Code.MALFORMED, "The body is not strict JSON."


class Unauthenticated(Problem):
    status, code, title = 401, Code.UNAUTHENTICATED, "Sign in first."


class DeviceRevoked(Unauthenticated):
    """Told only to the device itself, by the token it had: it then forgets what it holds."""

    code, title = Code.DEVICE_REVOKED, "This device was signed out."


class Forbidden(Problem):
    status, code, title = 403, Code.FORBIDDEN, "This is not allowed."


class NotFound(Problem):
    status, code, title = 404, Code.NOT_FOUND, "There is nothing here."


class Conflict(Problem):
    status, code, title = 409, Code.CONFLICT, "This clashes with what is there."


class CursorGone(Problem):
    status, code, title = 410, Code.CURSOR_GONE, "Start again without a cursor."


class TooLarge(Problem):
    """`limit` is in bytes or items, as `detail` says."""

    status, code, title = 413, Code.TOO_LARGE, "The request is too large."


class Throttled(Problem):
    status, code, title, retryable = 429, Code.THROTTLED, "Too many requests.", True


class Unavailable(Problem):
    status, code, title, retryable = 503, Code.UNAVAILABLE, "A service is away; try again.", True


def invalid_field(field: str, code: Code, detail: str) -> Invalid:
    """An Invalid that names one field."""
    return Invalid(errors=[FieldError(field, code, detail)])
