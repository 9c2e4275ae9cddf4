"""What there is to translate: read out of code, templates, the app's words and names in tables.

`make words` (this module's `main`) brings the catalogues and cldr.json in line with it; the tests
ask that they are. Babel does both.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import django
from babel import Locale
from babel.localedata import locale_identifiers
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType

from backend.core.words import messages_in
from backend.wire.language import FALLBACK, FOLDER, LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = FOLDER / "evenkeel.pot"
KEYWORDS = {
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
DATED = re.compile(r'^"(POT-|PO-|Report-|Last-|Language-Team|Generated-By).*\n', re.MULTILINE)
LETTERS = re.compile(r"[^\W\d_]")
GAP = re.compile(r"\{\{.*?\}\}|\{[^{}]*\}")
Found = Iterator[tuple[str, str | tuple[str, str], str]]  # where, text or its two forms, context


def catalogue() -> Catalog:
    """Everything there is to say, in English."""
    found = Catalog(
        project="Evenkeel", copyright_holder="the Evenkeel authors", charset="utf-8", fuzzy=False
    )
    found.header_comment = HEADER
    for where, text, context in [*of_code(), *of_templates(), *of_app(), *of_names(), *of_risks()]:
        found.add(text, locations=[(where, None)], context=context or None)
    return found


def of_code() -> Found:
    """The calls of gettext and its like."""
    for room in ("backend", "mobile"):
        for path in sorted((ROOT / room).rglob("*.py")):
            with path.open("rb") as source:
                for _, text, _, context in extract("python", source, KEYWORDS):
                    yield str(path.relative_to(ROOT)), text, context or ""


def of_templates() -> Found:
    """The texts of templates/, and the patients' pages: whole, or what stands in {% say %}."""
    templates = ROOT / "templates"
    for path in sorted([*templates.rglob("*.txt"), *(templates / "portal").glob("*.html")]):
        text = path.read_text(encoding="utf-8").rstrip("\n")
        for message in messages_in(text) or sayings(text):
            if LETTERS.search(GAP.sub("", message if isinstance(message, str) else message[0])):
                yield str(path.relative_to(ROOT)), message, ""


def sayings(text: str) -> list[str | tuple[str, str]]:
    """The messages of a text with tags."""
    found: list[str | tuple[str, str]] = []
    forms: list[str] | None = None
    for token in Lexer(text).tokenize():
        name = token.contents.split()[:1] if token.token_type is TokenType.BLOCK else []
        if name == ["say"]:
            forms = [""]
        elif name == ["plural"]:
            forms.append("")
        elif name == ["endsay"]:
            told = tuple(form.strip() for form in forms)
            found.append(told if len(told) > 1 else told[0])
            forms = None
        elif forms is not None:
            is_gap = token.token_type is TokenType.VAR
            forms[-1] += f"{{{{ {token.contents} }}}}" if is_gap else token.contents
    return found


def unsaid(text: str) -> str:
    """The words that stand beside {% say %} in a text with tags: nobody can translate them."""
    beside = re.sub(r"\{% say.*?endsay %\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    return beside.strip() if "{%" in text and LETTERS.search(beside) else ""


def of_app() -> Found:
    """The app's words, their keys as context."""
    table = json.loads((ROOT / "mobile" / "words" / "en.json").read_text(encoding="utf-8"))
    for key, value in table.items():
        text = (value["one"], value["other"]) if isinstance(value, dict) else value
        if isinstance(text, tuple) or LETTERS.search(GAP.sub("", text)) or "{day}" in text:
            yield "mobile/words/en.json", text, key


def of_names() -> Found:
    """What tables name: measures, and the findings' labels."""
    from backend.insights.methods import METHODS  # noqa: PLC0415  # after django.setup()
    from backend.surveys.instruments import INSTRUMENTS  # noqa: PLC0415
    from backend.wire.measures import MEASURES  # noqa: PLC0415

    for measure in MEASURES.values():
        yield "backend/wire/measures.py", measure.label, ""
        yield "backend/wire/measures.py", measure.label.lower(), ""
    for method in METHODS.values():
        yield "backend/insights/methods.py", method.label, ""
    for instrument in INSTRUMENTS.values():
        for text in (instrument.title, *(band.meaning for band in instrument.bands)):
            yield "backend/surveys/instruments.py", text, ""


def of_risks() -> Found:
    """What a risk is made of, and asked by."""
    from backend.insights.asked import ASKED  # noqa: PLC0415  # after django.setup()
    from backend.insights.risk_statements import FACTORS  # noqa: PLC0415
    from backend.patients.background import QUESTIONS  # noqa: PLC0415

    for text in (*ASKED.values(), *FACTORS.values()):
        yield "backend/insights", text, ""
    for question in QUESTIONS.values():
        if not question.for_team:
            for text in (question.text, *(words for _, words in question.choices)):
                yield "backend/patients/background.py", text, ""


# --- CLDR ----------------------------------------------------------------------------------------

NAMES = {
    "EEEE": "{weekday}",
    "d": "{day}",
    "MMMM": "{month}",
    "MMM": "{month_short}",
    "y": "{year}",
}


# CLDR has no short ones in Swahili; these stand on calendars.
SHORT_DAYS = {"sw": ["Jtatu", "Jnne", "Jtano", "Alh", "Ijm", "Jmosi", "Jpili"]}


def cldr() -> dict:
    """How the languages write days and numbers, and where weeks do not begin on Monday."""
    return {
        "languages": {code: calendar_of(code) for code in LANGUAGES},
        "first_weekday": dict(sorted(odd_weeks())),
        "units": dict(sorted(odd_units())),
    }


def calendar_of(code: str) -> dict:
    """English names in day-month order: it is everyone's fallback, not America's alone."""
    names, forms = Locale.parse(code), Locale.parse("en_GB" if code == FALLBACK else code)
    days, months = names.days["format"], names.months["format"]
    full, skeletons = forms.date_formats["full"].pattern, forms.datetime_skeletons
    without_year = re.sub(r"\s*('de')?\s*y$", "", full)
    symbols = names.number_symbols["latn"]
    return {
        "weekdays": [days["wide"][n] for n in range(7)],
        "weekdays_short": SHORT_DAYS.get(code) or [days["abbreviated"][n] for n in range(7)],
        "months": [months["wide"][n] for n in range(1, 13)],
        "months_short": [months["abbreviated"][n] for n in range(1, 13)],
        "day": gaps(skeletons["MMMMEEEEd"].pattern if code == FALLBACK else without_year),
        "date": gaps(forms.date_formats["long"].pattern),
        "short": gaps(skeletons["MMMd"].pattern),
        "decimal": symbols["decimal"],
        "group": symbols["group"],
    }


def gaps(pattern: str) -> str:
    """CLDR's "d 'de' MMMM" as "{day} de {month}"."""
    parts = re.findall(r"'([^']*)'|(EEEE|MMMM|MMM|d|y)|(.)", pattern)
    return "".join(text or NAMES.get(field, "") or other for text, field, other in parts)


def odd_weeks() -> Iterator[tuple[str, int]]:
    """Zones whose people do not begin their week on a Monday."""
    known = {name.split("_")[-1]: name for name in locale_identifiers()}
    for territory, zone in zones():
        if territory in known and (day := Locale.parse(known[territory]).first_week_day):
            yield zone, day


# Where laboratories and meters speak of mmol/L; CLDR does not know. Elsewhere mg/dL.
MMOL = {
    "AU", "BY", "CA", "CH", "CN", "CZ", "DK", "EE", "FI", "GB", "HR", "IE", "IS", "KE", "KZ",
    "LT", "LV", "MY", "NL", "NO", "NZ", "RU", "SE", "SG", "SI", "SK", "TZ", "UA", "UG", "ZA",
}  # fmt: skip


def odd_units() -> Iterator[tuple[str, dict[str, str]]]:
    """Zones whose people measure otherwise than in mg/dL and kg."""
    for territory, zone in zones():
        if territory in MMOL:
            yield zone, {"glucose": "mmol/L"}
        elif territory == "US":
            yield zone, {"body_weight": "[lb_av]"}


def zones() -> Iterator[tuple[str, str]]:
    """Each zone and its territory."""
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            territory, _, zone, *_ = line.split("\t")
            yield territory, zone


# --- Writing -------------------------------------------------------------------------------------

HEADER = """\
# Evenkeel's words.
# Native speakers in health care have to review every catalogue before patients read it.
# {names} and {{ values }} stay as they are; {{ one.name|listed }} and its like may change a filter.
#"""


def read(code: str) -> Catalog:
    """The catalogue of a language as it stands."""
    with (FOLDER / f"{code}.po").open("rb") as source:
        return read_po(source, locale=code)


def write(path: Path, found: Catalog) -> None:
    """Ordered by place, without line numbers: what did not change makes no difference."""
    text = BytesIO()
    write_po(text, found, width=100, ignore_obsolete=True, include_lineno=False)
    path.write_text(DATED.sub("", text.getvalue().decode()), encoding="utf-8")


def main() -> None:
    """Renew the catalogues and cldr.json; what has no translation yet stays empty."""
    django.setup()
    wanted = catalogue()
    write(TEMPLATE, wanted)
    for code in sorted(set(LANGUAGES) - {FALLBACK}):
        known = (
            read(code) if (FOLDER / f"{code}.po").exists() else Catalog(locale=code, fuzzy=False)
        )
        comment = known.header_comment
        known.update(wanted, no_fuzzy_matching=True, update_header_comment=False)
        known.header_comment = comment
        write(FOLDER / f"{code}.po", known)
    text = json.dumps(cldr(), ensure_ascii=False, indent=1)
    (FOLDER / "cldr.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
