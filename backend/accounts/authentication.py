"""How a request proves who sent it: a device by its bearer token, the desk by its session."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.request import Request

from backend.accounts.actors import Actor, actor_of
from backend.accounts.models import Device, User, token_digest
from backend.core.problems import Unauthenticated


class DeviceAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; request.user is its user, request.auth the device."""

    def authenticate(self, request: Request) -> tuple[User, Device] | None:
        """None where no bearer token is sent; raises Unauthenticated on a bad or revoked one."""
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        digest = token_digest(token.decode("latin-1").strip())
        device = (
            Device.objects.select_related("user").filter(token_hash=digest, revoked_at=None).first()
        )
        if device is None or not device.user.is_active:
            raise Unauthenticated("This device is not signed in.")
        return device.user, device

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class StaffSession(SessionAuthentication):
    """Django's session with its CSRF check."""


def actor_from(request: Request) -> Actor:
    """Who acts in this request; raises Unauthenticated for nobody."""
    if not isinstance(request.user, User):
        raise Unauthenticated()
    return actor_of(request.user, request.auth if isinstance(request.auth, Device) else None)


class DeviceScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The bearer token in the OpenAPI document."""

    target_class = DeviceAuthentication
    name = "device"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An opaque bearer token."""
        return {"type": "http", "scheme": "bearer"}


class StaffScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The desk's session cookie in the OpenAPI document."""

    target_class = StaffSession
    name = "staff"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Django's session cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
