"""train, audit_model, deploy_model: the whole path, on a made table and on the real one."""

import csv
import io
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from backend.insights import model_queries, shipped
from backend.insights.learned import LEARNED
from backend.insights.models import LearnedModel
from backend.insights.readmission import METHOD, NUMBERS, WANTED, read_cohort
from backend.insights.readmission_fit import exported, fit, table_of
from backend.insights.tables import Unusable
from backend.science.linear_risk import LinearRisk
from tests.realdata import shared_data

REASON = "The board saw the report on Monday."


def hospital(folder, people=3000, **changes):
    """A table like UCI's; who was in hospital more often comes back more often."""
    rng = np.random.default_rng(7)
    rows = []
    for n in range(people):
        stays = int(rng.poisson(1.0))
        again = rng.random() < 0.1 + 0.08 * min(stays, 5)
        row = dict.fromkeys(NUMBERS, "3") | {
            **{"encounter_id": str(n + 1), "patient_nbr": str(10_000 + n), "race": "Caucasian"},
            **{"gender": str(rng.choice(["Female", "Male"])), "age": f"[{60 + 10 * (n % 2)}-90)"},
            **{"number_inpatient": str(stays), "num_medications": str(int(rng.integers(1, 60)))},
            **{"discharge_disposition_id": "1", "readmitted": "<30" if again else "NO"},
            **{"admission_type_id": "1", "admission_source_id": "7", "diag_1": "428"},
            **{"A1Cresult": "None", "insulin": "No", "change": "Ch", "diabetesMed": "Yes"},
        }
        rows.append(row | {name: of(n) for name, of in changes.items()})
    with (folder / "diabetic_data.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, WANTED)
        writer.writeheader()
        writer.writerows(rows)
    return folder


def told(*command, **options):
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


def train(folder, **options):
    return told("train", METHOD, data=folder, model_version="1.0", **options)


def audit(folder, **options):
    """The output, and the exit code."""
    try:
        return told("audit_model", METHOD, data=folder, replicates=50, **options), 0
    except SystemExit as exit_:
        return "", exit_.code


def deploy(by="bo", **options):
    return told("deploy_model", METHOD, "1.0", by=by, reason=REASON, **options)


def test_the_whole_path(tmp_path, cast):
    folder = hospital(tmp_path, 6000, age=lambda n: "[60-70)")  # two groups, large enough to tell
    whole = json.loads(train(folder, json=True))
    assert whole["card"]["metrics"]["auroc"] > 0.55
    assert whole["card"]["data"]["people"] == 6000
    assert whole["artefact"]["form"] == "linear-log-odds/1"
    with pytest.raises(CommandError, match="no report"):
        deploy()
    said, code = audit(tmp_path, json=True)
    report = json.loads(said)
    assert (code, report["passed"], report["blocking"]) == (0, True, [])
    assert report["model"]["digest"] == whole["digest"]
    with pytest.raises(CommandError, match="A clinician deploys a model"):
        deploy(by="opal")
    assert "1.0 is deployed" in deploy()
    assert model_queries.deployed(METHOD).version == "1.0"
    assert json.loads(deploy(retire=True, json=True))["state"] == "retired"


def test_no_pickle_and_no_code_is_stored_and_the_terms_are_the_pipelines(tmp_path):
    cohort = read_cohort(hospital(tmp_path, 1500))
    model, pipeline = fit(cohort.part(~cohort.held_out))
    table = table_of(cohort)
    plainly = exported(pipeline, table)
    twin = pipeline.predict_proba(table)[:, 1]
    # Centres of answers differ with the table; risks do not.
    assert np.abs(plainly.probability(cohort.columns) - twin).max() < 1e-12
    assert LinearRisk.from_json(json.loads(json.dumps(model.to_json()))) == model


def test_who_counts(tmp_path):
    dead = {"discharge_disposition_id": lambda n: "11" if n % 10 == 0 else "1"}
    twice = {"patient_nbr": lambda n: str(n // 2), "encounter_id": lambda n: str(9000 - n)}
    cohort = read_cohort(hospital(tmp_path, 400, **dead))
    assert len(cohort.happened) == 360
    assert cohort.left_out["died or went to hospice"] == 40
    again = read_cohort(hospital(tmp_path, 400, **twice))
    assert len(again.happened) == 200
    assert again.left_out["a later encounter of the same person"] == 200
    assert 0.3 < again.held_out.mean() < 0.5
    assert {str(label) for label in cohort.groups["age"]} == {"70 to 79", "80 and over"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"time_in_hospital": lambda n: "long"}, "not the table"),
        ({"age": lambda n: "old"}, "not the table"),
    ],
)
def test_a_table_that_is_none(tmp_path, changes, says):
    with pytest.raises(Unusable, match=says):
        read_cohort(hospital(tmp_path, 5, **changes))


def test_bad_commands_exit_with_a_reason_and_store_nothing(tmp_path, cast):
    with pytest.raises(CommandError, match="holds neither"):
        train(tmp_path)
    with pytest.raises(CommandError, match=f"There is no {METHOD}"):
        audit(tmp_path)
    with pytest.raises(CommandError, match="invalid choice"):
        told("train", "risk.of_nothing", data=tmp_path)
    with pytest.raises(CommandError, match="from 50"):
        told("audit_model", METHOD, data=tmp_path, replicates=3)
    with pytest.raises(CommandError, match="no account"):
        deploy(by="nobody")
    (tmp_path / "diabetic_data.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="not the table"):
        train(tmp_path)
    hospital(tmp_path, 800)
    train(tmp_path)
    with pytest.raises(CommandError, match="another fit is another version"):
        train(tmp_path)
    assert LearnedModel.objects.count() == 1


def test_on_the_real_hospitals_it_is_blocked_for_age_and_a_name_can_override(cast):
    folder = shared_data("outcomes-diabetes130")
    card = json.loads(train(folder, json=True))["card"]
    assert (card["data"]["people"], card["data"]["events"]) == (69_973, 6_277)
    assert card["metrics"]["auroc"] == pytest.approx(0.6415, abs=0.003)
    assert card["metrics"]["o_e"] == pytest.approx(1.005, abs=0.01)
    assert audit(folder)[1] == 3
    report = model_queries.audits(model_queries.model_named(METHOD))[0].report
    assert {"age: 80 and over", "age: under 50"} <= set(report["blocking"])
    assert not {"sex: female", "race: AfricanAmerican"} & set(report["blocking"])
    assert "race: Hispanic" in report["insufficient"]
    with pytest.raises(CommandError, match="may not be deployed"):
        deploy()
    assert "is deployed" in deploy(override=True)
    assert model_queries.steps(model_queries.model_named(METHOD))[-1].overridden


def test_every_learned_method_has_its_card():
    for learned in LEARNED.values():
        assert len(json.loads(learned.card.read_text())["tripod_ai"]) == 27


def test_every_learned_method_is_trained_or_says_why_not(tmp_path):
    for method in shipped.SHIPPED:
        with pytest.raises(CommandError, match="no recordings|no open data set has dose-by-dose"):
            told("train", method, data=tmp_path)
