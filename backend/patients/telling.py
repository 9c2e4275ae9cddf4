"""What a patient's phone is told of her privacy: who is there, and who looked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from backend.ledger.models import Entry
from backend.patients.models import Member


@dataclass(frozen=True, slots=True)
class PersonTold:
    """Somebody of the care team; a consent names her by this id."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class LookTold:
    """One access by somebody else."""

    at: datetime
    who: str
    role: str
    deed: str


@dataclass(frozen=True, slots=True)
class PrivacyTold:
    """The team as it is now, and the latest accesses, newest first."""

    people: list[PersonTold]
    looked: list[LookTold]


def privacy_told(team: Iterable[Member], entries: Iterable[Entry]) -> PrivacyTold:
    """The wire form."""
    return PrivacyTold(
        [PersonTold(str(m.user_id), m.user.name, m.role) for m in team],
        [LookTold(e.at, e.actor_name, e.actor_role, e.deed) for e in entries],
    )
