"""Strict JSON: what json accepts and PostgreSQL or a second reader would not, is refused here."""

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any, NoReturn

from rest_framework.parsers import BaseParser

from backend.core.problems import Malformed, TooLarge
from backend.wire.messages import SYNC_MAX_BYTES

LONG_NUMBER = re.compile(r"\d{400}")


def _no_constant(_: str) -> NoReturn:
    raise Malformed("NaN and Infinity are not JSON.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("An object names a key twice.")
    return found


def strict_loads(body: bytes) -> Any:
    """Decode UTF-8 JSON.

    Raises Malformed on NaN, duplicate keys, NUL, lone surrogates, giant numbers and bad UTF-8.
    """
    try:
        text = body.decode()
        if LONG_NUMBER.search(text):
            raise Malformed("A number has too many digits.")
        decoded = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Malformed() from error
    if "\\u" in text:
        _check_texts(decoded)
    return decoded


def _check_texts(node: Any) -> None:
    """Only an escape can bring in a NUL or half a surrogate pair: this runs where one stands."""
    if isinstance(node, str):
        if "\0" in node or any("\ud800" <= letter <= "\udfff" for letter in node):
            raise Malformed("A text holds a NUL or half a character.")
    elif isinstance(node, dict):
        for key, value in node.items():
            _check_texts(key)
            _check_texts(value)
    elif isinstance(node, list):
        for value in node:
            _check_texts(value)


def _unzip(body: bytes) -> bytes:
    unzipper = zlib.decompressobj(wbits=31)
    try:
        plain = unzipper.decompress(body, SYNC_MAX_BYTES + 1)
    except zlib.error as error:
        raise Malformed("The body is not gzip.") from error
    if len(plain) <= SYNC_MAX_BYTES and not unzipper.eof:
        raise Malformed("The gzip body is cut short.")
    return plain


def read_json(stream: Any, meta: Mapping[str, str]) -> Any:
    """A request's body; raises TooLarge with the limit in bytes, or Malformed."""
    body = stream.read(SYNC_MAX_BYTES + 1)
    if meta.get("HTTP_CONTENT_ENCODING", "").lower() == "gzip":
        body = _unzip(body)
    if len(body) > SYNC_MAX_BYTES:
        raise TooLarge("The body has too many bytes.", limit=SYNC_MAX_BYTES)
    return strict_loads(body)


class StrictJSONParser(BaseParser):
    """Reads a bounded, possibly gzipped body into strict JSON."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises TooLarge with the limit in bytes, or Malformed."""
        return read_json(stream, (parser_context or {})["request"].META)
