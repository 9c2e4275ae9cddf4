"""What lies on the disk says nothing to who has not the key, and an older store is taken over."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from mobile.sealing import Seal, WrongKey, fresh_key
from mobile.store import outbox, records, sending, shadow
from mobile.store.database import RECORDS, SCHEMA, open_store, setting
from mobile.store.forgetting import forget_all_but_unsent
from tests.mobile import house
from tests.mobile.phone import KEY, START, Phone
from tests.mobile.plan import give

SECRETS = (b"Metformin", b"heart_rate", b"glucose", b"/min", b"watch", b"Amina", b"Kampala")


def on_disk(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def fill(phone: Phone) -> None:
    plan = house.schedule("Metformin", "10:00")
    give(
        phone,
        profile=[house.profile(name="Amina", zone="Africa/Kampala")],
        regimens=[house.regimen("Metformin", "500 mg", plan)],
        plans=[{"kind": "glucose", "id": "x"}],
    )
    phone.take()
    phone.measure((1, 60), (2, 61))
    shadow.keep_stream(phone.db, "glucose", "day", {"2026-11-23": {"mean": 99}})
    shadow.announce_once(phone.db, "rem:Metformin", now=START)
    records.keep(phone.db, "hc:glucose", "1", (1, 2), records.packed("Metformin"), reading=1)


def test_nothing_that_was_entered_can_be_read_without_the_key(phone: Phone) -> None:
    fill(phone)
    found = on_disk(phone.path)
    assert [word for word in SECRETS if word in found] == []
    assert shadow.profile(phone.db)["name"] == "Amina"
    assert outbox.local_samples(phone.db, "heart_rate", 0, 9) == [
        ("watch", "/min", [(1, 60), (2, 61)])
    ]


def test_another_key_opens_nothing(phone: Phone) -> None:
    phone.db.close()
    with pytest.raises(WrongKey):
        open_store(phone.path, fresh_key())
    with pytest.raises(ValueError, match="32"):
        open_store(phone.path, b"short")
    phone.db = phone.connect()


def test_a_changed_bit_is_noticed() -> None:
    seal = Seal(KEY)
    sealed = seal.seal("a") or b""
    assert seal.unseal(sealed) == b"a"
    assert seal.seal("a") != sealed
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(WrongKey):
            seal.unseal(bytes(changed))
    for wrong in (b"", sealed[:11]):
        with pytest.raises(WrongKey):
            seal.unseal(wrong)
    assert seal.seal(None) is seal.unseal(None) is None


def test_names_are_found_again_and_tell_nothing() -> None:
    one, other = Seal(KEY), Seal(fresh_key())
    assert one.tag("glucose") == Seal(KEY).tag("glucose")
    assert len({one.tag("glucose"), one.tag("steps"), other.tag("glucose")}) == 3


def plain_store(path: Path, entries: int) -> None:
    """As an earlier app left it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA + RECORDS)
        db.execute("PRAGMA user_version = 2")
        db.execute("INSERT INTO setting VALUES ('cursor', '\"0.7\"')")
        db.execute(
            "INSERT INTO shadow VALUES ('profile', 'p', 1, NULL, 0, '{\"name\": \"Amina\"}')"
        )
        db.execute("INSERT INTO announced VALUES ('rem:a', 1)")
        db.execute("BEGIN")
        for number in range(entries):
            item = {
                "id": str(number), "kind": "glucose", "source": "watch", "unit": "mg/dL",
                "start": "2026-11-23T09:00:00Z", "offsets_ms": [0], "values": [number],
            }  # fmt: skip
            body, size = outbox.bodies.pack(item)
            db.execute(
                "INSERT INTO item (id, sort, kind, source, unit, first_ms, last_ms, samples, size,"
                " body) VALUES (?, 'upload', 'glucose', 'watch', 'mg/dL', ?, ?, 1, ?, ?)",
                (str(number), number, number, size, body),
            )
        db.execute('UPDATE item SET problems = \'[{"code": "x"}]\' WHERE number = 1')
        db.execute("COMMIT")


def whole(path: Path, entries: int) -> None:
    with closing(open_store(path, KEY)) as db:
        assert setting(db, "cursor") == "0.7"
        assert shadow.profile(db) == {"name": "Amina"}
        assert shadow.is_announced(db, "rem:a")
        assert sending.attention(db)[0].problems == ({"code": "x"},)
        assert len(list(outbox.unsent_bodies(db))) == entries
        assert sum(1 for _ in outbox.local_columns(db, "glucose", 0, 10**9)) == entries


def test_a_plain_store_is_taken_over_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    plain_store(path, 50)
    assert b"glucose" in on_disk(path)
    for _ in range(2):
        whole(path, 50)
    assert [word for word in SECRETS if word in on_disk(path)] == []


TAKE_OVER = """
import sys
from pathlib import Path
from mobile.store.database import open_store
print("now", flush=True)
open_store(Path(sys.argv[1]), bytes(range(32))).close()
print("done", flush=True)
"""


def test_killed_while_it_is_taken_over_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    plain_store(path, 4000)
    for after_s in (0.002, 0.01, 0.03):
        with subprocess.Popen(
            [sys.executable, "-c", TAKE_OVER, str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(after_s)
            os.kill(process.pid, signal.SIGKILL)
    whole(path, 4000)
    assert b"glucose" not in on_disk(path)


def test_what_is_forgotten_after_a_sign_out_from_elsewhere(phone: Phone) -> None:
    fill(phone)
    from_before = phone.take(1)
    batch = sending.claim(phone.db, max_items=1, max_bytes=10**6, now=phone.clock())
    answer = {batch.items[0].id: {"outcome": "stored", "problems": []}}
    sending.settle(phone.db, batch, answer, now=phone.clock())
    assert forget_all_but_unsent(phone.db) == 2
    assert set(phone.states().values()) == {"waiting"}
    assert str(from_before) in phone.states()
    assert shadow.profile(phone.db) is None
    assert setting(phone.db, "cursor") is None
    assert outbox.fresh_id(phone.db, now=START).int > from_before.int
