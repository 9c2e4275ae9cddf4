"""Named alleles the slow way: every way round, every allele, letter by letter.

Works on the documents themselves and shares no code with backend.science.genome.
"""

import itertools
from typing import Any

WILD = {"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC", "N": "ACGT"}
LENIENT = ("CACNA1S", "DPYD", "G6PD", "NUDT15", "RYR1", "TPMT")

Pair = tuple[str, str] | None


def table(document: dict[str, Any]) -> dict[str, list[str | None]]:
    """Each allele's row, blanks as None; the reference first."""
    positions = document["positions"]
    rows: dict[str, list[str | None]] = {document["reference"]: [p[2] for p in positions]}
    for name, bases in document["alleles"].items():
        rows[name] = [bases.get(str(p[0])) for p in positions]
    return rows


def fits(stated: str, base: str) -> bool:
    return stated == base or (len(stated) == len(base) == 1 and base in WILD.get(stated, ""))


def call(document: dict[str, Any], genotypes: list[Pair], *, phased: bool) -> set[frozenset[str]]:
    """The best pairs of names; empty for no call. A homozygous pair has one name."""
    positions = document["positions"]
    there = [at for at, genotype in enumerate(genotypes) if genotype]
    known = [[p[2], *p[3]] for p in positions]
    if any(
        positions[at][0] in document["required"] and not genotypes[at] for at in range(len(known))
    ):
        return set()
    usable: dict[int, tuple[str, str]] = {}
    for at in there:
        pair = genotypes[at]
        assert pair is not None
        if any(base not in known[at] for base in pair):
            if document["gene"] not in LENIENT:
                return set()
            pair = tuple(base if base in known[at] else known[at][0] for base in pair)
        usable[at] = pair
    rows = {
        name: row
        for name, row in table(document).items()
        if any(row[at] is not None for at in there)
    }
    found: dict[frozenset[str], int] = {}
    open_places = [at for at in there if usable[at][0] != usable[at][1] and not phased]
    for turns in itertools.product((False, True), repeat=max(0, len(open_places) - 1)):
        turned = {at for at, turn in zip(open_places, turns, strict=False) if turn}
        strands = [
            {at: usable[at][side if at not in turned else 1 - side] for at in there}
            for side in (0, 1)
        ]
        names = [
            [
                name
                for name, row in rows.items()
                if all(
                    strand[at] == (base := row[at] or known[at][0]) or fits(base, strand[at])
                    for at in there
                )
            ]
            for strand in strands
        ]
        for first, second in itertools.product(*names):
            score = sum(rows[name][at] is not None for name in (first, second) for at in there)
            cores = document.get("core_names", {})
            pair_name = frozenset((cores.get(first, first), cores.get(second, second)))
            found[pair_name] = max(score, found.get(pair_name, 0))
    best = max(found.values(), default=0)
    tied = {pair for pair, score in found.items() if score == best}
    return picked(document, tied) if open_places else tied


def picked(document: dict[str, Any], tied: set[frozenset[str]]) -> set[frozenset[str]]:
    """What the gene's own table says of a tie (NAT2)."""
    for rule in document["priorities"]:
        if {frozenset(name.split("/")) for name in rule["of"]} == tied:
            return {frozenset(rule["pick"].split("/"))}
    return tied


def bases_of(document: dict[str, Any], name: str) -> list[str]:
    """A strand with that allele; the second base of a wildcard, so that it is not the reference."""
    row = table(document)[name]
    return [
        WILD[base][-1] if base in WILD else base or position[2]
        for base, position in zip(row, document["positions"], strict=True)
    ]
