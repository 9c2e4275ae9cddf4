"""How a phone proves whose it is: one statement finds the device, its owner and the patient."""

from collections import OrderedDict
from collections.abc import Sequence

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication

from backend.accounts.models import Device, User, token_digest
from backend.core import statements
from backend.core.problems import DeviceRevoked, Unauthenticated
from backend.patients.models import Patient

# In the order of the models' fields, as from_db wants them.
DEVICE_FIELDS = ("id", "user_id", "token_hash", "last_seen_at", "armed_until")
USER_FIELDS = ("is_active", "id", "name", "role")
PATIENT_FIELDS = tuple(field.attname for field in Patient._meta.concrete_fields)
SIGNED_IN = f"""
SELECT {", ".join(f"d.{name}" for name in DEVICE_FIELDS)},
       {", ".join(f"u.{name}" for name in USER_FIELDS)},
       {", ".join(f"p.{name}" for name in PATIENT_FIELDS)}
FROM accounts_device AS d JOIN accounts_user AS u ON u.id = d.user_id
LEFT JOIN patients_patient AS p ON p.user_id = u.id
WHERE d.token_hash = %s AND d.revoked_at IS NULL AND u.is_active
"""  # noqa: S608 (constants of ours)


STILL_SO = """
SELECT FROM accounts_device AS d JOIN accounts_user AS u ON u.id = d.user_id
JOIN patients_patient AS p ON p.user_id = u.id
WHERE d.id = %s AND d.token_hash = %s AND d.revoked_at IS NULL AND u.is_active AND u.role = %s
  AND p.id = %s AND p.revision = %s
"""
MOST_KNOWN = 5_000

# Who called before, by the token's digest: to be believed only together with still_so.
_known: OrderedDict[bytes, Device] = OrderedDict()


def recall_phone(request: HttpRequest) -> Device | None:
    """The phone as it was when it called last, if it called this process before.

    It may have been revoked since: whoever uses it sends its writes on condition of `still_so`.
    """
    token = _token_of(request)
    return None if token is None else _known.get(token_digest(token))


def still_so(phone: Device) -> tuple[str, Sequence[object]]:
    """A query that finds a row if nothing has changed: the token is good, and no news await."""
    owner = phone.user
    patient = owner.patient
    return STILL_SO, [phone.id, phone.token_hash, owner.role, patient.id, patient.revision]


def forget_phone(phone: Device) -> None:
    """What was known of it is so no more."""
    _known.pop(bytes(phone.token_hash), None)


def _remember(phone: Device) -> None:
    _known[bytes(phone.token_hash)] = phone
    while len(_known) > MOST_KNOWN:
        _known.popitem(last=False)


def _token_of(request: HttpRequest) -> str | None:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def device_of(token: str) -> Device | None:
    """The device that this token signs in, with its owner and her `patient` if she is one."""
    found = statements.run(SIGNED_IN, [token_digest(token)]).first()
    if found is None:
        return None
    split, end = len(DEVICE_FIELDS), len(DEVICE_FIELDS) + len(USER_FIELDS)
    device = Device.from_db(DEFAULT_DB_ALIAS, DEVICE_FIELDS, found[:split])
    device.user = User.from_db(DEFAULT_DB_ALIAS, USER_FIELDS, found[split:end])
    if found[end] is not None:
        device.user.patient = Patient.from_db(DEFAULT_DB_ALIAS, PATIENT_FIELDS, found[end:])
    return device


def _was_revoked(token: str) -> bool:
    return Device.objects.filter(token_hash=token_digest(token), revoked_at__isnull=False).exists()


class PhoneAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; request.user is the owner, request.auth the device."""

    def authenticate(self, request: HttpRequest) -> tuple[User, Device] | None:
        """None where no bearer token is sent; raises Unauthenticated on a bad or revoked one.

        The user's `patient`, if any, has been read too.
        """
        token = _token_of(request)
        if token is None:
            return None
        device = device_of(token)
        if device is None and _was_revoked(token):
            raise DeviceRevoked()
        if device is None:
            raise Unauthenticated("This device is not signed in.")
        if hasattr(device.user, "patient"):
            _remember(device)
        return device.user, device

    def authenticate_header(self, request: HttpRequest) -> str:
        """What a 401 asks for."""
        return "Bearer"


class PhoneScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The bearer token in the OpenAPI document."""

    target_class = PhoneAuthentication
    name = "device"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """An opaque bearer token."""
        return {"type": "http", "scheme": "bearer"}
