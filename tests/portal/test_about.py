"""About her: answered in her browser, with a risk beside a hundred small people; bad input."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from backend.insights.risk_entry import BY_TEAM, tell
from backend.patients.access import Category
from backend.patients.background import answers_of
from backend.patients.models import Patient
from backend.streams import queries as streams
from tests.insights.measured import refresh
from tests.insights.risks import ANSWERS, MEASURED, be
from tests.people import Cast, chart
from tests.portal.test_pages import enter, text


@pytest.fixture
def hers(cast: Cast) -> Client:
    """Amina's browser."""
    be(cast.amina)
    return enter(cast.amina, Client())


def test_what_she_tells_is_kept_and_what_she_leaves_open_stays_open(cast: Cast, hers: Client):
    sent = {"smoking": "yes", "relatives": "close", "waist": "37,5", "waist_unit": "[in_i]"}
    answer = hers.post("/me/about", sent)
    assert (answer.status_code, answer.url) == (302, "/me/health")
    now = datetime.now(UTC)
    mine = chart(cast.amina, cast.amina, Category.SURVEYS, Category.STREAMS, now=now)
    assert {code: one.choice for code, one in answers_of(mine, at=now).items()} == {
        "smoking": "yes",
        "relatives": "close",
    }
    latest = streams.latest_of(mine, "waist")
    assert (latest.source, latest.at.date()) == ("Patient", now.date())
    again = text(hers, "about")
    assert re.search(r'name="smoking" value="yes" checked', again)


@pytest.mark.parametrize(
    "sent", [{"smoking": "maybe"}, {"waist": "wide"}, {"waist": "9999"}, {"waist": "nan"}]
)
def test_what_cannot_be_is_told_and_nothing_is_kept(cast: Cast, hers: Client, sent):
    answer = hers.post("/me/about", {"active": "yes"} | sent)
    assert answer.status_code == 400
    now = datetime.now(UTC)
    assert answers_of(chart(cast.amina, cast.amina, Category.SURVEYS, now=now), at=now) == {}


def test_her_risk_is_drawn_for_eyes_and_ears_without_style_or_script(cast: Cast, hers: Client):
    now = datetime.now(UTC)
    tell(
        chart(cast.bo, cast.amina, change=True, now=now),
        answers=ANSWERS,
        measured=MEASURED,
        day=now.date(),
        source=BY_TEAM,
        now=now,
    )
    refresh(cast.amina, now=now)
    page = text(hers, "health")
    first, second = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert 'role="img"' in first
    assert '<title id="risk-prevent-0-title">You, as things are: 15 of 100</title>' in first
    assert first.count("a3.2") == second.count("a3.2") == 200  # two arcs a head
    assert "style=" not in page
    assert "Your age and sex" in second
    assert "aged 30 to 79" in page
    Patient.objects.filter(pk=cast.amina.id).update(language="sw")
    assert "You, as things are" not in text(hers, "health")


def test_what_is_missing_is_asked_for_with_the_way_to_tell_it(cast: Cast, hers: Client):
    refresh(cast.amina, now=datetime.now(UTC))
    page = text(hers, "health")
    assert "we still need to know" in page
    assert 'href="/me/about"' in page
