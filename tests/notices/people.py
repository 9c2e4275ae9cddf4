"""Leaving things to tell, and a channel that is a list."""

from datetime import datetime, timedelta
from typing import Any

from backend.notices import claims
from backend.notices.actions import announce
from backend.notices.channels import Message, NotTaken
from backend.notices.models import Lease
from tests.people import Person, chart


class ListChannel:
    """A true channel that keeps what it is sent; told to refuse, it refuses."""

    names_recipient = True
    needs_number = False

    def __init__(self, name: str = "list", kind: str = "push"):
        self.name, self.kind = name, kind
        self.refuses = False
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        if self.refuses:
            raise NotTaken("refused")
        self.sent.append(message)


def moment(**ago: float) -> datetime:
    """Some time ago by the database's clock, which is the pump's."""
    return claims.clock() - timedelta(**ago)


def leave(who: Person, key: str, due_at: datetime, **more: Any) -> None:
    """Something to tell; by default a message, at whatever hour the test runs."""
    said = {
        "urgent": True,
        "template": "message",
        "values": {"title": "Hello", "body": "A word & more"},
    } | more
    announce(chart(who, who, change=True), key=key, due_at=due_at, **said)


def let_leases_run_out() -> None:
    Lease.objects.update(until=moment(seconds=1))
