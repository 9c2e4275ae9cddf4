"""What an answer by text means. Small on purpose: what is not plainly one thing is not understood.

Case, accents, dots, emoji and the digits of any script make no difference, and words of courtesy
are passed over; any other word makes the text unknown ("not taken", "2 hours later").
"""

import re
import unicodedata
from functools import cache

from backend.sms.vocabulary import BESIDE, DIGITS, EVERYWHERE, VOCABULARY, Intent
from backend.wire.language import FALLBACK, language_of

LONGEST = 160  # of an answer; nobody takes a pill in more words
CHOICES = "abcd"


def plain(text: str) -> str:
    """In small letters and digits without accents, one space between words."""
    bare = "".join(_bare(letter) for letter in unicodedata.normalize("NFKD", text.casefold()))
    return " ".join(re.findall(r"[^\W_]+", bare))


def _bare(letter: str) -> str:
    if letter.isdigit():
        return str(unicodedata.digit(letter))
    return "" if unicodedata.category(letter) in ("Mn", "Me", "Cf") else letter


def read(text: str, language: str) -> Intent:
    """What it means to somebody of this language."""
    code = language_of(language).code
    said = plain(text[: LONGEST + 1])
    if not said or len(text) > LONGEST:
        return Intent.UNKNOWN
    if said in CHOICES and len(said) == 1:
        return Intent.CHOICE
    meanings, beside = _meanings(code), _beside(code)
    if said in meanings:
        return meanings[said]
    words = [word for word in said.split() if word not in beside]
    if (whole := " ".join(words)) in meanings:
        return meanings[whole]
    found = {meanings.get(word, Intent.UNKNOWN) for word in words}
    return found.pop() if len(found) == 1 else Intent.UNKNOWN


def choice_of(text: str) -> int:
    """The number of a choice that was read as one."""
    return CHOICES.index(plain(text))


@cache
def _meanings(code: str) -> dict[str, Intent]:
    """The language's own word wins over another's."""
    found: dict[str, Intent] = {}
    others = [other for other in VOCABULARY if other not in (FALLBACK, code)]
    for other in [*others, FALLBACK, code]:
        for intent, words in VOCABULARY[other].items():
            if intent in EVERYWHERE or other in (FALLBACK, code):
                found |= dict.fromkeys(words.split(", "), intent)
    return {**found, **DIGITS}


@cache
def _beside(code: str) -> frozenset[str]:
    words = frozenset(f"{BESIDE[code]} {BESIDE[FALLBACK]}".split())
    return words - set(_meanings(code))
