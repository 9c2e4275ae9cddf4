"""The care team's desk as a person uses it, in a browser."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

WAIT_MS = 20_000


@dataclass
class Desk:
    """One signed-in member of the care team."""

    page: Page
    web: str

    @classmethod
    def sign_in(cls, browser: Browser, web: str, user: str, password: str) -> "Desk":
        """Through the sign-in page."""
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{web}/admin/")
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "login" not in url)
        return cls(page, web)

    def open_patient(self, patient: str, query: str = "") -> None:
        """Her page."""
        reply = self.page.goto(f"{self.web}/admin/patients/{patient}/{query}")
        assert reply is not None
        assert reply.status == 200

    def my_patients(self) -> dict[str, str]:
        """Name and id of everybody on the list."""
        self.page.goto(f"{self.web}/admin/patients/")
        links = self.page.locator(".ek-table th a").all()
        found = {}
        for link in links:
            part = (link.get_attribute("href") or "").split("/patients/")[1].strip("/")
            if len(part) == 36:
                found[link.inner_text().strip()] = part
        return found

    def prescribe(self, patient: str, medicine: str, at: datetime) -> str:
        """Every day from today at this local time; returns how the preview reads."""
        self.open_patient(patient)
        self.page.get_by_role("link", name="Prescribe", exact=True).click()
        self.page.fill("input[name=medicine]", medicine)
        self.page.fill("input[name=dose]", "1 tablet")
        self.page.fill("input[name=times]", f"{at:%H:%M}")
        self.page.get_by_role("button", name="Preview").click()
        read = self.page.locator(".ek-preview .ek-lead").inner_text()
        self.page.get_by_role("button", name="Save").click()
        self.page.locator("#medicines").get_by_text(medicine).first.wait_for()
        return read

    def import_file(self, patient: str, path: Path) -> str:
        """Choose a file of a known format on the import page; returns its report, once there."""
        self.open_patient(patient)
        self.page.get_by_role("link", name="Import data").click()
        self.page.set_input_files("input[type=file]", path)
        assert self.page.input_value("input[name=person]") == ""
        self.page.get_by_role("button", name="Import", exact=True).click()
        self.page.locator(".ek-tally").wait_for()  # by the page's own script
        return self.page.locator("main").inner_text()

    def said_at(self, patient: str, local: datetime) -> list[str]:
        """What the notices panel says of this due moment, a line each."""
        self.open_patient(patient)
        lines = self.page.locator("#notices li").all_inner_texts()
        stamp = f"{local.day} {local:%b, %H:%M}"
        return [line for line in lines if stamp in line]

    def doses_of(self, patient: str, medicine: str) -> list[str]:
        """The strip of a medicine's doses, in words."""
        self.open_patient(patient)
        article = self.page.locator("#medicines article").filter(has_text=medicine)
        return [str(dose.get_attribute("title")) for dose in article.locator("li.ek-dose").all()]

    def finding(self, patient: str, label: str) -> str:
        """What a finding's card says."""
        self.open_patient(patient)
        cards = self.page.locator("#findings article").filter(has_text=label)
        return cards.first.inner_text() if cards.count() else ""

    def chart(self, patient: str, label: str, last: date) -> str:
        """What stands under the chart of a kind, or in its line, for the month up to a day."""
        self.open_patient(patient, f"?span=month&day={last:%Y-%m-%d}")
        charts = self.page.locator("#streams figure, #streams tr").filter(has_text=label)
        return charts.first.inner_text() if charts.count() else ""

    def ask_api(self, path: str) -> Any:
        """The same session at the API."""
        reply = self.page.request.get(f"{self.web}/api/v1/{path}")
        assert reply.ok, reply.status
        return reply.json()

    def shot(self, path: Path, *, whole: bool = False) -> None:
        """A picture of the page."""
        self.page.screenshot(path=path, full_page=whole)


def until(true: Callable[[], bool], *, seconds: float, step: float = 1.0, what: str) -> None:
    """Look again and again; AssertionError with `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(step)
