"""The catalogues are complete, true to the code and whole in themselves."""

import gettext
import json
import re
from collections import Counter
from datetime import date, timedelta

import pytest
from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po as babel_read
from babel.numbers import format_decimal

from backend.core.words import template_of
from backend.wire.language import FALLBACK, FOLDER, LANGUAGES, first_weekday, language_of, read_po
from tests.words.extraction import GAP, ROOT, catalogue, cldr, read, unsaid

TRANSLATED = sorted(set(LANGUAGES) - {FALLBACK})
HOLLOW = {"named", "listed", "capfirst", "join"}  # filters that change how, not what
# What one word in English may well be in another language too.
ALIKE = 14
MOST_WORDS = 34


@pytest.fixture(scope="module")
def wanted():
    return catalogue()


def keys(found):
    return {
        (m.context or "", m.id if isinstance(m.id, str) else tuple(m.id)) for m in found if m.id
    }


def texts(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def gaps(text):
    """What is filled in, whatever it is passed through."""
    found = []
    for gap in GAP.findall(text):
        name, *filters = (part.strip() for part in gap.strip("{} ").split("|"))
        found.append((name, *(f for f in filters if f.split(":")[0] not in HOLLOW)))
    return Counter(found)


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_is_missing_old_or_unsure(code, wanted):
    found = read(code)
    assert sorted(keys(wanted) - keys(found)) == []  # run `make words`
    assert sorted(keys(found) - keys(wanted)) == []
    assert [m.id for m in found if m.id and m.fuzzy] == []
    assert [m.id for m in found if m.id and not all(texts(m))] == []


def pairs(code):
    """Every English form with what stands for it, where something does."""
    for message in read(code):
        if message.id and all(texts(message)):
            english = [message.id] if isinstance(message.id, str) else message.id
            yield from zip(english, texts(message), strict=True)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_gap_is_kept(code):
    for message in read(code):
        english = [message.id] if isinstance(message.id, str) else message.id
        for told in filter(None, texts(message) if message.id else []):
            assert gaps(told) in [gaps(form) for form in english], told


@pytest.mark.parametrize("code", TRANSLATED)
def test_it_is_translated_and_not_copied(code):
    """Long texts are never alike, and none has lost or gained its surrounding space."""
    for english, told in pairs(code):
        words = GAP.sub("", english)
        assert told != english or len(words) <= ALIKE or not re.search(r"[a-z]{3}", words), told
        assert (told[:1] == " ", told[-1:] == " ") == (english[:1] == " ", english[-1:] == " ")
        assert english.endswith("…") == told.endswith("…")
        assert "  " not in told


@pytest.mark.parametrize("code", TRANSLATED)
def test_it_reads_easily(code):
    """The reading grade knows English only; short words and sentences do everywhere."""
    told = [GAP.sub("five", text) for _, text in pairs(code)]
    words = [word for text in told for word in re.findall(r"[^\W\d_]+", text)]
    assert sum(map(len, words)) / len(words) < 5.6
    sentences = [part for text in told for part in re.split(r"[.?!:;]\s", text)]
    assert max(len(sentence.split()) for sentence in sentences) <= MOST_WORDS


@pytest.mark.parametrize("code", TRANSLATED)
def test_it_is_not_much_longer(code):
    """What fits in English has to fit on the same card and button."""
    for english, told in pairs(code):
        assert len(told) <= 1.75 * len(english) + 22, told


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_small_reader_reads_as_babel_does(code):
    path = FOLDER / f"{code}.po"
    with path.open("rb") as source:
        theirs = {
            (m.context or "", m.id if isinstance(m.id, str) else m.id[0]): tuple(texts(m))
            for m in babel_read(source, locale=code)
            if m.id and all(texts(m))
        }
    ours = read_po(path.read_text(encoding="utf-8"))
    del ours["", ""]
    assert ours == theirs


def test_the_small_reader_leaves_out_what_is_unsure_or_old():
    text = (
        'msgid ""\nmsgstr ""\n"Language: sw\\n"\n\n'
        '#, fuzzy\nmsgid "One"\nmsgstr "Moja"\n\n'
        '#~ msgid "Two"\n#~ msgstr "Mbili"\n\n'
        '# why\n#: where\nmsgctxt "a \\"day\\""\nmsgid ""\n"Th"\n"ree\\n"\nmsgstr "Ta"\n"tu"\n\n'
        'msgid "Four"\nmsgstr ""\n\n'
        'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "siku {n}"\nmsgstr[1] "siku {n}"\n'
    )
    assert read_po(text) == {
        ("", ""): ("Language: sw\n",),
        ('a "day"', "Three\n"): ("Tatu",),
        ("", "{n} day"): ("siku {n}", "siku {n}"),
    }


@pytest.mark.parametrize("code", TRANSLATED)
def test_plural_forms_are_babel_s(code):
    found, language = read(code), language_of(code)
    rule = gettext.c2py(found.plural_expr)
    assert [language.plural_of(n) for n in range(200)] == [rule(n) for n in range(200)]
    assert found.num_plurals == 2


def test_calendars_and_numbers_are_cldr_s():
    written = json.loads((FOLDER / "cldr.json").read_text(encoding="utf-8"))
    assert written == cldr()  # run `make words`


@pytest.mark.parametrize("code", LANGUAGES)
def test_days_and_numbers_read_as_babel_writes_them(code):
    language = language_of(code)
    theirs = Locale.parse("en_GB" if code == FALLBACK else code)
    for n in range(366):
        day = date(2027, 12, 25) + timedelta(days=n)
        assert language.long_date(day) == format_date(day, "long", theirs)
        whole = format_date(day, "full", theirs)
        assert language.day(day).replace(",", "") in whole.replace(",", "")
    for value in (0.5, 12.25, 1234.5, 1_234_567.0):
        assert language.number(value, 2) == format_decimal(value, "#,##0.00", code)


def test_where_weeks_begin():
    zones = (
        "Europe/Paris",
        "America/Mexico_City",
        "America/Sao_Paulo",
        "Africa/Nairobi",
        "Mars/Base",
    )
    assert [first_weekday(zone) for zone in zones] == [0, 6, 6, 6, 0]


def test_no_words_stand_where_nobody_can_translate_them():
    for path in sorted((ROOT / "templates").rglob("*.txt")):
        assert unsaid(path.read_text(encoding="utf-8")) == "", path.name


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_template_compiles_in_every_language(code):
    for path in sorted((ROOT / "templates").rglob("*.txt")):
        assert template_of(str(path.relative_to(ROOT / "templates").with_suffix("")), code)
