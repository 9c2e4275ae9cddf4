import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from mobile.store import bodies, outbox, sending, shadow
from mobile.store.outbox import Samples
from tests.mobile.phone import START, Phone

MS = bodies.ms_of(START)


def claim(phone: Phone, **limits: int) -> sending.Batch:
    wide = {"max_items": 100, "max_bytes": 10**7} | limits
    return sending.claim(phone.db, **wide, now=phone.clock())


def stored(item: sending.Claimed, **changed: object) -> dict[str, dict]:
    return {item.id: {"id": item.id, "outcome": "stored", "stored": 1, "problems": []} | changed}


def test_an_event_waits_until_it_is_acknowledged(phone: Phone) -> None:
    phone.take()
    batch = claim(phone)
    sent = json.loads(batch.items[0].text)
    assert sent["type"] == "dose"
    assert sent["status"] == "taken"
    assert sent["at"] == "2026-11-23T09:00:00.000+00:00"
    assert sending.waiting(phone.db).items == 1
    assert sending.settle(phone.db, batch, stored(batch.items[0]), now=phone.clock()) == 1
    assert sending.waiting(phone.db).items == 0


def test_samples_join_the_open_upload_and_whole_numbers_stay_whole(phone: Phone) -> None:
    for second in range(5):
        phone.measure((MS + second * 1000, 61.0))
    (item,) = claim(phone).items
    upload = json.loads(item.text)
    assert upload["step_ms"] == 1000
    assert b"61,61,61,61,61" in item.text
    phone.measure((MS + 9_000, 61.5), (MS + 7_000, 60))
    (_, second_item) = claim(phone).items
    assert json.loads(second_item.text)["step_ms"] == 2000
    assert json.loads(second_item.text)["values"] == [60, 61.5]


def test_an_upload_in_flight_never_changes(phone: Phone) -> None:
    phone.measure((MS, 60))
    batch = claim(phone)
    phone.measure((MS, 99))
    assert json.loads(claim(phone).items[0].text) == json.loads(batch.items[0].text)
    sending.settle(phone.db, batch, stored(batch.items[0]), now=phone.clock())
    (left,) = claim(phone).items
    assert json.loads(left.text)["values"] == [99]
    assert left.id > batch.items[0].id  # the later value wins on the server


def test_ids_grow_even_when_the_clock_goes_back(phone: Phone) -> None:
    ids = [outbox.fresh_id(phone.db, now=phone.clock())]
    phone.clock.move(hours=-3)
    ids.append(outbox.fresh_id(phone.db, now=phone.clock()))
    assert ids == sorted(ids)


def test_many_samples_become_uploads_of_bounded_size(phone: Phone) -> None:
    count = outbox.UPLOAD_SAMPLES * 3 + 7
    pairs = [MS + i * 1000 for i in range(count)], [60 + i % 7 for i in range(count)]
    outbox.record_samples(phone.db, Samples("heart_rate", "w", "/min", *pairs), now=phone.clock())
    items = claim(phone).items
    assert [i.samples for i in items] == [outbox.UPLOAD_SAMPLES] * 3 + [7]
    assert sum(len(json.loads(i.text)["values"]) for i in items) == count


def test_nan_is_refused_at_the_door_and_nothing_is_half_written(phone: Phone) -> None:
    with pytest.raises(ValueError, match="JSON"):
        phone.measure((MS, 60), (MS + 1, float("nan")))
    assert sending.waiting(phone.db).items == 0


def test_undo_works_until_the_event_is_handed_to_a_send(phone: Phone) -> None:
    first = phone.take(hold_ms=5000)
    assert claim(phone).items == ()
    assert outbox.undo_event(phone.db, first)
    second = phone.take(hold_ms=5000)
    phone.clock.move(seconds=6)
    assert claim(phone).items[0].id == str(second)
    assert not outbox.undo_event(phone.db, second)
    assert sending.waiting(phone.db).events == 1


def test_a_refused_item_stays_in_sight_and_a_repeat_of_a_lost_refusal_too(phone: Phone) -> None:
    phone.take(0)
    phone.take(1)
    batch = claim(phone)
    problem = {"index": None, "field": "dose", "code": "unknown_reference", "detail": "No such."}
    results = stored(batch.items[0], outcome="refused", stored=0, problems=[problem])
    results |= stored(batch.items[1], outcome="duplicate", stored=0, problems=[problem])
    sending.settle(phone.db, batch, results, now=phone.clock())
    assert set(phone.states().values()) == {"refused"}
    seen = sending.attention(phone.db)
    assert [a.problems[0]["code"] for a in seen] == ["unknown_reference"] * 2
    sending.put_away(phone.db, seen[0].number)
    assert sending.waiting(phone.db).attention == 1
    assert len(phone.states()) == 2


def test_a_partly_kept_upload_is_acknowledged_and_in_sight(phone: Phone) -> None:
    phone.measure((MS, 60), (MS + 5, 900))
    batch = claim(phone)
    problem = {"index": 1, "field": "values", "code": "out_of_range", "detail": "Too high."}
    results = stored(batch.items[0], outcome="partial", problems=[problem])
    sending.settle(phone.db, batch, results, now=phone.clock())
    assert set(phone.states().values()) == {"acknowledged"}
    assert sending.waiting(phone.db).attention == 1


def test_an_outcome_this_app_does_not_know_settles_nothing(phone: Phone) -> None:
    phone.take()
    batch = claim(phone)
    results = stored(batch.items[0], outcome="maybe")
    assert sending.settle(phone.db, batch, results, now=phone.clock()) == 0
    assert sending.waiting(phone.db).items == 1


def test_an_answer_from_before_a_resync_counts_for_nothing(phone: Phone) -> None:
    phone.take()
    batch = claim(phone)
    sending.start_over(phone.db, now=phone.clock())
    assert sending.settle(phone.db, batch, stored(batch.items[0]), now=phone.clock()) == 0
    assert not shadow.apply_changes(phone.db, batch, {}, "0.9", more=False)
    assert sending.waiting(phone.db).items == 1


def test_acknowledged_items_are_offered_again_for_thirty_days_then_forgotten(phone: Phone) -> None:
    for _ in range(2):
        phone.take()
        batch = claim(phone)
        sending.settle(phone.db, batch, stored(batch.items[0]), now=phone.clock())
        phone.clock.move(days=20)
    assert sending.start_over(phone.db, now=phone.clock()) == 1
    assert sending.forget_acknowledged(phone.db, now=phone.clock()) == 1
    assert set(phone.states().values()) == {"waiting"}


def test_a_batch_keeps_its_limits_but_never_starves(phone: Phone) -> None:
    for dose in range(4):
        phone.take(dose)
    size = len(claim(phone).items[0].text)
    assert len(claim(phone, max_items=3).items) == 3
    assert len(claim(phone, max_bytes=2 * size).items) == 2
    assert len(claim(phone, max_bytes=1).items) == 1


def test_rows_are_found_by_their_moment(phone: Phone) -> None:
    rows = [
        {"id": str(UUID(int=n)), "revision": n, "due_at": f"2026-11-23T{n:02}:00:00.000Z"}
        for n in range(1, 20)
    ]
    batch = sending.empty_batch(phone.db)
    assert shadow.apply_changes(phone.db, batch, {"doses": rows}, "0.20", more=False)
    found = shadow.rows_between(phone.db, "doses", START.replace(hour=8), START.replace(hour=10))
    assert [r["revision"] for r in found] == [8, 9]
    assert not shadow.apply_changes(phone.db, batch, {"doses": []}, "0.1", more=False)
    assert sending.empty_batch(phone.db).cursor == "0.20"


def test_the_file_is_for_this_user_only(phone: Phone) -> None:
    assert stat.S_IMODE(phone.path.stat().st_mode) == 0o600


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tests.mobile.phone import Phone
phone = Phone(Path(sys.argv[1]))
for n in range(100_000):
    id_ = phone.take(n % 8)
    phone.measure((1_000_000 + n * 1000, n))
    print(id_, n, flush=True)
"""


@pytest.mark.parametrize("after_s", [0.15, 0.4])
def test_kill_nine_loses_nothing_committed(tmp_path: Path, after_s: float) -> None:
    path = tmp_path / "store.sqlite3"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline()]
        time.sleep(after_s)
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    whole = [line.split() for line in said if line.endswith("\n")]
    phone = Phone(path)
    assert phone.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert {id_ for id_, _ in whole} <= set(phone.states())
    kept = outbox.local_samples(phone.db, "heart_rate", 0, 10**12)
    values = {value for _, _, pairs in kept for _, value in pairs}
    assert {int(n) for _, n in whole} <= values
    assert len(whole) > 3
