"""Who is reached by what, and over which channels: of a batch, in a fixed number of reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from backend.accounts.models import Device, Mobile
from backend.notices.channels import Channel, Message
from backend.notices.models import Channel as Reach
from backend.notices.texts import ASK, Worded, has_text, text_of
from backend.patients.access import Category, Chart, caregivers_of
from backend.patients.models import Patient

TEXTING = {Reach.AUTO, Reach.PUSH, Reach.SMS, Reach.CAREGIVER}


@dataclass(frozen=True, slots=True)
class Target:
    """One message over one channel to one person; `name` is noted when it was taken."""

    name: str
    channel: Channel
    message: Message


class Said(Worded, Protocol):
    """What of an occurrence decides whom it reaches."""

    @property
    def key(self) -> str: ...
    @property
    def channel(self) -> Reach: ...


@dataclass(frozen=True, slots=True)
class Book:
    """The phones, caregivers and numbers of a batch's patients; `texted`: what it has texted."""

    channels: Sequence[Channel]
    phones: dict[UUID, list[Device]]
    caregivers: dict[UUID, list[UUID]]
    mobiles: dict[UUID, Mobile]
    now: datetime
    texted: set[tuple[str, str, datetime, str]] = field(default_factory=set)

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
        users = [chart.patient.user_id for chart in charts]
        phones: dict[UUID, list[Device]] = defaultdict(list)
        if wanted & {Reach.AUTO, Reach.PUSH}:
            for phone in Device.objects.filter(user_id__in=users, revoked_at=None):
                phones[phone.user_id].append(phone)
        caregivers: dict[UUID, list[UUID]] = {}
        if Reach.CAREGIVER in wanted:
            caregivers = caregivers_of(
                [chart.patient.id for chart in charts], Category.MEDICINES, now=now
            )
        mobiles: dict[UUID, Mobile] = {}
        if wanted & TEXTING and any(channel.kind == Reach.SMS for channel in channels):
            people = {*users, *(carer for carers in caregivers.values() for carer in carers)}
            mobiles = {one.user_id: one for one in Mobile.objects.filter(user_id__in=people)}
        return cls(channels, phones, caregivers, mobiles, now)

    def targets(self, patient: Patient, said: Said, push: str) -> list[Target]:
        """Everybody and every way; empty: it ends in the app, in the worklist, or with nobody.

        `push` is what may be said on a push vendor's way; a text message says what texts.py says.
        """
        if said.channel == Reach.CAREGIVER:
            carers = self.caregivers.get(patient.id, ())
            ways = [c for c in self.channels if c.names_recipient]
            pairs = [(carer, way) for carer in carers for way in ways]
        else:
            pairs = [(patient.user_id, way) for way in self._ways(patient, said)]
        found = [
            self._target(patient, person, way, said, push)
            for person, way in pairs
            if self._may_take(person, way, said)
        ]
        return [target for target in found if self._is_news(target, said.due_at)]

    def _ways(self, patient: Patient, said: Said) -> list[Channel]:
        """A reminder goes out where no phone of hers rings by itself; where she has none, by text
        message too, and at once. Who lives by text is not pushed at.
        """
        phones, mobile = self.phones.get(patient.user_id, []), self.mobiles.get(patient.user_id)
        kinds: set[str] = set()
        if said.channel in (Reach.PUSH, Reach.SMS):
            kinds = {said.channel}
        elif said.channel == Reach.AUTO and not phones:
            kinds = {Reach.PUSH, Reach.SMS}
        elif said.channel == Reach.AUTO and not self._rings(phones, said):
            kinds = {Reach.PUSH}
        if not phones and mobile is not None and mobile.takes_texts:
            kinds = kinds - {Reach.PUSH}
        return [channel for channel in self.channels if channel.kind in kinds]

    def _rings(self, phones: Iterable[Device], said: Said) -> bool:
        return any(phone.rings_at(said.due_at, now=self.now) for phone in phones)

    def _may_take(self, person: UUID, channel: Channel, said: Said) -> bool:
        """No text without her answer that she agrees, and none after STOP, over whatever gateway.

        One with numbers of its own may text whoever has none here. "You have a message in the app"
        is no text: only what has words for texts is sent where there is no app.
        """
        if channel.kind != Reach.SMS:
            return True
        if channel.needs_number and said.channel == Reach.AUTO and not has_text(said.template):
            return False
        mobile = self.mobiles.get(person)
        if mobile is None:
            return not channel.needs_number
        return mobile.is_asked if said.template == ASK else mobile.takes_texts

    def _target(
        self, patient: Patient, person: UUID, channel: Channel, said: Said, push: str
    ) -> Target:
        is_patient = person == patient.user_id
        name = channel.name if is_patient else f"{channel.name}:{person.hex[-12:]}"
        text, mobile = push, self.mobiles.get(person)
        if channel.kind == Reach.SMS:
            text = text_of(said, patient, push)
        number = mobile.number if mobile else ""
        recipient = patient.id if is_patient else person
        return Target(name, channel, Message(said.key, recipient, text, number))

    def _is_news(self, target: Target, due_at: datetime) -> bool:
        """Two medicines due at one moment make one text, unless it names them."""
        message = target.message
        if not target.channel.needs_number:
            return True
        told = (target.name, message.number, due_at, message.text)
        is_news = told not in self.texted
        self.texted.add(told)
        return is_news
