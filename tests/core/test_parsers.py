"""Strict JSON: what a second reader or PostgreSQL would not take is refused at the door."""

import gzip
import json
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from backend.core.parsers import StrictJSONParser, strict_loads
from backend.core.problems import Malformed, TooLarge
from backend.wire.messages import SYNC_MAX_BYTES

plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | plain_text,
    lambda below: st.lists(below) | st.dictionaries(plain_text, below),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 1}}',
        b'"\\u0000"',
        b'{"\\u0000": 1}',
        b'["\\ud800"]',
        b'["\\udc00 tail"]',
        b'{"deep": [{"x": "\\udfff"}]}',
        b"\xff",
        b'"\xed\xa0\x80"',  # a surrogate in UTF-8's clothes
        b"",
        b"{",
        b"[1,]",
        b"'a'",
        b"1" * 400,
        b"[" * 100_000,
    ],
)
def test_what_is_not_strict_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        strict_loads(body)
    assert caught.value.status == 400


def test_a_whole_pair_of_surrogates_is_one_character() -> None:
    assert strict_loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@given(plain_json)
def test_plain_json_is_read_as_pythons_json_does(value: Any) -> None:
    for body in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert strict_loads(body.encode()) == value


def parse(body: bytes, **headers: str) -> Any:
    request = RequestFactory().post("/", body, content_type="application/json", **headers)
    return StrictJSONParser().parse(BytesIO(body), parser_context={"request": request})


def test_gzip_is_unpacked() -> None:
    assert parse(gzip.compress(b'{"a": 1}'), HTTP_CONTENT_ENCODING="gzip") == {"a": 1}


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b'{"a": 1}', mtime=0)[:-4]])
def test_broken_gzip_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body, HTTP_CONTENT_ENCODING="gzip")


@pytest.mark.parametrize("zipped", [False, True])
def test_too_many_bytes_name_the_limit(zipped: bool) -> None:
    """Zipped too: a small bomb is as large as what it unpacks to."""
    body = b'"' + b" " * SYNC_MAX_BYTES + b'"'
    headers = {"HTTP_CONTENT_ENCODING": "gzip"} if zipped else {}
    with pytest.raises(TooLarge) as caught:
        parse(gzip.compress(body) if zipped else body, **headers)
    assert caught.value.more == {"limit": SYNC_MAX_BYTES}
