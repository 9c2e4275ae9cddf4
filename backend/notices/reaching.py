"""Who is reached by what, and over which channels: of a batch, in a fixed number of reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from backend.accounts.models import Device
from backend.notices.channels import Channel, Message
from backend.notices.models import Channel as Reach
from backend.patients.access import Category, Chart, caregivers_of
from backend.patients.models import Patient


@dataclass(frozen=True, slots=True)
class Target:
    """One message over one channel to one person; `name` is noted when it was taken."""

    name: str
    channel: Channel
    message: Message


class Said(Protocol):
    """What of an occurrence decides whom it reaches."""

    @property
    def key(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def channel(self) -> Reach: ...


@dataclass(frozen=True, slots=True)
class Book:
    """The phones and caregivers of a batch's patients."""

    channels: Sequence[Channel]
    phones: dict[UUID, list[Device]]
    caregivers: dict[UUID, list[UUID]]
    now: datetime

    @classmethod
    def of(
        cls,
        charts: Collection[Chart],
        reaches: Iterable[Reach],
        channels: Sequence[Channel],
        *,
        now: datetime,
    ) -> "Book":
        """Read what these reaches need; without a channel nothing is."""
        wanted = set(reaches) if channels else set()
        phones: dict[UUID, list[Device]] = defaultdict(list)
        if Reach.AUTO in wanted:
            users = [chart.patient.user_id for chart in charts]
            for phone in Device.objects.filter(user_id__in=users, revoked_at=None):
                phones[phone.user_id].append(phone)
        caregivers: dict[UUID, list[UUID]] = {}
        if Reach.CAREGIVER in wanted:
            caregivers = caregivers_of(
                [chart.patient.id for chart in charts], Category.MEDICINES, now=now
            )
        return cls(channels, phones, caregivers, now)

    def targets(self, patient: Patient, said: Said, text: str) -> list[Target]:
        """Everybody and every way; empty: it ends in the app, in the worklist, or with nobody."""
        if said.channel == Reach.CAREGIVER:
            return [
                self._target(channel, said.key, text, carer, patient.id)
                for carer in self.caregivers.get(patient.id, ())
                for channel in self.channels
                if channel.names_recipient
            ]
        return [
            self._target(channel, said.key, text, patient.id, patient.id)
            for channel in self._ways(patient, said)
        ]

    def _ways(self, patient: Patient, said: Said) -> list[Channel]:
        """A reminder goes out where no phone of hers rings by itself; where she has none, by text
        message too.
        """
        if said.channel in (Reach.PUSH, Reach.SMS):
            return [c for c in self.channels if c.kind == said.channel]
        if said.channel != Reach.AUTO:
            return []
        phones = self.phones.get(patient.user_id, [])
        if any(phone.rings_at(said.due_at, now=self.now) for phone in phones):
            return []
        return [c for c in self.channels if c.kind == Reach.PUSH or not phones]

    @staticmethod
    def _target(channel: Channel, key: str, text: str, person: UUID, patient: UUID) -> Target:
        name = channel.name if person == patient else f"{channel.name}:{person.hex[-12:]}"
        return Target(name, channel, Message(key, person, text))
