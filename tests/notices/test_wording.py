"""What a notice says in her language: days, names of measures, and nothing it must not say."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from backend.notices.wording import PARTS, has_template, words_of
from backend.wire.language import LANGUAGES

DUE = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)
TEMPLATES = settings.BASE_DIR / "templates" / "notices"
NAMES = sorted(path.name.split(".")[0] for path in TEMPLATES.glob("*.title.txt"))
VALUES = {
    "medicine": "Metformin & co",
    "dose": "500 mg",
    "instructions": "",
    "title": "A title",
    "body": "A body",
    "kinds": ["glucose", "heart rate"],
    "since_day": "2026-11-30",
    "since_time": "22:10",
    "day": "2026-12-04",
    "visit_day": "2026-12-04",
    "visit_time": "10:00",
}


def patient(language: str, *, named: bool = False) -> Any:
    return SimpleNamespace(
        zone="Africa/Nairobi", language=language, names_on_lock_screen=named, units={}
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("late", [False, True])
def test_every_notice_is_said_in_every_language(code: str, name: str, *, late: bool) -> None:
    told = words_of(name, VALUES, patient(code), DUE, late=late)
    english = words_of(name, VALUES, patient("en"), DUE, late=late)
    for text in (told.title, told.body, told.push):
        assert text.strip()
        assert "{" not in text
        assert "&amp;" not in text
    assert told.push == told.lock_screen
    assert "Metformin" not in told.push
    assert code == "en" or told.push != english.push


def test_a_name_stands_on_the_lock_screen_only_where_she_lets_it() -> None:
    told = words_of("dose_due", VALUES, patient("sw", named=True), DUE, late=False)
    assert told.lock_screen == "Ni wakati wa Metformin & co"
    assert told.push == "Ni wakati wa dawa yako"


@pytest.mark.parametrize(
    ("code", "day", "body"),
    [
        ("en", "Tuesday 1 December", "Your supply lasts until Friday 4 December."),
        ("es", "martes, 1 de diciembre", "Tiene medicina hasta el viernes, 4 de diciembre."),
        ("fr", "mardi 1 décembre", "Vous en avez jusqu'à vendredi 4 décembre."),
        ("pt", "terça-feira, 1 de dezembro", "Você tem remédio até sexta-feira, 4 de dezembro."),
        ("sw", "Jumanne, 1 Desemba", "Dawa yako itatosha hadi Ijumaa, 4 Desemba."),
    ],
)
def test_days_are_in_her_language_and_zone(code: str, day: str, body: str) -> None:
    late = words_of("dose_due", VALUES, patient(code), DUE, late=True)
    assert day in late.body
    assert "08:30" in late.body
    assert words_of("refill_soon", VALUES, patient(code), DUE, late=False).body.startswith(body)


def test_what_is_measured_has_a_name_and_a_day_in_words_stays() -> None:
    told = words_of("no_data", VALUES, patient("pt"), DUE, late=False)
    assert "glicose e pulso" in told.body
    assert told.title == "Sem dados desde segunda-feira, 30 de novembro: glicose"
    old = VALUES | {"since_day": "Monday 30 November"}  # left before days were kept as dates
    assert "Monday 30 November" in words_of("no_data", old, patient("pt"), DUE, late=False).title


def test_a_notice_without_templates_is_known() -> None:
    assert has_template("dose_due")
    assert not has_template("no_such_notice")
    assert {path.name.split(".")[1] for path in TEMPLATES.glob("dose_due.*")} >= set(PARTS)
