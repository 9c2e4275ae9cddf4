"""Every word that the app says, by key: en.json, and its translations in the catalogues.

A text may hold {names} to fill in; a text with `one` and `other` forms is chosen by `count`. A new
text is a line in en.json; `make words` carries it to the translators (backend/wire/language.py),
the key as its context. What they have not said yet is said in English rather than not at all.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from backend.wire.language import LANGUAGES, Language, language_of

ENGLISH = Path(__file__).parent / "en.json"


class Words:
    """The words of one language."""

    def __init__(self, language: Language, table: dict[str, Any]):
        self.said_in = language
        self._table = table

    @property
    def language(self) -> str:
        """Its code."""
        return self.said_in.code

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text under `key`; KeyError if English lacks it."""
        found = self._table[key]
        if isinstance(found, dict):
            number = values.pop("count")
            forms = found["one"], found["other"]
            return self.said_in.npgettext(key, *forms, number, **values)
        return self.said_in.pgettext(key, found, **values)

    def knows(self, key: str) -> bool:
        """Whether there is a text under `key`."""
        return key in self._table

    def items(self, name: str) -> list[str]:
        """The names of the `weekdays`, `weekdays_short`, `months` or `months_short`."""
        found: list[str] = getattr(self.said_in.calendar, name)
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and other.language == self.language

    def __hash__(self) -> int:
        return hash(self.language)


@cache
def load(language: str) -> Words:
    """The words of a language, or of English where we do not speak it."""
    return Words(language_of(language), json.loads(ENGLISH.read_text(encoding="utf-8")))


def languages() -> dict[str, str]:
    """Codes of the languages that the app speaks, with their own names."""
    return LANGUAGES
