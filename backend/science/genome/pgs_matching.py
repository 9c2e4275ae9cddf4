"""Which variant of the genotypes each row of a score means, as PGS Catalog's calculator decides.

Lambert et al., Nat Genet 2024 (pgsc_calc): at a row's position, eight ways to match in this order,
the first that any variant offers wins. A flip is the complement, base by base. What is matched but
not certain is left out: ambiguous (the complement of REF is ALT, so a flip cannot be told),
multi-allelic, and rows of which several mean one variant.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from backend.science.genome import fields
from backend.science.genome.fields import AlleleCodes, Flags, Ints
from backend.science.genome.pgs_scoring_file import NOWHERE, ScoringFile


class Match(IntEnum):
    """How a row matches, best first; NO_OA: the score gives no other allele."""

    REFALT = 1
    ALTREF = 2
    REFALT_FLIP = 3
    ALTREF_FLIP = 4
    NO_OA_REF = 5
    NO_OA_ALT = 6
    NO_OA_REF_FLIP = 7
    NO_OA_ALT_FLIP = 8
    NONE = 9


EFFECT_IS_REF = (Match.REFALT, Match.REFALT_FLIP, Match.NO_OA_REF, Match.NO_OA_REF_FLIP)


class Fate(IntEnum):
    """What becomes of a row."""

    UNMATCHED = 0
    MATCHED = 1
    AMBIGUOUS = 2
    MULTIALLELIC = 3
    DUPLICATE = 4


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is left out by default but may be kept."""

    ambiguous: bool = False
    multiallelic: bool = False
    first_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Variants:
    """One entry for each ALT of each line, in the order of `key`."""

    key: Ints
    ref: Ints
    alt: Ints
    alt_number: NDArray[np.int8]
    line: Ints  # row in whatever the caller reads genotypes from
    multiallelic: Flags


@dataclass(frozen=True, slots=True)
class Matches:
    """For each row of the score that was asked about: what it means."""

    match: NDArray[np.int8]
    fate: NDArray[np.int8]
    variant: Ints  # entry of Variants; -1 if none

    @property
    def used(self) -> Flags:
        """Rows that count in the sum."""
        used: Flags = self.fate == Fate.MATCHED
        return used


def match_rows(
    score: ScoringFile, rows: slice, variants: Variants, alleles: AlleleCodes, keeping: Keeping
) -> Matches:
    """Decides for a stretch of rows; `variants` has every variant at their positions."""
    key = score.key[rows]
    first, count = _places(variants.key, key)
    best = np.full(len(key), Match.NONE, np.int8)
    chosen = np.full(len(key), -1, np.int64)
    for turn in range(int(count.max(initial=0))):
        at = np.flatnonzero(count > turn)
        entry = first[at] + turn
        found = _ways(
            score.effect[rows][at],
            score.other[rows][at],
            variants.ref[entry],
            variants.alt[entry],
            alleles,
        )
        better = found < best[at]
        best[at[better]] = found[better]
        chosen[at[better]] = entry[better]
    return Matches(best, _fates(best, chosen, variants, alleles, keeping), chosen)


def _places(keys: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Where the entries of each wanted key begin, and how many they are."""
    if len(keys) == len(wanted) and (keys == wanted).all() and (np.diff(keys) > 0).all():
        return np.arange(len(keys)), np.ones(len(keys), np.int64)
    first = np.searchsorted(keys, wanted, side="left")
    if (np.diff(keys) > 0).all():
        count = (keys[np.minimum(first, len(keys) - 1)] == wanted).astype(np.int64)
    else:
        count = np.searchsorted(keys, wanted, side="right") - first
    count[wanted == NOWHERE] = 0
    return first, count


def _ways(
    effect: Ints, other: Ints, ref: Ints, alt: Ints, alleles: AlleleCodes
) -> NDArray[np.int8]:
    """The best way in which each pair matches."""
    effect_flip, other_flip = alleles.complements(effect), alleles.complements(other)
    given = other != fields.NO_ALLELE
    found = np.full(len(effect), Match.NONE, np.int8)
    # From the last to the first, so that the best is what stays.
    found[~given & (effect_flip == alt)] = Match.NO_OA_ALT_FLIP
    found[~given & (effect_flip == ref)] = Match.NO_OA_REF_FLIP
    found[~given & (effect == alt)] = Match.NO_OA_ALT
    found[~given & (effect == ref)] = Match.NO_OA_REF
    found[given & (effect_flip == alt) & (other_flip == ref)] = Match.ALTREF_FLIP
    found[given & (effect_flip == ref) & (other_flip == alt)] = Match.REFALT_FLIP
    found[given & (effect == alt) & (other == ref)] = Match.ALTREF
    found[given & (effect == ref) & (other == alt)] = Match.REFALT
    return found


def _fates(
    best: NDArray[np.int8],
    chosen: Ints,
    variants: Variants,
    alleles: AlleleCodes,
    keeping: Keeping,
) -> NDArray[np.int8]:
    fate = np.full(len(best), Fate.UNMATCHED, np.int8)
    at = np.flatnonzero(chosen >= 0)
    entry = chosen[at]
    fate[at] = Fate.MATCHED
    order = np.lexsort((at, entry))
    shared = np.zeros(len(at), bool)
    same = entry[order][1:] == entry[order][:-1]
    shared[order[1:][same]] = True
    if not keeping.first_duplicate:
        shared[order[:-1][same]] = True
    fate[at[shared]] = Fate.DUPLICATE
    if not keeping.multiallelic:
        fate[at[variants.multiallelic[entry]]] = Fate.MULTIALLELIC
    if not keeping.ambiguous:
        unclear = alleles.complements(variants.ref[entry]) == variants.alt[entry]
        fate[at[unclear]] = Fate.AMBIGUOUS
    return fate
