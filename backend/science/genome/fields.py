"""Fields of a text table as arrays: numbers, chromosomes and alleles out of bytes, many at once.

A field is where it starts and ends in a buffer. A million of them are read with a few array
operations; a bad one is found afterwards and named by its place.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TAB: Final = 9
NEWLINE: Final = 10
RETURN: Final = 13
ZERO: Final = 48
MOST_DIGITS: Final = 10
POINT: Final = ord(".")
MINUS: Final = ord("-")
EXACT_DIGITS: Final = 15
EXACT: Final = 2**53
TENS: Final = 10.0 ** np.arange(EXACT_DIGITS + 1)
WHOLE_TENS: Final = 10 ** np.arange(EXACT_DIGITS + 1, dtype=np.int64)
NO_CHROMOSOME: Final = 0
WIDEST_NAME: Final = 6
NO_ALLELE: Final = 0  # the field is empty
OTHER: Final = 1  # an allele that no score names

# Eight bytes as one word. By how many of them are digits: the shift to the end, the zeros in front.
WORD: Final = 8
SHIFTS: Final = np.array([0, 56, 48, 40, 32, 24, 16, 8, 0], np.uint64)
ZEROS: Final = np.array([0x3030303030303030 & ((1 << (64 - 8 * n)) - 1) for n in range(9)], "u8")
NAME_MASKS: Final = np.array([(1 << 8 * min(n, WIDEST_NAME)) - 1 for n in range(8)], np.uint64)
EIGHT, SIXTEEN, HALF = np.uint64(8), np.uint64(16), np.uint64(32)
HIGH, LOW = np.uint64(0xF0F0F0F0F0F0F0F0), np.uint64(0x0F0F0F0F0F0F0F0F)
ALL_ZEROS, SIXES = np.uint64(0x3030303030303030), np.uint64(0x0606060606060606)
PAIRS, QUADS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
TEN_ONE, HUNDRED_ONE = np.uint64(2561), np.uint64(6553601)
MYRIAD_ONE = np.uint64(42949672960001)

CHROMOSOMES: Final[dict[str, int]] = (
    {str(number): number for number in range(1, 23)}
    | {f"0{number}": number for number in range(1, 10)}
    | {"X": 23, "23": 23, "Y": 24, "24": 24, "M": 25, "MT": 25, "26": 25}
)


def chromosome_code(name: bytes) -> int:
    """1 to 22, X 23, Y 24, M 25; 0 for every other contig."""
    word = name.decode("ascii", "replace")
    return CHROMOSOMES.get(word.removeprefix("chr").removeprefix("CHR"), NO_CHROMOSOME)


def as_buffer(text: bytes) -> Bytes:
    """The bytes with a few newlines behind, so that looking ahead never leaves the buffer."""
    return np.frombuffer(text + b"\n" * 8, np.uint8)


def _eight(buffer: Bytes, at: Ints) -> Words:
    """The eight bytes from each place on, the first in the lowest byte."""
    words: Words = np.ndarray((len(buffer) - 7,), "<u8", buffer=buffer, strides=(1,))
    return words[np.clip(at, 0, len(buffer) - 8)]


def _digits(buffer: Bytes, starts: Ints, width: Ints) -> tuple[Ints, Flags]:
    """Up to eight digits in one word: Lemire's parse_eight_digits, blanks in front as zeros."""
    word = (_eight(buffer, starts) << SHIFTS[width]) | ZEROS[width]
    good = ((word & HIGH) == ALL_ZEROS) & (((word + SIXES) & HIGH) == ALL_ZEROS)
    word &= LOW
    word = ((word * TEN_ONE) >> EIGHT) & PAIRS
    word = ((word * HUNDRED_ONE) >> SIXTEEN) & QUADS
    word = (word * MYRIAD_ONE) >> HALF
    return word.astype(np.int64), good & (width > 0)


def whole_numbers(
    buffer: Bytes, starts: Ints, ends: Ints, most: int = MOST_DIGITS
) -> tuple[Ints, Flags]:
    """Digits only, at most ten (or `most`, sixteen at the most); and which fields are a number."""
    width = ends - starts
    last = np.clip(width, 0, WORD)
    value, good = _digits(buffer, np.where(width > WORD, ends - WORD, starts), last)
    good &= width <= most
    long = np.flatnonzero(width > WORD)
    if len(long):
        lead = np.minimum(width[long] - WORD, WORD)
        more, fine = _digits(buffer, starts[long], lead)
        value[long] += more * 10**WORD
        good[long] &= fine
    return value, good


def real_numbers(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Floats, Flags]:
    """Decimals, correctly rounded; and which fields are a finite number.

    The usual way to write a weight, `-0.0123`, is read as two whole numbers: exact as long as all
    digits together are exact in a double, so that one division rounds once.
    """
    negative = buffer[starts] == MINUS
    lead = starts + negative
    point = lead + 1
    unit = buffer[lead].astype(np.int64) - ZERO
    width = ends - point - 1
    fraction, simple = whole_numbers(buffer, point + 1, ends, EXACT_DIGITS)
    simple &= (unit >= 0) & (unit <= 9) & (buffer[point] == POINT)
    places = np.clip(width, 0, EXACT_DIGITS)
    digits = np.where(simple, unit * WHOLE_TENS[places] + fraction, 0)
    simple &= digits < EXACT
    value = np.where(negative, -digits, digits) / TENS[places]
    rest = np.flatnonzero(~simple)
    value[rest] = [
        _real(buffer[start:end].tobytes())
        for start, end in zip(starts[rest].tolist(), ends[rest].tolist(), strict=True)
    ]
    return value, np.isfinite(value)


def _real(word: bytes) -> float:
    """What the fast way does not read: exponents, and many digits."""
    try:
        return float(word) if word and word[-1:] not in b" \r" and b"_" not in word else np.nan
    except ValueError:
        return np.nan


def chromosomes(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Each field's chromosome code, and a number that differs wherever two short names do."""
    width = np.minimum(ends - starts, WIDEST_NAME + 1)
    name = ((_eight(buffer, starts) & NAME_MASKS[width]) << EIGHT).astype(np.int64) + width
    change = np.flatnonzero(np.diff(name, prepend=-1))
    codes = np.array(
        [chromosome_code(buffer[starts[at] : ends[at]].tobytes()) for at in change], np.int64
    )
    return np.repeat(codes, np.diff(np.append(change, len(name)))), name


class AlleleCodes:
    """Alleles as numbers: one base is its letter, longer ones are numbered as they come.

    The complement is taken base by base and not reversed, as PGS Catalog's matcher does.
    """

    COMPLEMENT: Final = bytes.maketrans(b"ACGTacgt", b"TGCATGCA")

    def __init__(self) -> None:
        self._codes: dict[bytes, int] = {}
        self._complements = list(range(256))
        for base, other in zip(b"ACGT", b"TGCA", strict=True):
            self._complements[base] = other
        self._letters = np.arange(256, dtype=np.int64)
        self._letters[ord("a") : ord("z") + 1] -= 32

    def learn(self, word: bytes) -> int:
        """The allele's number, a new one if need be (its complement gets one too)."""
        word = word.upper()
        if len(word) == 1:
            return word[0]
        if word not in self._codes:
            other = word.translate(self.COMPLEMENT)
            self._codes[word] = len(self._complements)
            self._complements.append(len(self._complements) + (other != word))
            if other != word:
                self._codes[other] = len(self._complements)
                self._complements.append(self._codes[word])
        return self._codes[word]

    def complements(self, codes: Ints) -> Ints:
        """Of each allele."""
        return np.asarray(self._complements, np.int64)[codes]

    def known(self, word: bytes) -> int:
        """The allele's number; OTHER if it was never met."""
        word = word.upper()
        return word[0] if len(word) == 1 else self._codes.get(word, OTHER)

    def read(self, buffer: Bytes, starts: Ints, ends: Ints, *, learn: bool = False) -> Ints:
        """The number of each field's allele; without `learn`, OTHER for those never met."""
        codes = np.where(ends > starts, self._letters[buffer[starts]], NO_ALLELE)
        for at in np.flatnonzero(ends - starts > 1).tolist():
            word = buffer[starts[at] : ends[at]].tobytes()
            codes[at] = self.learn(word) if learn else self.known(word)
        return codes


def are_bases(word: bytes) -> bool:
    """Only A, C, G and T."""
    return bool(word) and not word.upper().strip(b"ACGT")
