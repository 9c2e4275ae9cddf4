"""Texts are short, in the five languages, and what they tell people to answer is understood."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from backend.notices.gsm import parts, plain
from backend.notices.texts import text_of
from backend.patients.models import Patient
from backend.sms import replies
from backend.sms.grammar import read
from backend.sms.vocabulary import Intent
from backend.surveys.instruments import INSTRUMENTS
from backend.surveys.spoken import SPOKEN
from backend.wire.language import LANGUAGES, language_of

WHEN = "30 Nov 08:00"
NOTICES = (
    *("dose_due", "dose_unanswered", "dose_again", "refill_soon"),
    *("visit_booked", "visit_cancelled"),
)
VISIT = {"visit_day": "2026-11-25", "visit_time": "10:30"}
AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def short(code: str) -> dict[str, str]:
    """Every text of one part."""
    said = language_of(code)
    return {
        "agreed": replies.agreed(said),
        "agreed_carer": replies.agreed_carer(said),
        "asked_to_agree": replies.asked_to_agree(said),
        "stopped": replies.stopped(said),
        "on": replies.on(said),
        "taken": replies.taken(said, 1, WHEN),
        "taken_2": replies.taken(said, 2, WHEN),
        "skipped": replies.skipped(said, 1, WHEN),
        "skipped_2": replies.skipped(said, 12, WHEN),
        "later": replies.later(said, WHEN),
        "no_longer": replies.no_longer(said),
        "nothing_open": replies.nothing_open(said),
        "too_old": replies.too_old(said),
        "next_question": replies.next_question(said, 1),
        "next_question_2": replies.next_question(said, 8),
        "no_question": replies.no_question(said),
        "choices": replies.choices(said),
        "last_question": replies.last_question(said, is_alarm=False),
        **{name: notice(name, code) for name in NOTICES},
        **{
            f"{n}, named": notice(n, code, "Hydrochlorothiazide")
            for n in ("dose_due", "dose_again")
        },
        "sms_ask": notice("sms_ask", code),
    }


def notice(template: str, code: str, medicine: str = "") -> str:
    patient = Patient(language=code, zone="Africa/Nairobi", names_on_lock_screen=bool(medicine))
    said: Any = SimpleNamespace(
        template=template, values={"medicine": "Canarizine"} | VISIT, due_at=AT
    )
    if medicine:
        said.values["medicine"] = medicine
    return text_of(said, patient, "a push")


@pytest.mark.parametrize("code", LANGUAGES)
def test_one_text_is_one_part_on_any_phone(code: str) -> None:
    long = {name: len(text) for name, text in short(code).items() if parts(plain(text)) > 1}
    assert not long


@pytest.mark.parametrize("code", LANGUAGES)
def test_help_is_two_parts_and_a_question_three_at_most(code: str, settings: Any) -> None:
    settings.EVENKEEL_CARE_PHONE = "+254 20 1234567"
    said = language_of(code)
    for words in (replies.help_, replies.unknown, replies.carer_only):
        assert parts(plain(words(said))) <= 2
        assert "+254 20 1234567" in words(said)
    for survey, instrument in INSTRUMENTS.items():
        for item in instrument.items:
            assert parts(plain(replies.question(said, survey, item))) <= 3
    assert parts(plain(replies.last_question(said, is_alarm=True))) <= 3


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_said_in_the_language(code: str) -> None:
    english, here = short("en"), short(code)
    assert not [name for name, text in here.items() if text == english[name]]
    for words in (replies.help_, replies.unknown, replies.carer_only):
        assert words(language_of(code)) != words(language_of("en"))
    for survey, instrument in INSTRUMENTS.items():
        assert len(SPOKEN[code].items[survey]) == len(instrument.items)
        assert not set(SPOKEN[code].items[survey]) & set(SPOKEN["en"].items[survey])
    assert len(set(SPOKEN[code].choices)) == len(replies.LETTERS)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_words_that_it_asks_for_are_understood(code: str) -> None:
    said = language_of(code)
    texts = [*short(code).values(), replies.help_(said), replies.unknown(said)]
    words = {word for text in texts for word in re.findall(r"\b[^\W\d_]{2,}\b", text)}
    capitals = {word for word in words if word == word.upper()} - {"SMS"}
    assert {read(word, code) for word in capitals} == {
        Intent.YES,
        Intent.STOP,
        Intent.START,
        Intent.HELP,
    }
    for text in (notice("dose_due", code), replies.help_(said)):
        told = dict(re.findall(r"\b([123]) ([^\W\d_]+(?: [^\W\d_]+)?)", plain(text)))
        assert {digit: read(word, code) for digit, word in told.items()} == {
            "1": Intent.TAKEN,
            "2": Intent.SKIP,
            "3": Intent.LATER,
        }


def test_a_name_is_never_in_a_text_unless_it_may_be() -> None:
    assert "Canarizine" not in notice("dose_due", "en")
    assert "Canarizine" in notice("dose_due", "en", "Canarizine")
    assert notice("message", "en") == "Evenkeel: a push"
