"""A patient with a plain phone, and the gateway at both of its ends."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from django.test import Client

from backend.notices import claims
from backend.notices.channels import Channel, external_channels
from backend.notices.pump import Pump
from backend.patients.actions import Profile, admit_patient, change_profile
from backend.regimens.actions import Plan, Timing, prescribe
from backend.regimens.models import Dose, Regimen
from backend.sms.actions import enrol_number
from backend.sms.signing import signature
from tests.notices.receiver import Receiver
from tests.people import NOW, Cast, Person, chart

NUMBER = "+254712345678"
SECRET, WEBHOOK = "a-gateway's-secret", "https://evenkeel.example/sms/twilio"
NEVER_QUIET = {"quiet_from": time(0), "quiet_until": time(0)}


@dataclass
class Gateway:
    """What a clinic's number sends and takes: a fake over real HTTP out, signed calls in."""

    receiver: Receiver
    client: Client = field(default_factory=Client)
    channels: list[Channel] = field(default_factory=list)

    def pump(self) -> list[str]:
        """One round; what was newly texted."""
        self.channels = self.channels or external_channels()
        before = len(self.receiver.taken)
        Pump(self.channels, sweep_s=0).round()
        return self.receiver.texts[before:]

    def text(self, body: str, *, number: str = NUMBER, sid: str = "") -> str:
        """A person texts; returns what she is answered."""
        answer = self.post({"From": number, "Body": body, "MessageSid": sid or new_sid()})
        assert answer.status_code == 200, answer.content
        assert answer.headers["Content-Type"].startswith("text/xml")
        return said(answer.content)

    def post(self, fields: dict[str, Any], *, secret: str = SECRET, **more: Any) -> Any:
        """A call of the webhook, signed."""
        everything = {"To": "+12025550123", "NumMedia": "0", **fields}
        known = {name: [str(value)] for name, value in everything.items()}
        headers = {"HTTP_X_TWILIO_SIGNATURE": signature(secret, WEBHOOK, known)}
        return self.client.post(
            "/sms/twilio",
            urlencode(everything),
            content_type="application/x-www-form-urlencoded",
            **(headers | more),
        )


def new_sid() -> str:
    return f"SM{uuid.uuid4().hex}"


def said(content: bytes) -> str:
    """The text in a TwiML answer; empty without one."""
    root = ElementTree.fromstring(content)  # noqa: S314 (ours)
    assert root.tag == "Response"
    message = root.find("Message")
    return "" if message is None else str(message.text)


def texter(cast: Cast, *, language: str = "en", number: str = NUMBER, asked: bool = True) -> Person:
    """A patient without a smartphone; her number is written down by the nurse."""
    profile = Profile("Wanjiru", zone="Africa/Nairobi", language=language, **NEVER_QUIET)  # type: ignore[arg-type]
    patient = admit_patient(cast.bo.actor, profile, now=NOW)
    person = Person(patient.user, patient)
    if asked:
        enrol_number(chart(cast.bo, person, change=True), number, now=moment())
    return person


def moment(**ago: float) -> datetime:
    """Some time ago by the database's clock, which is the pump's."""
    return claims.clock() - timedelta(**ago)


def due(
    cast: Cast,
    who: Person,
    *,
    minutes_ago: int = 1,
    at: datetime | None = None,
    medicine: str = "Metformin",
    **plan: Any,
) -> Regimen:
    """A daily medicine whose dose of today was due some minutes ago, and is still to be said."""
    now = moment()
    at = at or now - timedelta(minutes=minutes_ago)
    assert who.patient is not None
    local = at.astimezone(ZoneInfo(who.patient.zone))
    return prescribe(
        chart(cast.bo, who, change=True, now=now),
        medicine=medicine,
        dose="500 mg",
        timing=Timing(rule="FREQ=DAILY", times=(f"{local:%H:%M}",)),
        plan=Plan(**plan),
        grace_minutes=600,
        now=at - timedelta(minutes=1),
    )


def latest_dose(regimen: Regimen) -> Dose:
    found = Dose.objects.filter(regimen=regimen, due_at__lte=moment()).order_by("-due_at").first()
    assert found is not None
    return found


def clock_in(text: str) -> str:
    """The time that a text names."""
    found = re.search(r"\d\d:\d\d", text)
    assert found
    return found[0]


def set_profile(who: Person, **changed: Any) -> None:
    change_profile(chart(who, who, change=True), **changed)
