"""The process that rings while the window is closed."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mobile.device.at_login import entry_of
from mobile.device.background_alarms import LOCK_NAME, WINDOW_LOCK_NAME, BackgroundAlarms
from mobile.device.identity import Identity, drop_token, keep_identity, store_path
from mobile.device.notifications import NotifierInMemory
from mobile.device.one_process import OneProcess
from mobile.ringer import Outside, run
from mobile.store.shadow import is_announced
from mobile.sync.doses import doses_between
from mobile.sync.http import HttpTransport
from tests.mobile import house
from tests.mobile.house import PATIENT, House
from tests.mobile.phone import KEY, START, Phone
from tests.mobile.plan import give

DAY = timedelta(days=1)
# The real process in all but three things: its cards go into a file, its clock is the test's, and
# there is no network.
RINGER = """
import sys
from datetime import datetime
from pathlib import Path
from mobile.ringer import Outside, run
from mobile.sync.transport import NoConnection
folder = Path(sys.argv[1])

class Cards:
    def post(self, card):
        with (folder / "cards").open("a") as out:
            out.write(card.key + "\\n")
        return True

class Offline:
    def call(self, *_, **__):
        raise NoConnection
    def close(self):
        pass

def clock():
    return datetime.fromisoformat((folder / "clock").read_text())

key = bytes.fromhex(sys.stdin.readline())
run(folder, key, Outside(lambda _: Offline(), Cards(), clock, look_s=0.005))
"""


def until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    ends = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.003)


class Desk:
    """A computer on which somebody is enrolled, and whose window is closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        keep_identity(folder, Identity("http://127.0.0.1:9", str(PATIENT), "good"), KEY)
        self.phone = Phone(store_path(folder, str(PATIENT)))
        self.process: subprocess.Popen[bytes] | None = None
        self.set_clock(START)

    def set_clock(self, now: datetime) -> None:
        new = self.folder / "clock.new"
        new.write_text(now.isoformat())
        new.replace(self.folder / "clock")

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RINGER, str(self.folder)], stdin=subprocess.PIPE
        )
        assert self.process.stdin is not None
        self.process.stdin.write(KEY.hex().encode() + b"\n")
        self.process.stdin.close()
        until(self.is_ringing)

    def is_ringing(self) -> bool:
        return OneProcess(self.folder / LOCK_NAME).is_taken()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def cards(self) -> list[str]:
        file = self.folder / "cards"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.kill()
    made.phone.db.close()


@pytest.mark.slow
def test_a_week_offline_with_kills_each_dose_rings_once(desk: Desk) -> None:
    often = house.schedule("Often", *(f"{hour:02}:30" for hour in range(0, 24, 3)))
    give(desk.phone, profile=[house.profile()], regimens=[house.regimen("Often", "1", often)])
    doses = doses_between(desk.phone.db, START, START + 7 * DAY)
    assert len(doses) == 56  # more than are armed at once
    for number, dose in enumerate(doses):
        if number % 19 == 0:
            desk.kill()
            desk.start()
        desk.set_clock(dose.due_at - timedelta(seconds=1))
        desk.set_clock(dose.due_at)
        until(lambda key=dose.key: is_announced(desk.phone.db, key))  # type: ignore[misc]
    assert desk.cards() == [dose.key for dose in doses]


def test_it_ends_when_nobody_is_signed_in_any_more_and_another_one_does_not_start(
    desk: Desk,
) -> None:
    desk.start()
    assert not run(desk.folder, KEY, outside())
    drop_token(desk.folder)
    assert desk.process is not None
    assert desk.process.wait(5) == 0
    assert run(desk.folder, KEY, outside())  # and goes at once
    assert not desk.is_ringing()


def outside() -> Outside:
    return Outside(HttpTransport, NotifierInMemory(), lambda: START, look_s=0.01, patience_s=0.1)


def test_it_syncs_only_while_no_window_is_open(tmp_path: Path) -> None:
    with House() as server:
        keep_identity(tmp_path, Identity(server.url, str(PATIENT), "another"), KEY)
        server.model.revoked = True
        window = OneProcess(tmp_path / WINDOW_LOCK_NAME)
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path / WINDOW_LOCK_NAME)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as open_window:  # fmt: skip
            assert open_window.stdout is not None
            open_window.stdout.readline()
            started = time.monotonic()

            def clock() -> datetime:
                if time.monotonic() - started > 0.2 and open_window.poll() is None:
                    assert server.model.requests == 0
                    open_window.kill()
                return START

            # Signed out from elsewhere: it learns so once the window is closed, and ends.
            assert run(tmp_path, KEY, Outside(HttpTransport, NotifierInMemory(), clock, 0.01))
        assert server.model.requests == 1
        assert not window.is_taken()


HOLD = """
import sys
from pathlib import Path
from mobile.device.one_process import OneProcess
print(OneProcess(Path(sys.argv[1])).take(), flush=True)
sys.stdin.read()
"""


def test_the_port_starts_it_once_and_promises_ten_minutes(desk: Desk) -> None:
    starts = []

    def start(folder: Path, key: bytes) -> subprocess.Popen[bytes]:
        starts.append((folder, key))
        desk.start()
        assert desk.process is not None
        return desk.process

    alarms = BackgroundAlarms(desk.folder, KEY, start)
    assert not alarms.is_running()
    for _ in range(3):
        alarms.arm([])
    assert starts == [(desk.folder, KEY)]
    assert alarms.outlives_app
    assert alarms.promised_until(START + DAY, now=START) == START + timedelta(minutes=10)
    alarms.close()
    assert alarms.is_running()
    desk.kill()
    until(lambda: not alarms.is_running())
    alarms.arm([])
    assert len(starts) == 2


def test_where_it_cannot_be_started_nothing_is_promised(tmp_path: Path) -> None:
    def fail(_folder: Path, _key: bytes) -> subprocess.Popen[bytes]:
        raise OSError

    alarms = BackgroundAlarms(tmp_path, KEY, fail)
    alarms.arm([])
    assert not alarms.is_running()


def test_it_starts_at_sign_in_where_the_device_keeps_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "my data"
    entry = entry_of(folder)
    if entry is None:
        pytest.skip("this platform has no autostart folder")
    BackgroundAlarms(folder, KEY)
    assert not entry.exists()
    alarms = BackgroundAlarms(folder, KEY, at_login=True)
    assert "-m mobile.ringer --data" in entry.read_text()
    assert KEY.hex() not in entry.read_text()
    alarms.disarm()
    assert not entry.exists()
