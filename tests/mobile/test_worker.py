import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mobile.device.clock import utc_now
from mobile.device.identity import Identity, keep_identity, load_identity
from mobile.device.keys import KeysInMemory
from mobile.device.notifications import NotifierInMemory
from mobile.device.safe import Safe
from mobile.sources.health_connect import HealthConnectSource
from mobile.sources.source import Permission, Topic
from mobile.store import sending
from mobile.store.outbox import Samples, record_samples
from mobile.sync import deeds
from mobile.sync.deeds import Deed
from mobile.sync.engine import Outcome
from mobile.sync.enrol import EnrolTrouble, NotEnrolled
from mobile.sync.http import HttpTransport
from mobile.sync.session import Session
from mobile.sync.worker import is_confirmed
from tests.mobile import house
from tests.mobile.house import CODE, PATIENT, House
from tests.mobile.phone import KEY
from tests.mobile.sources.fake_android import FakeHealthConnect, steps


def until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    ends = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def session(tmp_path: Path):
    made = Session(
        tmp_path, safe=Safe(tmp_path, KeysInMemory(KEY)), transport=HttpTransport,
        notifier=NotifierInMemory(), clock=utc_now,
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def server():
    with House() as house_:
        yield house_


@pytest.mark.slow
def test_enrol_sync_answer_sign_out_and_come_back(session: Session, server: House) -> None:
    house.furnish(server, now=utc_now())
    assert not session.open()
    session.enrol(server.url, f" {CODE} ".strip())
    assert session.open()
    assert session.db is not None
    until(lambda: session.status.last == Outcome.SYNCED and is_confirmed(session.db))
    event = deeds.carry_out(session.db, Deed("notice", house.id_of("lab"), "opened"), now=utc_now())
    assert not is_confirmed(session.db)
    session.sign_out()
    assert session.waiting() >= 1  # and perhaps that a card for the message was shown
    assert not session.is_open
    known = load_identity(session.folder)
    assert known is not None
    assert (known.token, known.server) == (None, server.url)
    session.enrol(server.url, CODE)
    session.open()
    until(lambda: str(event) in server.model.books.applied, timeout_s=15)


@pytest.mark.parametrize(
    ("code", "status", "trouble"),
    [("WRONG", None, EnrolTrouble.WRONG_CODE), (CODE, 503, EnrolTrouble.BUSY)],
)
def test_enrolling_fails_in_words(
    session: Session, server: House, code: str, status: int | None, trouble: EnrolTrouble
) -> None:
    if status is not None:
        server.answers["/api/v1/enrol"] = status
    with pytest.raises(NotEnrolled) as told:
        session.enrol(server.url, code)
    assert told.value.trouble == trouble
    assert not session.open()


def test_no_server_at_all(session: Session) -> None:
    with pytest.raises(NotEnrolled) as told:
        session.enrol("http://127.0.0.1:9", CODE)
    assert told.value.trouble == EnrolTrouble.NO_CONNECTION


def test_busy_then_well_again(session: Session, server: House) -> None:
    server.answers["/api/v1/sync"] = 503
    session.enrol(server.url, CODE)
    session.open()
    until(lambda: session.status.last == Outcome.BUSY)
    server.answers.clear()
    session.wake()
    until(lambda: session.status.last == Outcome.SYNCED)


def test_a_revoked_token_signs_out_and_the_thread_lives_on(session: Session, server: House) -> None:
    server.model.token = "another"
    keep_identity(session.folder, Identity(server.url, str(PATIENT), "revoked"), KEY)
    session.open()
    until(lambda: session.status.last == Outcome.SIGNED_OUT)
    asked = server.model.requests
    session.wake()
    time.sleep(0.2)
    assert server.model.requests == asked
    known = load_identity(session.folder)
    assert known is not None
    assert known.token is None


def test_a_hundred_thousand_samples_go_in_one_go(session: Session, server: House) -> None:
    session.enrol(server.url, CODE)
    session.open()
    assert session.db is not None
    now = utc_now()
    begin = int(now.timestamp() * 1000) - 100_000_000
    at = [begin + n * 1000 for n in range(100_000)]
    values = [60 + n % 40 for n in range(100_000)]
    record_samples(session.db, Samples("heart_rate", "watch", "/min", at, values), now=now)
    session.wake()
    until(lambda: is_confirmed(session.db), timeout_s=30)
    assert len(server.model.books.samples) == 100_000
    assert sending.waiting(session.db).items == 0


def test_the_health_store_is_read_and_a_fault_of_it_stops_nothing(
    tmp_path: Path, server: House
) -> None:
    platform = FakeHealthConnect()
    now_ms = round(utc_now().timestamp() * 1000)
    platform.write(steps("a", now_ms - 3_600_000, 120))
    store = HealthConnectSource(platform, clock=utc_now)
    for source in (store, Broken()):
        session = Session(
            tmp_path, safe=Safe(tmp_path, KeysInMemory(KEY)), transport=HttpTransport,
            notifier=NotifierInMemory(), clock=utc_now, source=source,
        )  # fmt: skip
        session.enrol(server.url, CODE)
        session.open()
        until(lambda session=session: session.status.last == Outcome.SYNCED)  # type: ignore[misc]
        until(lambda session=session: is_confirmed(session.store))  # type: ignore[misc]
        session.close()
    assert ("steps", now_ms - 3_600_000) in server.model.books.samples


class Broken(HealthConnectSource):
    """Something in it that nobody thought of."""

    name = "broken"

    def __init__(self) -> None:
        super().__init__(FakeHealthConnect(), clock=utc_now)

    def permission(self, topic: Topic) -> Permission:
        raise RuntimeError
