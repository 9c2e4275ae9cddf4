"""The letters that every phone gets at 160 a text (GSM 03.38).

One other letter makes the whole text one of 70. So accents that the alphabet lacks are left off, as
people leave them off when they text; what has no such twin stays as it is.
"""

import unicodedata

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = "^{}\\[~]|€"  # each takes the room of two
INSTEAD = {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-"} | {
    "…": "...",
    "œ": "oe",
    "Œ": "OE",
    "\u00a0": " ",
    "\u202f": " ",
}
ONE, PART = 160, 153  # of several parts each gives up seven to say which it is
ONE_WIDE, PART_WIDE = 70, 67


def plain(text: str) -> str:
    """The text in letters of the alphabet, as far as they have twins there."""
    return "".join(_plain(letter) for letter in unicodedata.normalize("NFC", text))


def _plain(letter: str) -> str:
    if letter in BASIC or letter in TWICE:
        return letter
    if letter in INSTEAD:
        return INSTEAD[letter]
    bare = unicodedata.normalize("NFD", letter)[0]
    return bare if bare in BASIC else letter


def parts(text: str) -> int:
    """How many texts a carrier counts."""
    if all(letter in BASIC or letter in TWICE for letter in text):
        length = len(text) + sum(letter in TWICE for letter in text)
        return 1 if length <= ONE else -(-length // PART)
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= ONE_WIDE else -(-length // PART_WIDE)
