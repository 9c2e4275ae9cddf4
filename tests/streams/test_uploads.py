"""What becomes of an upload: taken, taken in part, refused, known."""

from datetime import timedelta
from typing import Any

import pytest

from backend.agenda.models import Line
from backend.core.problems import NotFound
from backend.patients.access import Category
from backend.streams import queries
from backend.streams.actions import store_upload
from backend.streams.models import Upload
from backend.wire.messages import UPLOAD_MAX_SAMPLES, ItemResult
from tests.people import NOW, Cast, chart
from tests.streams.samples import MORNING, made_id, send, upload


def values_of(cast: Cast, kind: str = "heart_rate") -> list[float]:
    opened = chart(cast.amina, cast.amina)
    found = queries.samples(
        opened, kind, start=MORNING - timedelta(days=400), end=NOW + timedelta(days=2)
    )
    return found.values.tolist()


def told(result: ItemResult) -> list[tuple[int | None, str, str]]:
    return [(p.index, p.field, p.code) for p in result.problems]


def test_a_good_upload_is_stored_and_called_up(cast: Cast):
    result = send(cast.amina, upload(1))
    assert result == ItemResult(str(made_id(1)), "stored", 3)
    assert Line.objects.filter(patient_id=cast.amina.id, kind="streams.merge").count() == 1
    assert values_of(cast) == [61, 62, 63]


def test_the_same_id_gets_the_same_answer_and_no_second_effect(cast: Cast):
    first = send(cast.amina, upload(1, [61, 5000, 63]))
    again = send(cast.amina, upload(1, [99, 99, 99, 99]))
    assert (first.outcome, again.outcome) == ("partial", "duplicate")
    assert (again.stored, again.problems) == (first.stored, first.problems)
    assert values_of(cast) == [61, 63]


def test_a_refused_upload_is_remembered_too(cast: Cast):
    bad = upload(1) | {"kind": "mood"}
    first = send(cast.amina, bad)
    again = send(cast.amina, upload(1))
    assert (first.outcome, again.outcome) == ("refused", "duplicate")
    assert again.problems == first.problems
    assert values_of(cast) == []


def test_the_same_id_of_another_patient_is_another_upload(cast: Cast):
    send(cast.stranger, upload(1, [70]))
    assert send(cast.amina, upload(1)).outcome == "stored"
    assert values_of(cast) == [61, 62, 63]


def test_units_are_converted(cast: Cast):
    send(cast.amina, upload(1, [5.5, 6], kind="glucose", unit="mmol/L"))
    assert values_of(cast, "glucose") == [99.0858, 108.0936]


def test_order_within_an_upload_does_not_matter(cast: Cast):
    raw = upload(1) | {"offsets_ms": [2000, 0, -1000], "step_ms": None}
    assert send(cast.amina, raw).outcome == "stored"
    assert values_of(cast) == [63, 62, 61]


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"id": 7}, "id", "wrong_type"),
        ({"id": "x"}, "id", "wrong_type"),
        ({"id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}, "id", "wrong_type"),
        ({"id": None}, "id", "required"),
        ({"mood": 1}, "mood", "unknown_field"),
        ({"kind": "mood"}, "kind", "unknown_kind"),
        ({"kind": 3}, "kind", "wrong_type"),
        ({"kind": ["heart_rate"]}, "kind", "wrong_type"),
        ({"unit": "mg/dL"}, "unit", "unknown_unit"),
        ({"unit": None}, "unit", "required"),
        ({"source": ""}, "source", "empty"),
        ({"source": "x" * 81}, "source", "out_of_range"),
        ({"start": "2026-11-22T07:00:00"}, "start", "naive_time"),
        ({"start": "yesterday"}, "start", "wrong_type"),
        ({"start": "2026-13-22T07:00:00Z"}, "start", "out_of_range"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start", "out_of_range"),
        ({"start": 1}, "start", "wrong_type"),
        ({"values": []}, "values", "empty"),
        ({"values": "61"}, "values", "wrong_type"),
        ({"values": {"0": 61}}, "values", "wrong_type"),
        ({"values": [61] * (UPLOAD_MAX_SAMPLES + 1)}, "values", "too_large"),
        ({"step_ms": None}, "offsets_ms", "required"),
        ({"offsets_ms": [0, 1, 2]}, "offsets_ms", "required"),
        ({"step_ms": None, "offsets_ms": [0, 1]}, "offsets_ms", "lengths_differ"),
        ({"step_ms": None, "offsets_ms": "0"}, "offsets_ms", "wrong_type"),
        ({"step_ms": 0}, "step_ms", "out_of_range"),
        ({"step_ms": 10**30}, "step_ms", "out_of_range"),
        ({"step_ms": True}, "step_ms", "wrong_type"),
        ({"step_ms": 1.0}, "step_ms", "wrong_type"),
    ],
)
def test_what_refuses_the_whole_upload(cast: Cast, changed: dict, field: str, code: str):
    result = send(cast.amina, upload(1) | changed)
    assert (result.outcome, result.stored) == ("refused", 0)
    assert told(result) == [(None, field, code)]
    assert not Line.objects.filter(kind="streams.merge").exists()


@pytest.mark.parametrize("raw", [None, 7, "upload", [], {}])
def test_what_is_no_upload_at_all(cast: Cast, raw: Any):
    assert send(cast.amina, raw).outcome == "refused"
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (True, "boolean"),
        ("62", "not_a_number"),
        (None, "not_a_number"),
        ([62], "not_a_number"),
        (float("nan"), "not_a_number"),
        (float("inf"), "not_a_number"),
        (10**400, "not_a_number"),
        (10**30, "out_of_range"),
        (-1, "out_of_range"),
        (301, "out_of_range"),
    ],
)
def test_one_bad_value_is_named_and_the_others_stay(cast: Cast, bad: Any, code: str):
    raw = upload(1) | {"values": [61, bad, 63]}
    result = send(cast.amina, raw)
    assert (result.outcome, result.stored) == ("partial", 2)
    assert told(result) == [(1, "values", code)]
    assert values_of(cast) == [61, 63]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (True, "boolean"),
        ("0", "wrong_type"),
        (1.0, "wrong_type"),
        (None, "wrong_type"),
        (10**40, "out_of_range"),
        (3 * 86_400_000, "in_future"),
        (-60 * 366 * 86_400_000, "out_of_range"),
        (0, "duplicate_instant"),
    ],
)
def test_one_bad_instant_is_named_and_the_others_stay(cast: Cast, bad: Any, code: str):
    raw = upload(1) | {"step_ms": None, "offsets_ms": [0, bad, 2000]}
    result = send(cast.amina, raw)
    assert (result.outcome, result.stored) == ("partial", 2)
    assert told(result) == [(1, "offsets_ms", code)]
    assert values_of(cast) == [61, 63]


def test_a_clock_a_little_ahead_is_forgiven(cast: Cast):
    assert send(cast.amina, upload(1, start=NOW + timedelta(hours=23))).outcome == "stored"


def test_a_code_between_two_codes_means_nothing(cast: Cast):
    raw = upload(1, [1, 1.5, 2], kind="sleep_stage", unit="{stage}")
    assert told(send(cast.amina, raw)) == [(1, "values", "out_of_range")]


def test_each_bad_sample_has_its_own_problem_in_order(cast: Cast):
    raw = upload(1) | {
        "values": [None, 61, 62, 5000, 63],
        "step_ms": None,
        "offsets_ms": [0, 0, 0, 9, "x"],
    }
    assert told(send(cast.amina, raw)) == [
        (0, "values", "not_a_number"),
        (2, "offsets_ms", "duplicate_instant"),
        (3, "values", "out_of_range"),
        (4, "offsets_ms", "wrong_type"),
    ]


def test_problems_repeat_no_value(cast: Cast):
    result = send(cast.amina, upload(1, [61, 4321, 63]))
    assert "4321" not in str(result)


def test_reading_is_not_changing(cast: Cast):
    with pytest.raises(NotFound):
        store_upload(chart(cast.amina, cast.amina, Category.STREAMS), upload(1), now=NOW)
    with pytest.raises(NotFound):
        store_upload(
            chart(cast.amina, cast.amina, Category.PROFILE, change=True), upload(1), now=NOW
        )
