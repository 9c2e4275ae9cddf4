"""What the server found in the patient's data, as one card on Today."""

from datetime import timedelta
from typing import Any

import pytest

from mobile.presenters import today
from mobile.presenters.insights import TAG
from mobile.presenters.shapes import Card
from mobile.words import load
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

WORDS = load("en")


def finding(method: str, says: str, *, days: int = 3, **other: Any) -> dict[str, Any]:
    return {
        "id": str(house.id_of(f"{method} {says}")),
        "method": method,
        "version": "1.0",
        "label": method,
        "value": 1.0,
        "lower": None,
        "upper": None,
        "unit": "%",
        "detail": {"says": says},
        "abstained": "",
        "computed_at": house.iso(START),
        "valid_until": house.iso(START + timedelta(days=days)),
    } | other


def card(phone: Phone, *opened: str) -> Card | None:
    now = phone.clock()
    state = today.present(
        today.read(phone.db, now=now), words=WORDS, now=now, opened=frozenset(opened)
    )
    found = [c for s in state.sections if s.title == "From your data" for c in s.cards]
    return found[0] if found else None


def test_glucose_comes_first_and_the_rest_is_folded(phone: Phone) -> None:
    told = [("wear.glucose", "W"), ("heart.night_resting", "H"), ("glucose.lows", "G")]
    give(phone, profile=[house.profile()], findings=[finding(*one) for one in told])
    folded, unfolded = card(phone), card(phone, TAG)
    assert folded is not None
    assert unfolded is not None
    assert (folded.title, folded.body) == ("What your data say", "G\nH")
    assert [c.label for c in folded.choices] == ["Show all"]
    assert unfolded.body == "G\nH\nW"
    assert [c.label for c in unfolded.choices] == ["Less"]


def test_the_newest_of_a_method_counts(phone: Phone) -> None:
    give(phone, findings=[finding("glucose.lows", "old")])
    give(phone, findings=[finding("glucose.lows", "new")])
    shown = card(phone)
    assert shown is not None
    assert (shown.body, shown.choices) == ("new", ())


@pytest.mark.parametrize(
    "row",
    [
        finding("glucose.lows", "x", days=-1),
        finding("glucose.lows", "", abstained="We need more."),
        finding("glucose.lows", "x", valid_until=None),
        finding("glucose.lows", "x", detail={}),
        finding("quality.levels", "All is well.", value=0.0),
    ],
)
def test_what_is_out_of_date_without_a_number_or_no_news_says_nothing(
    phone: Phone, row: dict[str, Any]
) -> None:
    give(phone, profile=[house.profile()], findings=[row])
    assert card(phone) is None


def test_a_risk_is_a_card_of_its_own_with_a_hundred_people_when_unfolded(phone: Phone) -> None:
    detail = {
        "says": "Of 100 people like you, about 15 will be ill.",
        "pictures": [
            {"of_100": 15, "says": "You, as things are: 15 of 100"},
            {"of_100": 6, "says": "At their best: 6 of 100"},
        ],
        "drivers": [{"says": "Smoking: raises the risk a lot"}],
        "notes": [{"says": "This counts people in the USA."}],
    }
    give(phone, profile=[house.profile()], findings=[finding("risk.prevent", "", detail=detail)])
    folded, unfolded = card(phone), card(phone, f"{TAG}:risk.prevent")
    assert folded is not None
    assert unfolded is not None
    assert (folded.body, folded.pictures, folded.small) == (detail["says"], (), "")
    assert [(icons.filled, icons.says) for icons in unfolded.pictures] == [
        (15, "You, as things are: 15 of 100"),
        (6, "At their best: 6 of 100"),
    ]
    assert unfolded.small == "Smoking: raises the risk a lot\nThis counts people in the USA."
