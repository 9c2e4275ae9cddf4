"""The rows of a scoring file as places of fields, and their columns as arrays."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from backend.science.genome import fields
from backend.science.genome.fields import Bytes, Flags, Floats, Ints
from backend.science.genome.problems import GenomeFileProblem

TRUE: Final = frozenset({b"true", b"1", b"yes"})
FALSE: Final = frozenset({b"false", b"0", b"no", b"", b"na"})


class ScoreTable:
    """The rows as places of fields; all rows have the columns of the header."""

    def __init__(self, text: bytes, columns: Sequence[str], *, first_line: int) -> None:
        self.columns, self.first_line = columns, first_line
        self.buffer: Bytes = fields.as_buffer(text)
        body = self.buffer[: len(text)]
        ends = np.flatnonzero(body == fields.NEWLINE).astype(np.int64)
        starts = np.append(0, ends[:-1] + 1)[: len(ends)]
        ends = ends - (self.buffer[np.maximum(ends - 1, 0)] == fields.RETURN)
        while len(ends) and ends[-1] <= starts[-1]:
            starts, ends = starts[:-1], ends[:-1]
        tabs = np.flatnonzero(body == fields.TAB).astype(np.int64)
        self._edges = np.column_stack([starts - 1, self._aligned(tabs, starts, ends), ends])

    def _aligned(self, tabs: Ints, starts: Ints, ends: Ints) -> Ints:
        """The tabs of each row; all rows have as many."""
        each = len(self.columns) - 1
        if len(tabs) == each * len(starts):
            table = tabs.reshape(len(starts), each)
            if not each or ((table[:, 0] >= starts).all() and (table[:, -1] < ends).all()):
                return table
        counts = np.searchsorted(tabs, ends) - np.searchsorted(tabs, starts)
        at = int(np.argmax(counts != each))
        raise self.problem(f"{counts[at] + 1} columns, the header has {each + 1}", at)

    def __len__(self) -> int:
        return len(self._edges)

    def problem(self, said: str, row: int) -> GenomeFileProblem:
        """Of that row, by its line."""
        return GenomeFileProblem(said, line=self.first_line + row)

    def has(self, column: str) -> bool:
        """Whether the file has that column."""
        return column in self.columns

    def places(self, column: str) -> tuple[Ints, Ints]:
        """Where that column's fields start and end."""
        at = self.columns.index(column)
        return self._edges[:, at] + 1, self._edges[:, at + 1]

    def word(self, column: str, row: int) -> bytes:
        """One field."""
        starts, ends = self.places(column)
        return self.buffer[starts[row] : ends[row]].tobytes()

    def numbers(self, column: str) -> Floats:
        """A column of weights: each must be a finite number."""
        value, good = fields.real_numbers(self.buffer, *self.places(column))
        if not good.all():
            raise self.problem(f"{column} is not a number", int(np.argmin(good)))
        return value

    def flags(self, column: str) -> Flags:
        """A column of TRUE and FALSE; all false if the file has none."""
        found = np.zeros(len(self), bool)
        if not self.has(column):
            return found
        starts, ends = self.places(column)
        # Mostly one word again and again: decided once for each first letter and length.
        kinds = (ends - starts) * 256 + self.buffer[starts]
        for kind in np.unique(kinds).tolist():
            rows = np.flatnonzero(kinds == kind)
            found[rows] = self._flag(column, int(rows[0]))
        return found

    def _flag(self, column: str, row: int) -> bool:
        word = self.word(column, row).strip().lower()
        if word not in TRUE | FALSE:
            raise self.problem(f"{column} is neither TRUE nor FALSE", row)
        return word in TRUE
