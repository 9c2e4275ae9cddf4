"""Questionnaires: scoring by the published bands, answers that are refused, reading over HTTP."""

from dataclasses import replace

import pytest
from django.test import Client

from backend.core.models import new_id
from backend.core.problems import Invalid, NotFound
from backend.patients.access import Category
from backend.surveys import queries
from backend.surveys.actions import record_response
from backend.surveys.instruments import GAD_7, INSTRUMENTS, PHQ_9
from backend.surveys.models import Response
from backend.wire.messages import SurveyEvent
from tests.people import NOW, Cast, chart


def answered(survey: str = "phq-9", **changed: int) -> SurveyEvent:
    answers = dict.fromkeys(INSTRUMENTS[survey].items, 1) | changed
    return SurveyEvent(new_id(), NOW, survey, answers)


def test_the_instruments_are_the_published_ones() -> None:
    assert [len(i.items) for i in (PHQ_9, GAD_7)] == [9, 7]
    assert [b.least for b in PHQ_9.bands] == [0, 5, 10, 15, 20]
    assert [b.least for b in GAD_7.bands] == [0, 5, 10, 15]
    codes = [item.loinc for i in (PHQ_9, GAD_7) for item in i.items.values()]
    assert len(set(codes)) == 16


@pytest.mark.parametrize("survey", ["phq-9", "gad-7"])
def test_every_score_falls_in_the_band_of_the_paper(survey: str) -> None:
    instrument = INSTRUMENTS[survey]
    edges = [b.least for b in instrument.bands] + [1000]
    for score in range(3 * len(instrument.items) + 1):
        # Filled from the first item, so the alarm on the last stays silent as long as it can.
        full, rest = divmod(score, 3)
        answers = {
            item: 3 if n < full else rest if n == full else 0
            for n, item in enumerate(instrument.items)
        }
        assert instrument.score_of(answers) == score
        band = max(n for n, least in enumerate(edges) if least <= score)
        assert instrument.meaning_of(answers).endswith(instrument.bands[band].meaning)


def test_a_response_is_kept_scored_and_counted(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    response = record_response(own, answered(q1=3, q9=0), now=NOW)
    assert (response.score, response.needs_eyes) == (10, False)
    (row,) = queries.changed_since(own, after=own.patient.revision, limit=10)
    assert (row.id, row.score, row.survey) == (response.id, 10, "phq-9")
    assert row.meaning == "Moderate signs of low mood. Talk about them with your care team."
    assert queries.changed_since(own, after=row.revision, limit=10) == []


def test_thoughts_of_harm_are_met_kindly_and_seen_by_the_team(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    record_response(own, answered(**dict.fromkeys(PHQ_9.items, 0) | {"q9": 1}), now=NOW)
    (seen,) = queries.responses(chart(cast.bo, cast.amina))
    assert seen.needs_eyes
    assert seen.answers["q9"] == 1
    assert seen.meaning.startswith("You told us of thoughts of not being alive or of harm.")


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"q1": 4}, "answers.q1", "out_of_range"),
        ({"q2": -1}, "answers.q2", "out_of_range"),
        ({"q3": 10**300}, "answers.q3", "out_of_range"),
        ({"q10": 0}, "answers.q10", "unknown_field"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_name(
    cast: Cast, changed: dict[str, int], field: str, code: str
) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    with pytest.raises(Invalid) as refused:
        record_response(own, answered(**changed), now=NOW)
    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]
    assert not Response.objects.exists()


def test_missing_answers_are_each_named(cast: Cast) -> None:
    event = replace(answered(), answers={"q1": 0})
    with pytest.raises(Invalid) as refused:
        record_response(chart(cast.amina, cast.amina, change=True), event, now=NOW)
    assert [e.field for e in refused.value.errors] == [f"answers.q{n}" for n in range(2, 10)]


def test_an_unknown_questionnaire_is_refused(cast: Cast) -> None:
    event = replace(answered(), survey="phq-99")
    with pytest.raises(Invalid) as refused:
        record_response(chart(cast.amina, cast.amina, change=True), event, now=NOW)
    assert refused.value.errors[0].field == "survey"


def test_an_id_of_another_patient_neither_blocks_nor_tells(cast: Cast) -> None:
    hers = record_response(chart(cast.amina, cast.amina, change=True), answered(), now=NOW)
    event = replace(answered("gad-7"), id=hers.id)
    other = record_response(chart(cast.stranger, cast.stranger, change=True), event, now=NOW)
    assert other.id != hers.id
    assert Response.objects.get(pk=hers.id).patient_id == cast.amina.id


def test_a_chart_opened_for_something_else_does_not_do(cast: Cast) -> None:
    meds = chart(cast.bo, cast.amina, Category.MEDICINES, change=True)
    with pytest.raises(NotFound):
        record_response(meds, answered(), now=NOW)
    with pytest.raises(NotFound):
        queries.changed_since(meds, after=0, limit=1)
    with pytest.raises(NotFound):
        record_response(chart(cast.bo, cast.amina), answered(), now=NOW)


def test_surveys_are_read_over_http_in_pages(cast: Cast, client: Client) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    ids = [str(record_response(own, answered(), now=NOW).id) for _ in range(3)]
    body = client.get("/api/v1/surveys", **cast.amina.bearer).json()
    assert [row["id"] for row in body["results"]] == ids
    assert body["next"] is None
    assert "answers" not in body["results"][0]
    after = body["results"][1]["revision"]
    later = client.get(f"/api/v1/surveys?after={after}", **cast.amina.bearer).json()
    assert [row["id"] for row in later["results"]] == ids[2:]
    client.force_login(cast.bo.user)
    assert len(client.get(f"/api/v1/surveys?patient={cast.amina.id}").json()["results"]) == 3
