"""Polygenic scores of every sample of a VCF, for many scores in one pass.

PGS = sum over variants of weight x number of effect alleles. A missing genotype counts as the mean
of those that are there (twice the allele's frequency), as plink2 --score does; with fewer than 50
samples there is no frequency to speak of, and it counts as nothing (plink2's no-mean-imputation, as
pgsc_calc asks for). A missing one counts the frequency itself where the weight is dominant or
recessive: not the mean of the zeros and ones, but what plink2 makes of them. `average` is the sum
over the number of alleles that were looked at.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.genome.fields import AlleleCodes, Flags, Floats, Ints
from backend.science.genome.genotypes import UNKNOWN, genotypes
from backend.science.genome.pgs_matching import (
    EFFECT_IS_REF,
    Fate,
    Keeping,
    Match,
    Variants,
    match_rows,
)
from backend.science.genome.pgs_scoring_file import Effect, ScoringFile
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.vcf import Block, Header, VcfReader

VERSION: Final = "1.0"
LEAST_MATCH: Final = 0.75
LEAST_SAMPLES_FOR_MEANS: Final = 50
MOST_AT_ONCE: Final = 1 << 24  # genotypes of lines that are read together
MOST_FLOATS: Final = 1 << 21  # of them that are summed together
PLOIDY: Final = 2
REF_COLUMN, ALT_COLUMN = 3, 4


@dataclass(frozen=True, slots=True)
class GenomeScore:
    """One score of all samples, in the order of the file's samples."""

    identity: str
    build: str | None
    total: int
    fates: dict[Fate, int]
    matches: dict[Match, int]
    sums: Floats
    alleles_counted: Ints

    @property
    def matched(self) -> int:
        """Variants that count in the sum."""
        return self.fates.get(Fate.MATCHED, 0)

    @property
    def match_rate(self) -> float:
        """Of the rows of the scoring file."""
        return self.matched / self.total

    @property
    def averages(self) -> Floats:
        """Sum over the alleles looked at; NaN where there were none."""
        average: Floats = np.divide(
            self.sums,
            self.alleles_counted,
            out=np.full(len(self.sums), np.nan),
            where=self.alleles_counted > 0,
        )
        return average


@dataclass(slots=True)
class _Tally:
    """What is known of one score so far."""

    score: ScoringFile
    sums: Floats
    counted: Ints
    fates: Counter[Fate] = field(default_factory=Counter)
    matches: Counter[Match] = field(default_factory=Counter)


def score_genome(
    reader: VcfReader,
    scores: Sequence[ScoringFile],
    alleles: AlleleCodes,
    keeping: Keeping | None = None,
) -> list[GenomeScore]:
    """`alleles` are those that the scores were read with."""
    samples = len(reader.header.samples)
    for score in scores:
        check_builds(reader.header, score)
    tallies = [_Tally(s, np.zeros(samples), np.zeros(samples, np.int64)) for s in scores]
    wanted = _positions(scores)
    for stretch in _stretches(_hits(reader, wanted), alleles, samples):
        for tally in tallies:
            _add(tally, stretch, alleles, keeping or Keeping())
    return [_result(tally) for tally in tallies]


def _positions(scores: Sequence[ScoringFile]) -> Ints:
    """All of them, in order."""
    if len(scores) == 1:
        return scores[0].key  # in order already
    return np.sort(np.concatenate([score.key for score in scores]))


def check_builds(header: Header, score: ScoringFile) -> None:
    """Raises if both state an assembly and they differ."""
    if header.build and score.build and header.build != score.build:
        raise GenomeFileProblem(f"the score is of {score.build}, the genotypes of {header.build}")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Variants at positions that some score names; all of each position are there."""

    variants: Variants
    genotypes: NDArray[np.int8]  # a row for each line of the file: `variants.line`


def _hits(reader: VcfReader, wanted: Ints) -> Iterator[tuple[Block, Ints]]:
    """Blocks and which of their rows are at a wanted position."""
    for block in reader:
        keys = block.keys
        place = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
        rows = np.flatnonzero((wanted[place] == keys) & (block.chromosome > 0))
        if len(rows):
            yield block, rows


def _stretches(
    hits: Iterable[tuple[Block, Ints]], alleles: AlleleCodes, samples: int
) -> Iterator[_Stretch]:
    """Cut where the position changes; the last position waits for what comes next."""
    held: _Stretch | None = None
    most = max(1, MOST_AT_ONCE // samples)
    for block, rows in hits:
        for at in range(0, len(rows), most):
            now = _read(block, rows[at : at + most], alleles, samples)
            now = now if held is None else _joined(held, now)
            key = now.variants.key
            change = np.flatnonzero(key != key[-1])
            cut = int(change[-1]) + 1 if len(change) else 0
            if cut:
                yield _Stretch(_picked(now.variants, slice(None, cut)), now.genotypes)
            held = _rest(now, cut)
    if held is not None:
        yield held


def _read(block: Block, rows: Ints, alleles: AlleleCodes, samples: int) -> _Stretch:
    """The lines with their genotypes; a line with several ALTs is an entry for each."""
    tabs = block.tabs[rows]
    starts, ends = tabs[:, REF_COLUMN:ALT_COLUMN] + 1, tabs[:, ALT_COLUMN : ALT_COLUMN + 1]
    ref = alleles.read(block.buffer, tabs[:, REF_COLUMN - 1] + 1, tabs[:, REF_COLUMN])
    alt = alleles.read(block.buffer, starts[:, 0], ends[:, 0])
    line = np.arange(len(rows))
    number = np.ones(len(rows), np.int8)
    several = np.zeros(len(rows), bool)
    lists = {
        row: words
        for row in np.flatnonzero(ends[:, 0] - starts[:, 0] > 2).tolist()
        if len(words := block.word(int(rows[row]), ALT_COLUMN).split(b",")) > 1
    }
    alts = np.ones(len(rows), np.int64)
    for row, words in lists.items():
        alts[row] = len(words)
        several[row] = True
    found = genotypes(block, rows, samples)
    beyond = found.max(axis=(1, 2)) > alts
    if beyond.any():
        at = int(rows[np.argmax(beyond)])
        raise GenomeFileProblem("GT names an allele beyond all ALTs", line=block.first_line + at)
    variants = Variants(block.keys[rows], ref, alt, number, line, several)
    return _Stretch(_exploded(variants, alts, lists, alleles), found)


def _exploded(
    variants: Variants, alts: Ints, lists: dict[int, list[bytes]], alleles: AlleleCodes
) -> Variants:
    """One entry an ALT."""
    if not lists:
        return variants
    entry = np.repeat(np.arange(len(alts)), alts)
    number = np.arange(len(entry)) - np.repeat(np.cumsum(alts) - alts, alts) + 1
    variants = _picked(variants, entry)
    alt = variants.alt.copy()
    for at in np.flatnonzero(variants.multiallelic).tolist():
        alt[at] = alleles.known(lists[int(entry[at])][number[at] - 1])
    return replace(variants, alt=alt, alt_number=number.astype(np.int8))


def _picked(variants: Variants, which: slice | Ints) -> Variants:
    return Variants(
        variants.key[which],
        variants.ref[which],
        variants.alt[which],
        variants.alt_number[which],
        variants.line[which],
        variants.multiallelic[which],
    )


def _rest(stretch: _Stretch, cut: int) -> _Stretch:
    """What waits, with its own genotypes only."""
    variants = _picked(stretch.variants, slice(cut, None))
    first = int(variants.line[0])
    return _Stretch(replace(variants, line=variants.line - first), stretch.genotypes[first:].copy())


def _joined(held: _Stretch, now: _Stretch) -> _Stretch:
    a, b = held.variants, replace(now.variants, line=now.variants.line + len(held.genotypes))
    return _Stretch(
        Variants(
            np.concatenate([a.key, b.key]),
            np.concatenate([a.ref, b.ref]),
            np.concatenate([a.alt, b.alt]),
            np.concatenate([a.alt_number, b.alt_number]),
            np.concatenate([a.line, b.line]),
            np.concatenate([a.multiallelic, b.multiallelic]),
        ),
        np.concatenate([held.genotypes, now.genotypes]),
    )


def _add(tally: _Tally, stretch: _Stretch, alleles: AlleleCodes, keeping: Keeping) -> None:
    """What one stretch adds to one score."""
    variants = stretch.variants
    if (np.diff(variants.key) < 0).any():  # chromosomes may stand in any order
        variants = _picked(variants, np.argsort(variants.key, kind="stable"))
    key = tally.score.key
    first = int(np.searchsorted(key, variants.key[0], side="left"))
    last = int(np.searchsorted(key, variants.key[-1], side="right"))
    found = match_rows(tally.score, slice(first, last), variants, alleles, keeping)
    reached = found.variant >= 0
    for fate, count in zip(*np.unique(found.fate[reached], return_counts=True), strict=True):
        tally.fates[Fate(int(fate))] += int(count)
    for match, count in zip(*np.unique(found.match[found.used], return_counts=True), strict=True):
        tally.matches[Match(int(match))] += int(count)
    used = np.flatnonzero(found.used)
    most = max(1, MOST_FLOATS // len(tally.sums))
    for at in range(0, len(used), most):
        part = used[at : at + most]
        entry = found.variant[part]
        is_ref = np.isin(found.match[part], EFFECT_IS_REF)
        counted = np.where(is_ref, 0, variants.alt_number[entry])
        pairs = stretch.genotypes[variants.line[entry]]
        dosage = (pairs == counted[:, None, None]).sum(axis=2, dtype=np.int8)
        _sum_up(tally, dosage, pairs[:, :, 0] == UNKNOWN, first + part)


def _sum_up(tally: _Tally, dosage: NDArray[np.int8], missing: Flags, rows: Ints) -> None:
    """`dosage` (rows, samples) is of the effect allele, 0 where it is missing."""
    samples, score = dosage.shape[1], tally.score
    additive = score.model[rows] == Effect.ADDITIVE
    # As doubles: a product of doubles and bytes goes without BLAS.
    tally.sums += score.weights[rows[additive]] @ dosage[additive].astype(np.float64)
    if not additive.all():
        base, once, twice = score.weights_by_dosage(rows[~additive]).T[:, :, None]
        other, there = dosage[~additive], ~missing[~additive]
        values = once * (other == 1) + twice * (other == 2) + base * ((other == 0) & there)
        tally.sums += values.sum(axis=0)
    tally.counted += PLOIDY * len(dosage)
    if not missing.any():
        return
    if samples < LEAST_SAMPLES_FOR_MEANS:
        tally.counted -= PLOIDY * missing.sum(axis=0)
        return
    absent = missing.sum(axis=1)
    for at in np.flatnonzero((absent > 0) & (absent < samples)).tolist():
        present = dosage[at, ~missing[at]]
        weights = score.weights_by_dosage(rows[at : at + 1])[0]
        tally.sums[missing[at]] += _mean(present, weights, int(score.model[rows[at]]))


def _mean(present: NDArray[np.int8], weights: Floats, model: int) -> float:
    """What a missing genotype counts as."""
    if model in (Effect.DOMINANT, Effect.RECESSIVE):
        return float(weights[PLOIDY] * present.mean() / PLOIDY)
    return float(weights[present].mean())


def _result(tally: _Tally) -> GenomeScore:
    fates = dict(tally.fates)
    fates[Fate.UNMATCHED] = len(tally.score) - sum(fates.values())
    return GenomeScore(
        identity=tally.score.identity,
        build=tally.score.build,
        total=len(tally.score),
        fates=fates,
        matches=dict(tally.matches),
        sums=tally.sums,
        alleles_counted=tally.counted,
    )
