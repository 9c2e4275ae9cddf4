"""Definitions of pharmacogenes and what CPIC recommends: bundled, or of a folder.

The bundle (pharmacogenes/*.json) has twelve genes, as PharmCAT's definitions of 2025-11-05 have
them; `manage.py load_pgx` makes the same documents of a newer or larger PharmCAT release.
"""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from backend.science.genome.pharmacogene import (
    BadDefinition,
    Pharmacogene,
    from_pharmcat,
    read_pharmacogene,
)

BUNDLE: Final = Path(__file__).with_name("pharmacogenes")
ENDING: Final = "_translation.json"
RECOMMENDATIONS: Final = "recommendations.csv"
MOST_BYTES: Final = 50 << 20


class NoDefinitions(ValueError):
    """The folder has no definitions that can be used; says which file is wrong."""


def pharmacogenes(folder: Path | None = None) -> dict[str, Pharmacogene]:
    """Each gene by name: of the folder, else of EVENKEEL_PGX, else the bundle's."""
    chosen = folder or Path(os.environ.get("EVENKEEL_PGX") or BUNDLE)
    found = {}
    for name, document in _documents(chosen):
        try:
            gene = read_pharmacogene(document)
        except BadDefinition as problem:
            raise NoDefinitions(f"{name}: {problem}") from None
        found[gene.gene] = gene
    if not found:
        raise NoDefinitions(f"{chosen.name}: no definitions of pharmacogenes")
    return found


def _documents(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Ours as they stand, PharmCAT's turned into ours."""
    if (folder / "definition").is_dir():
        for document in pharmcat_documents(folder):
            yield document["gene"], document
        return
    for path in sorted(folder.glob("*.json")):
        yield path.name, _json(path)


def pharmcat_documents(folder: Path) -> Iterator[dict[str, Any]]:
    """One for each gene of a folder with PharmCAT's `definition` and `phenotype`.

    Genes whose calls need more than single positions (CYP2D6) are left to outside callers.
    """
    exemptions = {}
    if (folder / "definition" / "exemptions.json").exists():
        exemptions = _json(folder / "definition" / "exemptions.json")
    for path in sorted((folder / "definition").glob(f"*{ENDING}")):
        gene = path.name.removesuffix(ENDING)
        if gene in BY_OUTSIDE_CALL:
            continue
        table = folder / "phenotype" / f"{gene}.json"
        phenotype = _json(table) if table.exists() else None
        try:
            yield from_pharmcat(_json(path), phenotype, exemptions.get(gene))
        except BadDefinition as problem:
            raise NoDefinitions(f"{path.name}: {problem}") from None


BY_OUTSIDE_CALL: Final = frozenset({"CYP2D6"})


def _json(path: Path) -> Any:
    if path.stat().st_size > MOST_BYTES:
        raise NoDefinitions(f"{path.name}: larger than {MOST_BYTES >> 20} MiB")
    try:
        return json.loads(path.read_text())
    except ValueError:
        raise NoDefinitions(f"{path.name}: not JSON") from None


def recommendation_rows(folder: Path = BUNDLE) -> list[dict[str, str]]:
    """CPIC's rows: drug, gene_1, phenotype_1, gene_2, phenotype_2, text, guideline, pmid."""
    with (folder / RECOMMENDATIONS).open(newline="") as file:
        return [row for row in csv.DictReader(line for line in file if not line.startswith("#"))]
