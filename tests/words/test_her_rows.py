"""What one patient reads on her phone is in her language; what the desk reads of it, in English."""

import pytest

from backend.guidance import queries as guidance
from backend.insights import queries as insights
from backend.insights.words import retold
from backend.notices.models import Occurrence
from backend.patients.access import Category
from backend.patients.actions import change_profile
from backend.regimens import queries as regimens
from tests.insights.measured import advise, refresh, walk_days
from tests.people import chart
from tests.regimens.people import metformin

FALLING = [9000 - 150 * n for n in range(28)]


@pytest.fixture
def amina(cast):
    change_profile(chart(cast.bo, cast.amina, change=True), language="sw")
    return cast.amina


def test_findings_and_advice(amina):
    walk_days(amina, first=28, steps=FALLING)
    refresh(amina)
    advise(amina)
    hers = chart(amina, amina, Category.INSIGHTS)
    rows = {row.method: row for row in insights.changed_since(hers, after=0, limit=100)}
    desk = {finding.method: finding for finding in insights.findings(hers)}
    trend = "activity.trend"
    assert rows[trend].label == "Hatua kwa siku: badiliko kwa wiki"
    assert rows[trend].detail["says"].startswith("Unatembea kidogo kuliko awali: karibu hatua ")
    assert desk[trend].detail["says"].startswith("You walk less than before: about ")
    assert rows[trend].value == desk[trend].value
    assert desk["glucose.lows"].abstained.startswith("Your sensor was on for 0 % of two weeks.")
    assert rows["glucose.lows"].abstained.startswith(
        "Kihisi chako kilikuwa kimewashwa kwa asilimia"
    )
    (row,) = [
        r for r in guidance.changed_since(hers, after=0, limit=9) if r.rule == "steps_falling"
    ]
    (stored,) = [a for a in guidance.advice(hers) if a.rule == "steps_falling"]
    assert row.title == "Unatembea kidogo kuliko awali"
    assert stored.title == "You walk less than before"
    assert "siku 28" in row.why
    titles = [o.values["title"] for o in Occurrence.objects.filter(template="message")]
    assert row.title in titles
    assert stored.title not in titles


def test_a_schedule(amina, cast):
    metformin(cast)
    (row,) = regimens.regimens_changed_since(chart(amina, amina), after=0, limit=9)
    (desk,) = regimens.regimens(chart(cast.bo, amina))
    assert row.sentence.startswith("Kila siku")
    assert desk.sentence.startswith("Every day")


def told(detail, *, value=1.0, abstained=""):
    return {"value": value, "lower": None, "upper": None, "detail": detail, "abstained": abstained}


def test_words_within_words_are_told_anew():
    thin = {"code": "too_few_dose_days", "have": "3", "need": "14"}
    one = {"medicine": "Metformin", "begun": "2026-10-16", "waited_days": 2, "state": "going_on"}
    one |= {"days": 3, "thin": "Doses were due on 3 days.", "thin_of": thin}
    found = retold("adherence.phases", told({"medicines": [one]}), "es")
    says = found["detail"]["says"].replace("\u00a0", " ")
    assert "tomada por primera vez el 16 de octubre de 2026, 2 días después de lo previsto" in says
    assert "Tocaban dosis en 3 días." in says
    assert "Doses" not in says


def test_a_doubt_about_a_device_is_told_anew():
    of = {"label": "Glucose", "before": 121.4, "after": 160.2, "unit": "mg/dL"}
    of |= {"day": "2026-11-12", "old": "G6", "new": "Libre & Co"}
    doubt = {"kind": "glucose", "cause": "device", "says": "Glucose: the step", "says_of": of}
    found = retold("quality.levels", told({"doubts": [doubt]}), "fr")
    says = found["detail"]["says"].replace("\u00a0", " ")
    assert says.startswith("Glucose : le saut d'environ 121 à 160 mg/dL le 12 nov.")
    assert "G6 à Libre & Co" in says


@pytest.mark.parametrize(
    ("method", "stored"),
    [
        ("no.such.method", told({"says": "It said this."})),
        ("glucose.lows", told({}, abstained="Of a time before codes were kept.")),
        ("glucose.lows", told({"code": "gone", "have": 1, "need": 2}, abstained="Gone.")),
    ],
)
def test_what_cannot_be_told_anew_stays(method, stored):
    assert retold(method, stored, "pt") == {k: stored[k] for k in ("detail", "abstained")}
