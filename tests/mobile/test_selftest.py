"""Will my reminders work on this phone? Each fault in words, and one verdict."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobile.device.reliability import DesktopReliability, Standing
from mobile.presenters import selftest
from mobile.presenters.selftest import SelfTestFacts
from mobile.presenters.shapes import Card, Tone
from mobile.sync import reminders, ringing
from mobile.sync.ringing import Trial
from mobile.words import load
from tests.mobile import house
from tests.mobile.house import BERLIN
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give
from tests.mobile.test_reminders import Armed

MINUTE_MS = 60_000
NOW_MS = round(START.timestamp() * 1000)
SOUND = Standing(True, True, True, True, False, False, False)
HEARD = Trial(NOW_MS - MINUTE_MS, NOW_MS - MINUTE_MS, shown=True, noticed=True)
WELL = SelfTestFacts(
    SOUND,
    frozenset({"exact", "cards"}),
    alarms_run=True,
    outlives_app=True,
    zone=BERLIN,
    device_zone="Europe/Berlin",
    clock_ahead=timedelta(seconds=1),
    synced_at=START,
    armed_until=START + timedelta(days=9),
    next_at=START + timedelta(hours=10),
    trial=HEARD,
    card_shown=True,
)


def state(**changed: Any) -> selftest.SelfTestState:
    return selftest.present(replace(WELL, **changed), words=load("en"), now=START)


def check(which: str, **changed: Any) -> Card:
    return next(c for c in state(**changed).checks if c.tag == f"check:{which}")


def test_a_phone_that_is_all_right_is_told_so() -> None:
    shown = state()
    assert shown.verdict.title == "Yes. Reminders work on this phone."
    assert {card.tone for card in shown.checks} == {Tone.DONE}
    armed = check("armed")
    assert armed.title == "This device reminds you until: Wed 2 Dec, 10:00"
    assert armed.small == "Next reminder: Today, 20:00"


@pytest.mark.parametrize(
    ("which", "changed", "tone"),
    [
        ("exact", {"standing": replace(SOUND, exact=False)}, Tone.TROUBLE),
        ("cards", {"standing": replace(SOUND, cards=False)}, Tone.TROUBLE),
        ("cards", {"standing": Standing(), "card_shown": False}, Tone.TROUBLE),
        ("sound", {"standing": replace(SOUND, sound=False)}, Tone.TROUBLE),
        ("battery", {"standing": replace(SOUND, unthrottled=False)}, Tone.LATE),
        ("saver", {"standing": replace(SOUND, saving=True)}, Tone.LATE),
        ("quiet", {"standing": replace(SOUND, quiet=True)}, Tone.LATE),
        ("alarms", {"alarms_run": False}, Tone.TROUBLE),
        ("armed", {"armed_until": None}, Tone.TROUBLE),
        ("armed", {"armed_until": START - timedelta(seconds=1)}, Tone.TROUBLE),
        ("clock", {"clock_ahead": timedelta(minutes=7)}, Tone.TROUBLE),
        ("clock", {"clock_ahead": timedelta(minutes=-7)}, Tone.TROUBLE),
        ("zone", {"device_zone": "America/New_York"}, Tone.LATE),
        ("synced", {"synced_at": START - timedelta(days=3)}, Tone.LATE),
        ("synced", {"synced_at": None}, Tone.LATE),
    ],
)
def test_each_fault_stands_first_with_what_to_do(
    which: str, changed: dict[str, Any], tone: Tone
) -> None:
    shown = state(**changed)
    first = shown.checks[0]
    assert (first.tag, first.tone) == (f"check:{which}", tone)
    assert first.title
    assert first.body
    begins = "No." if tone == Tone.TROUBLE else "Mostly."
    assert shown.verdict.title.startswith(begins)
    assert bool(shown.verdict.body) is (tone == Tone.TROUBLE)


def test_a_fault_that_can_be_mended_here_leads_to_the_right_page() -> None:
    (opens,) = check("exact", standing=replace(SOUND, exact=False)).choices
    assert (opens.deed.kind, opens.deed.subject) == ("open", "exact")
    assert check("battery", standing=replace(SOUND, unthrottled=False)).choices == ()


def test_what_a_desktop_does_not_tell_is_left_out() -> None:
    shown = state(standing=Standing(), card_shown=None, outlives_app=False, trial=None)
    assert {c.tag for c in shown.checks} == {
        "check:alarms", "check:armed", "check:clock", "check:zone", "check:synced",
    }  # fmt: skip
    assert shown.verdict.title.startswith("It looks good while Evenkeel is open.")
    assert state(outlives_app=False).verdict.title == "Yes, while Evenkeel is open."


def test_a_wrong_clock_says_which_way() -> None:
    fast = check("clock", clock_ahead=timedelta(minutes=90))
    assert fast.title == "The clock is 90 minutes fast"
    assert check("clock", clock_ahead=timedelta(minutes=-1, seconds=-61)).title.endswith("slow")
    assert check("clock", clock_ahead=None).tone == Tone.CALM


@pytest.mark.parametrize(
    ("trial", "said", "deeds", "verdict"),
    [
        (None, "Ring me once", ["ring", "ring"], "It looks good."),
        (Trial(NOW_MS + 10_000), "It will ring at 10:00", [], "It looks good."),
        (Trial(NOW_MS - 31_000), "The test ring did not come", ["ring", "ring"], "No."),
        (Trial(NOW_MS, NOW_MS, shown=True), "It rang.", ["heard", "heard"], "It looks good."),
        (Trial(NOW_MS, NOW_MS, shown=False), "This device could not", ["ring", "ring"], "No."),
        (replace(HEARD, noticed=False), "You did not notice", ["ring", "ring"], "No."),
        (HEARD, "You noticed", ["ring", "ring"], "Yes."),
    ],
)
def test_the_trial_ring_asks_and_counts(
    trial: Trial | None, said: str, deeds: list[str], verdict: str
) -> None:
    shown = state(trial=trial)
    assert shown.trial.title.startswith(said)
    assert [choice.deed.kind for choice in shown.trial.choices] == deeds
    assert shown.verdict.title.startswith(verdict)


def test_the_store_remembers_what_the_screen_tells(phone: Phone) -> None:
    plan = house.schedule("Metformin", "20:00")
    give(
        phone,
        profile=[house.profile()],
        regimens=[house.regimen("Metformin", "500 mg", plan)],
    )
    reminders.arm(phone.db, Armed(), DesktopReliability(), now=START)
    ringing.ask_for(phone.db, timedelta(seconds=10), now=START)
    facts = selftest.read(
        phone.db, standing=Standing(), opens=frozenset(), alarms_run=True, outlives_app=True,
        device_zone="Europe/Berlin", now=START,
    )  # fmt: skip
    assert facts.next_at == START + timedelta(hours=10)
    assert facts.armed_until == START + timedelta(days=14)
    assert facts.trial == Trial(NOW_MS + 10_000)
    assert (facts.clock_ahead, facts.synced_at, facts.card_shown) == (None, None, None)
