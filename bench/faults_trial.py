"""One trial of the pumps: the faults, the wait until all is told, and the verdict."""

import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import psycopg

from bench.faults_gateway import FILE, Arrival, Faults, Told, deaths, read, repeats
from bench.faults_house import IMMEDIATE, House, Serving, beside, patiently
from bench.faults_people import GATEWAYS, Due, LateWriter
from bench.faults_pumps import KILL, SPARE
from bench.results import percentile

PUMPS = 8
CALM = 0.92  # of the window: after it no fault, while the rest comes due
REDIS_TURN_S = 5.0
TELL_EVERY_S = 10.0
LOOK_EVERY_S = 2.0

DONE = "SELECT count(*) FROM notices_delivery WHERE outcome <> ''"
KEYS = "SELECT key FROM notices_occurrence"
CARDS = "SELECT key FROM notices_notice"
SENT = (
    "SELECT key, extract(epoch FROM sent_at)::float8 FROM notices_delivery WHERE outcome = 'sent'"
)
# As on a slow disk: claiming what came late takes a moment, so that sweeps side by side meet.
SLOW_SWEEPS = """
CREATE OR REPLACE FUNCTION faults_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER faults_wait BEFORE INSERT ON notices_delivery FOR EACH ROW
WHEN (NEW.swept AND NEW.key LIKE 'late:%') EXECUTE FUNCTION faults_wait();
"""
OUTCOMES = """
SELECT coalesce(nullif(d.outcome, ''), CASE WHEN d.key IS NULL THEN 'unclaimed' ELSE 'open' END),
       count(*)
FROM notices_occurrence o LEFT JOIN notices_delivery d ON d.key = o.key
WHERE d.outcome IS DISTINCT FROM 'sent' GROUP BY 1
"""


@dataclass
class Trial:
    """Some pumps and what befalls them over `window_s` seconds. After `patience_s` without any
    progress, what is missing is lost.
    """

    house: House
    title: str
    folder: Path
    window_s: float
    stops: int
    kill_every_s: float
    patience_s: float
    start: float = field(default=0, init=False)
    calm_at: float = field(default=0, init=False)
    dues: Sequence[Due] = field(default=(), init=False)
    writers: Sequence[LateWriter] = field(default=(), init=False)

    @contextmanager
    def pumps(self, *, without: str) -> Iterator[Serving]:
        """Eight of them and their keeper while the block lasts, from when they are ready."""
        flags = ["--pumps", str(PUMPS), "--kill-every", str(self.kill_every_s)]
        flags += ["--log", str(self.folder / "deaths")]
        if without:
            flags += ["--without", without]
        keeper = self.house.python(
            "pumps",
            ["-m", "bench.faults_pumps", *flags],
            answers=(self.folder / "deaths").exists,
            EVENKEEL_APPRISE_URLS=",".join(f"gateway://{name}" for name in GATEWAYS),
            EVENKEEL_SMS_URLS="",
            **{FILE: str(self.folder / "gateway")},
        )
        with self.house.running(keeper) as serving:
            yield serving

    def run(
        self,
        keeper: Serving,
        *,
        start: float,
        dues: Sequence[Due],
        writers: Sequence[LateWriter],
    ) -> dict[str, Any]:
        """The verdict over what is due from `start` on."""
        self.start, self.dues, self.writers = start, dues, writers
        self._wait(0)
        keeper.tell(KILL)
        with beside(*writers, self._tell):
            self._fire()
        keeper.tell(SPARE)
        self.calm_at = time.time()
        self._wait(self.window_s)
        self._settle()
        return self._judge()

    def _fire(self) -> None:
        """Each fault at its time. In this very thread: a process is ended with the thread that
        started it.
        """
        database, broker = self.house.database, self.house.broker
        until = self.window_s * CALM
        step = until / (self.stops + 1)
        faults: list[tuple[float, Callable[[], None]]] = [
            (step * n, partial(database.fail, IMMEDIATE)) for n in range(1, self.stops + 1)
        ]
        turns = range(int(until / REDIS_TURN_S))
        faults += [
            (turn * REDIS_TURN_S, broker.start if turn % 2 else partial(broker.end, signal.SIGKILL))
            for turn in turns
        ]
        for at, befall in sorted(faults, key=lambda fault: fault[0]):
            self._wait(at)
            befall()
        self._wait(until)
        if broker.process is None:
            broker.start()

    def _wait(self, at: float) -> None:
        time.sleep(max(0.0, self.start + at - time.time()))

    def _tell(self, stopping: Event) -> None:
        while not stopping.wait(TELL_EVERY_S):
            self._progress()

    def _done(self) -> int:
        ((done,),) = patiently(lambda db: db.execute(DONE).fetchall(), self.house.url)
        return int(done)

    def _progress(self) -> None:
        done = self._done()
        kills, _ = deaths(self.folder / "deaths")
        stops = len(self.house.database.outages)
        at = time.time() - self.start
        say(self.title, f"{at:.0f} s: {done:,} told, {len(kills)} kills, {stops} database stops")

    def _settle(self) -> None:
        """Until everything has been told, or nothing has moved for long."""
        standing = self._standing()
        messages = _messages(standing)
        last, moved_at = -1, time.monotonic()
        with beside(self._tell):
            while time.monotonic() - moved_at < self.patience_s:
                if (done := self._done()) != last:
                    last, moved_at = done, time.monotonic()
                if done >= len(standing) and not messages - read(self._gateway).keys():
                    break
                time.sleep(LOOK_EVERY_S)

    @property
    def _gateway(self) -> Path:
        return self.folder / "gateway"

    def _standing(self) -> list[Due]:
        """All that must be told: what is in the table, or was acknowledged to its writer."""
        keys = set(self._column(KEYS))
        return [*self.dues, *(due for writer in self.writers for due in writer.dues(keys))]

    def _column(self, statement: str) -> list[str]:
        rows = patiently(lambda db: db.execute(statement).fetchall(), self.house.url)
        return [row[0] for row in rows]

    def _judge(self) -> dict[str, Any]:
        """Counted at the gateway and in the app's cards; the deliveries only say when."""
        standing, arrived = self._standing(), read(self._gateway)
        messages, cards = _messages(standing), Counter(self._column(CARDS))
        carded = {due.key for due in standing if due.has_card}
        killed, died = deaths(self.folder / "deaths")
        twice, resent = repeats(arrived, Faults(killed, self.house.database.outages))
        rows = patiently(lambda db: db.execute(OUTCOMES).fetchall(), self.house.url)
        return {
            "occurrences": len(standing),
            "lost": len(messages - arrived.keys()) + len(carded - cards.keys()),
            "twice": twice + cards.total() - len(cards),
            "extra": len(arrived.keys() - messages) + len(cards.keys() - carded),
            **self._lateness(standing, arrived),
            "kills": len(killed),
            "db_stops": len(self.house.database.outages),
            "messages": len(messages),
            "resent": resent,
            "late_commits": sum(len(writer.acknowledged) for writer in self.writers),
            "pumps_died": died,
            **{outcome: count for outcome, count in rows},
        }

    def _lateness(
        self, standing: Sequence[Due], arrived: Mapping[Told, Sequence[Arrival]]
    ) -> dict[str, float]:
        """Of everything told after the last fault, counted from it or from its own moment; and of
        what was told before, from its own moment.
        """
        rows = patiently(lambda db: db.execute(SENT).fetchall(), self.house.url)
        sent: dict[str, float] = dict(rows)
        under_fire, after = [0.0], [0.0]
        for due in standing:
            told = [arrived[one][0].at for one in due.told() if one in arrived]
            if not told and due.key in sent:
                told = [sent[due.key]]
            for at in told:
                if at < self.calm_at:
                    under_fire.append(at - due.at)
                else:
                    after.append(at - max(due.at, self.calm_at))
        return {
            "p99_late_s": round(percentile(after, 0.99), 2),
            "most_late_s": round(max(after), 2),
            "p99_under_fire_s": round(percentile(under_fire, 0.99), 2),
        }


def _messages(dues: Sequence[Due]) -> set[Told]:
    return {told for due in dues for told in due.told()}


def empty_tables(db: psycopg.Connection, *, unique_key: bool) -> None:
    """Nothing is due, nothing was said; with or without the deliveries' unique key."""
    tables = ("occurrence", "delivery", "notice", "pumpbucket", "lease")
    db.execute(f"TRUNCATE {', '.join(f'notices_{name}' for name in tables)} CASCADE")
    db.execute("ALTER TABLE notices_delivery DROP CONSTRAINT IF EXISTS notices_delivery_pkey")
    db.execute("DROP INDEX IF EXISTS faults_key")
    db.execute("DROP TRIGGER IF EXISTS faults_wait ON notices_delivery")
    if unique_key:
        key = "ADD CONSTRAINT notices_delivery_pkey PRIMARY KEY (key)"
        db.execute(f"ALTER TABLE notices_delivery {key}")
    else:
        db.execute("CREATE INDEX faults_key ON notices_delivery (key)")
        db.execute(SLOW_SWEEPS)


def say(title: str, what: str) -> None:
    """A line of progress."""
    print(f"{datetime.now(UTC):%H:%M:%S} {title}: {what}", file=sys.stderr, flush=True)
