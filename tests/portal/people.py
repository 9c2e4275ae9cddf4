"""Ways into /me for the cast."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.test import Client

from backend.patients.actions import make_carer_code, make_enrolment_code
from backend.regimens.actions import Timing, prescribe
from tests.people import Cast, Person, chart


def enter(person: Person, client: Client) -> Client:
    """By a code of her own."""
    now = datetime.now(UTC)
    return come_in(
        make_enrolment_code(chart(person, person, change=True, now=now), now=now), client
    )


def carer_enters(cast: Cast, client: Client) -> Client:
    """Carla, by a code that Amina made."""
    now = datetime.now(UTC)
    own = chart(cast.amina, cast.amina, change=True, now=now)
    return come_in(make_carer_code(own, cast.carla.user.pk, now=now), client)


def come_in(code: str, client: Client) -> Client:
    """Type the code."""
    cache.clear()
    answer = client.post("/me/enter", {"code": code})
    assert (answer.status_code, answer.url) == (302, "/me/")
    return client


def prescribed(cast: Cast, *, minutes_ago: int = 5, **more: object) -> None:
    """A dose that was due just now."""
    now = datetime.now(UTC)
    local = (now - timedelta(minutes=minutes_ago)).astimezone(ZoneInfo("Europe/Berlin"))
    timing = Timing(times=(f"{local:%H:%M}",), starts_local=f"{local:%Y-%m-%dT%H:%M}")
    team = chart(cast.bo, cast.amina, change=True, now=now)
    asked = {"medicine": "Metformin", "dose": "500 mg", "timing": timing} | more
    prescribe(team, now=now, **asked)
