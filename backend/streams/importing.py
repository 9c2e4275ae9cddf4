"""Bring an export in, sample by sample, with a report that adds up to the file's rows.

A sample that is known already, with the same value, is a duplicate: a file imported twice, or two
exports that overlap, store each sample once. Another value for an instant that an earlier import
brought is a revision and stored; within one file only the first counts, the other is refused.

Samples wait as columns of their series, and in a temporary file when they are many. Only when the
whole file was read are they judged, by numpy, and stored: what storing locks, a phone that syncs
meanwhile has to wait for, so it is locked for a second and not for all the time of reading.
"""

import secrets
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

import numpy as np
from django.db import connection

from backend.patients.access import Category, Chart, Deed
from backend.streams.actions import store_uploads
from backend.streams.checking import AHEAD, in_canonical
from backend.streams.columns import Instants, Values
from backend.streams.importers.reading import Note, Row, Run
from backend.streams.layers import held_values
from backend.streams.verdicts import DUPLICATE, STORED, Report, RowVerdicts, Verdicts
from backend.wire.codec import ms_of, wire_time
from backend.wire.ids import uuid7_from_ms
from backend.wire.measures import UnknownUnit, linear
from backend.wire.messages import ItemProblem
from backend.wire.problems import Code

AN_UPLOAD = 10_000  # samples of one series
MOST_WAITING = 100_000  # samples in memory
LONGEST_READ = "SET LOCAL idle_in_transaction_session_timeout = '10min'"
TWICE = "another value at the same instant"
BEFORE = "before 1970"
UNKNOWN_UNIT = "unit not known"
REASONS = {
    Code.OUT_OF_RANGE: "value not plausible",
    Code.IN_FUTURE: "more than a day ahead",
    Code.NOT_A_NUMBER: "not a number",
}

Named = tuple[str, str, str]  # kind, unit, source


@dataclass(slots=True)
class _Series:
    """Samples of one kind, unit and source that wait for their uploads."""

    numbers: list[int] = field(default_factory=list)
    instants: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def empty(self) -> tuple[Instants, Instants, Values]:
        """Row numbers, instants and values in the order of instants; then none wait any more."""
        runs = self.runs
        numbers = np.concatenate([np.array(self.numbers, np.int64), *(r.numbers for r in runs)])
        instants = np.concatenate([np.array(self.instants, np.int64), *(r.instants for r in runs)])
        values = np.concatenate([np.array(self.values, np.float64), *(r.values for r in runs)])
        self.numbers, self.instants, self.values, self.runs = [], [], [], []
        # Of two at one instant the file's first row leads, whatever way they came.
        order = np.lexsort((numbers, instants))
        return numbers[order], instants[order], values[order]


class _Spool:
    """Columns put aside in a file."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._parts: list[tuple[Named, int]] = []

    def put(self, named: Named, columns: tuple[Instants, Instants, Values]) -> None:
        """Samples of one series."""
        self._parts.append((named, len(columns[0])))
        for column in columns:
            self._file.write(column.tobytes())

    def take(self) -> Iterator[tuple[Named, tuple[Instants, Instants, Values]]]:
        """All of them in the order in which they were put."""
        self._file.seek(0)
        for named, count in self._parts:
            numbers, instants = (np.frombuffer(self._file.read(8 * count), np.int64) for _ in "ab")
            yield named, (numbers, instants, np.frombuffer(self._file.read(8 * count), np.float64))


def import_rows(
    chart: Chart,
    rows: Iterable[Row | Run | Note],
    *,
    now: datetime,
    most_waiting: int = MOST_WAITING,
) -> Report:
    """Store what is new in the rows of an export; in the caller's transaction, all or nothing."""
    chart.need(Category.STREAMS, Deed.CHANGE)
    with connection.cursor() as cursor:
        cursor.execute(LONGEST_READ)  # a large file is read for longer than a forgotten one may lie
    # Without a name in any folder: it ends with this process.
    with tempfile.TemporaryFile() as file:
        loader = _Loader(chart, now, most_waiting, _Spool(file))
        for row in rows:
            if isinstance(row, Row):
                loader.take(row)
            elif isinstance(row, Note):
                loader.notes[row.text] += row.count
            else:
                loader.take_run(row)
        return loader.finish()


class _Loader:
    def __init__(self, chart: Chart, now: datetime, most_waiting: int, spool: _Spool):
        self._chart, self._now, self._most_waiting = chart, now, most_waiting
        self.notes: Counter[str] = Counter()
        self._verdicts = RowVerdicts()
        self._series: dict[Named, _Series] = {}
        self._refused: dict[str, list[int]] = {}
        self._spool = spool
        self._seen: dict[Named, list[Instants]] = {}
        self._waiting = 0
        self._kinds: Counter[str] = Counter()
        self._span: tuple[int, int] | None = None

    def take(self, row: Row) -> None:
        """The next row of the file."""
        number = self._verdicts.count
        self._verdicts.reach(number + 1)
        if not row.samples:
            self._refused.setdefault(row.reason, []).append(number)
        for sample in row.samples:
            series = self._series.setdefault((sample.kind, sample.unit, sample.source), _Series())
            series.numbers.append(number)
            series.instants.append(sample.at_ms)
            series.values.append(sample.value)
        self._wait_for(len(row.samples) or 1)

    def take_run(self, run: Run) -> None:
        """Many rows, wherever in the file."""
        if not len(run.numbers):
            return
        self._verdicts.reach(int(run.numbers.max()) + 1)
        if run.reason:
            self._refuse(run.numbers, run.reason)
            return
        named = (run.kind, run.unit, run.source)
        self._series.setdefault(named, _Series()).runs.append(run)
        self._wait_for(len(run.numbers))

    def finish(self) -> Report:
        """Send what waits, and count."""
        self._put_aside()
        for named, columns in self._spool.take():
            self._send(named, *columns)
        first, last = self._span or (None, None)
        return self._verdicts.report(
            dict(self._kinds),
            None if first is None else wire_time(first),
            None if last is None else wire_time(last),
            dict(self.notes),
        )

    def _refuse(self, numbers: Instants, reason: str) -> None:
        verdict = self._verdicts.verdict_of(reason)
        self._verdicts.judge(numbers, np.full(len(numbers), verdict, np.uint8))

    def _refuse_samples(self, numbers: Instants, reason: str) -> None:
        if len(numbers):
            verdict = self._verdicts.verdict_of(reason)
            self._verdicts.judge_samples(numbers, np.full(len(numbers), verdict, np.uint8))

    def _wait_for(self, samples: int) -> None:
        self._waiting += samples
        if self._waiting >= self._most_waiting:
            self._put_aside()

    def _put_aside(self) -> None:
        for reason, numbers in self._refused.items():
            self._refuse(np.array(numbers, np.int64), reason)
        self._refused = {}
        for named, series in self._series.items():
            if series.numbers or series.runs:
                self._spool.put(named, series.empty())
        self._waiting = 0

    def _send(self, named: Named, numbers: Instants, instants: Instants, values: Values) -> None:
        """Store what is new of the samples that wait, and say what became of each."""
        kind, unit, _ = named
        try:
            canonical = in_canonical(values, linear(kind, unit))
        except UnknownUnit:
            self._refuse_samples(numbers, UNKNOWN_UNIT)
            return
        numbers, instants, values, canonical = self._within_time(
            numbers, instants, values, canonical
        )
        first = np.ones(len(numbers), np.bool_)
        first[1:] = instants[1:] != instants[:-1]
        led = self._judge_first(named, instants[first], values[first], canonical[first])
        leader = np.cumsum(first) - 1
        verdicts = led[leader]
        verdicts[(verdicts == STORED) & ~first] = DUPLICATE
        verdicts[canonical != canonical[first][leader]] = self._verdicts.verdict_of(TWICE)
        self._verdicts.judge_samples(numbers, verdicts)

    def _within_time(
        self, numbers: Instants, instants: Instants, values: Values, canonical: Values
    ) -> tuple[Instants, Instants, Values, Values]:
        """Samples from 1970 to tomorrow; the rest is refused before anyone takes it for a day."""
        earliest, latest = np.searchsorted(instants, [0, ms_of(self._now + AHEAD) + 1])
        self._refuse_samples(numbers[:earliest], BEFORE)
        self._refuse_samples(numbers[latest:], REASONS[Code.IN_FUTURE])
        kept = slice(earliest, latest)
        return numbers[kept], instants[kept], values[kept], canonical[kept]

    def _judge_first(
        self, named: Named, instants: Instants, values: Values, canonical: Values
    ) -> Verdicts:
        """What each instant's first sample is: known, at odds with an earlier one, or new."""
        kind, _, source = named
        held = held_values(self._chart.patient.id, kind, source, instants)
        known = held == canonical
        twice = ~np.isnan(held) & ~known
        seen = self._seen.setdefault(named, [])
        if twice.any():
            twice &= np.isin(instants, np.concatenate([instants[:0], *seen]))
        seen.append(instants)
        verdicts = np.where(known, DUPLICATE, self._verdicts.verdict_of(TWICE)).astype(np.uint8)
        new = ~known & ~twice
        verdicts[new] = self._store(named, instants[new], values[new])
        return verdicts

    def _store(self, named: Named, instants: Instants, values: Values) -> Verdicts:
        verdicts = np.full(len(instants), STORED, np.uint8)
        if not len(instants):
            return verdicts
        starts = range(0, len(instants), AN_UPLOAD)
        items = list(self._items(named, instants, values, starts))
        results = store_uploads(self._chart, items, now=self._now).answers()
        for start, result in zip(starts, results, strict=True):
            part = verdicts[start : start + AN_UPLOAD]
            for problem in result.problems:
                where = slice(None) if problem.index is None else problem.index
                part[where] = self._verdicts.verdict_of(_reason(problem))
        kept = instants[verdicts == STORED]
        self._kinds[named[0]] += len(kept)
        if len(kept):
            first, last = self._span or (int(kept[0]), int(kept[-1]))
            self._span = min(first, int(kept[0])), max(last, int(kept[-1]))
        return verdicts

    def _items(
        self, named: Named, instants: Instants, values: Values, starts: range
    ) -> Iterator[dict[str, object]]:
        """Uploads as they come off the wire, without the detour over single numbers."""
        kind, unit, source = named
        for start in starts:
            part = instants[start : start + AN_UPLOAD]
            yield {
                "id": str(uuid7_from_ms(ms_of(self._now), secrets.randbits(74))),
                "kind": kind,
                "source": source,
                "unit": unit,
                "start": wire_time(int(part[0])),
                "offsets_ms": (part - part[0]).tolist(),
                "values": values[start : start + AN_UPLOAD].tolist(),
            }


def _reason(problem: ItemProblem) -> str:
    return REASONS.get(Code(problem.code), problem.code)
