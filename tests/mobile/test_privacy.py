"""Who may see what, who looked, and taking a consent back, with no network too."""

from datetime import timedelta
from typing import Any

import pytest

from mobile.presenters import privacy
from mobile.presenters.shapes import Card
from mobile.store.database import keep_setting
from mobile.sync import wishes
from mobile.words import load
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

TOLD = {
    "people": [{"id": "bo", "name": "Dr. Bo", "role": "clinician"}],
    "looked": [
        {"at": house.iso(START), "who": "Dr. Bo", "role": "clinician", "deed": "read"},
        {"at": house.iso(START), "who": "streams.merge", "role": "job", "deed": "change"},
    ],
}


def grant(name: str, recipient: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": house.id_of(name), "recipient": recipient, "categories": ["streams", "visits"],
        "purpose": "TREAT", "starts_at": "2026-01-01T00:00:00Z", "ends_at": None,
    } | changed  # fmt: skip


@pytest.fixture
def open_phone(phone: Phone) -> Phone:
    keep_setting(phone.db, f"known:{wishes.PRIVACY}", TOLD)
    ended = grant("old", "carla", ends_at=house.iso(START - timedelta(days=1)))
    grants = [grant("team", "care-team"), grant("bo", "bo"), grant("x", "gone"), ended]
    give(phone, profile=[house.profile()], grants=grants)
    return phone


def shown(phone: Phone, asking: str = "") -> tuple[tuple[Card, ...], tuple[Card, ...]]:
    facts = privacy.read(phone.db, now=START)
    may, looked = privacy.present(facts, words=load("en"), now=START, asking=asking)
    return may.cards, looked.cards


def consent(phone: Phone, name: str, asking: str = "") -> Card:
    tag = f"consent:{house.id_of(name)}"
    return next(card for card in shown(phone, asking)[0] if card.tag == tag)


def test_consents_that_hold_are_told_by_name_in_words(open_phone: Phone) -> None:
    titles = {card.title for card in shown(open_phone)[0]}
    assert titles == {"Your care team", "Dr. Bo", "Somebody you said yes to"}
    assert consent(open_phone, "bo").body == "• What is measured\n• Your visits"


def test_who_looked_and_who_changed(open_phone: Phone) -> None:
    read, changed = shown(open_phone)[1]
    assert (read.title, read.when) == ("Dr. Bo", "Today, 10:00")
    assert read.body != changed.body


def test_it_is_taken_back_only_after_asking_and_waits_without_a_network(open_phone: Phone) -> None:
    (ask,) = consent(open_phone, "team").choices
    sure = consent(open_phone, "team", ask.deed.subject)
    assert "cannot use them to help you" in sure.body
    assert [choice.deed.kind for choice in sure.choices] == ["withdraw", "ask"]
    wishes.wish(open_phone.db, privacy.end_of(house.id_of("team")))
    waits = consent(open_phone, "team")
    assert (waits.choices, waits.when) == ((), "You took this back. It ends when you are online.")


def test_with_no_consent_only_the_patient_sees_it(phone: Phone) -> None:
    give(phone, profile=[house.profile()])
    may, looked = shown(phone)
    assert may[0].title == "Nobody but you may see your data"
    assert looked[0].title.startswith("We do not know yet.")
    keep_setting(phone.db, f"known:{wishes.PRIVACY}", {"people": [], "looked": []})
    assert shown(phone)[1][0].title == "Nobody else has looked."
