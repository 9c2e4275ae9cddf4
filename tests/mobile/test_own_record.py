"""A copy of the record in a file, and its end."""

import json
import stat
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO
from zipfile import ZipFile

import pytest

from mobile.presenters import taking
from mobile.presenters.taking import TakingFacts
from mobile.sync.own_record import NotDone, erase, save_copy
from mobile.sync.transport import Answer, NoConnection
from mobile.words import load
from tests.mobile.phone import Phone

DAY = date(2026, 11, 24)
WORDS = load("en")


@dataclass
class Server:
    """Answers from a table; a path in `broken` hangs up."""

    broken: str = "-"
    status: int = 200
    asked: list[tuple[str, str, bytes | None]] = field(default_factory=list)

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        self.asked.append((method, path, body))
        if path.startswith(self.broken):
            raise NoConnection
        if path.endswith("/erase"):
            return Answer(self.status)
        return Answer(self.status, {"profile": {"name": "Amina"}, "measured": ["glucose", "odd"]})

    def save(self, path: str, out: IO[bytes], *, token: str) -> int:
        if path.startswith(self.broken):
            raise NoConnection
        out.write(b"time,glucose\r\n")
        return self.status

    def close(self) -> None:
        pass


def test_everything_comes_in_one_file_also_what_was_not_sent(phone: Phone, tmp_path: Path) -> None:
    taken = phone.take()
    folder = tmp_path / "Downloads"
    first = save_copy(phone.db, Server(), "t", folder, day=DAY)
    second = save_copy(phone.db, Server(), "t", folder, day=DAY)
    assert [first.name, second.name] == ["evenkeel-2026-11-24.zip", "evenkeel-2026-11-24-2.zip"]
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    with ZipFile(first) as file:
        assert set(file.namelist()) == {"record.json", "not-sent-yet.json", "glucose.csv"}
        assert json.loads(file.read("record.json"))["profile"]["name"] == "Amina"
        assert json.loads(file.read("not-sent-yet.json"))[0]["id"] == str(taken)


@pytest.mark.parametrize(
    "server",
    [
        Server(broken="/api/v1/export"),
        Server(broken="/api/v1/export/glucose"),
        Server(status=404),
    ],
)
def test_a_copy_that_breaks_off_leaves_no_file(
    phone: Phone, tmp_path: Path, server: Server
) -> None:
    with pytest.raises(NotDone):
        save_copy(phone.db, server, "t", tmp_path / "out", day=DAY)
    assert list((tmp_path / "out").iterdir()) == []


def test_erasing_says_so_and_fails_aloud() -> None:
    server = Server(status=204)
    erase(server, "t")
    assert server.asked == [("POST", "/api/v1/erase", b'{"sure":true}')]
    for bad in (Server(broken="/"), Server(status=503), Server(status=401)):
        with pytest.raises(NotDone):
            erase(bad, "t")


def test_the_cards_say_how_far_it_has_come() -> None:
    def cards(**facts: str) -> tuple[str, str]:
        copy, end = taking.present(TakingFacts(**facts), words=WORDS).cards
        return copy.small, end.body + end.small

    assert cards(copy="done", saved_as="/home/a/x.zip")[0] == "Saved as /home/a/x.zip"
    assert "online" in cards(copy="failed")[0]
    assert "What stays" in cards(ending="asked")[1]
    assert "What stays" not in cards()[1]
    assert "online" in cards(ending="failed")[1]
    assert taking.is_word(" Erase ", WORDS)
    assert not taking.is_word("", WORDS)
