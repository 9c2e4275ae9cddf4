"""Fields of a text table as arrays: numbers, chromosomes and alleles out of bytes, many at once.

A field is where it starts and ends in a buffer. A million of them are read with a few array
operations; a bad one is found afterwards and named by its place.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TAB: Final = 9
NEWLINE: Final = 10
RETURN: Final = 13
ZERO: Final = 48
MOST_DIGITS: Final = 10
POINT: Final = ord(".")
MINUS: Final = ord("-")
NINE: Final = ord("9")
EXACT_DIGITS: Final = 16  # with sign and point: the digits are then exact in a double
TENS: Final = 10.0 ** np.arange(EXACT_DIGITS + 1)
NO_CHROMOSOME: Final = 0
WIDEST_NAME: Final = 6
NO_ALLELE: Final = 0  # the field is empty
OTHER: Final = 1  # an allele that no score names

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


def whole_numbers(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Flags]:
    """Digits only, at most ten; and which fields are such a number."""
    width = ends - starts
    good = (width > 0) & (width <= MOST_DIGITS)
    value = np.zeros(len(starts), np.int64)
    last = len(buffer) - 1
    for place in range(int(min(width.max(initial=0), MOST_DIGITS))):
        here = place < width
        digit = buffer[np.minimum(starts + place, last)].astype(np.int64) - ZERO
        good &= ~here | ((digit >= 0) & (digit <= 9))
        value = np.where(here, value * 10 + digit, value)
    return value, good


def real_numbers(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Floats, Flags]:
    """Decimals, with or without exponent; and which fields are a finite number."""
    first = buffer[starts]
    negative = first == MINUS
    width = ends - starts
    whole, fraction = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64)
    digits = np.zeros(len(starts), np.int64)
    pointed = np.zeros(len(starts), bool)
    simple = (width > 0) & (width <= EXACT_DIGITS)
    for place in range(int(np.where(simple, width, 0).max(initial=0))):
        letter = buffer[np.minimum(starts + place, len(buffer) - 1)]
        here = place < width
        digit = letter.astype(np.int64) - ZERO
        is_digit = (letter >= ZERO) & (letter <= NINE)
        point = (letter == POINT) & ~pointed
        simple &= ~here | is_digit | point | (negative if place == 0 else False)
        is_digit &= here
        whole = np.where(is_digit, whole * 10 + digit, whole)
        fraction += is_digit & pointed
        digits += is_digit
        pointed |= point & here
    simple &= digits > 0
    value = np.where(negative, -whole, whole) / TENS[np.minimum(fraction, EXACT_DIGITS)]
    rest = np.flatnonzero(~simple)
    value[rest] = [_real(buffer[starts[at] : ends[at]].tobytes()) for at in rest.tolist()]
    return value, np.isfinite(value)


def _real(word: bytes) -> float:
    """What the fast way does not read: exponents, and many digits."""
    try:
        return float(word) if word and word[-1:].isdigit() and b"_" not in word else float("nan")
    except ValueError:
        return float("nan")


def chromosomes(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Each field's chromosome code, and a number that differs wherever two short names do."""
    width = np.minimum(ends - starts, WIDEST_NAME + 1)
    name = width.copy()
    for place in range(WIDEST_NAME):
        here = buffer[starts + place].astype(np.int64) << (8 * (place + 1))
        name += np.where(place < width, here, 0)
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
