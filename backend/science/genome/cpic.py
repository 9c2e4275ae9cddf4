"""What CPIC recommends for phenotypes; nothing is recommended from what is not settled.

CPIC content is in the public domain (CC0 1.0); its words are kept as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.science.genome.pharmacogene import INDETERMINATE
from backend.science.genome.pharmacogene_phenotype import Finding


@dataclass(frozen=True, slots=True)
class Recommendation:
    """For one drug and the phenotypes of one or two genes."""

    drug: str
    phenotypes: tuple[tuple[str, str], ...]
    text: str
    guideline: str
    pmid: tuple[str, ...]
    version: str
    source: str


def read_recommendations(rows: Iterable[Mapping[str, str]]) -> list[Recommendation]:
    """Rows without advice, or for what is indeterminate, are none."""
    found = []
    for row in rows:
        pairs = tuple((row[f"gene_{n}"], row[f"phenotype_{n}"]) for n in (1, 2) if row[f"gene_{n}"])
        if row["text"] and all(phenotype != INDETERMINATE for _, phenotype in pairs):
            found.append(
                Recommendation(
                    row["drug"],
                    pairs,
                    row["text"],
                    row["guideline"],
                    tuple(filter(None, row["pmid"].split(";"))),
                    row["version"],
                    row["source"],
                )
            )
    return found


def recommend(
    findings: Mapping[str, Finding], recommendations: Sequence[Recommendation]
) -> list[Recommendation]:
    """Those whose every gene is settled and has that phenotype."""

    def holds(gene: str, phenotype: str) -> bool:
        finding = findings.get(gene)
        return finding is not None and finding.settled and finding.phenotype == phenotype

    return [
        entry
        for entry in recommendations
        if all(holds(gene, phenotype) for gene, phenotype in entry.phenotypes)
    ]
