"""The bridge to Android over a small stand-in for pyjnius: calls, answers, errors, threads."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mobile.sources.health_connect import HealthConnectSource, PlatformError
from mobile.sources.source import Permission
from tests.mobile.phone import START
from tests.mobile.sources.fake_android import steps

NAMES = ("jnius", "mobile.sources.android")
STEPS = "android.health.connect.datatypes.StepsRecord"


@pytest.fixture
def jnius(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(Path(__file__).parent / "fake_bridge")
    yield import_module("jnius")
    for name in NAMES:
        sys.modules.pop(name, None)


def bridge() -> Any:
    return import_module("mobile.sources.android").AndroidHealthConnect()


def test_a_window_and_changes_are_asked_for_as_android_wants(jnius: Any) -> None:
    record = steps("a", round(START.timestamp() * 1000), 12).java()
    jnius.answers["getChangeLogToken"] = SimpleNamespace(getToken=lambda: "t1")
    jnius.answers["readRecords"] = SimpleNamespace(
        getRecords=lambda: jnius.JavaList(record), getNextPageToken=lambda: -1
    )
    gone = SimpleNamespace(getDeletedRecordId=lambda: "b")
    jnius.answers["getChangeLogs"] = SimpleNamespace(
        getUpsertedRecords=lambda: jnius.JavaList(record),
        getDeletedLogs=lambda: jnius.JavaList(gone),
        getNextChangesToken=lambda: "t2",
        hasMorePages=lambda: False,
    )
    source = HealthConnectSource(bridge(), clock=lambda: START)
    topic = source.topics[0]
    assert [source.permission(each) for each in source.topics[:2]] == [
        Permission.GRANTED,
        Permission.REFUSED,
    ]
    window = source.changes(topic, None, since=START)
    assert window.records[0].series[0].pairs[0][1] == 12
    later = source.changes(topic, window.token, since=START)
    assert (later.deleted, later.more) == (("b",), False)
    (_, token), (_, read), (_, changes) = jnius.asked
    assert token == ["addRecordType", STEPS]
    assert (read[0], read[-2:]) == (STEPS, ["setAscending", True])
    assert changes == ["t1"]


@pytest.mark.parametrize(("answer", "code"), [(3, 3), (7, 7)])
def test_an_error_keeps_its_code(jnius: Any, answer: int, code: int) -> None:
    jnius.answers["getChangeLogs"] = answer
    with pytest.raises(PlatformError) as found:
        bridge().changes("t")
    assert found.value.code == code


@pytest.mark.parametrize(
    ("thrown", "code"), [("java.lang.SecurityException", 5), ("java.lang.Error", 0)]
)
def test_what_java_throws_at_once_is_told_too(jnius: Any, thrown: str, code: int) -> None:
    jnius.answers["readRecords"] = jnius.JavaException(thrown)
    with pytest.raises(PlatformError) as found:
        bridge().records("StepsRecord", 0, 7)
    assert found.value.code == code
    assert jnius.asked[-1][1][-2:] == ["setPageToken", 7]


def test_an_older_android_has_none(jnius: Any) -> None:
    jnius.api[0] = 33
    assert not bridge().is_here()
