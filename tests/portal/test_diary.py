"""The diary on her own pages: ticked, counted, taken back; what cannot be is told in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from backend.streams.models import Upload
from tests.people import Cast
from tests.portal.test_pages import enter, text


@pytest.fixture
def hers(cast: Cast) -> Client:
    return enter(cast.amina, Client())


@pytest.fixture
def yesterday() -> str:
    return str((datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")) - timedelta(1)).date())


def test_what_is_ticked_holds_and_what_is_not_is_taken_back(hers: Client, yesterday: str) -> None:
    assert " checked" not in text(hers, "diary")
    done = hers.post(f"/me/diary/{yesterday}/tags", {"tag": ["alcohol", "vaccine"]})
    assert (done.status_code, done.url) == (302, "/me/diary")
    assert text(hers, "diary").count(" checked") == 2
    hers.post(f"/me/diary/{yesterday}/tags", {"tag": ["vaccine"]})
    page = text(hers, "diary")
    assert page.count(" checked") == 1
    assert 'value="vaccine" checked' in page


def test_seizures_are_counted_and_none_is_said(hers: Client, yesterday: str) -> None:
    assert text(hers, "diary").count("Nothing is noted for this day.") == 3
    for part in ("morning", "evening"):
        hers.post(f"/me/diary/{yesterday}/seizures", {"part": part})
    assert "Noted for this day: 2" in text(hers, "diary")
    hers.post(f"/me/diary/{yesterday}/seizures", {"part": "none"})
    assert "None on this day." in text(hers, "diary")


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("2020-01-01/tags", {"tag": ["alcohol"]}),
        ("2999-01-01/tags", {"tag": ["alcohol"]}),
        ("soon/tags", {"tag": ["alcohol"]}),
        ("2020-01-01/seizures", {"part": "morning"}),
    ],
)
def test_another_day_is_refused_in_words(hers: Client, path: str, values: dict) -> None:
    answer = hers.post(f"/me/diary/{path}", values)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Upload.objects.exists()


def test_unknown_tags_and_parts_are_refused(hers: Client, yesterday: str) -> None:
    assert hers.post(f"/me/diary/{yesterday}/tags", {"tag": ["beer"]}).status_code == 400
    assert hers.post(f"/me/diary/{yesterday}/seizures", {"part": "noon"}).status_code == 400
    assert hers.post(f"/me/diary/{yesterday}/seizures").status_code == 400


def test_another_patient_sees_none_of_it(cast: Cast, hers: Client, yesterday: str) -> None:
    hers.post(f"/me/diary/{yesterday}/tags", {"tag": ["alcohol"]})
    assert " checked" not in text(enter(cast.stranger, Client()), "diary")
