"""The diary on the phone: a tap is a note, tapped again it is taken back, offline as well."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.wire import diary as wire
from mobile.presenters import diary
from mobile.store import bodies, outbox
from mobile.sync import diary as notes
from mobile.sync.transport import Answer
from mobile.words import load
from tests.mobile.model_server import ModelServer, Network
from tests.mobile.phone import Phone

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)  # ten in the morning there
WORDS = load("en")


def state(phone: Phone) -> diary.DiaryState:
    now = phone.clock()
    facts = diary.read(phone.db, zone=BERLIN, now=now)
    return diary.present(facts, words=WORDS, zone=BERLIN, now=now)


def tap(phone: Phone, key: str, value: str) -> None:
    now = phone.clock()
    facts = diary.read(phone.db, zone=BERLIN, now=now)
    diary.choose(phone.db, facts, key, value, zone=BERLIN, now=now)


def asked(phone: Phone, key: str) -> diary.Choosing:
    return next(one for one in state(phone).asked if one.key == key)


def chosen(phone: Phone, key: str) -> list[str]:
    return [option.value for option in asked(phone, key).options if option.chosen]


TAGS, SEIZURES = f"{wire.TAG}:{TODAY}", f"{wire.SEIZURE}:{TODAY}"


def test_three_days_are_asked_of_and_nothing_is_noted_at_first(phone: Phone) -> None:
    found = state(phone)
    assert [one.title for one in found.asked] == ["Today", "Yesterday", "Saturday 21 November"]
    assert all(not option.chosen for one in found.asked for option in one.options)
    assert found.may_begin


def test_a_tag_is_set_and_taken_back_and_the_server_has_the_last_word(phone: Phone) -> None:
    server = ModelServer()
    tap(phone, TAGS, "alcohol")
    tap(phone, TAGS, "vaccine")
    phone.sync(Network(server))
    assert chosen(phone, TAGS) == ["alcohol", "vaccine"]
    phone.clock.move(minutes=1)
    tap(phone, TAGS, "alcohol")
    phone.killed()
    assert chosen(phone, TAGS) == ["vaccine"]
    phone.sync(Network(server))
    assert sorted(value for _, value in server.books.samples.values()) == [0.0, 3.0]


def test_a_tag_of_yesterday_is_no_tag_of_today(phone: Phone) -> None:
    tap(phone, f"{wire.TAG}:{TODAY - timedelta(days=1)}", "travel")
    assert chosen(phone, TAGS) == []


def test_seizures_are_asked_of_only_who_wants_it(phone: Phone) -> None:
    assert not any(one.key == SEIZURES for one in state(phone).asked)
    notes.begin_seizures(phone.db)
    assert asked(phone, SEIZURES).text == "Nothing is noted yet."
    assert not state(phone).may_begin


def test_parts_of_the_day_that_are_to_come_are_not_offered(phone: Phone) -> None:
    notes.begin_seizures(phone.db)
    offered = [option.value for option in asked(phone, SEIZURES).options]
    assert offered == ["none", "now", "night", "morning"]
    yesterday = asked(phone, f"{wire.SEIZURE}:{TODAY - timedelta(days=1)}")
    assert [option.value for option in yesterday.options] == ["none", *wire.PARTS]


def test_seizures_are_counted_and_none_takes_them_all_back(phone: Phone) -> None:
    notes.begin_seizures(phone.db)
    for value in ("night", "night", "now"):
        tap(phone, SEIZURES, value)
    assert asked(phone, SEIZURES).text == "3 noted"
    tap(phone, SEIZURES, "none")
    assert chosen(phone, SEIZURES) == ["none"]


@pytest.mark.parametrize("sent", [False, True])
def test_the_last_one_can_be_taken_back(phone: Phone, sent: bool) -> None:
    server = ModelServer()
    notes.begin_seizures(phone.db)
    tap(phone, SEIZURES, "night")
    tap(phone, SEIZURES, "morning")
    if sent:
        phone.sync(Network(server))
    phone.clock.move(minutes=1)
    back = asked(phone, SEIZURES).options[-1]
    tap(phone, SEIZURES, back.value)
    phone.sync(Network(server))
    assert asked(phone, SEIZURES).text == "1 noted"
    assert sum(value for _, value in server.books.samples.values()) == 1


class Told:
    """A server that knows of a journey today and of no seizure."""

    def call(self, _method: str, path: str, **_rest: object) -> Answer:
        at = bodies.ms_of(wire.tag_at(TODAY, "travel", BERLIN))
        known = {"start": bodies.wire_time(at), "offsets_ms": [0], "values": [2.0]}
        nothing = {"start": None, "offsets_ms": [], "values": []}
        return Answer(200, known if wire.TAG in path else nothing)

    def close(self) -> None:
        """Nothing is open."""


def test_what_was_noted_elsewhere_is_shown_and_can_be_taken_back(phone: Phone) -> None:
    now = phone.clock()
    days = {"first": TODAY - timedelta(days=2), "last": TODAY}
    assert notes.fetch_noted(phone.db, Told(), "good", **days, zone=BERLIN, now=now)
    assert chosen(phone, TAGS) == ["travel"]
    tap(phone, TAGS, "travel")
    assert chosen(phone, TAGS) == []


def test_notes_are_samples_of_one_source(phone: Phone) -> None:
    tap(phone, TAGS, "alcohol")
    ((source, unit, pairs),) = outbox.local_samples(phone.db, wire.TAG, 0, 10**14)
    assert (source, unit, len(pairs)) == (wire.SOURCE, "{tag}", 1)
