"""Pages that Django's test client has got, looked at in a real Chromium.

The browser runs in a thread of its own and meets no network: every address is answered from what
was got before, and what a page posts is noted.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import resources, util
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WEB = "http://evenkeel.test"
PHONE = {"width": 390, "height": 844}
AXE = "axe_playwright_python"
T = TypeVar("T")


def chromium() -> str:
    """The system's; skips where there is none."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed here")
    return found


def axe_source() -> str:
    """axe-core's script; skips where it is not installed."""
    if util.find_spec(AXE) is None:
        pytest.skip("axe-core (axe-playwright-python) is not installed here")
    return (resources.files(AXE) / "axe.min.js").read_text(encoding="utf-8")


def got(client: Client, paths: Iterable[str]) -> dict[str, bytes]:
    """The pages of these paths, each of which must be there."""
    found = {}
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        found[path] = answer.content
    return found


@dataclass
class Site:
    """What the browser may see, and what it posted: (path, body)."""

    pages: Mapping[str, bytes]
    posted: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """From memory, else a file of ours, else nothing."""
        address = urlsplit(route.request.url)
        if route.request.method == "POST":
            self.posted.append((address.path, route.request.post_data or ""))
            route.fulfill(status=204)
        elif (page := self.pages.get(address.path)) is not None:
            route.fulfill(body=page, content_type="text/html; charset=utf-8")
        elif file := finders.find(address.path.removeprefix("/static/")):
            route.fulfill(path=str(file))
        else:
            route.fulfill(status=404)


def browse(site: Site, look: Callable[[Page], T], **context: Any) -> T:
    """What `look` makes of a fresh page of a browser."""
    program = chromium()

    def in_thread() -> T:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport=PHONE, **context)
            page.set_default_timeout(5_000)
            page.route("**/*", site.answer)
            try:
                return look(page)
            finally:
                browser.close()

    # Playwright keeps an event loop, beside which Django refuses to ask the database.
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(in_thread).result()


def faults(pages: Mapping[str, bytes], *, within: str = "html", **context: Any) -> list[str]:
    """Every violation that axe-core finds, and every page that is wider than a phone."""
    source = axe_source()

    def look(page: Page) -> list[str]:
        found = []
        for path in pages:
            page.goto(WEB + path)
            page.evaluate(source)
            told = page.evaluate("within => axe.run(within, {resultTypes: ['violations']})", within)
            found += [
                f"{path}: {one['id']} at {node['target']}"
                for one in told["violations"]
                for node in one["nodes"]
            ]
            if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                found.append(f"{path}: wider than the window")
        return found

    return browse(Site(pages), look, **context)
