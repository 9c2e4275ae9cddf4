"""A screen as one hears it, and the voices that say it."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from mobile.device.voice import NoVoice, ProgramVoice
from mobile.presenters.aloud import spoken
from mobile.words import load
from tests.mobile.judging import contrast, faults

MOBILE = Path(__file__).parents[2] / "mobile"


@dataclass
class Thing:
    """Something on a screen."""

    role: str
    name: str
    value: str = ""
    part: bool = False
    enabled: bool = True


def test_each_thing_is_said_in_turn_with_what_it_is() -> None:
    things = [
        Thing("heading", "Today"),
        Thing("icon", "\uf123"),
        Thing("text", "Due at 08:00"),
        Thing("button", "Take"),
        Thing("text", "Take", part=True),
        Thing("button", "Later", enabled=False),
        Thing("tab", "Trends", "chosen"),
        Thing("field", "Your code", "7GK4M"),
        Thing("text", "How are you?"),
    ]
    assert spoken(things, load("en")).splitlines() == [
        "Today.", "Due at 08:00.", "Take, button.", "Trends, chosen, tab.",
        "Your code, 7GK4M, field to type in.", "How are you?",
    ]  # fmt: skip


def test_a_program_gets_the_words_and_not_on_its_command_line(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    script = f"import sys; open({str(heard)!r}, 'w').write(sys.argv[1] + sys.stdin.read())"
    voice = ProgramVoice((sys.executable, "-c", script))
    assert voice.say("Metformin", language="sw")
    ends = time.monotonic() + 10
    while voice.is_speaking and time.monotonic() < ends:
        time.sleep(0.02)
    assert heard.read_text() == "swMetformin"
    voice.hush()


def test_it_is_quiet_at_once() -> None:
    voice = ProgramVoice((sys.executable, "-c", "import time; time.sleep(60)"))
    assert voice.say("", language="en")
    assert voice.is_speaking
    voice.hush()
    assert not voice.is_speaking


def test_a_device_without_a_voice_says_so() -> None:
    assert not NoVoice().say("x", language="en")
    assert not ProgramVoice(("/there/is/none",)).say("x", language="en")


def test_nothing_in_the_app_moves_by_itself() -> None:
    """What would have to stop for those whom motion makes ill is not there to begin with."""
    for path in MOBILE.rglob("*"):
        if path.suffix in (".py", ".kv"):
            text = path.read_text(encoding="utf-8")
            assert "kivy.animation" not in text, path
            assert "Animation(" not in text, path


# --- the judge ------------------------------------------------------------------------------------


def test_contrast_is_that_of_the_guideline() -> None:
    white, black, grey = [1.0] * 3, [0.0] * 3, [0x77 / 255] * 3
    assert contrast(white, black) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, ""),
        ({"name": " "}, "no name"),
        ({"size": [200, 47]}, "too small"),
        ({"ink": [0.6, 0.6, 0.6]}, "contrast"),
        ({"ink": [0.6, 0.6, 0.6], "enabled": False}, ""),
        ({"ink": [0.5, 0.5, 0.5], "letters": 24}, ""),
        ({"size": [10, 10], "part": True}, ""),
    ],
)
def test_the_judge_finds_what_is_wrong(changed: dict[str, object], fault: str) -> None:
    node = {
        "role": "button", "name": "Take", "value": "", "enabled": True, "part": False,
        "size": [200, 48], "letters": 16, "bold": False, "ink": [0, 0, 0], "ground": [1, 1, 1],
        "tag": "",
    }  # fmt: skip
    found = faults([node | changed])
    assert bool(found) == bool(fault)
    assert fault in "".join(found)
