"""JSON of any length, item by item: only one item stands in memory, and its size has a bound."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from backend.streams.importers.reading import Export, Unreadable

PIECE = 1 << 18  # letters read at a time
MOST_LETTERS = 16 * 1024 * 1024  # of one item
BROKEN = "The file is not JSON, or it ends in the middle."
TOO_LARGE = "One item of the file is longer than 16 MB."
TOO_DEEP = "The JSON is nested too deeply."
KEY = re.compile(r'"([^"\\]{1,60})"\s*:')
BLANKS = re.compile(r"[ \t\n\r]*")
DECODER = json.JSONDecoder()


def keys_of(export: Export) -> frozenset[str]:
    """The member names near the file's beginning, if it looks like JSON at all."""
    text = _head(export)
    return frozenset(KEY.findall(text)) if text.lstrip()[:1] in ("{", "[") else frozenset()


def items(export: Export) -> Iterator[Any]:
    """Each item of a list, each line of JSON lines, or the one object; raises Unreadable."""
    with export.open() as file:
        reader = _Reader(file, _encoding(export))
        if reader.peek() == "[":
            yield from reader.list_items()
        elif reader.peek() == "{":
            while reader.peek():
                yield reader.value()
        else:
            raise Unreadable(BROKEN)
        reader.end()


def members(export: Export) -> Iterator[tuple[str, Any]]:
    """Like `items`, but an object's lists come item by item under their name, its other members
    by theirs; the items of a list or of lines have no name.
    """
    if _head(export).lstrip()[:1] != "{" or _is_lines(export):
        yield from (("", item) for item in items(export))
        return
    with export.open() as file:
        reader = _Reader(file, _encoding(export))
        yield from reader.object_members()
        reader.end()


def _encoding(export: Export) -> str:
    return json.detect_encoding(export.head())


def _head(export: Export) -> str:
    return export.head().decode(_encoding(export), errors="replace")


def _is_lines(export: Export) -> bool:
    """Whether a second object follows the first."""
    text = _head(export).lstrip()
    try:
        _, end = DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip()[:1] == "{"


class _Reader:
    def __init__(self, file: BinaryIO, encoding: str):
        self._file = io.TextIOWrapper(file, encoding)
        self._held, self._at, self._over = "", 0, False

    def peek(self) -> str:
        """The next letter that is no blank, or none at the end."""
        while True:
            found = BLANKS.match(self._held, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._held) or self._over:
                return self._held[self._at : self._at + 1]
            self._more(PIECE)

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                found, end = DECODER.raw_decode(self._held, self._at)
                # A number at the very end of what was read may have more digits.
                if end < len(self._held) or self._over:
                    self._at = end
                    return found
            except RecursionError:
                raise Unreadable(TOO_DEEP) from None
            except ValueError:
                if self._over:
                    raise Unreadable(BROKEN) from None
            waiting = len(self._held) - self._at
            if waiting > MOST_LETTERS:
                raise Unreadable(TOO_LARGE)
            self._more(min(max(PIECE, waiting), MOST_LETTERS + PIECE - waiting))

    def list_items(self) -> Iterator[Any]:
        """What stands in the list that begins here."""
        self._take("[")
        while self.peek() != "]":
            yield self.value()
            if self.peek() != "]":
                self._take(",")
        self._take("]")

    def object_members(self) -> Iterator[tuple[str, Any]]:
        """What stands in the object that begins here."""
        self._take("{")
        while self.peek() != "}":
            name = self.value()
            if not isinstance(name, str):
                raise Unreadable(BROKEN)
            self._take(":")
            if self.peek() == "[":
                yield from ((name, item) for item in self.list_items())
            else:
                yield name, self.value()
            if self.peek() != "}":
                self._take(",")
        self._take("}")

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise Unreadable(BROKEN)

    def _take(self, mark: str) -> None:
        if self.peek() != mark:
            raise Unreadable(BROKEN)
        self._at += 1

    def _more(self, letters: int) -> None:
        try:
            piece = self._file.read(letters)
        except UnicodeError:
            name = self._file.encoding.removesuffix("-sig").upper()
            raise Unreadable(f"The file is not {name} text.") from None
        self._over = not piece
        self._held, self._at = self._held[self._at :] + piece, 0
