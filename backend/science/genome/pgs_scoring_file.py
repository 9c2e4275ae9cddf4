"""PGS Catalog scoring files, format 2.0: as authors sent them or harmonised (hm_ columns).

https://www.pgscatalog.org/downloads/#scoring_header. A row counts towards the score's total even if
nothing can match it: an HLA type, a haplotype, a variant that harmonisation could not place. A file
that states other than it holds is refused, with the line.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.genome import fields
from backend.science.genome.builds import named_build
from backend.science.genome.fields import AlleleCodes, Floats, Ints
from backend.science.genome.pgs_table import ScoreTable
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.unzipping import Limits, line_blocks
from backend.science.genome.vcf import position_keys

LIMITS: Final = Limits(block=1 << 19, whole=2 << 30, longest_line=1 << 20)
NOWHERE: Final = -1
BY_DOSAGE: Final = ("dosage_0_weight", "dosage_1_weight", "dosage_2_weight")
COMPLEX: Final = ("is_haplotype", "is_diplotype", "is_interaction")
NO_BUILD: Final = frozenset({"", "NR", "NA", "."})


# By model (additive, dominant, recessive): how often the weight counts for 0, 1, 2 effect alleles.
FACTORS: Final = np.array([[0.0, 1.0, 2.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])


class Effect(IntEnum):
    """How the number of effect alleles becomes a number that the weight multiplies."""

    ADDITIVE = 0
    DOMINANT = 1  # one is as good as two
    RECESSIVE = 2  # two or nothing
    BY_DOSAGE = 3  # a weight for each number


@dataclass(frozen=True, slots=True)
class ScoringFile:
    """One row a variant, in the order of the genome; `key` is NOWHERE for what has no place."""

    identity: str
    build: str | None  # None: the file does not say
    weight_type: str
    harmonised: bool
    key: Ints
    effect: Ints
    other: Ints  # NO_ALLELE where it is not given
    weights: Floats  # one a row; or three, for none, one and two effect alleles
    model: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.key)

    def weights_by_dosage(self, rows: Ints) -> Floats:
        """What none, one and two effect alleles of these rows count."""
        if self.weights.ndim > 1:
            return self.weights[rows]
        by_dosage: Floats = self.weights[rows, None] * FACTORS[self.model[rows]]
        return by_dosage


def read_scoring_file(
    chunks: Iterable[bytes], *, name: str, build: str | None, alleles: AlleleCodes
) -> ScoringFile:
    """`build` is the assembly that the genotypes state: chooses between original and harmonised
    positions; raises GenomeFileProblem if the file has neither for it."""
    blocks = line_blocks(chunks, LIMITS)
    stated, columns, line, text = _head(blocks)
    place = _placing(stated, columns, build)
    parts = []
    for rows in _chain(text, blocks):
        table = ScoreTable(rows, columns, first_line=line)
        line += len(table)
        parts.append(_part(table, alleles, place))
    identity = stated.get("pgs_id") or stated.get("omicspred_id") or stated.get("pgs_name") or name
    return _scoring_file(parts, place, identity, stated.get("weight_type", ""))


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _head(blocks: Iterator[bytes]) -> tuple[dict[str, str], Sequence[str], int, bytes]:
    """Header entries, column names, the line on which the rows begin, and what was read of them."""
    text, stated, at, line = next(blocks, b""), {}, 0, 1
    while text.startswith(b"#", at):
        end = text.index(b"\n", at)
        entry, sign, value = text[at:end].decode("utf-8", "replace").lstrip("#").partition("=")
        if sign:
            stated[entry.strip()] = value.strip()
        at, line = end + 1, line + 1
    end = text.find(b"\n", at)
    if end < 0:
        raise GenomeFileProblem("no column names: not a scoring file")
    columns = text[at:end].decode("utf-8", "replace").rstrip("\r").split("\t")
    if len(set(columns)) < len(columns):
        raise GenomeFileProblem("two columns have the same name", line=line)
    if "effect_allele" not in columns:
        raise GenomeFileProblem("no column effect_allele: not a scoring file", line=line)
    return stated, columns, line + 1, text[end + 1 :]


@dataclass(frozen=True, slots=True)
class _Placing:
    chromosome: str
    position: str
    build: str | None
    harmonised: bool


def _placing(stated: dict[str, str], columns: Sequence[str], build: str | None) -> _Placing:
    """Which columns have positions of the wanted assembly."""
    harmonised = _named(stated, "HmPOS_build")
    own = _named(stated, "genome_build")
    choices = []
    if {"hm_chr", "hm_pos"} <= set(columns):
        choices.append(_Placing("hm_chr", "hm_pos", harmonised, True))
    if {"chr_name", "chr_position"} <= set(columns):
        choices.append(_Placing("chr_name", "chr_position", own, False))
    if not choices:
        raise GenomeFileProblem("no positions: take the harmonised file of the PGS Catalog")
    for choice in choices:
        if build and choice.build == build:
            return choice
    unsaid = [choice for choice in choices if choice.build is None or build is None]
    if not unsaid:
        have = " and ".join(str(choice.build) for choice in choices)
        raise GenomeFileProblem(f"positions of {have}, the genotypes are of {build}")
    return unsaid[0]


def _named(stated: dict[str, str], entry: str) -> str | None:
    said = stated.get(entry, "")
    if said.upper() in NO_BUILD:
        return None
    found = named_build(said)
    if found is None:
        raise GenomeFileProblem(f"{entry} is an assembly that is not known here")
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows; `placed`: any has a position."""

    placed: bool
    key: Ints
    effect: Ints
    other: Ints
    weights: Floats
    model: NDArray[np.int8]


def _part(table: ScoreTable, alleles: AlleleCodes, place: _Placing) -> _Part:
    return _Rows(table, alleles, place).part()


def _scoring_file(
    parts: Sequence[_Part], place: _Placing, identity: str, weight_type: str
) -> ScoringFile:
    """All parts, in the order of the genome."""
    if not sum(len(part.key) for part in parts):
        raise GenomeFileProblem("no variants: the file is cut short")
    if not any(part.placed for part in parts):
        raise GenomeFileProblem(
            f"no variant has a chromosome and a position ({place.chromosome}, "
            f"{place.position}): harmonisation placed none"
        )
    key = np.concatenate([part.key for part in parts])
    columns = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("effect", "other", "weights", "model")
    ]
    if (np.diff(key) < 0).any():
        order = np.argsort(key, kind="stable")
        key, columns = key[order], [column[order] for column in columns]
    return ScoringFile(identity, place.build, weight_type, place.harmonised, key, *columns)


class _Rows:
    """Turns the columns of a table into those of a ScoringFile."""

    def __init__(self, table: ScoreTable, alleles: AlleleCodes, place: _Placing) -> None:
        self._table, self._alleles, self._place = table, alleles, place

    def part(self) -> _Part:
        """The columns of a ScoringFile, in the file's order."""
        table = self._table
        effect, other = self._effect(), self._other()
        key = self._keys()
        placed = bool((key != NOWHERE).any())
        simple = (effect != fields.NO_ALLELE) & (other != fields.OTHER)
        for column in COMPLEX:
            simple &= ~table.flags(column)
        weights, model = self._weights()
        return _Part(placed, np.where(simple, key, NOWHERE), effect, other, weights, model)

    def _keys(self) -> Ints:
        table = self._table
        starts, ends = table.places(self._place.chromosome)
        chromosome, _ = fields.chromosomes(table.buffer, starts, ends)
        starts, ends = table.places(self._place.position)
        position, good = fields.whole_numbers(table.buffer, starts, ends)
        empty = (ends == starts) | ((ends - starts == 1) & (table.buffer[starts] == ord(".")))
        if not (good | empty).all():
            at = int(np.argmin(good | empty))
            raise table.problem(f"{self._place.position} is not a whole number", at)
        placed = good & (chromosome > fields.NO_CHROMOSOME)
        return np.where(placed, position_keys(chromosome, position), NOWHERE)

    def _effect(self) -> Ints:
        return self._bases("effect_allele")

    def _other(self) -> Ints:
        """The other allele; where it is missing, the one that harmonisation inferred."""
        table = self._table
        found = np.full(len(table), fields.NO_ALLELE, np.int64)
        if table.has("other_allele"):
            found = self._bases("other_allele", strange=fields.OTHER)
        if self._place.harmonised and table.has("hm_inferOtherAllele"):
            inferred = self._bases("hm_inferOtherAllele")  # `A/T`: two would fit, so none
            found = np.where(found == fields.NO_ALLELE, inferred, found)
        return found

    def _bases(self, column: str, strange: int = fields.NO_ALLELE) -> Ints:
        """Alleles of A, C, G and T; `strange` for what has other letters, NO_ALLELE for none."""
        table, (starts, ends) = self._table, self._table.places(column)
        found = np.full(len(table), fields.NO_ALLELE, np.int64)
        letter = table.buffer[starts]
        single = np.isin(letter, np.frombuffer(b"ACGTacgt", np.uint8)) & (ends - starts == 1)
        found[single] = self._alleles.read(table.buffer, starts[single], ends[single])
        for row in np.flatnonzero(~single & (ends > starts)).tolist():
            word = table.buffer[starts[row] : ends[row]].tobytes()
            if fields.are_bases(word):
                found[row] = self._alleles.learn(word)
            elif word not in (b".", b"NA"):
                found[row] = strange
        return found

    def _weights(self) -> tuple[Floats, NDArray[np.int8]]:
        """The weights of each row, and the model they are of."""
        table = self._table
        model = self._models()
        if all(table.has(column) for column in BY_DOSAGE):
            if table.has("effect_weight"):
                raise GenomeFileProblem("both effect_weight and weights by dosage")
            weights = np.column_stack([table.numbers(column) for column in BY_DOSAGE])
            return weights, np.full(len(table), Effect.BY_DOSAGE, np.int8)
        if not table.has("effect_weight"):
            raise GenomeFileProblem("no column effect_weight: not a scoring file")
        return table.numbers("effect_weight"), model

    def _models(self) -> NDArray[np.int8]:
        table = self._table
        dominant, recessive = table.flags("is_dominant"), table.flags("is_recessive")
        if table.has("effect_type"):
            words = [table.word("effect_type", row).lower() for row in range(len(table))]
            dominant |= np.array([word == b"dominant" for word in words])
            recessive |= np.array([word == b"recessive" for word in words])
        both = dominant & recessive
        if both.any():
            raise table.problem("both dominant and recessive", int(np.argmax(both)))
        model = np.full(len(table), Effect.ADDITIVE, np.int8)
        model[dominant] = Effect.DOMINANT
        model[recessive] = Effect.RECESSIVE
        return model
