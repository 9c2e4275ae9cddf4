"""Which questions are asked, which answers are sound, what they add up to."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.rendering import to_json
from backend.wire.questionnaire import (
    Condition,
    Option,
    Question,
    Questionnaire,
    Rule,
    from_json,
)

PAIN = (Option("none", "None", 0.0), Option("some", "Some", 1.0), Option("bad", "Bad", 2.0))


def when(question: str, operator: str, value: bool | int | float | str) -> Rule:
    return Rule((Condition(question, operator, value),))


ASKED = Questionnaire(
    "knee",
    "Your knee",
    (
        Question("hurts", "boolean", "Does it hurt?", required=True),
        Question("pain", "choice", "How bad?", required=True, options=PAIN,
                 rules=(when("hurts", "=", True),)),
        Question("days", "integer", "For how many days?", low=0, high=365,
                 rules=(when("hurts", "=", True), when("pain", "!=", "none"))),
        Question("since", "date", "Since when?", rules=(when("days", ">", 30),)),
        Question("words", "text", "Anything else?", longest=20),
    ),
    alarms=("pain",),
)  # fmt: skip


def codes(answers: dict[str, bool | int | float | str]) -> list[str]:
    return [question.code for question in ASKED.asked(answers)]


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, ["hurts", "words"]),
        ({"hurts": False}, ["hurts", "words"]),
        ({"hurts": True}, ["hurts", "pain", "days", "words"]),
        ({"hurts": True, "pain": "none"}, ["hurts", "pain", "words"]),
        ({"hurts": True, "pain": "bad", "days": 31}, ["hurts", "pain", "days", "since", "words"]),
        # What is not asked has no say: the days stand there from before the first answer changed.
        ({"hurts": False, "pain": "bad", "days": 31}, ["hurts", "words"]),
    ],
)
def test_answers_decide_what_is_asked(answers: dict[str, bool | int], asked: list[str]) -> None:
    assert codes(dict(answers)) == asked


@pytest.mark.parametrize(
    ("operator", "value", "given_", "holds"),
    [
        ("exists", True, None, False), ("exists", False, None, True), ("exists", True, 0, True),
        ("=", 3, 3, True), ("=", 3, None, False), ("!=", 3, 4, True), ("!=", 3, None, True),
        (">=", 2.5, 3, True), ("<", "2026-11-24", "2026-11-23", True), (">", 1, "two", False),
    ],
)  # fmt: skip
def test_each_condition(operator: str, value: int, given_: int | None, holds: bool) -> None:
    answers = {} if given_ is None else {"q": given_}
    assert Condition("q", operator, value).holds(answers) is holds


def test_one_condition_of_several_will_do_where_it_says_so() -> None:
    both = (Condition("a", "=", 1), Condition("b", "=", 1))
    assert not Rule(both).holds({"a": 1})
    assert Rule(both, any_will_do=True).holds({"a": 1})


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        ({}, ["hurts"]),
        ({"hurts": "yes"}, ["hurts"]),
        ({"hurts": True}, ["pain"]),
        ({"hurts": True, "pain": "worse"}, ["pain"]),
        ({"hurts": True, "pain": "bad", "days": 2.0}, ["days"]),
        ({"hurts": True, "pain": "bad", "days": True}, ["days"]),
        ({"hurts": True, "pain": "bad", "days": 10**400}, ["days"]),
        ({"hurts": True, "pain": "bad", "days": 40, "since": "2026-02-30"}, ["since"]),
        ({"hurts": False, "words": "x" * 21}, ["words"]),
        ({"hurts": False, "words": "a\0b"}, ["words"]),
        ({"hurts": False, "days": 3}, ["days"]),
        ({"hurts": False, "more": 1}, ["more"]),
        ({"hurts": True, "pain": "bad", "days": 40, "since": "2026-02-28"}, []),
    ],
)
def test_each_wrong_answer_is_named(
    answers: dict[str, bool | int | float | str], fields: list[str]
) -> None:
    assert [code for code, _, _ in ASKED.problems_of(answers)] == fields


def test_no_number_is_not_a_number() -> None:
    question = Question("n", "decimal", "How much?")
    assert question.problem_of(float("nan")) is not None
    assert question.problem_of(float("inf")) is not None


def test_only_what_is_asked_counts() -> None:
    assert ASKED.score_of({"hurts": True, "pain": "bad"}) == 2
    assert ASKED.score_of({"hurts": False, "pain": "bad"}) == 0
    assert ASKED.is_alarm({"hurts": True, "pain": "some"})
    assert not ASKED.is_alarm({"hurts": False, "pain": "some"})
    assert Questionnaire("x", "X", ASKED.questions[:1]).score_of({"hurts": True}) is None


def test_it_reads_back_as_it_was_told() -> None:
    assert from_json(json.loads(json.dumps(to_json(ASKED)))) == ASKED
    assert from_json(dataclasses.asdict(ASKED)) == ASKED


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "hurts": st.booleans(),
            "pain": st.sampled_from([option.value for option in PAIN]),
            "days": st.integers(0, 365),
            "since": st.dates().map(str),
            "words": st.text("abc ", min_size=1, max_size=20).filter(str.strip),
        },
    )
)
def test_what_is_kept_lacks_at_most_what_is_required(answers: dict[str, bool | int | str]) -> None:
    kept = ASKED.kept(answers)
    assert ASKED.kept(kept) == kept
    assert {problem for _, problem, _ in ASKED.problems_of(kept)} <= {"required"}
    assert codes(dict(kept)) == codes(dict(answers))
