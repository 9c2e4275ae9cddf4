"""What Android says of itself over a small stand-in for pyjnius; a desktop says nothing."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mobile.device.reliability import (
    BATTERY,
    CARDS,
    EXACT,
    DesktopReliability,
    Standing,
    this_device,
)


@pytest.fixture
def jnius(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(Path(__file__).parent / "sources" / "fake_bridge")
    found = import_module("jnius")
    found.services.update(services())
    yield found
    for name in ("jnius", "mobile.device.android"):
        sys.modules.pop(name, None)


def services(**changed: Any) -> dict[str, Any]:
    """Managers of a phone that is all right, but for what is changed."""
    says = {"exact": True, "cards": True, "importance": 4, "unthrottled": True, "saving": False}
    says |= {"filter": 1, "mode": 1} | changed
    importance = says["importance"]
    channel = None
    if importance is not None:
        channel = SimpleNamespace(getImportance=lambda: importance)
    return {
        "alarm": SimpleNamespace(canScheduleExactAlarms=lambda: says["exact"]),
        "power": SimpleNamespace(
            isIgnoringBatteryOptimizations=lambda _: says["unthrottled"],
            isPowerSaveMode=lambda: says["saving"],
        ),
        "notification": SimpleNamespace(
            areNotificationsEnabled=lambda: says["cards"],
            getNotificationChannel=lambda _: channel,
            getCurrentInterruptionFilter=lambda: says["filter"],
        ),
        "uimode": SimpleNamespace(getCurrentModeType=lambda: says["mode"]),
    }


def look(jnius: Any, **changed: Any) -> Standing:
    jnius.services.update(services(**changed))
    return this_device("android").look()


def test_a_phone_that_is_all_right(jnius: Any) -> None:
    assert look(jnius) == Standing(True, True, True, True, False, False, False)
    assert look(jnius).can_ring


@pytest.mark.parametrize(
    ("changed", "field", "said", "can_ring"),
    [
        ({"exact": False}, "exact", False, False),
        ({"cards": False}, "cards", False, False),
        ({"importance": 2}, "sound", False, False),
        ({"importance": 3}, "sound", True, True),
        ({"importance": None}, "sound", None, True),
        ({"unthrottled": False}, "unthrottled", False, True),
        ({"saving": True}, "saving", True, True),
        ({"filter": 3}, "quiet", True, True),
        ({"filter": 0}, "quiet", False, True),
        ({"mode": 3}, "driving", True, True),
    ],
)
def test_each_fault_is_told(
    jnius: Any, changed: dict[str, Any], field: str, said: bool | None, can_ring: bool
) -> None:
    standing = look(jnius, **changed)
    assert getattr(standing, field) is said
    assert standing.can_ring is can_ring


def test_before_android_12_exact_alarms_need_no_permission(jnius: Any) -> None:
    jnius.api[0] = 30
    del jnius.services["alarm"]
    assert this_device("android").look().exact is True


def test_the_right_page_of_the_settings_opens(jnius: Any) -> None:
    device = this_device("android")
    for which in (EXACT, CARDS, BATTERY):
        device.open_settings(which)
    exact, cards, battery = jnius.started
    assert exact[0].endswith("EXACT_ALARM")
    assert exact[1:] == ["setData", "package:org.evenkeel"]
    assert cards[1:] == ["putExtra", "android.provider.extra.APP_PACKAGE", "org.evenkeel"]
    assert battery == ["android.settings.IGNORE_BATTERY_OPTIMIZATION_SETTINGS"]


def test_a_desktop_claims_nothing() -> None:
    device = this_device("linux")
    assert isinstance(device, DesktopReliability)
    assert device.look() == Standing()
    assert device.opens == frozenset()
