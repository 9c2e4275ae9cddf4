"""What patients read: grade 6 or below, no device's promises, no gap in any text."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from backend.guidance.models import NudgeChoice
from backend.guidance.nudging import ALWAYS, ARM_OF_METHOD
from backend.guidance.rulebook import rules
from backend.guidance.words import advice_words, nudge_words
from backend.insights.computing import sentence
from backend.insights.methods import METHODS
from backend.insights.models import Finding
from backend.science.refusal import Refusal
from tests.guidance.reading import grade

TEMPLATES = settings.BASE_DIR / "templates"
ABSTAINED = sorted(p.stem for p in (TEMPLATES / "insights" / "abstained").glob("*.txt"))
NUDGES = sorted(
    (path.parent.name, path.stem) for path in (TEMPLATES / "guidance" / "nudges").rglob("*.txt")
)
ADVICE = sorted(p.stem for p in (TEMPLATES / "guidance" / "advice").glob("*.txt"))
READABLE = sorted(
    path for room in ("insights", "guidance") for path in (TEMPLATES / room).rglob("*.txt")
)
DEVICE_WORDS = re.compile(r"\b(diagnos|detect|treat|cure|prevent|abnormal|dangerous)", re.I)
HARD = (
    "Your antihypertensive medication adherence has been suboptimal; consider discussing "
    "modification of your pharmacological regimen with your physician."
)


class AnyNumber(dict):
    """A finding's detail in which every number is there."""

    def __getitem__(self, name):
        return 12.3

    def get(self, name, default=None):
        return 12.3

    def __contains__(self, name):
        return True


def advice_text(rule):
    words = advice_words(rule, [Finding(value=61.7, detail=AnyNumber())])
    return f"{words.title}.\n{words.body}\n{words.why}"


def nudge_text(tone, arm):
    words = nudge_words(arm, tone)
    return f"{words.title}\n{words.body}"


TEXTS = [
    *((f"advice {name}", advice_text(name)) for name in ADVICE),
    *((f"nudge {tone} {arm}", nudge_text(tone, arm)) for tone, arm in NUDGES),
    *((f"abstained {code}", sentence(Refusal(code, 5, 14, "days"))) for code in ABSTAINED),
]


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=[name for name, _ in TEXTS])
def test_reads_at_grade_6_or_below(name, text):
    assert grade(text) <= 6


def test_the_grade_tells_hard_from_easy():
    assert grade(HARD) > 15
    assert grade("You missed 2 pills this week. Take your next pill at 8 pm.") < 3


@pytest.mark.parametrize("path", READABLE, ids=[p.name for p in READABLE])
def test_no_text_promises_what_only_a_device_may(path: Path):
    assert not DEVICE_WORDS.search(path.read_text())


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_no_method_claims_more_than_it_may(method):
    claims = (method.label + method.purpose).replace("PREVENT", "")  # the name of a study
    assert not DEVICE_WORDS.search(claims)
    assert method.purpose


def test_every_rule_has_its_words_and_every_words_a_rule():
    assert sorted(rule.name for rule in rules()) == ADVICE


def test_every_reason_of_an_algorithm_has_its_words():
    rooms = (settings.BASE_DIR / "backend" / room for room in ("science", "insights"))
    code = (path.read_text() for room in rooms for path in room.glob("*.py"))
    found = [re.findall(r'Refusal\(\s*"(\w+)"', text) for text in code]
    assert sorted({code for codes in found for code in codes}) == ABSTAINED


def test_every_tone_has_words_for_every_arm():
    arms = {arm for _, arm in NUDGES}
    assert arms == {ALWAYS, *ARM_OF_METHOD.values()}
    assert {(tone, arm) for tone in NudgeChoice.Tone.values for arm in arms} == set(NUDGES)


def test_titles_fit_on_a_card():
    for name in ADVICE:
        words = advice_words(name, [Finding(value=61.7, detail=AnyNumber())])
        assert len(words.title) <= 40
        assert "12" in words.why or "62" in words.why
