"""Real recordings that lie beside the project on some machines; elsewhere their tests skip."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
SHARED = Path(os.environ.get("EVENKEEL_SHARED_DATA", BESIDE))


def shared_data(name: str) -> Path:
    """The folder (or file) of that name; skips the test with the reason where it is absent."""
    found = SHARED / name
    if not found.exists():
        pytest.skip(f"the real data set {name} is not on this machine")
    return found
