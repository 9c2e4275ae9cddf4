"""GT of chosen lines as arrays of allele numbers: 0 the reference, 1 the first ALT, -1 unknown.

Half a call (0/.) is unknown. A haploid call counts as homozygous, as plink2 reads it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.genome import fields
from backend.science.genome.fields import Bytes, Flags, Ints
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.vcf import FEW_SAMPLES, GENOTYPE_COLUMN, Block

UNKNOWN: Final = -1
Alleles = NDArray[np.int8]
COLON: Final = ord(":")
DOT: Final = ord(".")
BAR: Final = ord("|")
SLASH: Final = ord("/")
CELL: Final = 4  # a separator and three letters: 0|1

# A letter's allele; UNKNOWN for a dot, ODD for what no allele begins with.
ODD: Final = -2
ALLELE: Final = np.full(256, ODD, np.int8)
ALLELE[ord("0") : ord("9") + 1] = np.arange(10)
ALLELE[DOT] = UNKNOWN
ENDS_CELL: Final = np.zeros(256, bool)
ENDS_CELL[[COLON, fields.TAB, fields.NEWLINE, fields.RETURN]] = True
JOINS: Final = np.zeros(256, bool)
JOINS[[BAR, SLASH]] = True


def genotypes(block: Block, rows: Ints, samples: int) -> Alleles:
    """Two alleles of each sample on each of the rows: an array (rows, samples, 2)."""
    found = np.full((len(rows), samples, 2), UNKNOWN, np.int8)
    stated = _rows_with_genotypes(block, rows)
    if samples <= FEW_SAMPLES:
        starts = block.tabs[rows][:, GENOTYPE_COLUMN - 1 :] + 1
        found[stated] = _cells(block, rows[stated], starts[stated])
        return found
    for at in np.flatnonzero(stated).tolist():
        found[at] = _wide_row(block, int(rows[at]), samples)
    return found


def _rows_with_genotypes(block: Block, rows: Ints) -> Flags:
    """GT is the first of FORMAT where there is one (VCF 4.5, 1.6.2)."""
    at = block.tabs[rows, GENOTYPE_COLUMN - 2] + 1
    buffer = block.buffer
    stated: Flags = (buffer[at] == ord("G")) & (buffer[at + 1] == ord("T"))
    stated &= ENDS_CELL[buffer[at + 2]]
    return stated


def _wide_row(block: Block, row: int, samples: int) -> Alleles:
    """All samples of one line; without slicing cells if each is three letters wide."""
    start, end = int(block.tabs[row, GENOTYPE_COLUMN - 1]), int(block.ends[row])
    if end - start == CELL * samples:
        cells = block.buffer[start:end].reshape(samples, CELL)
        first, second = ALLELE[cells[:, 1]], ALLELE[cells[:, 3]]
        plain = (cells[:, 0] == fields.TAB).all() and JOINS[cells[:, 2]].all()
        if plain and first.min() > ODD and second.min() > ODD:
            return _whole(np.stack([first, second], axis=1))
    tabs = np.flatnonzero(block.buffer[start:end] == fields.TAB) + start
    found: Alleles = _cells(block, np.array([row]), tabs[None, :] + 1)[0]
    return found


def _cells(block: Block, rows: Ints, starts: Ints) -> Alleles:
    """The genotype that begins at each start."""
    buffer = block.buffer
    first = ALLELE[buffer[starts]]
    haploid = ENDS_CELL[buffer[starts + 1]]
    second = np.where(haploid, first, ALLELE[buffer[starts + 2]])
    simple = haploid | (JOINS[buffer[starts + 1]] & ENDS_CELL[buffer[starts + 3]])
    found = np.stack([first, second], axis=-1)
    odd = ~simple | (first == ODD) | (second == ODD)
    for row, sample in np.argwhere(odd).tolist():
        found[row, sample] = _odd_cell(block, int(rows[row]), int(starts[row, sample]))
    return _whole(found)


def _odd_cell(block: Block, row: int, start: int) -> tuple[int, int]:
    """Allele numbers of two digits; anything else is a problem of that line."""
    alleles, _ = parse_genotype(_cell(block.buffer, start), line=block.first_line + row)
    if alleles is None:
        return UNKNOWN, UNKNOWN
    return alleles[0], alleles[-1]


def _cell(buffer: Bytes, start: int) -> bytes:
    stop = start + int(np.argmax(ENDS_CELL[buffer[start : start + 64]]))
    return buffer[start:stop].tobytes()


def parse_genotype(cell: bytes, *, line: int) -> tuple[tuple[int, ...] | None, bool]:
    """One or two allele numbers (None if any is unknown), and whether they are phased."""
    phased = b"|" in cell
    parts = cell.replace(b"|", b"/").split(b"/")
    if len(parts) > 2 or not all(part == b"." or part.isdigit() for part in parts):
        raise GenomeFileProblem("GT is not one or two alleles", line=line)
    if b"." in parts:
        return None, phased
    alleles = tuple(int(part) for part in parts)
    if max(alleles) > np.iinfo(np.int8).max:
        raise GenomeFileProblem("GT names an allele beyond all ALTs", line=line)
    return alleles, phased


def _whole(alleles: Alleles) -> Alleles:
    """Half a call is none."""
    half = (alleles < 0).any(axis=-1)
    if half.any():
        alleles[half] = UNKNOWN
    return alleles
