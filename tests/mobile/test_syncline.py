from dataclasses import replace
from datetime import timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from mobile.presenters.shapes import Tone
from mobile.presenters.syncline import SyncFacts, SyncLine, present, read
from mobile.sync.engine import Outcome
from mobile.sync.worker import Status
from mobile.words import load
from tests.mobile.model_server import ModelServer, Network
from tests.mobile.phone import START, Phone

BERLIN = ZoneInfo("Europe/Berlin")
GOOD = SyncFacts(
    signed_out=False,
    running=False,
    last=Outcome.SYNCED,
    waiting=0,
    attention=0,
    confirmed=True,
    confirmed_at=START,
)


def line(**changed: object) -> SyncLine:
    return present(replace(GOOD, **changed), words=load("en"), zone=BERLIN, now=START)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "Synced at 10:00"),
        ({"running": True}, "Synced at 10:00"),
        ({"last": None}, "Checking …"),
        ({"last": Outcome.STOPPED}, "Checking …"),
        ({"confirmed": False}, "Checking …"),
        ({"confirmed": False, "waiting": 3}, "3 entries waiting"),
        ({"confirmed": False, "waiting": 1}, "1 entry waiting"),
        ({"confirmed": False, "waiting": 3, "running": True}, "Sending 3 entries …"),
        ({"last": Outcome.OFFLINE}, "Offline"),
        ({"last": Outcome.OFFLINE, "waiting": 2, "confirmed": False}, "Offline, 2 waiting"),
        ({"last": Outcome.BUSY}, "Server busy, we will try again"),
        ({"last": Outcome.BUSY, "waiting": 2}, "Server busy, 2 waiting"),
        ({"attention": 2}, "Please look: the server refused 2 entries"),
        ({"attention": 1, "last": Outcome.OFFLINE}, "Please look: the server refused 1 entry"),
        ({"signed_out": True}, "Signed out: start again with a new code"),
        (
            {"signed_out": True, "waiting": 4, "attention": 1},
            "Signed out, 4 waiting: start again with a new code",
        ),
        (
            {"last": Outcome.NOT_UNDERSTOOD},
            "This app and the server do not fit. Please update.",
        ),
    ],
)
def test_the_line_says(changed: dict[str, object], text: str) -> None:
    assert line(**changed).text == text


def test_an_old_confirmation_is_told_with_its_time() -> None:
    assert line(confirmed_at=START - timedelta(minutes=6)).text == "Last synced: Today, 09:54"


def test_synced_is_said_in_one_case_of_all() -> None:
    cases = product(
        (False, True), (False, True), (None, *Outcome), (0, 2), (0, 1), (False, True),
        (None, START), (False, True),
    )  # fmt: skip
    names = list(SyncFacts.__dataclass_fields__)
    for case in cases:
        facts = SyncFacts(**dict(zip(names, case, strict=True)))
        told = present(facts, words=load("en"), zone=BERLIN, now=START)
        true = (
            not facts.signed_out
            and facts.last == Outcome.SYNCED
            and not facts.waiting
            and not facts.attention
            and facts.confirmed
            and facts.confirmed_at is not None
            and not facts.full
        )
        assert told.text.startswith("Synced") == true
        assert (told.tone == Tone.DONE) == true


def test_the_facts_come_from_the_store(phone: Phone) -> None:
    phone.take()
    assert read(phone.db, Status()).waiting == 1
    phone.sync(Network(ModelServer()))
    facts = read(phone.db, Status(last=Outcome.SYNCED))
    assert facts == GOOD
