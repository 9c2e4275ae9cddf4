"""Every word that the app says, by key, so that a language is one more JSON file.

A text may hold {names} to fill in; a text with `one` and `other` forms is chosen by `count`. A key
that a language lacks is said in English rather than not at all.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FALLBACK = "en"


class Words:
    """The words of one language."""

    def __init__(self, language: str, table: dict[str, Any], fallback: dict[str, Any]):
        self.language = language
        self._table, self._fallback = table, fallback

    def __call__(self, key: str, /, **values: object) -> str:
        """The text under `key`; KeyError if English lacks it too."""
        found = self._table.get(key, self._fallback.get(key))
        if found is None:
            raise KeyError(key)
        if isinstance(found, dict):
            found = found["one"] if values.get("count") == 1 else found["other"]
        return str(found).format(**values)

    def knows(self, key: str) -> bool:
        """Whether there is a text under `key`."""
        return key in self._table or key in self._fallback

    def items(self, key: str) -> list[str]:
        """A list, such as the names of the months."""
        return list(self._table.get(key) or self._fallback[key])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and other.language == self.language

    def __hash__(self) -> int:
        return hash(self.language)


@cache
def load(language: str) -> Words:
    """The words of a language, or of English where there is no such file."""
    english = _table(FALLBACK)
    short = language.split("-")[0].lower()
    known = short if short in languages() else FALLBACK
    return Words(known, _table(known), english)


@cache
def languages() -> dict[str, str]:
    """Codes of the languages that the app speaks, with their own names."""
    codes = sorted(path.stem for path in FOLDER.glob("*.json"))
    return {code: str(_table(code)["language_name"]) for code in codes}


def _table(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found
