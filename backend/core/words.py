"""Templates that speak the patient's language: templates/`<room>`/`<name>`.txt in words of her own.

A text without tags is one message of the catalogues, whole; its parts, divided by dashes, are one
each. In a text with tags each sentence stands in a tag of its own, so that a translator never meets
half of one:

    {% say %}Your heart beat {{ value|floatformat:0 }} times a minute.{% endsay %}
    {% say lows %}You had {{ lows }} low.{% plural %}You had {{ lows }} lows.{% endsay %}

Numbers and days follow the language: `floatformat`, `day` ("Monday 23 November"), `long_date`
("23 November 2026"), `short_date` ("23 Nov"), `named` (a name from a table, such as a measure's),
`listed` ("a, b and c" of such). A day may be a date or its ISO text. Glucose is said in the
patient's unit: `70|glucose:glucose_unit` ("70 mg/dL", "3.9 mmol/L"), `glucose_number` without it.

Texts are translated when they are compiled, once for each language, so a text in Swahili costs what
one in English does. Django's own translation is not used: its language is a thread's secret, here
it is an argument. New texts reach the translators by `make words` (backend/wire/language.py).
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Library, Template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, TokenType
from django.template.defaultfilters import floatformat
from django.template.exceptions import TemplateSyntaxError
from django.template.loaders.filesystem import Loader as Files

from backend.wire.language import Language, language_of
from backend.wire.measures import express

DIVIDER = "\n---\n"
MG_DL, MMOL_L = "mg/dL", "mmol/L"


def rendered(name: str, language: str, values: Mapping[str, Any]) -> str:
    """The text templates/`name`.txt in this language, as plain text."""
    return template_of(name, language_of(language).code).render(plain_context(values))


def plain_context(values: Mapping[str, Any]) -> Context:
    """Values for plain text: an ampersand must not come out as an entity."""
    told = {"glucose_unit": MG_DL, **values}
    return Context(told, autoescape=False, use_l10n=False)


@cache
def template_of(name: str, language: str) -> Template:
    """The same, compiled; raises TemplateDoesNotExist."""
    return _engine(language).get_template(f"{name}.txt")


def page_of(name: str, language: str, values: Mapping[str, Any]) -> str:
    """The page templates/`name`.html in this language; values are escaped."""
    template = _page(name, language_of(language).code)
    return template.render(Context(dict(values), use_l10n=False))


@cache
def _page(name: str, language: str) -> Template:
    return _engine(language).get_template(f"{name}.html")


def messages_in(text: str) -> list[str]:
    """The messages of a text without tags; one with tags says its own."""
    return [] if "{%" in text else [part.strip() for part in text.split(DIVIDER)]


class Translated(Files):
    """Finds texts in the folder of templates and gives out the language's."""

    engine: Engine

    def get_contents(self, origin: Any) -> str:
        """The text in the engine's language."""
        text: str = super().get_contents(origin)
        language: Language = self.engine.language  # type: ignore[attr-defined]
        return DIVIDER.join(map(language.gettext, messages_in(text))) or text


@cache
def _engine(code: str) -> Engine:
    engine = Engine(
        dirs=[str(settings.BASE_DIR / "templates")],
        loaders=["backend.core.words.Translated"],
    )
    engine.language = language_of(code)  # type: ignore[attr-defined]
    engine.template_builtins.append(_library(engine, engine.language))  # type: ignore[attr-defined]
    return engine


def _library(engine: Engine, language: Language) -> Library:
    """The tag and the filters of one language; they stand before Django's own."""
    library = Library()
    library.tag("say", lambda parser, token: _say(engine, language, parser, token))
    library.filter("floatformat", lambda value, digits=0: _number(language, value, digits))
    library.filter("named", lambda word: language.gettext(word))
    library.filter("glucose", lambda mg_dl, unit: _glucose(language, mg_dl, unit))
    library.filter("glucose_number", lambda mg_dl, unit: _glucose(language, mg_dl, unit, ""))
    library.filter("listed", lambda parts: language.listed([language.gettext(p) for p in parts]))
    for name in ("day", "long_date", "short_date"):
        library.filter(name, _dated(getattr(language, name)))
    return library


def _number(language: Language, value: Any, digits: int) -> str:
    return str(floatformat(value, f"{digits}u")).replace(".", language.calendar.decimal)


def _glucose(language: Language, mg_dl: float, unit: str, named: str = " {unit}") -> str:
    """In the unit that a person reads, which is mg/dL unless it is mmol/L."""
    shown, digits = (MMOL_L, 1) if unit == MMOL_L else (MG_DL, 0)
    (value,) = express("glucose", shown, [mg_dl])
    return language.number(value, digits) + named.format(unit=shown)


def _dated(say: Callable[[date], str]) -> Callable[[Any], Any]:
    def dated(day: Any) -> Any:
        if isinstance(day, str):
            with suppress(ValueError):  # a day that was written down in words is left as it is
                return say(datetime.fromisoformat(day))
            return day
        return say(day)

    return dated


class Say(Node):
    """One message, compiled in the language, in the form that goes with the count."""

    def __init__(
        self, language: Language, forms: list[NodeList], count: FilterExpression | None
    ) -> None:
        self.language, self.forms, self.count = language, forms, count

    def render(self, context: Context) -> str:
        """The text."""
        number = 0 if self.count is None else int(self.count.resolve(context))
        form = 0 if self.count is None else self.language.plural_of(number)
        return self.forms[form].render(context)


def _say(engine: Engine, language: Language, parser: Parser, token: Token) -> Say:
    _, *counted = token.split_contents()
    english = list(_until_endsay(parser))
    if len(english) != 1 + len(counted):
        raise TemplateSyntaxError("say takes a count if, and only if, it has a plural.")
    if counted:
        texts = language.messages.get(("", english[0]), tuple(english))
    else:
        texts = (language.gettext(english[0]),)
    forms = [engine.from_string(text).nodelist for text in texts]
    return Say(language, forms, parser.compile_filter(counted[0]) if counted else None)


def _until_endsay(parser: Parser) -> Iterable[str]:
    """The English forms, as they are written."""
    text = ""
    while parser.tokens:
        token = parser.next_token()
        if token.token_type is TokenType.BLOCK and token.contents in ("plural", "endsay"):
            yield text.strip()
            text = ""
            if token.contents == "endsay":
                return
        elif token.token_type is TokenType.VAR:
            text += f"{{{{ {token.contents} }}}}"
        else:
            text += token.contents
    raise TemplateSyntaxError("say is never ended.")
