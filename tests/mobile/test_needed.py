"""Medicines as needed on the phone: limits offline, what is refused, what the server is sent."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from mobile.presenters import today
from mobile.presenters.needed import span
from mobile.presenters.shapes import Card
from mobile.store import outbox
from mobile.sync.deeds import Deed, carry_out, take_as_needed
from mobile.sync.doses import doses_between
from mobile.sync.needed import needed
from mobile.sync.reminders import plan
from mobile.words import load
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

PARACETAMOL = house.id_of("Paracetamol")
HOUR = timedelta(hours=1)


def prescribe(phone: Phone, **changed: Any) -> None:
    plan_ = house.schedule("Paracetamol", mode="as_needed", rule="")
    limits = {"most_a_day": 3, "min_gap_minutes": 240} | changed
    row = house.regimen("Paracetamol", "500 mg", plan_, **limits)
    give(phone, profile=[house.profile()], regimens=[row])


def card(phone: Phone, *opened: str) -> Card:
    now = phone.clock()
    state = today.present(
        today.read(phone.db, now=now), words=load("en"), now=now, opened=frozenset(opened)
    )
    return next(s.cards for s in state.sections if s.title == "When you need it")[0]


def take(phone: Phone) -> UUID | None:
    return take_as_needed(phone.db, PARACETAMOL, now=phone.clock())


def taking(at: datetime, status: str = "taken") -> dict[str, Any]:
    return {
        "id": str(uuid4()), "regimen": PARACETAMOL, "key": f"prn:{uuid4()}", "nominal_local": "",
        "due_at": house.iso(at), "status": status, "status_at": house.iso(at), "amount": "500 mg",
    }  # fmt: skip


def test_within_the_limits_it_can_be_taken_and_says_how_many_are_left(phone: Phone) -> None:
    prescribe(phone)
    first = card(phone)
    assert (first.when, first.title) == ("You can take one now", "Paracetamol, 500 mg")
    assert first.body.endswith("3 of 3 are left for these 24 hours.")
    (choice,) = first.choices
    assert choice.deed == Deed("needed", PARACETAMOL, "taken")


def test_one_was_taken_the_gap_holds_and_a_tap_is_refused_in_words(phone: Phone) -> None:
    prescribe(phone)
    assert take(phone) is not None
    waits = card(phone)
    assert waits.when == "Next one: Today, 14:00"
    assert waits.body == "2 of 3 are left for these 24 hours."
    (ask,) = waits.choices
    told = card(phone, ask.deed.subject)
    assert told.body == "It is too soon. You took the last one at 10:00. Leave 4 hours between two."
    assert "care team" in told.small
    assert [c.deed.kind for c in told.choices] == ["fold"]
    assert take(phone) is None
    assert len(outbox.local_events(phone.db, "dose")) == 1


def test_the_maximum_in_24_hours_holds_with_what_the_server_knows(phone: Phone) -> None:
    prescribe(phone)
    taken = [taking(START - n * HOUR) for n in (20, 10, 5)]
    give(phone, doses=[*taken, taking(START - 2 * HOUR, "skipped")])
    waits = card(phone)
    assert waits.when == "Next one: Today, 14:00"
    told = card(phone, f"needed:{PARACETAMOL}")
    assert told.body == "You took 3 in the last 24 hours. That is the most you should take."
    phone.clock.move(hours=4)
    assert take(phone) is not None


def test_what_was_taken_is_seen_at_once_and_can_be_changed(phone: Phone) -> None:
    prescribe(phone)
    event = take(phone)
    (body,) = [e.body for e in outbox.local_events(phone.db, "dose")]
    assert (body["regimen"], body["status"]) == (PARACETAMOL, "taken")
    (dose,) = doses_between(phone.db, START - HOUR, START + HOUR)
    assert (dose.status, dose.medicine, dose.event) == ("taken", "Paracetamol", event)
    carry_out(phone.db, Deed("dose", str(dose.id), "skipped"), now=phone.clock())
    assert card(phone).body.endswith("3 of 3 are left for these 24 hours.")


def test_once_the_server_lists_it_it_counts_once(phone: Phone) -> None:
    prescribe(phone)
    take(phone)
    (dose,) = doses_between(phone.db, START - HOUR, START + HOUR)
    give(phone, doses=[taking(START) | {"id": str(dose.id)}])
    assert len(doses_between(phone.db, START - HOUR, START + HOUR)) == 1
    assert needed(phone.db, now=START)[0].left(START) == 2


def test_nothing_rings_for_it(phone: Phone) -> None:
    prescribe(phone)
    take(phone)
    assert plan(phone.db, now=START)[0] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"active": False},
        {"pauses": [{"starts_at": house.iso(START - HOUR), "ends_at": None}]},
    ],
)
def test_stopped_or_in_hospital_there_is_none(phone: Phone, changed: dict[str, Any]) -> None:
    prescribe(phone, **changed)
    assert needed(phone.db, now=START) == []
    assert take(phone) is None


def test_a_course_that_is_over_or_not_begun_is_not_offered(phone: Phone) -> None:
    for edge in ({"ends_local": "2026-11-23T10:00"}, {"starts_local": "2026-11-23T10:01"}):
        plan_ = house.schedule("Paracetamol", mode="as_needed", rule="", **edge)
        give(phone, profile=[house.profile()], regimens=[house.regimen("Paracetamol", "1", plan_)])
        assert needed(phone.db, now=START) == []


def test_without_limits_none_are_told(phone: Phone) -> None:
    prescribe(phone, most_a_day=None, min_gap_minutes=None)
    for _ in range(5):
        assert take(phone) is not None
    assert card(phone).body == "With a glass of water."


def test_a_stay_in_hospital_is_told_on_top(phone: Phone) -> None:
    stay = {"starts_at": house.iso(START - HOUR), "ends_at": house.iso(START + 48 * HOUR)}
    prescribe(phone, pauses=[stay])
    now = phone.clock()

    def first() -> Card:
        state = today.present(today.read(phone.db, now=now), words=load("en"), now=now)
        return state.sections[0].cards[0]

    assert (first().tag, first().when) == ("stay", "Until Wed 25 Nov, 10:00")
    plan_ = house.schedule("Metformin", "08:00")
    other = house.regimen("Metformin", "1", plan_, pauses=[stay | {"ends_at": None}])
    give(phone, regimens=[other])
    assert first().when == "Until you are back home"


def test_a_length_of_time_in_words() -> None:
    words = load("en")
    assert span(240, words) == "4 hours"
    assert span(61, words) == "1 hour and 1 minute"
    assert span(45, words) == "45 minutes"
