"""FHIR Questionnaires brought in: what is asked, what is refused by name, what answers come to."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from backend.core.models import new_id
from backend.core.problems import Invalid
from backend.surveys import queries
from backend.surveys.actions import bring_in, record_response
from backend.surveys.asking import answered_by, asked_in
from backend.surveys.fhir import read_questionnaire
from backend.surveys.models import AskedForm, Response
from backend.wire.messages import SurveyEvent
from backend.wire.questionnaire import from_json
from tests.people import NOW, Cast, chart

CORE = "http://hl7.org/fhir/StructureDefinition/"


def scored(code: str, text: str, score: int) -> dict[str, Any]:
    extension = [{"url": f"{CORE}ordinalValue", "valueDecimal": score}]
    return {"valueCoding": {"code": code, "display": text, "extension": extension}}


FEET: dict[str, Any] = {
    "resourceType": "Questionnaire", "id": "foot-check", "title": "Your feet", "version": "1",
    "status": "active",
    "item": [
        {"linkId": "read", "type": "display", "text": "Look at both feet."},
        {"linkId": "sore", "type": "boolean", "text": "Is there a sore place?", "required": True},
        {
            "linkId": "where", "type": "group", "text": "The sore place",
            "enableWhen": [{"question": "sore", "operator": "=", "answerBoolean": True}],
            "item": [
                {"linkId": "pain", "type": "choice", "text": "Does it hurt?", "required": True,
                 "answerOption": [scored("no", "No", 0), scored("yes", "Yes", 2)]},
                {"linkId": "days", "type": "integer", "text": "For how many days?",
                 "extension": [{"url": f"{CORE}minValue", "valueInteger": 0}],
                 "enableWhen": [
                     {"question": "pain", "operator": "=", "answerCoding": {"code": "yes"}},
                     {"question": "pain", "operator": "exists", "answerBoolean": False},
                 ], "enableBehavior": "any"},
            ],
        },
        {"linkId": "more", "type": "text", "text": "Anything else?", "maxLength": 50},
    ],
}  # fmt: skip


def with_item(**item: Any) -> dict[str, Any]:
    changed = deepcopy(FEET)
    changed["item"].append({"linkId": "new", "type": "string", "text": "And this?"} | item)
    return changed


def answered(**answers: Any) -> SurveyEvent:
    return SurveyEvent(new_id(), NOW, "foot-check", answers, "1")


def test_what_fhir_says_is_what_is_asked() -> None:
    asked = read_questionnaire(FEET, every_days=7)
    assert (asked.code, asked.title, asked.version, asked.every_days) == (
        "foot-check", "Your feet", "1", 7,
    )  # fmt: skip
    assert [q.code for q in asked.asked({})] == ["read", "sore", "more"]
    assert [q.code for q in asked.asked({"sore": True})][2:4] == ["pain", "days"]
    assert [q.code for q in asked.asked({"sore": True, "pain": "no"})][2:] == ["pain", "more"]
    assert {q.code: q.heading for q in asked.questions}["pain"] == "The sore place"
    assert asked.score_of({"sore": True, "pain": "yes"}) == 2


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"type": "attachment"}, "type attachment"),
        ({"type": "open-choice"}, "type open-choice"),
        ({"repeats": True}, "More than one answer"),
        ({"type": "choice", "answerValueSet": "http://x"}, "value set"),
        ({"type": "choice", "answerOption": [scored("a", "A", 1)]}, "two choices"),
        ({"initial": [{"valueString": "x"}]}, "filled in beforehand"),
        ({"modifierExtension": [{"url": "x"}]}, "changes its meaning"),
        ({"extension": [{"url": "http://x/sdc-questionnaire-calculatedExpression"}]}, "not known"),
        ({"extension": [{"url": f"{CORE}minValue", "valueDate": "2026-01-01"}]}, "limits"),
        ({"enableWhen": [{"question": "later", "operator": "=", "answerString": "x"}]}, "before"),
        ({"enableWhen": [{"question": "sore", "operator": "~", "answerString": "x"}]}, "condition"),
        ({"linkId": "sore"}, "Two items"),
        ({"text": ""}, "no words"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_link_id(item: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_questionnaire(with_item(**item))
    (error, *_) = refused.value.errors
    assert error.field == f"item.{item.get('linkId', 'new')}"
    assert says in " ".join(e.detail for e in refused.value.errors)


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = with_item(type="reference")
    wrong["item"].append({"linkId": "also", "type": "quantity", "text": "x"})
    with pytest.raises(Invalid) as refused:
        read_questionnaire(wrong)
    assert [e.field for e in refused.value.errors] == ["item.new", "item.also"]


@pytest.mark.parametrize("wrong", [None, [], {}, {"resourceType": "Questionnaire"}, "x"])
def test_what_is_no_questionnaire_is_refused(wrong: Any) -> None:
    with pytest.raises(Invalid):
        read_questionnaire(wrong)


def test_the_houses_own_cannot_be_replaced_without_their_safety_words() -> None:
    for clash in ({"id": "phq-9"}, {"code": [{"code": "44249-1"}]}):
        with pytest.raises(Invalid) as refused:
            read_questionnaire(FEET | clash)
        (error,) = refused.value.errors
        assert (error.field, error.code) == ("code", "conflict")


def test_a_question_about_harm_sounds_the_alarm(cast: Cast) -> None:
    item = {"type": "choice", "code": [{"code": "44260-8"}]}
    with pytest.raises(Invalid) as refused:
        read_questionnaire(
            with_item(**item, answerOption=[{"valueString": "no"}, {"valueString": "yes"}])
        )
    assert "need scores" in refused.value.errors[0].detail
    harm = with_item(**item, answerOption=[scored("no", "No", 0), scored("yes", "Yes", 1)])
    bring_in(harm, language="en", now=NOW)
    own = chart(cast.amina, cast.amina, change=True)
    record_response(own, answered(sore=False, new="yes"), now=NOW)
    (seen,) = queries.responses(chart(cast.bo, cast.amina))
    assert seen.needs_eyes
    assert seen.meaning.startswith("You told us of thoughts")


def test_answers_are_kept_with_their_version_and_score(cast: Cast) -> None:
    bring_in(FEET, language="en", now=NOW)
    own = chart(cast.amina, cast.amina, change=True)
    kept = record_response(own, answered(sore=True, pain="yes", days=3), now=NOW)
    assert (kept.score, kept.version, kept.needs_eyes) == (2, "1", False)
    with pytest.raises(Invalid) as refused:
        record_response(own, answered(sore=False, pain="yes"), now=NOW)
    assert [(e.field, e.code) for e in refused.value.errors] == [("answers.pain", "unknown_field")]
    with pytest.raises(Invalid):
        record_response(own, replace(answered(sore=False), version="2"), now=NOW)
    assert Response.objects.count() == 1


def test_a_new_version_is_asked_and_the_old_one_still_answered(cast: Cast) -> None:
    bring_in(FEET, language="en", now=NOW)
    newer = with_item(required=True) | {"version": "2"}
    bring_in(newer, language="en", now=NOW)
    assert [q.version for q in asked_in("en") if q.code == "foot-check"] == ["2"]
    record_response(chart(cast.amina, cast.amina, change=True), answered(sore=False), now=NOW)
    with pytest.raises(Invalid) as refused:
        bring_in(with_item() | {"version": "2"}, language="en", now=NOW)
    assert refused.value.errors[0].field == "version"


def test_each_is_asked_in_the_language_that_there_is(cast: Cast) -> None:
    bring_in(FEET, language="en", now=NOW)
    bring_in(FEET | {"title": "Sus pies"}, language="es", now=NOW)
    titles = {code: asked_in(code)[-1].title for code in ("en", "es", "sw")}
    assert titles == {"en": "Your feet", "es": "Sus pies", "sw": "Your feet"}
    assert [one.code for one in asked_in("es")] == ["phq-9", "gad-7", "foot-check"]


def test_the_command_keeps_it_or_names_what_it_cannot(tmp_path: Path, db: None) -> None:
    path = tmp_path / "feet.json"
    path.write_text(json.dumps(with_item(type="url")))
    with pytest.raises(CommandError, match=r"item\.new: A question of the type url"):
        call_command("import_questionnaire", path)
    assert not AskedForm.objects.exists()
    path.write_text(json.dumps(FEET))
    call_command("import_questionnaire", path, every_days=7)
    assert AskedForm.objects.get().every_days == 7
    path.write_text("{")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_questionnaire", path)


def test_phones_are_told_of_them_and_can_read_them(cast: Cast, client: Client) -> None:
    bring_in(FEET, language="en", every_days=7, now=NOW)
    told = client.get("/api/v1/surveys/questionnaires", **cast.amina.bearer).json()
    assert [from_json(one) for one in told] == asked_in("en")
    old = client.get("/api/v1/surveys/forms", **cast.amina.bearer).json()
    assert [one["code"] for one in old] == ["phq-9", "gad-7"]
    assert answered_by("foot-check", "1") is not None
