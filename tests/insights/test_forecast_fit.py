"""The forecast of glucose learnt anew from a folder: a candidate with a card, judged by groups."""

import io
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from backend.core.problems import Conflict
from backend.insights import model_queries, registry
from backend.insights.glucose_records import groups_in, read_people
from backend.wire.glucose_ahead import digest_of, forecast
from tests.people import NOW

METHOD = "glucose.ahead"
PEOPLE, READINGS = 6, 1_060
HEAD = "timestamp,glucose_value_mg_dl"


@pytest.fixture
def folder(tmp_path):
    """Six people whose glucose goes up and down, and a table of who they are."""
    rng = np.random.default_rng(4)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(PEOPLE):
        at = np.arange(READINGS)
        mg_dl = 130 + 35 * np.sin(at / 20 + n) + rng.normal(0, 3, READINGS)
        times = [start + timedelta(minutes=5 * int(step)) for step in at]
        rows = [
            f"{time:%Y-%m-%d %H:%M:%S},{one:.0f}" for time, one in zip(times, mg_dl, strict=True)
        ]
        (tmp_path / f"{n}.csv").write_text(
            "\n".join([HEAD, *rows, f"{times[-1]:%Y-%m-%d %H:%M:%S},Low"])
        )
    who = [f"{n},{'female' if n % 2 else 'male'},{30 + n},T1D" for n in range(PEOPLE)]
    (tmp_path / "the-metadata.csv").write_text(
        "\n".join(["person_id,gender,age,diabetes_type", *who])
    )
    return tmp_path


def told(*words, **options):
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_people_and_groups_are_read_and_words_for_values_left_out(folder):
    assert {len(at) for at, _ in read_people(folder).values()} == {READINGS}
    assert groups_in(folder)["1"] == {"sex": "female", "age": "under 45", "diabetes": "T1D"}
    assert read_people(folder / "none") == {}


def test_it_becomes_a_candidate_that_a_phone_can_run_and_few_people_are_no_verdict(cast, folder):
    said = told("train", METHOD, data=folder, model_version="2.0")
    assert "an hour ahead" in said
    model = model_queries.model_named(METHOD, "2.0")
    assert model.state == "candidate"
    assert digest_of(model.artefact) == model.digest
    window = [100.0 + n for n in range(100)]
    assert len(forecast(model.artefact, window).mean) == 24
    assert "treated" in model.artefact
    groups = {row["group"] for row in model.card["by_group"]}
    assert {"everyone", "sex: female", "diabetes: T1D"} <= groups
    with pytest.raises(SystemExit):
        told("audit_model", METHOD, data=folder, model_version="2.0", json=True)
    audit = registry.latest_audit(model)
    assert audit.report["coverage"][0]["people"] == PEOPLE
    assert "sex: male" in audit.report["insufficient"]
    with pytest.raises(Conflict, match="too few people"):
        registry.deploy(
            cast.bo.actor, model.id, reason="I should like to have it.", override=True, now=NOW
        )
    json.dumps(audit.report)


def test_a_folder_without_recordings_is_refused(cast, tmp_path):
    with pytest.raises(CommandError, match="has no recordings"):
        told("train", METHOD, data=tmp_path)
