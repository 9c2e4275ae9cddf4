"""Which named alleles a sample's genotypes are, after PharmCAT's Named Allele Matcher.

Sangkuhl et al., Clin Pharmacol Ther 2020; https://pharmcat.clinpgx.org/methods/NamedAlleleMatcher-101.
A blank of the table is the reference. An allele scores one point for each position that it
defines; the pair with the most points wins, and ties are all told. Positions without a genotype are
dropped and named, which lowers scores; an allele of which nothing is left cannot be told and is
dropped too. What is phased stays on its strand; for the rest every way round is tried.

Sets of alleles are bits of one number, so that a person costs one operation a position.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from backend.science.genome.pharmacogene import (
    LOWEST_FUNCTION,
    UNDOCUMENTED_IS_REFERENCE,
    Pharmacogene,
    Position,
)

VERSION: Final = "1.0"
IUPAC: Final = {
    **{base: base for base in "ACGT"},
    **{"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"},
    **{"B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT"},
}


@dataclass(frozen=True, slots=True)
class Genotype:
    """Two alleles at a position; `phase` names the stretch in which the order means the strand."""

    first: str
    second: str
    phase: str | None = None


Genotypes = Sequence[Genotype | None]  # one a position of the gene; None: unknown


@dataclass(frozen=True, slots=True)
class Call:
    """The best pairs, or why there is none."""

    diplotypes: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    no_call: str | None = None
    key_missing: bool = False
    warnings: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()  # all that were found, where only two decide (DPYD)


class Undocumented(ValueError):
    """A base that no table documents, at the position of that label."""


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """*2 before *10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", name)
        if part
    )


def ordered(first: str, second: str) -> tuple[str, str]:
    """The two names of a diplotype as they are written."""
    return (first, second) if natural(first) <= natural(second) else (second, first)


class Matcher:
    """Prepared for one gene; `call` for each sample."""

    def __init__(self, gene: Pharmacogene) -> None:
        self.gene = gene
        self._names = [gene.reference, *gene.alleles]
        self._matching: list[dict[str, int]] = []
        self._defining: list[int] = []
        self._lenient = gene.gene in UNDOCUMENTED_IS_REFERENCE
        self._known: dict[tuple[Genotype | None, ...], Call] = {}
        for position in gene.positions:
            sets = dict.fromkeys((position.ref, *position.alts), 0)
            defining = 1
            for bit, name in enumerate(self._names):
                stated = gene.alleles[name].get(position.position) if bit else None
                defining |= (stated is not None) << bit
                for base in sets:
                    sets[base] |= _matches(stated or position.ref, base) << bit
            self._matching.append(sets)
            self._defining.append(defining)

    def call(self, genotypes: Genotypes) -> Call:
        """People with the same genotypes have the same call: it is made once."""
        key = tuple(genotypes)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._call(key)
        return found

    def _call(self, genotypes: tuple[Genotype | None, ...]) -> Call:
        gene = self.gene
        if gene.gene in LOWEST_FUNCTION:
            raise ValueError(f"{gene.gene} is called by its lowest functions")
        absent, refused = coverage(gene, genotypes)
        if refused:
            return refused
        missing = tuple(position.label for position in absent)
        try:
            usable = documented(gene, genotypes, lenient=self._lenient)
        except Undocumented as where:
            return Call((), missing, f"undocumented base at {where}", key_missing(gene, absent))
        pairs = self._pairs(usable)
        if not pairs:
            return Call((), missing, "no pair of named alleles fits", key_missing(gene, absent))
        names = self._chosen(pairs, unphased=any(_is_open(g) for g in usable if g))
        return Call(names, missing, None, key_missing(gene, absent))

    def _pairs(self, genotypes: Genotypes) -> list[tuple[int, int]]:
        """Pairs with the highest score, by the bits of their alleles."""
        scores: Counter[tuple[int, int]] = Counter()
        present = [(at, genotype) for at, genotype in enumerate(genotypes) if genotype]
        for first, second in self._fitting(present):
            pair = (min(first, second), max(first, second))
            if pair not in scores:
                scores[pair] = sum(
                    (self._defining[at] >> first & 1) + (self._defining[at] >> second & 1)
                    for at, _ in present
                )
        best = max(scores.values(), default=0)
        return [pair for pair, score in scores.items() if score == best]

    def _fitting(self, present: Sequence[tuple[int, Genotype]]) -> Iterator[tuple[int, int]]:
        """Every pair that explains every genotype."""
        alive = 0
        for at, _ in present:
            alive |= self._defining[at]
        first = second = alive
        turning: list[tuple[int, int]] = []
        for at, genotype in present:
            sets = self._matching[at]
            one, other = sets[genotype.first], sets[genotype.second]
            if _is_open(genotype):
                turning.append((one, other))
                one = other = one | other
            first &= one
            second &= other
        for bit in _bits(first):
            partners = second
            for one, other in turning:
                partners &= (other if one >> bit & 1 else 0) | (one if other >> bit & 1 else 0)
            for partner in _bits(partners):
                yield bit, partner

    def _chosen(
        self, pairs: Sequence[tuple[int, int]], *, unphased: bool
    ) -> tuple[tuple[str, str], ...]:
        core = self.gene.core_names
        names = {
            ordered(core.get(a, a), core.get(b, b))
            for a, b in ((self._names[i], self._names[j]) for i, j in pairs)
        }
        if unphased and len(names) > 1:
            written = {"/".join(pair): pair for pair in names}
            for of, pick in self.gene.priorities:
                if of == written.keys():
                    return (written[pick],)
        return tuple(sorted(names, key=lambda pair: (natural(pair[0]), natural(pair[1]))))


def coverage(gene: Pharmacogene, genotypes: Genotypes) -> tuple[list[Position], Call | None]:
    """Positions without a genotype; and the refusal if too few are left."""
    absent = [p for p, genotype in zip(gene.positions, genotypes, strict=True) if genotype is None]
    missing = tuple(position.label for position in absent)
    if len(absent) == len(gene.positions):
        return absent, Call((), missing, "insufficient coverage: no position has a genotype", True)
    needed = [position.label for position in absent if position.position in gene.required]
    if needed:
        return absent, Call((), missing, f"a required position is missing: {needed[0]}", True)
    return absent, None


def key_missing(gene: Pharmacogene, absent: Sequence[Position]) -> bool:
    """Whether a position is missing that a test must cover at the least."""
    return any(position.position in gene.key_positions for position in absent)


def documented(gene: Pharmacogene, genotypes: Genotypes, *, lenient: bool) -> list[Genotype | None]:
    """The genotypes with one phase; raises Undocumented, unless lenient, for a base that the
    definition does not have."""
    found: list[Genotype | None] = []
    for position, genotype in zip(gene.positions, _one_phase(genotypes), strict=True):
        if genotype is None:
            found.append(None)
            continue
        known = (position.ref, *position.alts)
        if genotype.first in known and genotype.second in known:
            found.append(genotype)
            continue
        if not lenient:
            raise Undocumented(position.label)
        bases = [b if b in known else position.ref for b in (genotype.first, genotype.second)]
        found.append(Genotype(bases[0], bases[1], genotype.phase))
    return found


def _one_phase(genotypes: Genotypes) -> list[Genotype | None]:
    """Strands of different stretches are not the same strands: only the largest keeps its order."""
    phases = Counter(
        g.phase for g in genotypes if g and g.first != g.second and g.phase is not None
    )
    if len(phases) <= 1:
        return list(genotypes)
    kept = phases.most_common(1)[0][0]
    return [
        Genotype(g.first, g.second) if g and g.phase not in (None, kept) else g for g in genotypes
    ]


def _is_open(genotype: Genotype) -> bool:
    return genotype.first != genotype.second and genotype.phase is None


def _matches(stated: str, base: str) -> bool:
    """A wildcard stands for single bases."""
    if len(stated) == 1 and len(base) == 1:
        return base in IUPAC[stated]
    return stated == base


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low
