"""Who acts: a person, perhaps through a device, or a job of the system."""

from dataclasses import dataclass
from uuid import UUID

from backend.accounts.models import DESK_ROLES, Device, User

JOB = "job"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who reads or changes something; each ledger entry names one."""

    id: UUID | None
    role: str
    name: str
    device_id: UUID | None = None

    @property
    def is_job(self) -> bool:
        """Not a person, but a named part of this system."""
        return self.role == JOB

    @property
    def is_staff(self) -> bool:
        """Works at the desk."""
        return self.role in DESK_ROLES


def job(name: str) -> Actor:
    """A part of the system, by its name, such as "streams.merge"."""
    return Actor(None, JOB, name)


def actor_of(user: User, device: Device | None = None) -> Actor:
    """A signed-in person."""
    return Actor(user.id, user.role, user.name, device.id if device else None)
