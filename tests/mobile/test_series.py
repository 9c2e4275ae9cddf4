import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile.presenters.trends import finer_resolution
from mobile.store import bodies, outbox, shadow
from mobile.store.outbox import Samples
from mobile.sync.fetching import fetch_known, fetch_overview, fetch_stretch, overview_is_due
from mobile.sync.series import Bucket, Series, fetch_series, own_kinds, read_series
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


def whole_day(phone: Phone) -> Series:
    start = START.replace(hour=0)
    return read_series(phone.db, "glucose", start, start + timedelta(days=1))


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


def test_days_are_local_and_a_long_day_is_one_bucket(phone: Phone) -> None:
    """25 October 2026 has 25 hours in Berlin; a sample an hour, all day."""
    start, end = at(2026, 10, 24), at(2026, 10, 27)
    first, last = bodies.ms_of(start), bodies.ms_of(end)
    keep(phone, [(ms, 100.0) for ms in range(first, last, HOUR_MS)])
    found = read_series(phone.db, "glucose", start, end)
    assert [b.count for b in found.days] == [24, 25, 24]
    days = [at(2026, 10, 24), at(2026, 10, 25), at(2026, 10, 26)]
    assert [b.start_ms for b in found.days] == [bodies.ms_of(day) for day in days]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * 86_400_000 - 1), st.integers(40, 400)), max_size=60))
def test_samples_and_days_hold_every_sample_once(pairs: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        phone = Phone(Path(folder) / "s.sqlite3")
        start = at(2026, 3, 28)
        begin = bodies.ms_of(start)
        keep(phone, [(begin + ms, float(value)) for ms, value in pairs])
        once = {ms: value for ms, value in pairs if begin + ms < bodies.ms_of(at(2026, 3, 31))}
        found = read_series(phone.db, "glucose", start, at(2026, 3, 31))
        assert found.instants == sorted(begin + ms for ms in once)
        assert found.values == [once[at_ms - begin] for at_ms in found.instants]
        assert sum(b.count for b in found.days) == len(once)
        assert sum(b.total for b in found.days) == pytest.approx(sum(once.values()))
        assert all(b.low <= b.mean + 1e-9 and b.mean <= b.high + 1e-9 for b in found.days)
        phone.db.close()


def test_units_are_made_alike_and_a_later_upload_revises(phone: Phone) -> None:
    ms = bodies.ms_of(START)
    keep(phone, [(ms, 5.5)], unit="mmol/L")
    assert whole_day(phone).values == pytest.approx([99.0858])
    keep(phone, [(ms, 120.0)])
    assert whole_day(phone).values == [120.0]


def test_of_two_sources_the_days_fuller_one_is_drawn(phone: Phone) -> None:
    start = at(2026, 11, 1)
    begin = bodies.ms_of(start)
    day = 86_400_000
    keep(phone, [(begin + n * HOUR_MS, 100.0) for n in range(5)], source="watch")
    keep(phone, [(begin + n * HOUR_MS + 1, 200.0) for n in range(3)], source="phone")
    keep(phone, [(begin + day + n * HOUR_MS, 200.0) for n in range(3)], source="phone")
    end = start + timedelta(days=2)
    found = read_series(phone.db, "glucose", start, end).days
    assert [(b.count, b.mean, b.source) for b in found] == [
        (5, 100.0, "watch"),
        (3, 200.0, "phone"),
    ]
    found = read_series(phone.db, "glucose", start, end, order=["phone", "watch"]).days
    assert [b.source for b in found] == ["phone", "phone"]


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
        "source": "dexcom",
    }
    shadow.keep_stream(phone.db, "glucose", "day", {bodies.wire_time(begin): row})
    found = read_series(phone.db, "glucose", start, start + timedelta(days=1))
    assert found.days == (Bucket(begin, 9, 150.0, 90.0, 200.0, 1350.0, "server", "dexcom"),)
    assert found == Series([], [], found.days, found.days)
    row = row | {"count": 1}
    shadow.keep_stream(phone.db, "glucose", "day", {bodies.wire_time(begin): row})
    found = read_series(phone.db, "glucose", start, start + timedelta(days=1))
    assert [(b.count, b.origin) for b in found.days] == [(2, "phone")]
    assert found.values == [100.0, 110.0]


def test_hours_stand_for_samples_that_the_phone_does_not_know(phone: Phone) -> None:
    start = at(2026, 11, 1)
    begin = bodies.ms_of(start)
    keep(phone, [(begin, 100.0)])
    hours = {
        bodies.wire_time(begin + n * HOUR_MS): {
            "start_ms": begin + n * HOUR_MS, "count": 12, "mean": 100.0 + n, "low": 90.0,
            "high": 150.0 + n, "total": 12 * (100.0 + n),
        }
        for n in range(3)
    }  # fmt: skip
    shadow.keep_stream(phone.db, "glucose", "hour", hours)
    found = read_series(phone.db, "glucose", start, start + timedelta(days=1), summed="hour")
    assert found.instants == []
    assert [b.count for b in found.buckets] == [12, 12, 12]
    (day,) = found.days
    assert (day.count, day.low, day.high, day.mean) == (36, 90.0, 152.0, 101.0)


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
    found = whole_day(phone)
    assert found.values == [100, 104]
    assert [day.origin for day in found.days] == ["server"]
    assert datetime.fromtimestamp(found.instants[0] / 1000, UTC) == START


def test_a_busy_week_is_asked_for_by_the_hour_and_another_as_it_was_measured(phone: Phone) -> None:
    start, end = at(2026, 11, 16), at(2026, 11, 23)
    for count, wanted in ((288, "raw"), (1440, "hour")):
        days = [
            {"date": f"2026-11-{day}", "count": count, "mean": 5, "min": 4, "max": 6, "sum": None}
            for day in range(16, 23)
        ]
        none: dict[str, Any] = {"results": [], "start": None, "offsets_ms": [], "values": []}
        server = Server(Answer(200, {"results": days}), Answer(200, none))
        assert fetch_known(
            phone.db, server, "t", "glucose", start=start, end=end,
            finer=lambda series: finer_resolution(series, "week"), key="k", now=START,
        )  # fmt: skip
        assert [path.rsplit("=", 1)[1] for path in server.asked] == ["day", wanted]
    assert finer_resolution(read_series(phone.db, "glucose", start, end), "year") is None
    assert not fetch_known(
        phone.db, Server(None), "t", "glucose", start=start, end=end,
        finer=lambda _: None, key="k", now=START,
    )  # fmt: skip
