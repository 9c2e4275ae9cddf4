"""Children that die, that are stubborn, that are left over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.core.embedded.service import Service
from backend.core.embedded.unprivileged import EmbeddedError
from backend.demo.leftovers import Noted, born, end_leftovers, note
from backend.demo.supervisor import Supervisor


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(said.append, tmp_path / "processes.json")


def sleeper(tmp_path: Path, name: str = "sleeper") -> Service:
    return Service(name, ["sleep", "60"], tmp_path / "log")


def within(seconds: float, happened: Callable[[], bool]) -> Callable[[], bool]:
    """`happened`, or the end of the wait."""
    deadline = time.monotonic() + seconds
    return lambda: happened() or time.monotonic() > deadline


def test_a_child_that_dies_is_restarted_with_a_line(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(sleeper(tmp_path))
    first = supervisor.children[0].process.pid
    os.kill(first, signal.SIGKILL)
    supervisor.watch(within(5, lambda: len(said) == 2))
    second = supervisor.children[0].process.pid
    assert said == [
        "sleeper died (signal SIGKILL); restarting in 0.5 s",
        f"sleeper restarted (pid {second})",
    ]
    assert born(second)
    supervisor.stop_all()
    assert not born(second)


def test_a_child_that_keeps_dying_is_restarted_ever_more_slowly(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(Service("brittle", ["false"], tmp_path / "log"))
    supervisor.watch(within(8, lambda: len(said) == 5))
    assert [line.rpartition(" in ")[2] for line in said if "died" in line] == [
        "0.5 s",
        "1 s",
        "2 s",
    ]
    assert said[0].startswith("brittle died (exit 1)")
    supervisor.stop_all()


def test_data_services_are_stopped_after_those_that_use_them(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    ends = tmp_path / "ends"
    script = 'trap "echo $0 >> {}; exit" TERM; touch $0.up; while :; do sleep 0.05; done'
    for name, holds_data in (("database", True), ("web", False), ("worker", False)):
        up = tmp_path / f"{name}.up"
        command = ["bash", "-c", script.format(ends), str(up.with_suffix(""))]
        supervisor.start(
            Service(name, command, tmp_path / "log", answers=up.exists, holds_data=holds_data)
        )
    supervisor.stop_all()
    assert Path(ends.read_text().splitlines()[-1]).name == "database"
    assert len(ends.read_text().splitlines()) == 3


def test_a_child_that_never_answers_is_an_error(supervisor: Supervisor, tmp_path: Path) -> None:
    mute = Service("mute", ["sleep", "60"], tmp_path / "log", answers=lambda: False)
    with pytest.raises(EmbeddedError, match="mute does not answer"):
        supervisor.start(mute, seconds=0.2)
    supervisor.stop_all()
    assert not born(supervisor.children[0].process.pid)


def test_a_commands_output_is_shown_and_its_code_returned(
    supervisor: Supervisor, capfd: pytest.CaptureFixture[str]
) -> None:
    code = supervisor.run([sys.executable, "-c", "print('loaded'); raise SystemExit(3)"], {})
    assert code == 3
    assert capfd.readouterr().out == "loaded\n"


def test_leftovers_are_ended_but_never_a_stranger_with_the_same_pid(tmp_path: Path) -> None:
    register = tmp_path / "processes.json"
    with (
        subprocess.Popen(["sleep", "60"], start_new_session=True) as left,
        subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger,
    ):
        note(register, [Noted("left", left.pid, 15), Noted("gone", stranger.pid, 15)])
        # As if the second pid had passed to another process since.
        register.write_text(register.read_text().replace(f'"{born(stranger.pid)}"]]', '"1"]]'))
        assert end_leftovers(register) == ["left"]
        assert left.wait(1) == -signal.SIGTERM
        assert born(stranger.pid)
        stranger.kill()
    assert end_leftovers(register) == []
