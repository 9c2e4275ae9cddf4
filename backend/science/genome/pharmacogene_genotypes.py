"""Genotypes of a VCF's samples at the positions of pharmacogenes.

A position without a line, with half a call or with a symbolic allele is unknown, never reference.
Lines may write an indel shorter or longer than the definition does, and one position in several
lines of one ALT each; both are brought to the definition's way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from backend.science.genome.genotypes import parse_genotype
from backend.science.genome.named_alleles import Genotype
from backend.science.genome.pharmacogene import Pharmacogene, Position
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.vcf import Block, VcfReader, position_keys

SYMBOLIC: Final = frozenset(b"<*.[]")
Column = list[Genotype | None]  # one a sample


@dataclass(slots=True)
class PharmacogeneGenotypes:
    """By gene, then position: what each of the samples has."""

    samples: tuple[str, ...]
    build: str | None
    columns: dict[str, list[Column]]
    problems: list[str] = field(default_factory=list)

    def of_sample(self, gene: str, at: int) -> tuple[Genotype | None, ...]:
        """One sample's genotypes of a gene, in the order of its positions."""
        return tuple(column[at] for column in self.columns[gene])

    def of_all(self, gene: str) -> Iterator[tuple[Genotype | None, ...]]:
        """Those of each sample."""
        return zip(*self.columns[gene], strict=True)


def read_genotypes(
    reader: VcfReader, genes: Sequence[Pharmacogene], *, sample: str | None = None
) -> PharmacogeneGenotypes:
    """Of all samples, or of one; raises GenomeFileProblem for another build than the genes'."""
    header = reader.header
    for gene in genes:
        if header.build and header.build != gene.build:
            raise GenomeFileProblem(
                f"the genotypes are of {header.build}, the definitions of {gene.build}: "
                "lift the file over first"
            )
    if sample is not None and sample not in header.samples:
        raise GenomeFileProblem("no sample of that name")
    chosen = None if sample is None else header.samples.index(sample)
    wanted = _wanted(genes)
    places = np.array(sorted(wanted), np.int64)
    lines: dict[int, list[_Line]] = {}
    for block in reader:
        hits = np.flatnonzero(np.isin(block.keys, places))
        for row in hits.tolist():
            lines.setdefault(int(block.keys[row]), []).append(_line(block, row, chosen))
    samples = header.samples if sample is None else (sample,)
    found = PharmacogeneGenotypes(samples, header.build, {})
    for gene in genes:
        found.columns[gene.gene] = [
            _column(gene, position, lines, len(samples), found.problems)
            for position in gene.positions
        ]
    return found


def _wanted(genes: Sequence[Pharmacogene]) -> set[int]:
    return {_key(gene, position) for gene in genes for position in gene.positions}


def _key(gene: Pharmacogene, position: Position) -> int:
    at = np.array([position.position], np.int64)
    return int(position_keys(np.array([gene.chromosome], np.int64), at)[0])


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a wanted position."""

    number: int
    ref: str
    alts: tuple[str, ...]
    phase_at: int | None  # which of the colon-separated fields is PS
    has_genotype: bool
    cells: list[bytes]


def _line(block: Block, row: int, chosen: int | None) -> _Line:
    cells = block.text[block.starts[row] : block.ends[row]].split(b"\t")
    ref, alts = cells[3].decode("ascii", "replace"), cells[4].decode("ascii", "replace")
    keys = cells[8].split(b":")
    return _Line(
        block.first_line + row,
        ref.upper(),
        tuple(alts.upper().split(",")),
        keys.index(b"PS") if b"PS" in keys else None,
        keys[0] == b"GT",
        cells[9:] if chosen is None else [cells[9 + chosen]],
    )


def _column(
    gene: Pharmacogene,
    position: Position,
    lines: dict[int, list[_Line]],
    samples: int,
    problems: list[str],
) -> Column:
    """What each sample has at one position."""
    columns = []
    for line in lines.get(_key(gene, position), ()):
        alleles = _as_defined(line, position)
        if alleles is None:
            problems.append(
                f"line {line.number:,}: REF is not that of {gene.gene} {position.label}"
            )
            continue
        columns.append(_calls(line, alleles))
    if not columns:
        return [None] * samples
    if len(columns) == 1:
        return columns[0]
    return [_merged(parts, position.ref) for parts in zip(*columns, strict=True)]


def _as_defined(line: _Line, position: Position) -> list[str | None] | None:
    """REF and ALTs of the line as the definition writes them; None for a symbolic ALT."""
    ref = line.ref
    if position.ref.startswith(ref):
        rest = position.ref[len(ref) :]
        return [None if _is_symbolic(allele) else allele + rest for allele in (ref, *line.alts)]
    if not ref.startswith(position.ref):
        return None
    rest = ref[len(position.ref) :]
    return [
        allele.removesuffix(rest) if not _is_symbolic(allele) and allele.endswith(rest) else None
        for allele in (ref, *line.alts)
    ]


def _is_symbolic(allele: str) -> bool:
    return any(letter in SYMBOLIC for letter in allele.encode())


def _calls(line: _Line, alleles: Sequence[str | None]) -> Column:
    if not line.has_genotype:
        return [None] * len(line.cells)
    known: dict[bytes, Genotype | None] = {}
    column: Column = []
    for cell in line.cells:
        if cell not in known:
            known[cell] = _genotype(cell, line, alleles)
        column.append(known[cell])
    return column


def _genotype(cell: bytes, line: _Line, alleles: Sequence[str | None]) -> Genotype | None:
    parts = cell.split(b":")
    numbers, phased = parse_genotype(parts[0], line=line.number)
    if numbers is None:
        return None
    if max(numbers) >= len(alleles):
        raise GenomeFileProblem("GT names an allele beyond all ALTs", line=line.number)
    first, second = alleles[numbers[0]], alleles[numbers[-1]]
    if first is None or second is None:
        return None
    phase = None
    if phased:
        at = line.phase_at
        phase = parts[at].decode("ascii", "replace") if at and at < len(parts) else ""
    return Genotype(first, second, phase)


def _merged(parts: Sequence[Genotype | None], ref: str) -> Genotype | None:
    """Several lines of one position: their ALTs together, on their strands if phased."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    phases = {part.phase for part in known if part.first != part.second}
    if len(phases) == 1 and None not in phases:
        strands = [
            [a for a in alleles if a != ref]
            for alleles in ((p.first for p in known), (p.second for p in known))
        ]
        if max(map(len, strands)) > 1:
            return None
        first, second = (strand[0] if strand else ref for strand in strands)
        return Genotype(first, second, phases.pop())
    others = [a for part in known for a in (part.first, part.second) if a != ref]
    if len(others) > 2:
        return None
    first, second = (*others, ref, ref)[:2]
    return Genotype(first, second)
