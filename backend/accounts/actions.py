"""Devices and their tokens; people of the desk."""

import secrets
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password

from backend.accounts.models import DESK_ROLES, Device, Role, User, token_digest
from backend.core import statements

TOKEN_PREFIX = "evk_"  # noqa: S105 (lets secret scanners find a leaked token)

SEEN = "UPDATE accounts_device SET last_seen_at = %s, armed_until = %s WHERE id = %s"


def add_user(*, username: str, name: str, role: Role, password: str | None = None) -> User:
    """A person who can sign in with a password, or (patients) only through devices.

    Raises django's ValidationError if the password is too weak.
    """
    user = User(username=username, name=name, role=role, is_staff=role in DESK_ROLES)
    if password is None:
        user.set_unusable_password()
    else:
        validate_password(password, user)
        user.set_password(password)
    user.save(force_insert=True)
    return user


def set_active(user: User, *, is_active: bool) -> bool:
    """Shut a person out at once, session and devices too, or let her in; True if it changed."""
    changed = User.objects.filter(pk=user.pk).exclude(is_active=is_active)
    return bool(changed.update(is_active=is_active))


def add_device(user: User, *, name: str, platform: str, now: datetime) -> tuple[Device, str]:
    """A device and its token; the token is shown this once, only its digest is kept."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    device = Device.objects.create(
        user=user, name=name, platform=platform, token_hash=token_digest(token), created_at=now
    )
    return device, token


def revoke_device(device_id: UUID, *, now: datetime) -> None:
    """From the next request on the device's token is worth nothing."""
    Device.objects.filter(pk=device_id, revoked_at=None).update(revoked_at=now)


def note_device_seen(device_id: UUID, *, armed_until: datetime | None, now: datetime) -> None:
    """The phone was here and says up to when it rings by itself."""
    statements.run(SEEN, [now, armed_until, device_id])
