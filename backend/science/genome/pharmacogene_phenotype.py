"""From diplotypes to a phenotype and an activity score, by the gene's tables."""

from dataclasses import dataclass

from backend.science.genome.named_alleles import Call
from backend.science.genome.pharmacogene import INDETERMINATE, Pharmacogene, Phenotype

UNKNOWN = Phenotype(INDETERMINATE, None)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a call means; `settled` only then may advice be drawn from it."""

    phenotype: str | None
    activity: float | None
    possible: tuple[str, ...]
    settled: bool


def phenotype_of(gene: Pharmacogene, pair: tuple[str, str]) -> Phenotype:
    """Indeterminate for an allele or a pair of functions that the tables do not know."""
    functions = [gene.functions.get(name) for name in pair]
    if functions[0] is None or functions[1] is None:
        return UNKNOWN
    return gene.phenotypes.get((functions[0], functions[1]), UNKNOWN)


def find_phenotype(gene: Pharmacogene, call: Call) -> Finding:
    """Ties that mean different things are indeterminate, and told as what is possible."""
    if not call.diplotypes:
        return Finding(None, None, (), False)
    possible = {phenotype_of(gene, pair) for pair in call.diplotypes}
    names = tuple(sorted({phenotype.name for phenotype in possible}))
    if len(possible) > 1:
        scores = {phenotype.activity for phenotype in possible}
        name = names[0] if len(names) == 1 else INDETERMINATE
        return Finding(name, scores.pop() if len(scores) == 1 else None, names, False)
    (phenotype,) = possible
    settled = phenotype.name != INDETERMINATE and not call.key_missing
    return Finding(phenotype.name, phenotype.activity, names, settled)
