"""The pump in this process: due, claimed once, shown once, in time or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.notices import claims
from backend.notices.actions import announce, settle
from backend.notices.models import Delivery, Notice, Occurrence
from backend.notices.pump import Pump
from backend.notices.sending import deliver
from tests.people import Cast, Person, chart

MINUTE = timedelta(minutes=1)


def moment(**ago: float) -> datetime:
    """The pump goes by the database's clock, so these tests do."""
    return claims.clock() - timedelta(**ago)


def leave(who: Person, key: str, due_at: datetime, **more: object) -> None:
    announce(
        chart(who, who, change=True),
        key=key,
        due_at=due_at,
        template="message",
        values={"title": "Hello", "body": "A word & more"},
        **more,  # type: ignore[arg-type]
    )


def test_what_is_due_is_shown_once(cast: Cast) -> None:
    leave(cast.amina, "one", moment(seconds=1))
    leave(cast.stranger, "two", moment(seconds=2))
    leave(cast.amina, "later", moment(hours=-1))
    pump = Pump([])
    assert pump.round() == 2
    assert pump.round() == 0
    cards = {n.key: n for n in Notice.objects.all()}
    assert set(cards) == {"one", "two"}
    assert cards["one"].body == "A word & more"
    assert cards["one"].patient_id == cast.amina.id
    assert cards["one"].state == Notice.State.SENT
    delivery = Delivery.objects.get(pk="one")
    assert (delivery.outcome, delivery.channel) == ("sent", "in_app")
    assert delivery.sent_at is not None
