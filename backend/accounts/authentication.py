"""How the desk proves who it is, by its session; phones stand in patients/phones.py."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from backend.accounts.actors import Actor, actor_of
from backend.accounts.models import Device, User
from backend.core.problems import Unauthenticated


class StaffSession(SessionAuthentication):
    """Django's session with its CSRF check."""


def actor_from(request: Request) -> Actor:
    """Who acts in this request; raises Unauthenticated for nobody."""
    if not isinstance(request.user, User):
        raise Unauthenticated()
    return actor_of(request.user, request.auth if isinstance(request.auth, Device) else None)


class StaffScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The desk's session cookie in the OpenAPI document."""

    target_class = StaffSession
    name = "staff"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Django's session cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
