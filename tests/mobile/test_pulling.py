"""From the phone's health store to the outbox and the server: each change once, whatever breaks."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.wire.measures import SleepStage
from mobile.sources.health_connect import PERMISSION, HealthConnectSource
from mobile.sources.healthkit import QUANTITY, SLEEP, HealthKitSource, Sample
from mobile.sources.source import Page, Topic
from mobile.store import outbox, records
from mobile.store.database import STEPS, open_store, setting
from mobile.sync.connections import connections
from mobile.sync.pulling import Pulled, pull, pull_if_due
from tests.mobile.model_server import ModelServer, Network
from tests.mobile.phone import KEY, START, Phone
from tests.mobile.sources.fake_android import FakeHealthConnect, beats, steps, weight
from tests.mobile.sources.fake_ios import FakeHealthKit

NOW_MS = round(START.timestamp() * 1000)
HOUR_MS = 3_600_000
WATCH = "health-connect:com.example.watch/example-watch-2"
STEPS_TOKEN = "token:health-connect:StepsRecord"


class Killed(BaseException):
    """The process ends here."""


def android(phone: Phone, platform: FakeHealthConnect) -> HealthConnectSource:
    return HealthConnectSource(platform, clock=phone.clock)


def pulled(phone: Phone, platform: FakeHealthConnect) -> Pulled:
    return pull(phone.db, android(phone, platform), now=phone.clock())


def kept(db: sqlite3.Connection, kind: str = "steps") -> dict[tuple[str, int], float]:
    """By source and ms before START: the newest upload wins, as on the server."""
    return {
        (source, NOW_MS - at): value
        for source, _, pairs in outbox.local_samples(db, kind, 0, 10**15)
        for at, value in pairs
    }


def at(hours: float) -> int:
    return NOW_MS - round(hours * HOUR_MS)


def watched(*pairs: tuple[float, float]) -> dict[tuple[str, int], float]:
    return {(WATCH, round(hours * HOUR_MS)): value for hours, value in pairs}


def test_pages_of_a_window_then_changes(phone: Phone) -> None:
    platform = FakeHealthConnect(page_size=3)
    platform.write(*(steps(str(n), at(n), 100 + n) for n in range(1, 9)))
    platform.write(beats("hr", at(2), 61, 62))
    platform.write(steps("too old", at(24 * 31), 5))
    first = pulled(phone, platform)
    assert kept(phone.db) == watched(*((n, 100 + n) for n in range(1, 9)))
    assert len(kept(phone.db, "heart_rate")) == 2
    assert (first.samples, first.problems) == (10, {})
    platform.calls.clear()
    assert pulled(phone, platform).samples == 0
    assert set(platform.calls) == {f"changes {each.name}" for each in HealthConnectSource.topics}
    platform.write(steps("9", at(0.5), 9))
    assert pulled(phone, platform).samples == 1


def test_what_is_written_while_a_window_is_read_is_not_missed(phone: Phone) -> None:
    platform = FakeHealthConnect(page_size=2)
    platform.write(*(steps(str(n), at(n), n) for n in range(1, 5)))
    asked = platform.records

    def late(record_type: str, since_ms: int, page: int) -> object:
        if record_type == "StepsRecord" and page < 0:
            answer = asked(record_type, since_ms, page)
            platform.write(steps("late", at(9), 9))
            return answer
        return asked(record_type, since_ms, page)

    platform.records = late  # type: ignore[method-assign, assignment]
    pulled(phone, platform)
    assert kept(phone.db) == watched((1, 1), (2, 2), (3, 3), (4, 4), (9, 9))


def test_deleted_and_changed_records_are_taken_back(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(steps("a", at(1), 10), steps("b", at(2), 20), steps("c", at(3), 30))
    pulled(phone, platform)
    phone.sync(Network(ModelServer()))
    platform.delete("a")
    platform.change("b", start_ms=at(5))
    platform.change("c", figures={"count": 33})
    found = pulled(phone, platform)
    assert kept(phone.db) == watched((1, 0), (2, 0), (5, 20), (3, 33))
    assert (found.taken_back, found.left_with_team) == (2, 0)


def test_a_deleted_weight_leaves_the_phone_or_is_said_to_have_gone(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(weight("sent", at(1), 70_000), weight("other", at(3), 71_000))
    pulled(phone, platform)
    phone.sync(Network(ModelServer()))
    platform.write(weight("waiting", at(2), 72_000))
    pulled(phone, platform)
    platform.delete("sent", "waiting")
    found = pulled(phone, platform)
    assert kept(phone.db, "body_weight") == watched((1, 70_000), (3, 71_000))
    assert (found.taken_back, found.left_with_team) == (1, 1)
    (connection,) = connections(phone.db)
    assert connection.left_with_team == 1


def test_a_record_written_twice_counts_once_and_survives_its_twin(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(steps("a", at(1), 10), steps("twin", at(1), 10))
    pulled(phone, platform)
    assert kept(phone.db) == watched((1, 10))
    platform.delete("a")
    pulled(phone, platform)
    assert kept(phone.db) == watched((1, 10))
    platform.delete("twin")
    pulled(phone, platform)
    assert kept(phone.db) == watched((1, 0))


def test_the_same_walk_from_several_apps_stays_apart(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(
        steps("a", at(1), 100),
        steps("b", at(1), 90, app="com.example.phone", model=None),
        steps("c", at(1), 80, app="com.example.phone", model="Ring"),
    )
    pulled(phone, platform)
    assert {source: value for (source, _), value in kept(phone.db).items()} == {
        WATCH: 100,
        "health-connect:com.example.phone": 90,
        "health-connect:com.example.phone/example-ring": 80,
    }


def test_an_expired_token_reads_the_window_again_and_finds_what_is_gone(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(*(steps(str(n), at(n), n) for n in range(1, 6)))
    pulled(phone, platform)
    phone.sync(Network(ModelServer()))
    phone.clock.move(days=40)
    platform.delete("2")
    platform.write(steps("new", at(-24), 7))
    platform.thirty_days_pass()
    found = pulled(phone, platform)
    assert (found.samples, found.taken_back, found.problems) == (2, 1, {})
    assert kept(phone.db) == watched((1, 1), (2, 0), (3, 3), (4, 4), (5, 5), (-24, 7))
    platform.calls.clear()
    pulled(phone, platform)
    assert "changes StepsRecord" in platform.calls
    assert "records StepsRecord" not in platform.calls


def test_a_permission_taken_back_stops_its_topic_alone(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.granted.discard(PERMISSION + "READ_STEPS")
    platform.write(steps("a", at(1), 10), beats("b", at(1), 61))
    found = pulled(phone, platform)
    assert found.problems == {"StepsRecord": "not_allowed"}
    assert (len(kept(phone.db)), len(kept(phone.db, "heart_rate"))) == (0, 1)
    assert connections(phone.db)[0].problem == ""  # a patient may choose
    platform.granted.add(PERMISSION + "READ_STEPS")
    assert pulled(phone, platform).samples == 1
    platform.granted.clear()
    pulled(phone, platform)
    assert connections(phone.db)[0].problem == "not_allowed"


def test_revoked_between_asking_and_reading_and_a_platform_that_is_busy(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(steps("a", at(1), 10))
    platform.may_read = lambda _: True  # type: ignore[method-assign]
    platform.granted.discard(PERMISSION + "READ_STEPS")
    assert pulled(phone, platform).problems == {"StepsRecord": "not_allowed"}
    platform.failing = 7
    assert set(pulled(phone, platform).problems.values()) == {"unreachable"}
    assert connections(phone.db)[0].problem == "unreachable"
    platform.failing = 3  # expired whatever is asked: no endless loop
    assert set(pulled(phone, platform).problems.values()) == {"unreachable"}
    platform.here = False
    assert set(pulled(phone, platform).problems.values()) == {"missing"}
    platform.here, platform.failing = True, 0
    platform.granted.add(PERMISSION + "READ_STEPS")
    assert pulled(phone, platform).samples == 1
    assert connections(phone.db)[0].problem == ""


def test_a_failed_write_keeps_neither_samples_nor_token(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(steps("a", at(1), 10))
    phone.db.execute("ALTER TABLE item RENAME TO away")
    with pytest.raises(sqlite3.OperationalError):
        pulled(phone, platform)
    assert setting(phone.db, STEPS_TOKEN) is None
    assert phone.db.execute("SELECT count(*) FROM source_record").fetchone()[0] == 0
    phone.db.execute("ALTER TABLE away RENAME TO item")
    assert pulled(phone, platform).samples == 1


def test_the_platform_is_not_asked_at_every_turn(phone: Phone) -> None:
    platform = FakeHealthConnect()
    source = android(phone, platform)

    def turn() -> bool:
        found = pull_if_due(phone.db, source, now=phone.clock(), stopping=lambda: False)
        return found is not None

    assert turn()
    phone.clock.move(minutes=14)
    assert not turn()
    phone.clock.move(minutes=1)
    assert turn()
    phone.clock.move(days=-3)  # a clock that was put back must not stop it for days
    assert turn()


def test_stopping_leaves_the_rest_for_the_next_time(phone: Phone) -> None:
    platform = FakeHealthConnect(page_size=1)
    platform.write(*(steps(str(n), at(n), n) for n in range(1, 5)))
    turns = iter([False] * 3 + [True] * 100)
    pull(phone.db, android(phone, platform), now=START, stopping=lambda: next(turns))
    assert 0 < len(kept(phone.db)) < 4
    pulled(phone, platform)
    assert len(kept(phone.db)) == 4


class Dying:
    """A source whose reader is killed after reading page number `at`, before it is kept."""

    def __init__(self, source: HealthConnectSource, at: int) -> None:
        self._source, self._left = source, at
        self.name, self.topics = source.name, source.topics[:1]
        self.permission = source.permission

    def changes(self, topic: Topic, token: str | None, *, since: object) -> Page:
        page = self._source.changes(topic, token, since=since)  # type: ignore[arg-type]
        self._left -= 1
        if self._left < 0:
            raise Killed
        return page


IDS = st.sampled_from("abc")
HOURS = st.integers(0, 3)
DEEDS = st.one_of(
    st.tuples(st.just("write"), IDS, HOURS, st.integers(1, 9)),
    st.tuples(st.just("delete"), IDS, HOURS, st.integers(1, 9)),
    st.tuples(st.just("pull"), IDS, HOURS, st.integers(0, 20)),
    st.tuples(st.just("send"), IDS, HOURS, st.integers(0, 9)),
    st.tuples(st.just("expire"), IDS, HOURS, st.integers(0, 9)),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(DEEDS, min_size=4, max_size=16))
def test_whatever_happens_the_phone_ends_with_what_the_platform_keeps(
    deeds: list[tuple[str, str, int, int]],
) -> None:
    with TemporaryDirectory() as folder:
        phone = Phone(Path(folder) / "store.sqlite3")
        platform = FakeHealthConnect(page_size=2)
        network = Network(ModelServer())
        for deed, id_, hours, number in deeds:
            _do(phone, platform, network, deed, id_, hours, number)
        alive = Dying(android(phone, platform), 1000)
        pull(phone.db, alive, now=START)  # type: ignore[arg-type]
        phone.sync(network)
        found = {key: value for key, value in kept(phone.db).items() if value}
        assert set(found) == {(WATCH, NOW_MS - each.start_ms) for each in platform.kept.values()}
        for (_, before), value in found.items():
            twins = [e for e in platform.kept.values() if e.start_ms == NOW_MS - before]
            assert value in [each.figures["count"] for each in twins]
        on_server = network.server.books.samples.items()
        told = {NOW_MS - at: value for (_, at), (_, value) in on_server if value}
        assert told == {before: value for (_, before), value in found.items()}
        assert pull(phone.db, alive, now=START).samples == 0  # type: ignore[arg-type]
        phone.db.close()


def _do(
    phone: Phone, platform: FakeHealthConnect, network: Network,
    deed: str, id_: str, hours: int, number: int,
) -> None:  # fmt: skip
    if deed == "write":
        platform.write(steps(id_, at(hours), number))
    elif deed == "delete" and id_ in platform.kept:
        platform.delete(id_)
    elif deed == "expire":
        platform.thirty_days_pass()
    elif deed == "send":
        phone.sync(network)
    elif deed == "pull":
        try:
            pull(phone.db, Dying(android(phone, platform), number), now=START)  # type: ignore[arg-type]
        except Killed:
            phone.killed()


def apple(phone: Phone, platform: FakeHealthKit) -> Callable[[], Pulled]:
    source = HealthKitSource(platform, clock=phone.clock)
    return lambda: pull(phone.db, source, now=phone.clock())


def test_anchors_go_on_and_a_foreign_one_begins_again(phone: Phone) -> None:
    platform = FakeHealthKit()
    name = QUANTITY + "StepCount"
    platform.write(name, *(_count(str(n), at(n), n) for n in range(1, 4)))
    go = apple(phone, platform)
    assert go().samples == 3
    platform.write(name, _count("4", at(4), 4))
    platform.delete(name, "1")
    found = go()
    assert (found.samples, found.taken_back) == (2, 1)
    assert sorted(kept(phone.db).values()) == [0, 2, 3, 4]
    platform.phone = b"a new one, restored from a backup"
    platform.log = [row for row in platform.log if row[1] not in ("1", "3")]
    again = go()
    assert (again.unchanged, again.taken_back) == (2, 1)
    assert sorted(kept(phone.db).values()) == [0, 0, 2, 4]
    assert go().unchanged == 0


def _count(id_: str, start_ms: int, number: float) -> Sample:
    return Sample(id_, start_ms, start_ms + 60_000, number, "com.apple.health", "Watch6,2")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
@pytest.mark.parametrize("at_once", [True, False])
def test_stages_follow_each_other_in_whatever_order_they_come(
    phone: Phone, order: tuple[int, ...], at_once: bool
) -> None:
    night = [
        Sample(str(n), at(8 - n), at(7 - n), stage, "com.apple.health", "Watch6,2")
        for n, stage in enumerate((3, 4, 5))
    ]
    platform = FakeHealthKit()
    go = apple(phone, platform)
    for n in order:
        platform.write(SLEEP, night[n])
        if not at_once:
            go()
    go()
    stages = kept(phone.db, "sleep_stage")
    assert {before // HOUR_MS: value for (_, before), value in stages.items()} == {
        8: SleepStage.LIGHT,
        7: SleepStage.DEEP,
        6: SleepStage.REM,
        5: SleepStage.AWAKE,
    }


def test_a_store_of_an_earlier_version_learns_the_new_table(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    db = sqlite3.connect(path, isolation_level=None)
    for statement in STEPS[0].split(";"):
        db.execute(statement)
    db.execute("INSERT INTO setting VALUES ('cursor', '7')")
    db.execute("PRAGMA user_version = 1")
    db.close()
    opened = open_store(path, KEY)
    assert setting(opened, "cursor") == 7
    assert records.known(opened, "x", "y") is None
    opened.close()
    open_store(path, KEY).close()


def test_what_is_remembered_of_records_is_forgotten_in_time(phone: Phone) -> None:
    platform = FakeHealthConnect()
    platform.write(steps("a", at(1), 10))
    pulled(phone, platform)
    phone.clock.move(days=100)
    pulled(phone, platform)
    assert phone.db.execute("SELECT count(*) FROM source_record").fetchone()[0] == 0
