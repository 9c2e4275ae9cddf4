"""PostgreSQL and Valkey out of wheels, started for real."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from backend.core.embedded import postgres, unprivileged, valkey
from backend.core.embedded.service import Service, launch, running, stop, wait_ready
from backend.core.embedded.unprivileged import Account, EmbeddedError, may_enter

ROOT = Path(__file__).resolve().parents[2]


def test_postgres_keeps_its_rows_over_a_restart(tmp_path: Path) -> None:
    """tmp_path is closed to other users and too long for a socket: both must be coped with."""
    data = tmp_path / ("a-long-name-" * 8) / "postgres"
    data.parent.mkdir()
    for round_ in range(2):
        service = postgres.service(data, log=tmp_path / "log", throwaway=True)
        with running(service), psycopg.connect(service.url) as db:
            if round_ == 0:
                db.execute("CREATE TABLE kept (n int)")
                db.execute("INSERT INTO kept VALUES (7)")
            assert db.execute("SELECT n FROM kept").fetchone() == (7,)
            assert db.execute("SHOW listen_addresses").fetchone() == ("",)
        assert service.temporary is not None
        assert not service.temporary.exists()


def test_only_its_owner_may_enter_the_data_and_the_socket_folder(service_folder: Path) -> None:
    service = postgres.service(service_folder / "owned" / "postgres", log=Path(os.devnull))
    sockets = service_folder / "owned" / "run"
    for folder in (service_folder / "owned" / "postgres", sockets):
        assert folder.stat().st_mode & 0o077 == 0
    assert str(sockets.name) in service.url


def test_valkey_keeps_its_queue_over_a_kill(service_folder: Path) -> None:
    folder = service_folder / "kept"
    folder.mkdir()
    service = valkey.service(folder / "valkey", log=folder / "log")
    process = launch(service)
    wait_ready(service, process, seconds=10)
    with redis.Redis.from_url(service.url) as client:
        client.rpush("queue", "one")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        time.sleep(1.1)  # appendfsync everysec
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with running(service), redis.Redis.from_url(service.url) as client:
        assert client.lrange("queue", 0, -1) == [b"one"]


def test_a_service_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    service = Service("brittle", ["false"], tmp_path / "log", answers=lambda: False)
    with (
        pytest.raises(EmbeddedError, match=r"brittle ended at its start: see .*log"),
        running(service),
    ):
        pass


def test_a_stubborn_service_is_killed_with_its_children(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"
    log = tmp_path / "log"
    service = Service("stubborn", ["sh", "-c", script], log, answers=lambda: bool(log.read_text()))
    process = launch(service)
    wait_ready(service, process, seconds=5)
    stop(service, process, patience=0.2)
    assert process.returncode == -signal.SIGKILL
    assert _ended(int(log.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_a_service_ends_with_a_parent_killed_hard(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from backend.core.embedded.service import Service, launch
pid = launch(Service("child", ["sleep", "60"], Path({str(tmp_path / "log")!r}))).pid
print(pid, flush=True)
while Path(f"/proc/{{pid}}/comm").read_text() != "sleep\\n":  # only then the leash is tied
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL
    assert _ended(int(killed.stdout))


def test_a_folder_closed_to_the_stand_in_is_noticed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    other = Account(os.getuid() + 1, os.getgid() + 1)
    assert not may_enter(other, closed / "postgres")
    assert may_enter(other, Path("/usr/bin/env"))


def test_root_without_its_capability_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no setpriv to be found
    closed = tmp_path / "postgres"
    with pytest.raises(EmbeddedError, match="Choose another --data"):
        unprivileged.drop_to(Account(4321, 4321), ["postgres"], reads=[closed])


def _ended(pid: int) -> bool:
    """Gone, or a zombie that nobody has collected, within two seconds."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            state = subprocess.check_output(["ps", "-o", "stat=", "-p", str(pid)], text=True)
        except subprocess.CalledProcessError:
            return True
        if state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False
