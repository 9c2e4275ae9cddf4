"""Questionnaires under /me without a script: further questions come as answers call for them."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from backend.surveys.actions import bring_in
from backend.surveys.models import Response
from tests.people import Cast
from tests.portal.people import enter
from tests.surveys.test_questionnaires import FEET

ADDRESS = "/me/surveys/foot-check"
FIRST = ["read", "sore", "more"]
ALL = ["read", "sore", "pain", "days", "more"]


@pytest.fixture
def hers(cast: Cast) -> Client:
    bring_in(FEET, language="en", every_days=7, now=datetime.now(UTC))
    return enter(cast.amina, Client())


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_an_answer_opens_further_questions(hers: Client) -> None:
    assert "Does it hurt?" not in text(hers, ADDRESS)
    more = hers.post(ADDRESS, {"shown": FIRST, "sore": "true", "more": "ab < cd"})
    page = more.content.decode()
    assert more.status_code == 200
    assert "Does it hurt?" in page
    assert "there are more questions" in page
    assert "ab &lt; cd" in page
    assert 'value="true" checked' in page
    assert not Response.objects.exists()
    whole = {"shown": ALL, "sore": "true", "pain": "yes", "days": "3"}
    assert "Thank you" in hers.post(ADDRESS, whole).content.decode()
    kept = Response.objects.get()
    assert (kept.answers, kept.score) == ({"sore": True, "pain": "yes", "days": 3}, 2)


def test_what_is_missing_or_cannot_be_read_is_told_beside_its_question(hers: Client) -> None:
    none = hers.post(ADDRESS, {"shown": FIRST})
    assert none.status_code == 400
    assert "This question has no answer." in none.content.decode()
    bad = {"shown": ALL, "sore": "true", "pain": "perhaps", "days": "x", "more": "a" * 60}
    page = hers.post(ADDRESS, bad)
    assert page.status_code == 400
    assert page.content.decode().count('class="problem"') == 4  # three, and how many there are
    assert not Response.objects.exists()


def test_what_is_asked_every_week_stands_on_today_until_it_is_answered(hers: Client) -> None:
    assert "Your feet" in text(hers, "/me/")
    hers.post(ADDRESS, {"shown": FIRST, "sore": "false"})
    assert Response.objects.get().answers == {"sore": False}
    assert "Your feet" not in text(hers, "/me/")
    assert "Your feet" in text(hers, "/me/surveys")
