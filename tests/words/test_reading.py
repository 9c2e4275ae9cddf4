"""English is the source of every language: all of it reads at grade 6, and no sentence is hard."""

import re

import pytest

from tests.guidance.reading import grade
from tests.words.extraction import GAP, catalogue

SENTENCE = 6  # fewer words are a label, whose grade says nothing
HARDEST = 9
KNOWN = ("emergency",)  # long, and known to everybody
ROOMS = ("backend/sms", "templates/notices", "templates/guidance", "templates/insights", "mobile")


@pytest.fixture(scope="module")
def english():
    found = {}
    for message in catalogue():
        text = message.id if isinstance(message.id, str) else message.id[-1]
        where = message.locations[0][0] if message.locations else ""
        text = re.sub(r" \([A-Z]+\)", "", GAP.sub("five", text))
        found[re.sub("|".join(KNOWN), "help", text)] = where
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_child_of_twelve_can_read_it(english, room):
    told = [text for text, where in english.items() if where.startswith(room)]
    sentences = [text for text in told if len(text.split()) >= SENTENCE]
    assert len(sentences) > 10
    assert grade("\n".join(text if text[-1] in ".?!" else f"{text}." for text in sentences)) <= 6
    assert [text for text in sentences if grade(text) > HARDEST] == []
