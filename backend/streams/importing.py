"""Bring an export in, sample by sample, with a report that adds up to the file's rows.

A sample that is known already, with the same value, is a duplicate: a file imported twice, or two
exports that overlap, store each sample once. Another value for an instant that an earlier import
brought is a revision and stored; within one file only the first counts, the other is refused.
"""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from backend.patients.access import Category, Chart, Deed
from backend.streams.actions import store_upload
from backend.streams.checking import in_canonical
from backend.streams.columns import Instants, Values
from backend.streams.importers.reading import Row, Sample
from backend.streams.layers import held_values
from backend.wire.codec import ms_of, upload_item
from backend.wire.ids import uuid7_from_ms
from backend.wire.measures import UnknownUnit, linear
from backend.wire.messages import ItemProblem
from backend.wire.problems import Code

AT_ONCE = 5_000  # samples of one series in an upload
STORED, DUPLICATE = "stored", "duplicate"
TWICE = "another value at the same instant"
UNKNOWN_UNIT = "unit not known"
REASONS = {
    Code.OUT_OF_RANGE: "value not plausible",
    Code.IN_FUTURE: "more than a day ahead",
    Code.NOT_A_NUMBER: "not a number",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the file's rows. A row with several samples is stored if one of them is new,
    else a duplicate if one of them is known, else refused for the first reason.
    """

    rows: int
    stored: int
    duplicate: int
    refused: int
    reasons: dict[str, int]
    samples: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Series:
    """Samples of one kind, unit and source that wait for their upload; `seen` came in this run."""

    rows: list[int] = field(default_factory=list)
    instants: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    seen: list[Instants] = field(default_factory=list)

    def empty(self) -> tuple[Instants, Instants, Values]:
        """Row numbers, instants and values in the order of instants; then none wait any more."""
        rows, instants = np.array(self.rows, np.int64), np.array(self.instants, np.int64)
        values = np.array(self.values, np.float64)
        self.rows, self.instants, self.values = [], [], []
        order = np.argsort(instants, kind="stable")
        return rows[order], instants[order], values[order]


def import_rows(chart: Chart, rows: Iterable[Row], *, now: datetime) -> Report:
    """Store what is new in the rows of an export; in the caller's transaction, all or nothing."""
    chart.need(Category.STREAMS, Deed.CHANGE)
    loader = _Loader(chart, now)
    for row in rows:
        loader.take(row)
    return loader.finish()


class _Loader:
    def __init__(self, chart: Chart, now: datetime):
        self._chart, self._now = chart, now
        self._series: dict[tuple[str, str, str], _Series] = {}
        # A byte a row lets files of millions fit: 0 open, 1 stored, 2 duplicate, 3 … refused.
        self._verdicts = bytearray()
        self._words = ["", STORED, DUPLICATE]
        self._samples: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()

    def take(self, row: Row) -> None:
        """One row of the file."""
        number = len(self._verdicts)
        self._verdicts.append(0)
        if not row.samples:
            self._judge(number, row.reason)
        for sample in row.samples:
            self._add(number, sample)

    def finish(self) -> Report:
        """Send what waits, and count."""
        for named, series in self._series.items():
            self._send(named, series)
        counted = Counter(self._verdicts)
        reasons = {self._words[n]: count for n, count in counted.most_common() if n > 2}
        return Report(
            rows=len(self._verdicts),
            stored=counted[1],
            duplicate=counted[2],
            refused=sum(reasons.values()),
            reasons=reasons,
            samples={word: self._samples[word] for word in (STORED, DUPLICATE, "refused")},
            kinds=dict(self._kinds),
        )

    def _add(self, number: int, sample: Sample) -> None:
        named = (sample.kind, sample.unit, sample.source)
        series = self._series.setdefault(named, _Series())
        series.rows.append(number)
        series.instants.append(sample.at_ms)
        series.values.append(sample.value)
        if len(series.rows) == AT_ONCE:
            self._send(named, series)

    def _judge(self, number: int, word: str) -> None:
        """Stored beats duplicate beats refused; of two reasons the first stays."""
        if word not in self._words:
            self._words.append(word)
        verdict = self._words.index(word)
        known = self._verdicts[number]
        if known == 0 or verdict < min(known, 3):
            self._verdicts[number] = verdict

    def _settle(self, rows: Iterable[int], words: Iterable[str]) -> None:
        for number, word in zip(rows, words, strict=True):
            self._judge(number, word)
            self._samples[word if word in (STORED, DUPLICATE) else "refused"] += 1

    def _send(self, named: tuple[str, str, str], series: _Series) -> None:
        """Store what is new of the samples that wait, and say what became of each."""
        kind, unit, source = named
        rows, instants, values = series.empty()
        try:
            canonical = in_canonical(values, linear(kind, unit))
        except UnknownUnit:
            self._settle(rows.tolist(), [UNKNOWN_UNIT] * len(rows))
            return
        first = np.ones(len(rows), np.bool_)
        first[1:] = instants[1:] != instants[:-1]
        led = self._first_words(named, series, instants[first], values[first], canonical[first])
        leader = np.cumsum(first) - 1
        again = canonical == canonical[first][leader]
        words = []
        for is_first, is_again, at in zip(first, again, leader, strict=True):
            word = led[at] if is_again else TWICE
            words.append(DUPLICATE if word == STORED and not is_first else word)
        self._settle(rows.tolist(), words)

    def _first_words(
        self,
        named: tuple[str, str, str],
        series: _Series,
        instants: Instants,
        values: Values,
        canonical: Values,
    ) -> list[str]:
        """What each instant's first sample is: known, at odds with an earlier one, or new."""
        kind, _, source = named
        held = held_values(self._chart.patient.id, kind, source, instants)
        known = held == canonical
        twice = ~np.isnan(held) & ~known
        if twice.any():
            seen = np.concatenate(series.seen) if series.seen else instants[:0]
            twice &= np.isin(instants, seen)
        series.seen.append(instants)
        new = ~known & ~twice
        sent = iter(self._store(named, instants[new], values[new]))
        return [
            DUPLICATE if is_known else TWICE if is_twice else next(sent)
            for is_known, is_twice in zip(known, twice, strict=True)
        ]

    def _store(self, named: tuple[str, str, str], instants: Instants, values: Values) -> list[str]:
        if not len(instants):
            return []
        kind, unit, source = named
        id_ = uuid7_from_ms(ms_of(self._now), secrets.randbits(74))
        item = upload_item(id_, kind, source, unit, (instants.tolist(), values.tolist()))
        result = store_upload(self._chart, item, now=self._now)
        self._kinds[kind] += result.stored
        bad = {problem.index: _reason(problem) for problem in result.problems}
        return [bad.get(n, bad.get(None, STORED)) for n in range(len(instants))]


def _reason(problem: ItemProblem) -> str:
    return REASONS.get(Code(problem.code), problem.code)
