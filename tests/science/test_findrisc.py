"""FINDRISC: the form's points, its ends, and what is asked for."""

import dataclasses

import pytest

from backend.science.findrisc import (
    Findrisc,
    FindriscInput,
    Relatives,
    findrisc,
    points_of,
    with_changes,
)

NOBODY = FindriscInput(40, True, 22, 70, True, True, False, False, Relatives.NONE)
WORST = FindriscInput(70, False, 35, 110, False, False, True, True, Relatives.CLOSE)


def test_the_forms_ends():
    assert findrisc(NOBODY) == Findrisc(0, "low", 100)
    assert findrisc(WORST) == Findrisc(26, "very high", 2)


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ({"age": 44.9}, 0),
        ({"age": 45}, 2),
        ({"age": 54.9}, 2),
        ({"age": 55}, 3),
        ({"age": 64.9}, 3),
        ({"age": 65}, 4),
        ({"bmi": 25}, 1),
        ({"bmi": 30}, 1),
        ({"bmi": 30.1}, 3),
        ({"waist_cm": 80}, 3),
        ({"waist_cm": 88}, 3),
        ({"waist_cm": 89}, 4),
        ({"waist_cm": 93, "female": False}, 0),
        ({"waist_cm": 94, "female": False}, 3),
        ({"waist_cm": 103, "female": False}, 4),
        ({"active_daily": False}, 2),
        ({"greens_daily": False}, 1),
        ({"bp_medicine_ever": True}, 2),
        ({"high_glucose_ever": True}, 5),
        ({"relatives": Relatives.DISTANT}, 3),
        ({"relatives": Relatives.CLOSE}, 5),
    ],
)
def test_each_answer_has_the_forms_points(answer, points):
    assert findrisc(dataclasses.replace(NOBODY, **answer)).points == points


def test_bands_begin_where_the_form_says():
    seven = dataclasses.replace(NOBODY, high_glucose_ever=True, active_daily=False)
    assert findrisc(seven) == Findrisc(7, "slightly elevated", 25)
    twelve = dataclasses.replace(seven, relatives=Relatives.CLOSE)
    assert findrisc(twelve) == Findrisc(12, "moderate", 6)
    fifteen = dataclasses.replace(twelve, waist_cm=85)
    assert findrisc(fifteen) == Findrisc(15, "high", 3)
    many = dataclasses.replace(fifteen, age=66, bp_medicine_ever=True)
    assert findrisc(many) == Findrisc(21, "very high", 2)


def test_open_questions_are_asked_and_not_guessed():
    person = dataclasses.replace(NOBODY, waist_cm=None, relatives=None)
    assert findrisc(person) == ["waist_cm", "relatives"]


def test_the_answers_points_sum_up_and_what_can_change_has_none_left():
    assert sum(points_of(WORST).values()) == findrisc(WORST).points
    left = points_of(with_changes(WORST))
    assert {name for name, points in left.items() if points} == {
        *("age", "bp_medicine", "high_glucose", "relatives"),
    }
