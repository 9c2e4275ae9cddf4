"""The five languages: messages by gettext catalogues, days, numbers and lists by CLDR.

How to say something, anywhere:

    language = language_of(patient.language)        # one of LANGUAGES; any other is English
    language.gettext("Taken. Thank you.")
    language.gettext("Time for {medicine}", medicine=dose.medicine)
    language.ngettext("{count} day left", "{count} days left", days)
    language.pgettext("a button", "Later")           # where one English word has two meanings

A message is a whole sentence written out at the call (never an f-string, never glued), its gaps
are {names}. `make words` brings new messages into catalogues/*.po, where they wait for translators;
one without its translation, or with other gaps, fails the tests. Templates: backend/core/words.

What is committed is what is read: a .po file has no compiled twin that could be missing or stale,
on a fresh clone, on the server and on the phone alike. Babel writes `cldr.json` (`make words`).
"""

import gettext
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
    "sw": "Kiswahili",
}
FALLBACK = "en"
FOLDER = Path(__file__).parent / "catalogues"

Key = tuple[str, str]  # context, English
Messages = dict[Key, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a language writes days and numbers; patterns hold {weekday}, {day}, {month} and such."""

    weekdays: list[str]
    weekdays_short: list[str]
    months: list[str]
    months_short: list[str]
    day: str
    date: str
    short: str
    decimal: str
    group: str


@dataclass(frozen=True)
class Language:
    """One language; ask `language_of`."""

    code: str
    calendar: Calendar
    messages: Messages = field(repr=False, compare=False)
    plural_of: Callable[[int], int] = field(repr=False, compare=False)

    def gettext(self, message: str, /, **gaps: object) -> str:
        """The message in this language, its gaps filled."""
        return self.pgettext("", message, **gaps)

    def pgettext(self, context: str, message: str, /, **gaps: object) -> str:
        """The same for an English text that means several things."""
        # The first form, as gettext has it: a text may also be another message's singular.
        text = self.messages.get((context, message), (message,))[0]
        return text.format(**gaps) if gaps else text

    def ngettext(self, one: str, many: str, count: int, /, **gaps: object) -> str:
        """The form that goes with the number, which fills the gap {count} as people write it."""
        return self.npgettext("", one, many, count, **gaps)

    def npgettext(self, context: str, one: str, many: str, count: int, /, **gaps: object) -> str:
        """The same for an English text that means several things."""
        forms = self.messages.get((context, one), (one, many))
        return forms[self.plural_of(count)].format(count=self.number(count), **gaps)

    def listed(self, parts: Sequence[str]) -> str:
        """ "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return self.gettext("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])

    def day(self, day: date) -> str:
        """Such as "Monday 23 November"."""
        return self._dated(self.calendar.day, day)

    def long_date(self, day: date) -> str:
        """Such as "23 November 2026"."""
        return self._dated(self.calendar.date, day)

    def short_date(self, day: date) -> str:
        """Such as "23 Nov"."""
        return self._dated(self.calendar.short, day)

    def number(self, value: float, digits: int = 0) -> str:
        """Such as "12,345.6", with the language's own marks."""
        marks = {",": self.calendar.group, ".": self.calendar.decimal}
        return re.sub("[,.]", lambda mark: marks[mark[0]], f"{value:,.{digits}f}")

    def _dated(self, pattern: str, day: date) -> str:
        names = self.calendar
        return pattern.format(
            weekday=names.weekdays[day.weekday()],
            day=day.day,
            month=names.months[day.month - 1],
            month_short=names.months_short[day.month - 1],
            year=day.year,
        )


def language_of(code: str) -> Language:
    """The language under a code such as "pt" or "pt-BR"; English for what we do not speak."""
    short = re.split("[-_]", code)[0].lower()
    return _language(short if short in LANGUAGES else FALLBACK)


@cache
def _language(code: str) -> Language:
    calendar = Calendar(**_cldr()["languages"][code])
    if code == FALLBACK:
        return Language(code, calendar, {}, gettext.c2py("n != 1"))
    messages = read_po((FOLDER / f"{code}.po").read_text(encoding="utf-8"))
    (header,) = messages.pop(("", ""))
    rule = re.search(r"plural=([^;\n]+)", header)
    if rule is None:
        raise ValueError(f"{code}.po names no plural forms")
    return Language(code, calendar, messages, gettext.c2py(rule[1]))


@cache
def _cldr() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "cldr.json").read_text(encoding="utf-8"))
    return found


def first_weekday(zone: str) -> int:
    """On which day weeks begin where the clocks go by this zone: 0 is Monday, 6 Sunday."""
    return int(_cldr()["first_weekday"].get(zone, 0))


def usual_units(zone: str) -> dict[str, str]:
    """By kind, in which unit people measure where the clocks go by this zone, if not in the
    canonical one.
    """
    found: dict[str, str] = _cldr().get("units", {}).get(zone, {})
    return found


WORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+(".*")')


def read_po(text: str) -> Messages:
    """The messages of a catalogue, its header under ("", ""); fuzzy and old ones are left out."""
    found: Messages = {}
    for block in re.split(r"\n\s*\n", text):
        if re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE):
            continue
        said: dict[str, str] = {}
        word = ""
        for line in block.splitlines():
            if match := WORD.match(line):
                word = match[1]
                said[word] = json.loads(match[2])
            elif line.startswith('"'):
                said[word] += json.loads(line)
        forms = tuple(form for name, form in said.items() if name.startswith("msgstr"))
        if all(forms) and "msgid" in said:
            found[said.get("msgctxt", ""), said["msgid"]] = forms
    return found
