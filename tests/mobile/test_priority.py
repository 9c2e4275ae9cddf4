"""Which source counts where two measure the same: the patient's own word, at once and synced."""

from datetime import timedelta

import pytest

from mobile.presenters import devices
from mobile.store.outbox import Samples, record_samples
from mobile.sync import connections, priority, wishes
from mobile.sync.series import read_series
from mobile.words import load
from tests.mobile import house
from tests.mobile.house import BERLIN
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

WORDS = load("en")


@pytest.fixture
def two(phone: Phone) -> Phone:
    """A watch and a strap, of which both count beats and one alone counts steps."""
    give(phone, profile=[house.profile()])
    at = [int(START.timestamp() * 1000) - n * 60_000 for n in (3, 2, 1)]
    for source, kind, unit, value in (
        ("watch", "heart_rate", "/min", 60.0),
        ("strap", "heart_rate", "/min", 90.0),
        ("watch", "steps", "{steps}", 50.0),
    ):
        record_samples(phone.db, Samples(kind, source, unit, at, [value] * 3), now=START)
        connections.note(phone.db, source, label=source.title(), at=START)
    return phone


def plan(*sources: str) -> dict[str, object]:
    return {
        "kind": "heart_rate", "sources": list(sources), "every_s": None, "tell_team": False,
        "target_low": None, "target_high": None,
    }  # fmt: skip


def mean(phone: Phone) -> float:
    start = START.astimezone(BERLIN).replace(hour=0, minute=0)
    order = priority.order_of(phone.db, "heart_rate", None)
    series = read_series(phone.db, "heart_rate", start, start + timedelta(days=1), order=order)
    return series.days[0].mean


def labels(phone: Phone) -> dict[str, list[str]]:
    view = devices.present(
        devices.read(phone.db), words=WORDS, zone=BERLIN, now=START,
        counts=devices.priorities(phone.db),
    )  # fmt: skip
    return {card.title: [choice.label for choice in card.choices] for card in view.cards}


def test_only_what_two_sources_measure_can_be_decided(two: Phone) -> None:
    assert priority.rivals(two.db) == {"watch": ["heart_rate"], "strap": ["heart_rate"]}
    assert labels(two)["Strap"] == ["Let it count first for: Heart rate"]


def test_the_choice_holds_at_once_and_waits_for_the_server(two: Phone) -> None:
    give(two, plans=[plan("watch", "strap")])
    assert labels(two) == {"Strap": ["Let it count first for: Heart rate"], "Watch": []}
    priority.put_first(two.db, "strap")
    assert mean(two) == 90
    assert labels(two) == {"Strap": [], "Watch": ["Let it count first for: Heart rate"]}
    asked = wishes.chosen(two.db, "streams/heart_rate/sources")
    assert asked == {"sources": ["strap", "watch"]}
    assert wishes.waiting(two.db) == 1


def test_once_the_server_has_taken_it_its_plan_counts(two: Phone) -> None:
    priority.put_first(two.db, "strap")
    two.db.execute("DELETE FROM setting WHERE key = tag('wishes')")
    give(two, plans=[plan("watch")])
    assert priority.orders(two.db) == {"heart_rate": ["watch"]}


def test_what_counts_first_already_is_not_asked_for_again(two: Phone) -> None:
    give(two, plans=[plan("strap", "watch")])
    priority.put_first(two.db, "strap")
    assert wishes.waiting(two.db) == 0
