"""What defines the named alleles of a pharmacogene: positions, alleles, functions, phenotypes.

Read from a small document of plain values; `from_pharmcat` makes one of PharmCAT's files (format
version 2: NamedAlleleDefinitions and phenotype tables; CPIC content, CC0).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.science.genome.builds import named_build
from backend.science.genome.fields import chromosome_code

# Genes of severe toxicity: what no table documents counts as reference there (PharmCAT).
UNDOCUMENTED_IS_REFERENCE: Final = frozenset({"CACNA1S", "DPYD", "G6PD", "NUDT15", "RYR1", "TPMT"})
LOWEST_FUNCTION: Final = frozenset({"DPYD"})
INDETERMINATE: Final = "Indeterminate"


class BadDefinition(ValueError):
    """The document does not define a gene; says what is missing."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where people differ, as a VCF of the build writes it."""

    position: int
    rsid: str | None
    ref: str
    alts: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its rs number, or the position."""
        return self.rsid or str(self.position)


@dataclass(frozen=True, slots=True)
class Phenotype:
    """What two alleles make together."""

    name: str
    activity: float | None


@dataclass(frozen=True, slots=True)
class Pharmacogene:
    """One gene; `alleles` gives each named allele's bases by position, the reference has none
    of its own: it is the REF of each position."""

    gene: str
    chromosome: int
    build: str
    source: str
    version: str
    reference: str
    positions: tuple[Position, ...]
    alleles: Mapping[str, Mapping[int, str]]
    core_names: Mapping[str, str]
    required: frozenset[int]
    key_positions: frozenset[int]  # that a test must cover at the least (AMP tier 1)
    priorities: tuple[tuple[frozenset[str], str], ...]
    functions: Mapping[str, str]
    phenotypes: Mapping[tuple[str, str], Phenotype]


def read_pharmacogene(document: Mapping[str, Any]) -> Pharmacogene:
    """Raises BadDefinition if anything is missing or contradicts itself."""
    try:
        gene = _read(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadDefinition(f"not a definition of a pharmacogene: {error!r}") from None
    known = {position.position for position in gene.positions}
    if not known or not gene.chromosome or not gene.alleles:
        raise BadDefinition(f"{gene.gene}: no positions, no alleles or no chromosome")
    if any(set(bases) - known for bases in gene.alleles.values()):
        raise BadDefinition(f"{gene.gene}: an allele names a position that is not defined")
    return gene


def _read(document: Mapping[str, Any]) -> Pharmacogene:
    phenotypes = {}
    for pair, (name, activity) in document["phenotypes"].items():
        first, second = pair.split("|")
        phenotypes[first, second] = phenotypes[second, first] = Phenotype(name, activity)
    return Pharmacogene(
        gene=document["gene"],
        chromosome=chromosome_code(document["chromosome"].encode()),
        build=document["build"],
        source=document["source"],
        version=document["version"],
        reference=document["reference"],
        positions=tuple(
            Position(int(at), rsid, ref, tuple(alts))
            for at, rsid, ref, alts in document["positions"]
        ),
        alleles={
            name: {int(at): base for at, base in bases.items()}
            for name, bases in document["alleles"].items()
        },
        core_names=dict(document.get("core_names", {})),
        required=frozenset(document.get("required", ())),
        key_positions=frozenset(document.get("key_positions", ())),
        priorities=tuple((frozenset(p["of"]), p["pick"]) for p in document.get("priorities", ())),
        functions=dict(document["functions"]),
        phenotypes=phenotypes,
    )


def from_pharmcat(
    definition: Mapping[str, Any],
    phenotype: Mapping[str, Any] | None,
    exemption: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The document of one gene; raises BadDefinition."""
    try:
        return _document(definition, phenotype, exemption or {})
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadDefinition(f"not a PharmCAT definition of format 2: {error!r}") from None


def _document(
    definition: Mapping[str, Any],
    phenotype: Mapping[str, Any] | None,
    exemption: Mapping[str, Any],
) -> dict[str, Any]:
    ignored = {entry["position"] for entry in exemption.get("ignoredPositions", ())}
    variants = [v for v in definition["variants"] if v["position"] not in ignored]
    places = {v["position"]: at for at, v in enumerate(definition["variants"])}
    ignored_names = set(exemption.get("ignoredAlleles", ()))
    named = [
        a
        for a in definition["namedAlleles"]
        if not a["structuralVariant"] and a["name"] not in ignored_names
    ]
    (reference,) = (a["name"] for a in named if a["reference"])
    functions, phenotypes = _tables(phenotype)
    return {
        "gene": definition["gene"],
        "chromosome": definition["chromosome"],
        "build": named_build(definition["genomeBuild"]),
        "source": f"PharmCAT definitions ({definition['source']}), CPIC content",
        "version": definition["version"],
        "reference": reference,
        "positions": [[v["position"], v["rsid"], v["ref"], v["alts"]] for v in variants],
        "alleles": {
            a["name"]: {
                str(v["position"]): base
                for v in variants
                if (base := a["alleles"][places[v["position"]]]) is not None
            }
            for a in named
            if not a["reference"]
        },
        "core_names": definition.get("suballelesMap", {}),
        "required": exemption.get("requiredPositions", []),
        "key_positions": exemption.get("amp1Positions", []),
        "priorities": [
            {"of": p["list"], "pick": p["pick"]}
            for p in exemption.get("unphasedDiplotypePriorities", ())
        ],
        "functions": functions,
        "phenotypes": phenotypes,
    }


def _tables(phenotype: Mapping[str, Any] | None) -> tuple[dict[str, str], dict[str, Any]]:
    """Each allele's function, and what two functions make; a table that needs more is refused."""
    if phenotype is None:
        return {}, {}
    functions: dict[str, str] = dict(phenotype["haplotypes"])
    pairs: dict[str, Any] = {}
    for row in phenotype["diplotypes"]:
        names = _names(row["diplotypekey"])
        first, second = sorted(functions[name] for name in names)
        score = row["activityScore"]
        activity = float(score) if score not in (None, "n/a") else None
        found = [row["generesult"], activity]
        if pairs.setdefault(f"{first}|{second}", found) != found:
            raise BadDefinition(
                f"{phenotype['gene']}: the same functions have two phenotypes: {first}, {second}"
            )
    return functions, pairs


def _names(key: Mapping[str, int]) -> Sequence[str]:
    names = [name for name, count in key.items() for _ in range(count)]
    if len(names) != 2:
        raise BadDefinition("a diplotype that is not of two alleles")
    return names
