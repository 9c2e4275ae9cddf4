"""JSON item by item: the same as all at once, in bounded memory."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.streams.importers import documents
from backend.streams.importers.documents import items, members
from backend.streams.importers.reading import Export, Unreadable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def export(path: Path, text: str) -> Export:
    path.write_text(text, encoding="utf-8")
    return Export(path)


@given(found=st.lists(VALUES), indent=st.sampled_from([None, 0, 3]))
def test_a_list_comes_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, found: list[Any], indent: int | None
):
    path = tmp_path_factory.mktemp("json") / "a.json"
    assert list(items(export(path, json.dumps(found, indent=indent)))) == found


def test_members_of_an_object(tmp_path: Path):
    found = {"unit": 1, "list": [1, {"a": [2]}], "none": [], "after": {"b": [3]}}
    assert list(members(export(tmp_path / "a.json", json.dumps(found)))) == [
        ("unit", 1),
        ("list", 1),
        ("list", {"a": [2]}),
        ("after", {"b": [3]}),
    ]


def test_numbers_across_the_pieces(tmp_path: Path):
    """A number at the end of what was read may have more digits."""
    blanks = " " * (documents.PIECE - 5)
    assert list(items(export(tmp_path / "a.json", f"[{blanks}123456789, 1]"))) == [123456789, 1]


def test_a_huge_list_takes_little_memory(tmp_path: Path):
    path = tmp_path / "a.json"
    entry = json.dumps({"sgv": 100, "date": 1729900800000, "device": "x" * 200})
    path.write_text("[" + ",\n".join([entry] * 100_000) + "]")
    assert path.stat().st_size > 20_000_000
    tracemalloc.start()
    assert sum(1 for _ in items(Export(path))) == 100_000
    assert tracemalloc.get_traced_memory()[1] < 6_000_000
    tracemalloc.stop()


def test_one_item_may_not_be_endless(tmp_path: Path):
    long = "x" * (documents.MOST_LETTERS + documents.PIECE)
    with pytest.raises(Unreadable, match="16 MB"):
        list(items(export(tmp_path / "a.json", f'["{long}", 1, "{long}"]')))
