"""The health store of the platform that the app runs on."""

import sys
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any

from mobile.sources.health_connect import HealthConnectSource
from mobile.sources.healthkit import HealthKitSource
from mobile.sources.source import Source


def health_store(
    *,
    clock: Callable[[], datetime],
    platform: str = "",
    bridges: Callable[[str], Any] = import_module,
) -> Source | None:
    """Health Connect, HealthKit or none; a bridge to the platform is imported where it exists."""
    platform = platform or ("android" if hasattr(sys, "getandroidapilevel") else sys.platform)
    if platform == "android":
        found = bridges("mobile.sources.android")
        return HealthConnectSource(found.AndroidHealthConnect(), clock=clock)
    if platform == "ios":
        found = bridges("mobile.sources.ios")
        return HealthKitSource(found.IosHealthKit(), clock=clock)
    return None
