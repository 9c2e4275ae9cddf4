"""The patient's own goal, the week in kind words, and Today as one list in the order of the day."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mobile.presenters import goals, today, week
from mobile.presenters.shapes import Card
from mobile.store.database import keep_setting
from mobile.store.outbox import Samples, record_samples
from mobile.sync import wishes
from mobile.words import load
from tests.mobile import house
from tests.mobile.house import BERLIN, FEET_FORM
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

WORDS = load("en")
DAY = timedelta(days=1)
NEVER_SET = {"kind": "none", "text": "", "target": None, "days": [], "set_at": None}
REPROACH = re.compile(r"miss|fail|forgot|should have|only|streak|behind|late\b", re.IGNORECASE)


@pytest.fixture
def told(phone: Phone) -> Phone:
    """A phone that knows that no goal has been set."""
    keep_setting(phone.db, f"known:{wishes.GOAL}", NEVER_SET)
    give(phone, profile=[house.profile()])
    return phone


def facts(phone: Phone) -> goals.GoalFacts:
    return goals.read(phone.db, zone=BERLIN, now=phone.clock())


def goal_cards(phone: Phone) -> tuple[Card, ...]:
    return goals.cards(facts(phone), words=WORDS, now=phone.clock())


def sections(phone: Phone) -> dict[str, list[Card]]:
    now = phone.clock()
    state = today.present(today.read(phone.db, now=now), words=WORDS, now=now)
    return {section.title: list(section.cards) for section in state.sections}


# --- a goal --------------------------------------------------------------------------------------


def test_one_habit_is_asked_for_once(told: Phone) -> None:
    (card,) = goal_cards(told)
    assert card.title == "Choose one small habit"
    assert [choice.deed.kind for choice in card.choices] == ["set_habit"] * 3 + ["go", "set_habit"]
    wishes.wish(told.db, wishes.GOAL, **goals.NONE)
    assert goal_cards(told) == ()


def test_nothing_is_asked_before_the_server_has_told(phone: Phone) -> None:
    assert goal_cards(phone) == ()


def test_a_habit_is_marked_and_a_day_without_it_is_not_spoken_of(told: Phone) -> None:
    wishes.wish(told.db, wishes.GOAL, **goals.habit("A short walk"))
    for _ in range(2):
        wishes.wish(told.db, wishes.GOAL, **goals.marked(facts(told), done=True))
        told.clock.move(days=1)
    told.clock.move(days=1)
    (card,) = goal_cards(told)
    assert (card.title, card.body) == ("A short walk", "On 2 of the last 7 days.")
    wishes.wish(told.db, wishes.GOAL, **goals.marked(facts(told), done=True))
    assert goal_cards(told)[0].when == "Done today"
    wishes.wish(told.db, wishes.GOAL, **goals.marked(facts(told), done=False))
    assert goal_cards(told)[0].when == "Your own goal"
    told.clock.move(days=9)
    assert goal_cards(told)[0].body == ""


def test_steps_are_counted_from_what_was_measured(told: Phone) -> None:
    wishes.wish(told.db, wishes.GOAL, **goals.steps(5_000))
    assert goal_cards(told)[0].body == ""
    at = [int((START - timedelta(hours=n)).timestamp() * 1000) for n in (2, 1)]
    record_samples(told.db, Samples("steps", "watch", "{steps}", at, [2_000, 1_210]), now=START)
    (card,) = goal_cards(told)
    assert (card.title, card.body) == ("5,000 steps a day", "3,210 so far today.")
    wishes.wish(told.db, wishes.GOAL, **goals.steps(3_000))
    assert goal_cards(told)[0].when == "You got there today. Thank you."


def test_what_can_be_chosen_says_what_holds(told: Phone) -> None:
    def chosen() -> list[str]:
        return [o.value for o in goals.kinds(facts(told), WORDS).options if o.chosen]

    for values, name in (
        (goals.habit(WORDS("habit_walk")), "walk"),
        (goals.habit("I feed the cat"), "own"),
        (goals.steps(4_000), "steps"),
        (goals.NONE, "none"),
    ):
        wishes.wish(told.db, wishes.GOAL, **values)
        assert chosen() == [name]
    assert goals.moved(500, -1) == 500
    assert goals.moved(None, 1) == 4_500


# --- the week ------------------------------------------------------------------------------------


def week_of(phone: Phone) -> week.WeekFacts:
    return week.read(phone.db, zone=BERLIN, now=phone.clock())


@pytest.fixture
def dosed(told: Phone) -> Phone:
    """Nine days with a medicine in the morning, taken on all but two."""
    plan = house.schedule("Metformin", "08:00")
    rows = house.doses("Metformin", plan, start=START - 9 * DAY, end=START, zone="Europe/Berlin")
    for number, row in enumerate(rows):
        if number not in (3, 5):
            row |= {"status": "taken", "status_at": row["due_at"]}
    give(told, regimens=[house.regimen("Metformin", "500 mg", plan)], doses=rows)
    return told


def test_last_week_is_told_in_the_first_days_of_the_new_one(dosed: Phone) -> None:
    assert START.strftime("%A") == "Monday"
    told = week_of(dosed)
    assert (told.first, told.taken) == ((START - 7 * DAY).date(), 5)
    (card,) = week.cards(told, words=WORDS)
    assert card.body == "You took 5 doses."
    keep_setting(dosed.db, week.SEEN, card.choices[0].deed.subject)
    assert week.cards(week_of(dosed), words=WORDS) == ()
    dosed.clock.move(days=7)
    assert week_of(dosed).first == START.date()
    dosed.clock.move(days=3)
    assert week_of(dosed).first is None


def test_a_week_begins_where_the_clocks_say_so() -> None:
    monday = START.date()
    for zone, back in (("Europe/Berlin", 0), ("America/New_York", 1)):
        assert week.week_start(monday, house.ZoneInfo(zone)) == monday - back * DAY


def test_thanks_are_said_and_no_day_is_held_against_anybody(dosed: Phone) -> None:
    said = week.kind_word(week_of(dosed), WORDS)
    assert said == "You noted your medicines on 5 of the last 7 days. Thank you."
    dosed.clock.move(days=30)
    assert week.kind_word(week_of(dosed), WORDS) == ""


def test_no_word_about_goals_and_weeks_reproaches() -> None:
    path = Path(__file__).parents[2] / "mobile" / "words" / "en.json"
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for key, text in table.items():
        if key.startswith(("goal_", "week_", "kind_word", "habit_", "greeting_")):
            assert not REPROACH.search(str(text)), key


# --- the order of the day ------------------------------------------------------------------------


def test_doses_and_visits_stand_in_one_list_in_the_order_of_their_moments(told: Phone) -> None:
    plan = house.schedule("Metformin", "10:00", "13:00", "20:00")
    rows = house.doses("Metformin", plan, start=START, end=START + DAY, zone="Europe/Berlin")
    hour = timedelta(hours=1)
    give(
        told,
        regimens=[house.regimen("Metformin", "500 mg", plan)],
        doses=rows,
        visits=[
            house.visit("soon", START + hour / 6),
            house.visit("after lunch", START + 5 * hour),
            house.visit("over", START - 2 * hour, state="ended"),
        ],
    )
    keep_setting(told.db, f"known:{wishes.FORMS}", {"results": [FEET_FORM]})
    shown = sections(told)
    kinds = {title: [card.tag.split(":")[0] for card in cards] for title, cards in shown.items()}
    assert kinds == {
        "Now": ["dose", "visit"],
        "A few questions": ["form"],
        "Later today": ["dose", "visit", "dose"],
        "Your goal": ["goal"],
        "Done": ["visit"],
    }
