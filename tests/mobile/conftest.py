from pathlib import Path

import pytest

from tests.mobile.phone import Phone


@pytest.fixture
def phone(tmp_path: Path) -> Phone:
    """An empty phone whose clock stands at START."""
    return Phone(tmp_path / "store.sqlite3")
