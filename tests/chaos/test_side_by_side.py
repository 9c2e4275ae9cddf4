"""Pumps, patients and late commits at the same time, over real connections."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from backend.notices import claims
from backend.notices.actions import settle
from backend.notices.models import Delivery, Notice
from backend.notices.pump import Pump
from tests.notices.people import leave, let_leases_run_out, moment
from tests.people import Cast, chart, make_cast

LATE_BY = claims.OVERLAP + timedelta(seconds=1)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Committed, so that other connections see them."""
    return make_cast()


def at_once(*works: Callable[[], None]) -> None:
    """Run all on connections of their own; a failure of one is a failure of the test."""
    failures: list[Exception] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_pumps_side_by_side_claim_each_once(cast: Cast) -> None:
    for number in range(120):
        who = cast.amina if number % 2 else cast.stranger
        leave(who, f"n{number}", moment(seconds=1))
    claims.ensure_buckets()
    claimed: list[str] = []

    def claim_all() -> None:
        deadline = time.monotonic() + 10
        while claims.waiting() and time.monotonic() < deadline:
            keys, _ = claims.claim(claims.waiting(), page=7)
            claimed.extend(keys)

    at_once(*[claim_all] * 4)
    assert sorted(claimed) == sorted(f"n{number}" for number in range(120))


@pytest.mark.parametrize("sweeps", [True, False])
def test_late_commits_are_lost_without_the_sweeper_and_only_then(cast: Cast, sweeps: bool) -> None:
    """A commit that comes when the watermark has passed its due moment, in a busy bucket."""
    pump = Pump([], sweep_s=0.3 if sweeps else float("inf"))
    pump.round()
    held, done = threading.Barrier(4), threading.Event()

    def commit_late(name: str) -> None:
        with transaction.atomic():
            leave(cast.amina, name, moment(seconds=LATE_BY.total_seconds()))
            held.wait()
            time.sleep(1)

    def keep_busy() -> None:
        held.wait()
        for number in range(40):
            leave(cast.amina, f"prompt{number}", moment())
            time.sleep(0.05)
        done.set()

    def run_pump() -> None:
        while not done.is_set():
            pump.round()
        for _ in range(5):
            pump.round()
            time.sleep(0.1)

    late = [f"late{number}" for number in range(3)]
    at_once(keep_busy, run_pump, *[lambda name=name: commit_late(name) for name in late])  # type: ignore[misc]
    said = set(Notice.objects.values_list("key", flat=True))
    assert {f"prompt{number}" for number in range(40)} <= said
    lost = set(late) - said
    assert lost == (set() if sweeps else set(late))
    if sweeps:
        assert Delivery.objects.filter(key__in=late, swept=True).exists()


def test_an_answer_and_an_announcement_at_the_same_moment_agree(cast: Cast) -> None:
    """Whoever comes first, no card stands for a dose that was answered."""
    keys = [f"n{number}" for number in range(60)]
    for key in keys:
        leave(cast.amina, key, moment(seconds=1))
    answered = keys[::2]

    def answer() -> None:
        for key in answered:
            with transaction.atomic():
                settle(chart(cast.amina, cast.amina, change=True), key)

    def run_pump() -> None:
        pump = Pump([], page=4)
        for _ in range(6):
            pump.round()

    at_once(answer, run_pump, run_pump)
    let_leases_run_out()  # of what was held just then
    Pump([]).round()
    cards = dict(Notice.objects.values_list("key", "state"))
    assert {key for key, state in cards.items() if state == "sent"} == set(keys) - set(answered)
    assert {cards.get(key, "cancelled") for key in answered} == {"cancelled"}
    outcomes = dict(Delivery.objects.values_list("key", "outcome"))
    assert {outcomes[key] for key in set(keys) - set(answered)} == {"sent"}
