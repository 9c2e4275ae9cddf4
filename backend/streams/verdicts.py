"""What became of each row of a file, and the report that adds up to them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from backend.streams.columns import Instants

EXAMPLES = 5  # rows named for each reason
STORED, DUPLICATE = 1, 2  # verdicts; from 3 on they are reasons to refuse

Verdicts = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the file's rows. A row with several samples is stored if one of them is new,
    else a duplicate if one of them is known, else refused for the first reason.

    `examples` are row numbers from 1; `first` and `last` the time that new samples cover; `notes`
    count what had to be decided in reading, such as a local time that came twice.
    """

    rows: int
    stored: int
    duplicate: int
    refused: int
    reasons: dict[str, int]
    samples: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[int]] = field(default_factory=dict)
    first: str | None = None
    last: str | None = None
    notes: dict[str, int] = field(default_factory=dict)


class RowVerdicts:
    """The verdict on each row, a byte a row, so that files of millions fit."""

    def __init__(self) -> None:
        self.count = 0
        self.samples = np.zeros(256, np.int64)
        self._verdicts = np.zeros(1 << 16, np.uint8)
        self._words = ["", "stored", "duplicate"]

    def verdict_of(self, reason: str) -> int:
        """The number of a reason to refuse."""
        if reason not in self._words:
            self._words.append(reason)
        return self._words.index(reason)

    def reach(self, count: int) -> None:
        """There are at least so many rows."""
        self.count = max(self.count, count)
        if self.count > len(self._verdicts):
            larger = np.zeros(2 * self.count, np.uint8)
            larger[: len(self._verdicts)] = self._verdicts
            self._verdicts = larger

    def judge(self, numbers: Instants, verdicts: Verdicts) -> None:
        """Stored beats duplicate beats refused; of two reasons the one that came up first stays."""
        # Row by row the least counts, and 0 (open) turned round is more than any verdict.
        standing = self._verdicts[numbers]
        self._verdicts[numbers[standing == 0]] = 255
        np.minimum.at(self._verdicts, numbers, verdicts)

    def judge_samples(self, numbers: Instants, verdicts: Verdicts) -> None:
        """The same, and count the samples."""
        self.judge(numbers, verdicts)
        self.samples += np.bincount(verdicts, minlength=256)

    def report(
        self,
        kinds: dict[str, int],
        first: str | None,
        last: str | None,
        notes: dict[str, int],
    ) -> Report:
        """What became of the rows."""
        verdicts = self._verdicts[: self.count]
        counted = np.bincount(verdicts, minlength=256).tolist()
        known = range(3, len(self._words))
        found = sorted((n for n in known if counted[n]), key=lambda n: -counted[n])
        return Report(
            rows=self.count,
            stored=counted[STORED],
            duplicate=counted[DUPLICATE],
            refused=sum(counted[3:]),
            reasons={self._words[n]: counted[n] for n in found},
            samples={
                "stored": int(self.samples[STORED]),
                "duplicate": int(self.samples[DUPLICATE]),
                "refused": int(self.samples[3:].sum()),
            },
            kinds=kinds,
            examples={
                self._words[n]: (np.flatnonzero(verdicts == n)[:EXAMPLES] + 1).tolist()
                for n in found
            },
            first=first,
            last=last,
            notes=notes,
        )
