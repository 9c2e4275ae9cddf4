"""The one goal that a patient sets herself."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from backend.core.problems import Invalid, NotFound
from backend.patients.access import Category
from backend.surveys.goals import GoalAsked, goal_of, set_goal
from tests.people import NOW, Cast, chart


def own(cast: Cast) -> Any:
    return chart(cast.amina, cast.amina, change=True)


def test_it_is_set_changed_and_ended(cast: Cast) -> None:
    assert goal_of(own(cast)).set_at is None
    day = NOW.date()
    told = set_goal(own(cast), GoalAsked("habit", " A walk ", days=[day, day]), now=NOW)
    assert (told.kind, told.text, told.days, told.set_at) == ("habit", "A walk", [day], NOW)
    told = set_goal(own(cast), GoalAsked("steps", "x", 6_000), now=NOW)
    assert (told.kind, told.text, told.target, told.days) == ("steps", "", 6_000, [])
    assert set_goal(own(cast), GoalAsked("none"), now=NOW).kind == "none"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (GoalAsked("habit", "  "), "text"),
        (GoalAsked("habit", "a\0"), "text"),
        (GoalAsked("habit", "x" * 121), "text"),
        (GoalAsked("steps"), "target"),
        (GoalAsked("steps", target=10**9), "target"),
        (GoalAsked("habit", "x", days=[date(2099, 1, 1)]), "days"),
        (GoalAsked("habit", "x", days=[date(2026, 1, 1)] * 121), "days"),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, asked: GoalAsked, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_goal(own(cast), asked, now=NOW)
    assert [error.field for error in refused.value.errors] == [field]


def test_old_days_are_forgotten(cast: Cast) -> None:
    days = [NOW.date() - timedelta(days=n) for n in (0, 59, 61)]
    told = set_goal(own(cast), GoalAsked("habit", "x", days=days), now=NOW)
    assert told.days == sorted(days[:2])


def test_the_team_sees_it_and_does_not_set_it(cast: Cast, client: Client) -> None:
    asked = {"kind": "habit", "text": "A walk", "days": ["2026-11-23"]}
    put = client.put("/api/v1/goal", asked, "application/json", **cast.amina.bearer)
    assert put.status_code == 200, put.content
    client.force_login(cast.bo.user)
    path = f"/api/v1/goal?patient={cast.amina.id}"
    assert client.get(path).json()["text"] == "A walk"
    assert client.put(path, asked, "application/json").status_code in (403, 404)
    meds = chart(cast.bo, cast.amina, Category.MEDICINES)
    with pytest.raises(NotFound):
        goal_of(meds)
