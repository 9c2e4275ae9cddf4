"""DPYD: every variant is told, the two of lowest function decide.

CPIC guideline for fluoropyrimidines (Amstutz et al. 2018) as PharmCAT applies it. Phased: the
lowest of each strand; unphased: the two lowest anywhere, which assumes they are on two strands.
HapB3 is told by its intronic variant; the exonic one stands in, with a warning, where the intronic
has no genotype, and means nothing where the intronic is reference.
"""

from collections.abc import Sequence
from typing import Final

from backend.science.genome.named_alleles import (
    Call,
    Genotype,
    Genotypes,
    coverage,
    documented,
    key_missing,
    natural,
    ordered,
)
from backend.science.genome.pharmacogene import Pharmacogene

INTRONIC: Final = "rs75017182"
EXONIC: Final = "rs56038477"
HAPB3: Final = "c.1129-5923C>G, c.1236G>A (HapB3)"
HAPB3_INTRONIC: Final = "c.1129-5923C>G"
BY_PROXY: Final = f"HapB3 by its exonic variant {EXONIC}: {INTRONIC} has no genotype"


class LowestFunctionMatcher:
    """Prepared for one gene; `call` for each sample."""

    def __init__(self, gene: Pharmacogene) -> None:
        self.gene = gene
        self._of: list[dict[str, str]] = []
        for position in gene.positions:
            names = {
                bases[position.position]: name
                for name, bases in gene.alleles.items()
                if set(bases) == {position.position}
            }
            self._of.append({} if position.rsid in (INTRONIC, EXONIC) else names)
        labels = [position.rsid for position in gene.positions]
        self._intronic, self._exonic = labels.index(INTRONIC), labels.index(EXONIC)

    def call(self, genotypes: Genotypes) -> Call:
        """The two lowest functions, and all variants that were found."""
        gene = self.gene
        absent, refused = coverage(gene, genotypes)
        if refused:
            return refused
        usable = documented(gene, genotypes, lenient=True)
        strands, warnings = self._strands(usable)
        if any(g and g.phase is None and g.first != g.second for g in usable):
            found = sorted([*strands[0], *strands[1]], key=self._rank)
            pair = [*found, gene.reference, gene.reference][:2]
        else:
            pair = [min(strand, key=self._rank, default=gene.reference) for strand in strands]
        return Call(
            (ordered(pair[0], pair[1]),),
            tuple(position.label for position in absent),
            None,
            key_missing(gene, absent),
            tuple(warnings),
            tuple(sorted([*strands[0], *strands[1]], key=natural)),
        )

    def _rank(self, name: str) -> tuple[float, tuple[tuple[int, int, str], ...]]:
        return float(self.gene.functions.get(name, "inf")), natural(name)

    def _strands(
        self, genotypes: Sequence[Genotype | None]
    ) -> tuple[tuple[list[str], list[str]], list[str]]:
        strands: tuple[list[str], list[str]] = ([], [])
        for names, genotype in zip(self._of, genotypes, strict=True):
            if genotype is None:
                continue
            for strand, base in zip(strands, (genotype.first, genotype.second), strict=True):
                if base in names:
                    strand.append(names[base])
        return strands, self._add_hapb3(strands, genotypes)

    def _add_hapb3(
        self, strands: tuple[list[str], list[str]], genotypes: Sequence[Genotype | None]
    ) -> list[str]:
        intronic, exonic = genotypes[self._intronic], genotypes[self._exonic]
        inside = self._carried(intronic, self._intronic)
        outside = self._carried(exonic, self._exonic)
        if intronic is None:
            for strand, carries in zip(strands, outside, strict=True):
                strand += [HAPB3] * carries
            return [BY_PROXY] if any(outside) else []
        left = sum(outside)
        for strand, carries in zip(strands, inside, strict=True):
            if carries:
                strand.append(HAPB3 if left else HAPB3_INTRONIC)
                left -= left > 0
        return []

    def _carried(self, genotype: Genotype | None, at: int) -> tuple[bool, bool]:
        if genotype is None:
            return False, False
        alt = self.gene.positions[at].alts[0]
        return genotype.first == alt, genotype.second == alt
