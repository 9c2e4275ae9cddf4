"""What the pages about the PIN say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mobile.presenters.lock import LockFacts, PinFacts, check, present, present_pin
from mobile.words import load
from tests.mobile.house import BERLIN

WORDS = load("en")
ASKED = LockFacts(None, BERLIN)
CHOSEN = PinFacts(has_pin=False, keeps_key=True, shortest=4, enrolled=True)


def test_the_lock_says_what_is_wrong_and_when_to_try_again() -> None:
    assert present(ASKED, words=WORDS).problem == ""
    wrong = present(replace(ASKED, trouble="wrong"), words=WORDS)
    assert "not the right PIN" in wrong.problem
    assert wrong.can_try
    until = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    waits = present(replace(ASKED, trouble="wrong", closed_until=until), words=WORDS)
    assert "10:30" in waits.problem
    assert not waits.can_try
    assert not present(replace(ASKED, busy=True), words=WORDS).can_try


@pytest.mark.parametrize(
    ("waiting", "said"), [(0, "stays with them"), (1, "1 entry was"), (3, "3 entries were")]
)
def test_forgetting_says_what_is_lost(waiting: int, said: str) -> None:
    state = present(replace(ASKED, forgotten=True, waiting=waiting), words=WORDS)
    assert said in state.forgotten


def test_choosing_says_why_and_what_is_wrong() -> None:
    first = present_pin(CHOSEN, words=WORDS)
    assert not first.asks_old
    assert not first.can_drop
    changed = present_pin(replace(CHOSEN, has_pin=True), words=WORDS)
    assert changed.asks_old
    assert changed.can_drop
    alone = present_pin(replace(CHOSEN, has_pin=True, keeps_key=False, shortest=6), words=WORDS)
    assert "the key to your data" in alone.text
    assert not alone.can_drop
    short = present_pin(replace(CHOSEN, trouble="too_short"), words=WORDS)
    assert short.problem == "This is too short. Use at least 4."


@pytest.mark.parametrize(
    ("new", "again", "trouble"),
    [("123", "123", "too_short"), ("1234", "1235", "differ"), ("1234", "1234", "")],
)
def test_a_new_pin_is_checked(new: str, again: str, trouble: str) -> None:
    assert check(new, again, 4) == trouble
