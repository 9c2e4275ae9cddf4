"""What a patient sees of her devices."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from mobile.presenters.devices import DevicesView, present, read
from mobile.presenters.shapes import Tone
from mobile.sync.connections import Connection, note
from mobile.words import load
from tests.mobile.phone import START, Phone

BERLIN = ZoneInfo("Europe/Berlin")
HEARD_MS = round((START - timedelta(hours=1)).timestamp() * 1000)
METER = Connection("ble:meter-1", "Meter", "F0", ("1808",), 80, HEARD_MS)


def shown(*found: Connection) -> DevicesView:
    return present(list(found), words=load("en"), zone=BERLIN, now=START)


def test_no_device_is_said_so() -> None:
    view = shown()
    assert (view.cards, view.empty) == ((), "No device is paired with this phone.")


def test_a_device_in_good_order() -> None:
    (card,) = shown(METER).cards
    assert (card.title, card.when) == ("Meter", "Last heard: Today, 09:00")
    assert (card.small, card.body, card.tone) == ("Battery: 80 %", "", Tone.CALM)


@pytest.mark.parametrize(
    ("known", "said", "tone"),
    [
        ({"battery_percent": 15}, "The battery is almost empty.", Tone.LATE),
        ({"clock_ahead_min": -1}, "Its clock was 1 minute slow.", Tone.CALM),
        ({"clock_ahead_min": 1303}, "Its clock was 1,303 minutes fast.", Tone.CALM),
        ({"left_with_team": 2}, "2 values were deleted here", Tone.CALM),
        ({"problem": "not_allowed"}, "may not read it", Tone.TROUBLE),
        ({"problem": "of a later version"}, "could not be read", Tone.TROUBLE),
        ({"last_ms": HEARD_MS - 4 * 86_400_000}, "", Tone.LATE),
        ({"last_ms": None, "battery_percent": None}, "", Tone.LATE),
    ],
)
def test_what_is_wrong_is_said(known: dict[str, object], said: str, tone: Tone) -> None:
    (card,) = shown(replace(METER, **known)).cards  # type: ignore[arg-type]
    assert said in card.body
    assert card.tone == tone


def test_trouble_comes_first_and_the_store_has_a_name_of_its_own(phone: Phone) -> None:
    note(phone.db, "ble:a", label="A", at=START)
    note(phone.db, "health-connect", problem="missing")
    found = present(read(phone.db), words=load("en"), zone=BERLIN, now=START)
    assert [card.title for card in found.cards] == ["Health Connect on this phone", "A"]
    assert found.cards[0].body == "This phone does not have it."
    assert found.cards[0].when == "Not heard yet"
