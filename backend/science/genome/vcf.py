"""VCF as blocks of lines whose positions are arrays (VCF 4.1 to 4.5, sections 1.4 to 1.6).

Streamed: a block at a time, each checked for columns, positions and order before anything reads
it. Lines must be sorted by position within a chromosome and a chromosome must stand in one piece,
as every index requires; so all lines of a position come together.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from backend.science.genome import fields
from backend.science.genome.builds import build_of_contigs, named_build
from backend.science.genome.fields import Bytes, Ints
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.unzipping import DEFAULT, Limits, line_blocks

FIXED: Final = (b"#CHROM", b"POS", b"ID", b"REF", b"ALT", b"QUAL", b"FILTER", b"INFO")
GENOTYPE_COLUMN: Final = 9
MOST_SAMPLES: Final = 50_000
MOST_HEADER: Final = 32 << 20
FEW_SAMPLES: Final = 8
MOST_AT_A_POSITION: Final = 1_000
CONTIG: Final = re.compile(rb"##contig=<(?=[^\n]*\bID=([^,>]+))(?=[^\n]*\blength=(\d+))?[^\n]*")
ASSEMBLY: Final = re.compile(rb"\bassembly=\"?([\w.]+)")


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the first variant."""

    samples: tuple[str, ...]
    build: str | None  # by contig lengths or assembly; None: not stated
    lines: int
    gapless: bool  # a gVCF: its blocks state what is reference


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one stretch. `tabs` has the first nine of each line, `line` its number."""

    text: bytes
    buffer: Bytes
    starts: Ints
    ends: Ints  # of the newline (or the return before it)
    tabs: Ints
    chromosome: Ints
    position: Ints
    first_line: int

    @property
    def keys(self) -> Ints:
        """Chromosome and position as one number."""
        return position_keys(self.chromosome, self.position)

    def word(self, row: int, column: int) -> bytes:
        """One of the nine fixed columns."""
        start = self.starts[row] if column == 0 else self.tabs[row, column - 1] + 1
        return self.text[start : self.tabs[row, column]]


def position_keys(chromosome: Ints, position: Ints) -> Ints:
    """Chromosome and position as one number, in the order of the genome."""
    return (chromosome << 36) | position


@dataclass(slots=True)
class _Order:
    """Where the last block ended, and which contigs are over."""

    name: int = -1
    position: int = -1
    over: set[int] = field(default_factory=set)


class VcfReader:
    """Reads the header at once, the blocks as they are asked for."""

    def __init__(self, chunks: Iterable[bytes], limits: Limits = DEFAULT) -> None:
        self._blocks = line_blocks(chunks, limits)
        self.header, self._rest = self._read_header()
        self._columns = GENOTYPE_COLUMN + len(self.header.samples)
        self._order = _Order()

    def __iter__(self) -> Iterator[Block]:
        """The blocks; the lines of one position may be in two of them."""
        line = self.header.lines + 1
        for text in _chain(self._rest, self._blocks):
            if not text:
                continue
            block = self._block(text, line)
            yield block
            line += len(block.starts)

    def _read_header(self) -> tuple[Header, bytes]:
        parts: list[bytes] = []
        size = 0
        for text in self._blocks:
            if not parts and not text.startswith(b"##fileformat=VCF"):
                raise GenomeFileProblem(_what_else(text), line=1)
            names = 0 if text.startswith(b"#CHROM\t") else text.find(b"\n#CHROM\t") + 1
            if names or text.startswith(b"#CHROM\t"):
                end = text.index(b"\n", names) + 1
                meta = b"".join([*parts, text[:names]])
                return _header(meta, text[names:end]), text[end:]
            parts.append(text)
            size += len(text)
            if not text.startswith(b"#") or size > MOST_HEADER:
                break
        raise GenomeFileProblem("no line that begins with #CHROM stands before the variants")

    def _block(self, text: bytes, first_line: int) -> Block:
        buffer = fields.as_buffer(text)
        ends = np.flatnonzero(buffer[: len(text)] == fields.NEWLINE).astype(np.int64)
        starts = np.append(0, ends[:-1] + 1)
        ends = ends - (buffer[np.maximum(ends - 1, 0)] == fields.RETURN)
        empty = ends <= starts
        if empty.any():
            if not empty[-1] or empty.sum() > 1:
                at = int(np.argmax(empty))
                raise GenomeFileProblem("an empty line", line=first_line + at)
            starts, ends = starts[:-1], ends[:-1]
        find = self._all_tabs if len(self.header.samples) <= FEW_SAMPLES else self._first_tabs
        tabs = find(text, buffer, starts, ends, first_line)
        position, good = fields.whole_numbers(buffer, tabs[:, 0] + 1, tabs[:, 1])
        if not good.all():
            at = int(np.argmin(good))
            raise GenomeFileProblem("POS is not a whole number", line=first_line + at)
        chromosome, name = fields.chromosomes(buffer, starts, tabs[:, 0])
        self._check_order(name, position, first_line)
        return Block(text, buffer, starts, ends, tabs, chromosome, position, first_line)

    def _all_tabs(
        self, text: bytes, buffer: Bytes, starts: Ints, ends: Ints, first_line: int
    ) -> Ints:
        """Few samples: every tab of the block at once."""
        tabs = np.flatnonzero(buffer[: len(text)] == fields.TAB).astype(np.int64)
        each = self._columns - 1
        if len(tabs) == each * len(starts):
            table = tabs.reshape(len(starts), each)
            if (table[:, 0] > starts).all() and (table[:, -1] < ends).all():
                return table
        counts = np.searchsorted(tabs, ends) - np.searchsorted(tabs, starts)
        wrong = counts != each
        at = int(np.argmax(wrong)) if wrong.any() else 0
        raise self._columns_problem(int(counts[at]) + 1, first_line + at)

    def _first_tabs(
        self, text: bytes, buffer: Bytes, starts: Ints, ends: Ints, first_line: int
    ) -> Ints:
        """Many samples: only the tabs before them; the rest are counted."""
        tabs = np.empty((len(starts), GENOTYPE_COLUMN), np.int64)
        for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            count = text.count(b"\t", start, end)
            if count != self._columns - 1:
                raise self._columns_problem(count + 1, first_line + row)
            at = start - 1
            for column in range(GENOTYPE_COLUMN):
                at = text.find(b"\t", at + 1, end)
                tabs[row, column] = at
        return tabs

    def _columns_problem(self, have: int, line: int) -> GenomeFileProblem:
        return GenomeFileProblem(f"{have} columns, the header has {self._columns}", line=line)

    def _check_order(self, name: Ints, position: Ints, first_line: int) -> None:
        before = self._order
        runs = np.flatnonzero(np.diff(name, prepend=before.name))
        for at in runs.tolist():
            if (said := int(name[at])) in before.over and said & 0xFF <= fields.WIDEST_NAME:
                raise GenomeFileProblem(
                    "not sorted: this chromosome came before another already",
                    line=first_line + at,
                )
            before.over.add(said)
        back = np.diff(position, prepend=before.position) < 0
        back[runs] = False
        back &= name & 0xFF <= fields.WIDEST_NAME  # longer names may be different ones
        if back.any():
            raise GenomeFileProblem(
                "not sorted: a smaller position after a larger one",
                line=first_line + int(np.argmax(back)),
            )
        self._check_crowding(name, position, first_line)
        before.name, before.position = int(name[-1]), int(position[-1])

    def _check_crowding(self, name: Ints, position: Ints, first_line: int) -> None:
        ahead = position[MOST_AT_A_POSITION:] == position[:-MOST_AT_A_POSITION]
        ahead &= name[MOST_AT_A_POSITION:] == name[:-MOST_AT_A_POSITION]
        if ahead.any():
            raise GenomeFileProblem(
                f"more than {MOST_AT_A_POSITION:,} lines of one position",
                line=first_line + int(np.argmax(ahead)) + MOST_AT_A_POSITION,
            )


def _header(meta: bytes, names: bytes) -> Header:
    line = meta.count(b"\n") + 1
    if names.count(b"\t") + 1 > GENOTYPE_COLUMN + MOST_SAMPLES:
        raise GenomeFileProblem(f"more than {MOST_SAMPLES:,} samples", line=line)
    columns = names.rstrip(b"\r\n").split(b"\t")
    if tuple(columns[: len(FIXED)]) != FIXED or columns[len(FIXED) :][:1] != [b"FORMAT"]:
        raise GenomeFileProblem("not the columns of a VCF with genotypes", line=line)
    samples = tuple(name.decode("utf-8", "replace") for name in columns[GENOTYPE_COLUMN:])
    if not samples:
        raise GenomeFileProblem("the file has no samples", line=line)
    if len(set(samples)) < len(samples):
        raise GenomeFileProblem("two samples have the same name", line=line)
    gapless = b"##GVCFBlock" in meta or b"##ALT=<ID=NON_REF" in meta or b"##ALT=<ID=*" in meta
    return Header(samples, _stated_build(meta), line, gapless)


def _stated_build(meta: bytes) -> str | None:
    """Lengths of contigs first; else what the contigs or the reference are said to be."""
    lengths, said = {}, set()
    for found in CONTIG.finditer(meta):
        if found[2]:
            lengths[found[1].decode("ascii", "replace")] = int(found[2][:12])
        said |= {word.decode() for word in ASSEMBLY.findall(found[0])}
    by_length = build_of_contigs(lengths)
    named = {build for word in said if (build := named_build(word))}
    if by_length:
        return by_length
    return named.pop() if len(named) == 1 else None


def _what_else(head: bytes) -> str:
    if head.startswith(b"BCF"):
        return "BCF, not VCF: convert it with `bcftools view`"
    return "not a VCF: it does not begin with ##fileformat=VCF"


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
