"""Polygenic scores the slow way: dictionaries, one genotype at a time, straight from the text.

Shares no code with backend.science.genome; knows the same published rules.
"""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FLIP = {"A": "T", "C": "G", "G": "C", "T": "A"}
WAYS = (
    *("refalt", "altref", "refalt_flip", "altref_flip"),
    *("no_oa_ref", "no_oa_alt", "no_oa_ref_flip", "no_oa_alt_flip"),
)


@dataclass
class Variant:
    chromosome: str
    position: int
    ref: str
    alts: list[str]
    calls: list[tuple[str, ...] | None]


@dataclass
class Row:
    chromosome: str
    position: int
    effect: str
    other: str | None
    weights: tuple[float, float, float]
    model: str


def open_text(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from file


def flip(allele: str) -> str:
    return "".join(FLIP.get(base, base) for base in allele)


def variants_of(path: Path, people: int | None = None) -> tuple[list[str], list[Variant]]:
    samples: list[str] = []
    found = []
    for line in open_text(path):
        cells = line.rstrip("\n").split("\t")
        if line.startswith("#CHROM"):
            samples = cells[9:][:people]
        if line.startswith("#"):
            continue
        calls = []
        for cell in cells[9:][:people]:
            parts = cell.split(":")[0].replace("|", "/").split("/")
            parts = parts * 2 if len(parts) == 1 else parts
            calls.append(None if "." in parts else tuple(parts))
        found.append(
            Variant(
                cells[0].removeprefix("chr"), int(cells[1]), cells[3], cells[4].split(","), calls
            )
        )
    return samples, found


def rows_of(path: Path) -> list[Row]:
    lines = [line.rstrip("\r\n").split("\t") for line in open_text(path) if line[0] != "#"]
    found = []
    for cells in lines[1:]:
        row = dict(zip(lines[0], cells, strict=True))
        place = ("hm_chr", "hm_pos") if "hm_pos" in row else ("chr_name", "chr_position")
        dominant = row.get("is_dominant", "").lower() == "true"
        recessive = row.get("is_recessive", "").lower() == "true"
        if "effect_weight" in row:
            w = float(row["effect_weight"])
            weights = (0.0, 0.0 if recessive else w, w if dominant or recessive else 2 * w)
        else:
            weights = tuple(float(row[f"dosage_{n}_weight"]) for n in range(3))
        found.append(
            Row(
                row[place[0]],
                int(row[place[1]] or 0),
                row["effect_allele"],
                row.get("other_allele") or None,
                weights,
                "dominant" if dominant else "recessive" if recessive else "additive",
            )
        )
    return found


def way(row: Row, ref: str, alt: str) -> str | None:
    effect, other = row.effect, row.other
    tests = [
        (effect, other) == (ref, alt),
        (effect, other) == (alt, ref),
        other and (flip(effect), flip(other)) == (ref, alt),
        other and (flip(effect), flip(other)) == (alt, ref),
        other is None and effect == ref,
        other is None and effect == alt,
        other is None and flip(effect) == ref,
        other is None and flip(effect) == alt,
    ]
    return next((name for name, holds in zip(WAYS, tests, strict=True) if holds), None)


@dataclass
class Match:
    row: Row
    variant: Variant
    way: str
    alt: int


def match(rows: list[Row], variants: list[Variant]) -> tuple[list[Match], Counter[str]]:
    """The rows that count, and what became of each of the others."""
    places: dict[tuple[str, int], list[Variant]] = {}
    for variant in variants:
        places.setdefault((variant.chromosome, variant.position), []).append(variant)
    best = []
    for row in rows:
        offers = [
            Match(row, variant, name, number)
            for variant in places.get((row.chromosome, row.position), [])
            for number, alt in enumerate(variant.alts, 1)
            if (name := way(row, variant.ref, alt))
        ]
        if offers:
            best.append(min(offers, key=lambda offer: WAYS.index(offer.way)))
    fates = Counter({"unmatched": len(rows) - len(best)})
    users = Counter((id(found.variant), found.alt) for found in best)
    used = []
    for found in best:
        if flip(found.variant.ref) == found.variant.alts[found.alt - 1]:
            fates["ambiguous"] += 1
        elif len(found.variant.alts) > 1:
            fates["multiallelic"] += 1
        elif users[id(found.variant), found.alt] > 1:
            fates["duplicate"] += 1
        else:
            fates["matched"] += 1
            used.append(found)
    return used, +fates


def effect_alleles(found: Match) -> list[int | None]:
    """Of each sample."""
    is_ref = found.way in ("refalt", "refalt_flip", "no_oa_ref", "no_oa_ref_flip")
    counted = "0" if is_ref else str(found.alt)
    return [None if call is None else call.count(counted) for call in found.variant.calls]


def sums(used: list[Match], samples: int) -> list[float]:
    totals = [0.0] * samples
    for found in used:
        dosages = effect_alleles(found)
        present = [found.row.weights[d] for d in dosages if d is not None]
        mean = sum(present) / len(present) if present and samples >= 50 else 0.0
        if found.row.model in ("dominant", "recessive") and present and samples >= 50:
            known = [d for d in dosages if d is not None]
            mean = found.row.weights[2] * sum(known) / len(known) / 2
        for at, dosage in enumerate(dosages):
            totals[at] += mean if dosage is None else found.row.weights[dosage]
    return totals
