"""Ways to reach a person beyond the app. A new one is a class here and a line in CHANNELS.

A message holds what a push vendor may know: no values of the notice, a key without meaning.
"""

import hashlib
import logging
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Protocol
from urllib.parse import quote
from uuid import UUID

import apprise
from django.conf import settings

logger = logging.getLogger("evenkeel.notices")

TITLE = "Evenkeel"
NUMBER = "{number}"
TEXTED = "sms-"  # begins the names of ways that text: a delivery's `reached` tells what was texted


@dataclass(frozen=True, slots=True)
class Message:
    """One push or text; the same `key` again shall replace, not add. `recipient` is whom it goes
    to: the patient, or a caregiver of hers; `number` where she is texted, if that is known here.
    """

    key: str
    recipient: UUID
    text: str
    number: str = ""

    @property
    def collapse_id(self) -> str:
        """The key as a vendor may see it: opaque, the same for the same notice."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]


class NotTaken(Exception):
    """The channel did not take the message; it may later. `reason` is a word for the operator."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Channel(Protocol):
    """`name` stays the same over restarts: retries leave out the channels that took a message.

    `kind`: push or sms. Only what `names_recipient` can reach anybody but the patient; what
    `needs_number` goes to a number that is kept here.
    """

    name: str
    kind: str
    names_recipient: bool
    needs_number: bool

    def send(self, message: Message) -> None:
        """Returns once the other side has it; raises NotTaken."""


def _mark(kind: str) -> str:
    return TEXTED if kind == "sms" else ""


def texts_are_on() -> bool:
    """Whether this house has a way to text a number."""
    return any(NUMBER in url for url in settings.EVENKEEL_SMS_URLS)


@cache
def _load_vendors() -> None:
    """All of apprise's plugins, which takes two seconds: at the start, not with the first message.

    One of them looks for a module that Python gives up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise().add("json://localhost")


class AppriseChannel:
    """One apprise URL: an SMS, e-mail or push vendor, or a gateway of the clinic's own.

    `{key}` in the URL becomes the collapse id, `{patient}` the recipient's id, so that the other
    side knows repeats and recipients: `jsons://gateway/push?:key={key}&:patient={patient}`.
    `{number}` becomes the recipient's number: `twilio://SID:TOKEN@FROM/{number}`.
    """

    def __init__(self, url: str, kind: str = "push"):
        _load_vendors()
        self._url, self.kind = url, kind
        self.needs_number = NUMBER in url
        self.names_recipient = self.needs_number or "{patient}" in url
        digest = hashlib.sha256(url.encode()).hexdigest()[:8]
        scheme = re.match(r"[a-z0-9]+", url)
        self.name = f"{_mark(kind)}{scheme[0] if scheme else 'url'}-{digest}"

    def send(self, message: Message) -> None:
        """Hand it over. Of a PARTIAL result, some of the URL's own targets have it: taken, since a
        repeat would reach those twice.
        """
        url = self._url.replace("{key}", message.collapse_id)
        url = url.replace("{patient}", str(message.recipient))
        url = url.replace(NUMBER, quote(message.number, safe=""))
        sender = apprise.Apprise()
        if not sender.add(url):
            raise NotTaken("bad_url")
        result = sender.notify(
            body=message.text,
            title=TITLE if self.kind == "push" else "",  # a text says its sender itself
            body_format=apprise.NotifyFormat.TEXT,
        )
        if result.status not in TAKEN:
            raise NotTaken(result.status.name.lower())


TAKEN = frozenset({apprise.AppriseResultStatus.SUCCESS, apprise.AppriseResultStatus.PARTIAL})


class LogChannel:
    """A line in the log that something was sent, not what: to watch the pump without a vendor."""

    names_recipient = True

    def __init__(self, url: str = "log://", kind: str = "push"):
        self.name, self.kind = f"{_mark(kind)}log", kind
        self.needs_number = NUMBER in url

    def send(self, message: Message) -> None:
        """Write the line."""
        logger.info("sent %s", message.collapse_id)


CHANNELS: dict[str, type[AppriseChannel] | type[LogChannel]] = {"log": LogChannel}


def external_channels(urls: Iterable[str] | None = None) -> list[Channel]:
    """The channels of settings.EVENKEEL_APPRISE_URLS, for pushes, and of EVENKEEL_SMS_URLS, for
    text messages; what has no class here is apprise's.
    """
    listed = settings.EVENKEEL_APPRISE_URLS if urls is None else urls
    texts = settings.EVENKEEL_SMS_URLS if urls is None else []
    kinds = [*((url, "push") for url in listed), *((url, "sms") for url in texts)]
    return [CHANNELS.get(url.split("://")[0], AppriseChannel)(url, kind) for url, kind in kinds]
