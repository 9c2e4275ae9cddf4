import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile.store import bodies, outbox, shadow
from mobile.store.outbox import Samples
from mobile.sync.fetching import fetch_overview, fetch_stretch, overview_is_due
from mobile.sync.series import Bucket, fetch_series, own_kinds, read_series
from mobile.sync.transport import Answer, NoConnection
from tests.mobile.phone import START, Phone

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000


class Server:
    """Answers every stream alike."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers, self.asked = list(answers), []

    def call(self, method: str, path: str, **_: Any) -> Answer:
        self.asked.append(path)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise NoConnection
        return answer

    def close(self) -> None:
        pass


def keep(phone: Phone, pairs: list[tuple[int, float]], *, unit: str = "mg/dL", source: str = "cgm"):
    samples = Samples("glucose", source, unit, [p[0] for p in pairs], [p[1] for p in pairs])
    outbox.record_samples(phone.db, samples, now=phone.clock())


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


def test_days_are_local_and_a_long_day_is_one_bucket(phone: Phone) -> None:
    """25 October 2026 has 25 hours in Berlin; a sample an hour, all day."""
    start, end = at(2026, 10, 24), at(2026, 10, 27)
    first, last = bodies.ms_of(start), bodies.ms_of(end)
    keep(phone, [(ms, 100.0) for ms in range(first, last, HOUR_MS)])
    found = read_series(phone.db, "glucose", start, end, "day")
    assert [b.count for b in found] == [24, 25, 24]
    days = [at(2026, 10, 24), at(2026, 10, 25), at(2026, 10, 26)]
    assert [b.start_ms for b in found] == [bodies.ms_of(day) for day in days]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * 86_400_000 - 1), st.integers(40, 400)), max_size=60))
def test_buckets_of_any_width_hold_every_sample_once(pairs: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        phone = Phone(Path(folder) / "s.sqlite3")
        start = at(2026, 3, 28)
        begin = bodies.ms_of(start)
        keep(phone, [(begin + ms, float(value)) for ms, value in pairs])
        once = {ms: value for ms, value in pairs if begin + ms < bodies.ms_of(at(2026, 3, 31))}
        for resolution in ("raw", "hour", "day"):
            found = read_series(phone.db, "glucose", start, at(2026, 3, 31), resolution)
            assert sum(b.count for b in found) == len(once)
            assert sum(b.total for b in found) == pytest.approx(sum(once.values()))
            assert all(b.low <= b.mean + 1e-9 and b.mean <= b.high + 1e-9 for b in found)
        phone.db.close()


def test_units_are_made_alike_and_a_later_upload_revises(phone: Phone) -> None:
    ms = bodies.ms_of(START)
    keep(phone, [(ms, 5.5)], unit="mmol/L")
    (found,) = read_series(phone.db, "glucose", START, START + timedelta(hours=1), "raw")
    assert found.mean == pytest.approx(99.0858)
    keep(phone, [(ms, 120.0)])
    (found,) = read_series(phone.db, "glucose", START, START + timedelta(hours=1), "raw")
    assert found.mean == 120.0


def test_of_two_sources_the_days_fuller_one_is_drawn(phone: Phone) -> None:
    start = at(2026, 11, 1)
    begin = bodies.ms_of(start)
    day = 86_400_000
    keep(phone, [(begin + n * HOUR_MS, 100.0) for n in range(5)], source="watch")
    keep(phone, [(begin + n * HOUR_MS + 1, 200.0) for n in range(3)], source="phone")
    keep(phone, [(begin + day + n * HOUR_MS, 200.0) for n in range(3)], source="phone")
    found = read_series(phone.db, "glucose", start, start + timedelta(days=2), "day")
    assert [(b.count, b.mean) for b in found] == [(5, 100.0), (3, 200.0)]


def test_of_phone_and_server_the_one_that_knows_more_counts(phone: Phone) -> None:
    start = at(2026, 11, 1)
    begin = bodies.ms_of(start)
    keep(phone, [(begin, 100.0), (begin + 1000, 110.0)])
    row = {
        "start_ms": begin,
        "count": 9,
        "mean": 150.0,
        "low": 90.0,
        "high": 200.0,
        "total": 1350.0,
    }
    shadow.keep_stream(phone.db, "glucose", "day", {bodies.wire_time(begin): row})
    (found,) = read_series(phone.db, "glucose", start, start + timedelta(days=1), "day")
    assert found == Bucket(begin, 9, 150.0, 90.0, 200.0, 1350.0, "server")
    row = row | {"count": 1}
    shadow.keep_stream(phone.db, "glucose", "day", {bodies.wire_time(begin): row})
    (found,) = read_series(phone.db, "glucose", start, start + timedelta(days=1), "day")
    assert (found.count, found.origin) == (2, "phone")


def test_the_servers_days_begin_at_local_midnight() -> None:
    summary = {"date": "2026-11-01", "count": 2, "mean": 5, "min": 4, "max": 6, "sum": None}
    server = Server(Answer(200, {"results": [summary], "next": None}))
    start = at(2026, 11, 1)
    found = fetch_series(server, "t", "glucose", start, start + timedelta(days=1), "day")
    assert found is not None
    assert list(found) == ["2026-10-31T23:00:00.000Z"]
    assert found["2026-10-31T23:00:00.000Z"]["total"] == 10
    assert "start=2026-10-31T23%3A00%3A00.000Z" in server.asked[0]


@pytest.mark.parametrize("answer", [None, Answer(503), Answer(200, {"hello": "portal"})])
def test_no_answer_leaves_what_is_kept(phone: Phone, answer: Answer | None) -> None:
    end = START + timedelta(days=1)
    assert not fetch_stretch(
        phone.db, Server(answer), "t", "glucose",
        start=START, end=end, resolution="day", key="k", now=START,
    )  # fmt: skip
    assert not fetch_overview(phone.db, Server(answer), "t", end=end, now=START)
    assert overview_is_due(phone.db, now=START)


def test_the_overview_tells_which_kinds_there_are(phone: Phone) -> None:
    assert own_kinds(phone.db) == []
    summary = {"date": "2026-11-01", "count": 2, "mean": 5, "min": 4, "max": 6, "sum": None}
    full, none = Answer(200, {"results": [summary]}), Answer(200, {"results": []})
    assert fetch_overview(phone.db, Server(full, none), "t", end=START, now=START)
    assert own_kinds(phone.db) == ["heart_rate"]
    assert not overview_is_due(phone.db, now=START + timedelta(hours=5))
    assert overview_is_due(phone.db, now=START + timedelta(hours=7))


def test_raw_columns_are_kept_for_a_day_without_a_network(phone: Phone) -> None:
    columns = {"start": "2026-11-23T09:00:00Z", "offsets_ms": [0, 300000], "values": [100, 104]}
    assert fetch_stretch(
        phone.db, Server(Answer(200, columns)), "t", "glucose",
        start=START, end=START + timedelta(hours=1), resolution="raw", key="k", now=START,
    )  # fmt: skip
    found = read_series(phone.db, "glucose", START, START + timedelta(hours=1), "raw")
    assert [(b.mean, b.origin) for b in found] == [(100, "server"), (104, "server")]
    assert datetime.fromtimestamp(found[0].start_ms / 1000, UTC) == START
