"""Every page under /me as axe-core and a keyboard meet it, on a phone's width, light and dark."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from playwright.sync_api import Page

from backend.core.models import new_id
from backend.messages.actions import write_message
from backend.patients.access import EVERYDAY, Purpose
from backend.patients.actions import give_grant
from backend.regimens.models import Dose
from backend.streams.actions import store_upload
from backend.visits.actions import book_visit, prepare_questions
from backend.wire.messages import MessageAsked
from tests.browsing import WEB, Site, browse, faults, got
from tests.people import Cast, chart
from tests.portal.people import carer_enters, enter, prescribed

PAGES = (
    "", "health", "trends", "messages", "surveys", "surveys/phq-9", "visits", "privacy",
    "privacy/erase", "diary", "about",
)  # fmt: skip


def furnished(cast: Cast) -> str:
    """Something on every page; returns the thread of messages."""
    now = datetime.now(UTC)
    own = chart(cast.amina, cast.amina, change=True, now=now)
    team = chart(cast.bo, cast.amina, change=True, now=now)
    prescribed(cast)
    for hours in range(0, 24 * 20, 6):
        at = (now - timedelta(hours=hours)).isoformat()
        upload = {"id": str(new_id()), "kind": "systolic", "source": "cuff", "unit": "mmHg"}
        store_upload(
            own, upload | {"start": at, "step_ms": 1000, "values": [130 + hours % 9]}, now=now
        )
    visit = book_visit(team, starts_at=now + timedelta(days=2), now=now)
    prepare_questions(own, visit.id, "May I drive?", now=now)
    letter = write_message(own, MessageAsked("My ankle\nhurts", subject="Ankle"), now=now)
    write_message(team, MessageAsked("Since when?", letter.thread), now=now)
    give_grant(
        own, recipient=str(cast.carla.user.pk), categories=EVERYDAY,
        purpose=Purpose.FAMRQT, now=now,
    )  # fmt: skip
    return str(letter.thread)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(cast: Cast, scheme: str) -> None:
    thread = furnished(cast)
    hers, theirs = enter(cast.amina, Client()), carer_enters(cast, Client())
    pages = got(Client(), ["/me/enter"])
    pages |= got(hers, [f"/me/{path}" for path in (*PAGES, f"messages/{thread}")])
    pages["/me/wrong"] = hers.post("/me/visits/ask", {"starts": "soon"}).content
    pages["/me/empty"] = hers.post("/me/messages/begin", {"text": " "}).content
    pages["/me/unsure"] = hers.post("/me/privacy/erase").content
    pages["/me/unanswered"] = hers.post("/me/surveys/phq-9", {"q1": "1"}).content
    pages["/me/carer"] = theirs.get("/me/").content
    pages["/me/carers-messages"] = theirs.get("/me/messages").content
    assert faults(pages, color_scheme=scheme) == []


@pytest.mark.slow
def test_a_dose_is_answered_by_keyboard_alone(cast: Cast) -> None:
    prescribed(cast)
    hers = enter(cast.amina, Client())
    site = Site(got(hers, ["/me/"]))

    def answer(page: Page) -> list[str]:
        page.goto(f"{WEB}/me/")
        went = []
        for _ in range(40):
            page.keyboard.press("Tab")
            said = page.evaluate("document.activeElement.ariaLabel || ''")
            went.append(page.evaluate("document.activeElement.className"))
            if said.startswith("Taken"):
                page.keyboard.press("Enter")
                page.wait_for_timeout(100)
                break
        return went

    went = browse(site, answer)
    assert went[0] == "skip"  # the first stop leads past the links
    ((path, body),) = site.posted
    assert hers.post(path, dict(parse_qsl(body))).status_code == 302
    assert Dose.objects.earliest("due_at").status == "taken"
