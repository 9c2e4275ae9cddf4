"""Mobile data that cost something, and a device that is nearly full."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mobile.device.disk import is_nearly_full
from mobile.device.identity import Identity, is_enrolled, keep_identity
from mobile.device.keys import KeysInMemory
from mobile.device.network import DesktopNetwork, may_sync, this_network
from mobile.device.notifications import NotifierInMemory
from mobile.device.preferences import Preferences, keep_preferences
from mobile.device.safe import Safe
from mobile.presenters import syncline
from mobile.store import bodies, outbox, sending, shadow, thinning
from mobile.sync.engine import Outcome
from mobile.sync.http import HttpTransport
from mobile.sync.session import Session
from mobile.sync.worker import Status
from mobile.words import load
from tests.mobile.house import BERLIN, PATIENT, House
from tests.mobile.phone import KEY, START, Phone
from tests.mobile.test_worker import until

HEAD = "Iface\tDestination\tGateway\n"
STATUS = Status(last=Outcome.SYNCED)


@pytest.mark.parametrize(
    ("lines", "metered"),
    [
        ("wlan0\t00000000\t0101A8C0\nwwan0\t0001A8C0\t00000000\n", False),
        ("wwan0\t00000000\t0101A8C0\n", True),
        ("wwan0\t00000000\t0101A8C0\neth0\t00000000\t0101A8C0\n", False),
        ("eth0\t0001A8C0\t00000000\n", None),
    ],
)
def test_linux_tells_by_the_way_out(tmp_path: Path, lines: str, metered: bool | None) -> None:
    routes = tmp_path / "route"
    routes.write_text(HEAD + lines)
    assert DesktopNetwork(routes).is_metered() is metered
    assert DesktopNetwork(tmp_path / "none").is_metered() is None
    assert isinstance(this_network("linux"), DesktopNetwork)


class Costs:
    def __init__(self) -> None:
        self.metered: bool | None = True

    def is_metered(self) -> bool | None:
        return self.metered


def test_nothing_is_sent_on_mobile_data_unless_it_is_asked_for(tmp_path: Path) -> None:
    network = Costs()
    keep_preferences(tmp_path, replace(Preferences(), wifi_only=True))
    with House() as server:
        keep_identity(tmp_path, Identity(server.url, str(PATIENT), "good"), KEY)
        session = Session(
            tmp_path, safe=Safe(tmp_path, KeysInMemory(KEY)), transport=HttpTransport,
            notifier=NotifierInMemory(), clock=lambda: START, network=network,
        )  # fmt: skip
        session.open()
        until(lambda: session.status.last == Outcome.COSTLY)
        facts = syncline.read(session.store, session.status)
        said = syncline.present(facts, words=load("en"), zone=BERLIN, now=START)
        assert said.text == "Waits for Wi-Fi"
        assert server.model.requests == 0
        session.wake(anyway=True)
        until(lambda: session.status.last == Outcome.SYNCED)
        session.wake()
        until(lambda: session.status.last == Outcome.COSTLY)
        session.close()
    network.metered = None
    assert may_sync(tmp_path, network)


@pytest.fixture
def revoked(tmp_path: Path) -> Iterator[tuple[Session, House]]:
    with House() as server:
        keep_identity(tmp_path, Identity(server.url, str(PATIENT), "another"), KEY)
        server.model.revoked = True
        session = Session(
            tmp_path, safe=Safe(tmp_path, KeysInMemory(KEY)), transport=HttpTransport,
            notifier=NotifierInMemory(), clock=lambda: START,
        )  # fmt: skip
        yield session, server
        session.close()


def test_signed_out_from_elsewhere_all_goes_but_what_was_not_sent(
    revoked: tuple[Session, House],
) -> None:
    session, server = revoked
    path = session.path
    assert path is not None
    phone = Phone(path)
    event = phone.take()
    shadow.keep_stream(phone.db, "glucose", "day", {"2026-11-23": {}})
    phone.db.close()
    session.open()
    until(lambda: session.status.last == Outcome.REVOKED)
    until(lambda: not is_enrolled(session.folder))
    assert server.model.requests == 1
    assert session.waiting() == 1
    assert [each["id"] for each in outbox.unsent_bodies(session.store)] == [str(event)]
    assert shadow.last_kept(session.store, "glucose") is None


def test_a_full_device_loses_what_can_be_had_again_and_no_entry(phone: Phone) -> None:
    old, late = START.replace(year=2025), START
    day = {bodies.wire_time(bodies.ms_of(at)): {"mean": 1} for at in (old, late)}
    shadow.keep_stream(phone.db, "glucose", "day", day)
    phone.measure((1, 60))
    batch = sending.claim(phone.db, max_items=9, max_bytes=10**6, now=START)
    sending.settle(
        phone.db, batch, {batch.items[0].id: {"outcome": "stored", "problems": []}}, now=START
    )
    phone.measure((2, 61))
    unsent = phone.take()
    phone.clock.move(days=8)
    assert thinning.thin(phone.db, now=phone.clock()) == 2
    assert thinning.thin(phone.db, now=phone.clock()) == 0
    assert shadow.last_kept(phone.db, "glucose") == bodies.ms_of(late)
    assert set(phone.states().values()) == {"waiting"}
    assert str(unsent) in phone.states()


def test_a_full_device_is_said_on_the_sync_line(phone: Phone) -> None:
    for low in (True, True, False):
        thinning.note_storage(phone.db, low=low)
        assert thinning.is_low(phone.db) is low
        facts = syncline.read(phone.db, STATUS)
        text = syncline.present(facts, words=load("en"), zone=BERLIN, now=START).text
        assert ("nearly full" in text) is low


def test_the_disk_is_asked(tmp_path: Path) -> None:
    assert is_nearly_full(tmp_path, least=10**18)
    assert not is_nearly_full(tmp_path, least=0)
