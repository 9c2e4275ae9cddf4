"""A FHIR R4 Questionnaire as one of ours. What this house cannot ask is refused by its linkId, all
of it at once: a question left out unseen would change what the answers mean.

Asked: group, display, choice, boolean, integer, decimal, date, string and text; enableWhen;
required; maxLength; least and greatest value; the scores of choices (ordinalValue, itemWeight).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from backend.core.problems import FieldError, Invalid
from backend.surveys.instruments import INSTRUMENTS
from backend.wire.problems import Code
from backend.wire.questionnaire import (
    COMPARED,
    LONGEST,
    Condition,
    Option,
    Question,
    Questionnaire,
    Rule,
)

CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
SCORES: Final = (f"{CORE}ordinalValue", f"{CORE}itemWeight")
LEAST, MOST_VALUE = f"{CORE}minValue", f"{CORE}maxValue"
# Those that change what is asked or what is answered; others only change its looks.
TELLING: Final = re.compile(
    r"(calculated|enableWhen|initial|answer|candidate|cqf-)Expression|hidden|maxOccurs|minOccurs"
    r"|optionExclusive|regex|sliderStep|signatureRequired",
    re.IGNORECASE,
)
KINDS: Final = ("display", "choice", "boolean", "integer", "decimal", "date", "string", "text")
ANSWERS: Final = ("Boolean", "Decimal", "Integer", "Date", "String", "Coding")
MOST_QUESTIONS: Final = 200
SELF_HARM: Final = {"44260-8"}  # LOINC: thoughts of being better off dead
SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass
class _Reading:
    """What has been read so far."""

    questions: list[Question] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def refuse(self, link: str, why: str, code: Code = Code.INVALID) -> None:
        self.errors.append(FieldError(f"item.{link[:60]}", code, why))


def read_questionnaire(resource: Any, *, every_days: int | None = None) -> Questionnaire:
    """Raises Invalid naming each item that cannot be asked here, and why."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "Questionnaire":
        detail = "This is no FHIR Questionnaire."
        raise Invalid(errors=[FieldError("resourceType", Code.INVALID, detail)])
    reading = _Reading()
    _check_whole(resource, reading)
    for item in _list(resource.get("item")):
        _read_item(item, reading, heading="", rules=())
    if not reading.questions and not reading.errors:
        reading.errors.append(FieldError("item", Code.EMPTY, "It asks nothing."))
    if len(reading.questions) > MOST_QUESTIONS:
        detail = f"It asks more than {MOST_QUESTIONS} questions."
        reading.errors.append(FieldError("item", Code.TOO_LONG, detail))
    if reading.errors:
        raise Invalid(errors=reading.errors)
    return Questionnaire(
        _code_of(resource),
        str(resource.get("title") or resource.get("name") or _code_of(resource))[:200],
        tuple(reading.questions),
        str(resource.get("version", ""))[:40],
        every_days,
        tuple(reading.alarms),
    )


def _code_of(resource: dict[str, Any]) -> str:
    named = str(resource.get("id") or resource.get("name") or "")
    return SLUG.sub("-", named.lower()).strip("-")[:40]


def _check_whole(resource: dict[str, Any], reading: _Reading) -> None:
    codes = {coding.get("code") for coding in _list(resource.get("code"))}
    own = {one.loinc for one in INSTRUMENTS.values()}
    if not _code_of(resource):
        reading.errors.append(FieldError("id", Code.REQUIRED, "It needs an id or a name."))
    if codes & own or _code_of(resource) in INSTRUMENTS:
        detail = "This one is asked already, with its own scores and words for an emergency."
        reading.errors.append(FieldError("code", Code.CONFLICT, detail))
    if resource.get("modifierExtension"):
        detail = "It has an extension that changes its meaning."
        reading.errors.append(FieldError("modifierExtension", Code.INVALID, detail))


def _read_item(item: Any, reading: _Reading, *, heading: str, rules: tuple[Rule, ...]) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("linkId"), str):
        reading.errors.append(FieldError("item", Code.REQUIRED, "An item has no linkId."))
        return
    link, kind = item["linkId"], item.get("type")
    for why in _beyond(item):
        reading.refuse(link, why)
    rules += tuple(_rules_of(item, reading))
    if kind == "group":
        for below in _list(item.get("item")):
            _read_item(below, reading, heading=str(item.get("text") or heading), rules=rules)
        return
    if kind not in KINDS:
        reading.refuse(link, f"A question of the type {str(kind)[:20]} cannot be asked here.")
        return
    _take(_question(item, reading, heading=heading, rules=rules), item, reading)
    for below in _list(item.get("item")):  # questions under a question: asked once it is answered
        answered = Rule((Condition(link, "exists", True),))
        _read_item(below, reading, heading=heading, rules=(*rules, answered))


def _take(question: Question, item: dict[str, Any], reading: _Reading) -> None:
    """One more question; one about harm must be able to sound the alarm."""
    if any(question.code == other.code for other in reading.questions):
        reading.refuse(question.code, "Two items have this linkId.")
    reading.questions.append(question)
    if {coding.get("code") for coding in _list(item.get("code"))} & SELF_HARM:
        reading.alarms.append(question.code)
        if not any(option.score for option in question.options):
            detail = "Asked about harm, its choices need scores to sound the alarm."
            reading.refuse(question.code, detail)


def _beyond(item: dict[str, Any]) -> Iterator[str]:
    """What an item asks for that this house does not do."""
    if item.get("repeats"):
        yield "More than one answer to a question cannot be given here."
    if item.get("answerValueSet"):
        yield "Choices must stand in the item, not in a value set."
    if item.get("readOnly") or item.get("initial"):
        yield "Answers that are filled in beforehand are not shown here."
    if item.get("modifierExtension"):
        yield "It has an extension that changes its meaning."
    for one in _list(item.get("extension")):
        if one.get("url") in (LEAST, MOST_VALUE) and _number_in(one) is None:
            yield "Only numbers have limits here."
        if TELLING.search(str(one.get("url", ""))):
            yield f"The extension {str(one['url']).rsplit('/', 1)[-1][:40]} is not known here."


def _rules_of(item: dict[str, Any], reading: _Reading) -> Iterator[Rule]:
    """The item's own conditions; they may look only at what was asked before."""
    link, before = item["linkId"], {question.code for question in reading.questions}
    conditions = []
    for told in _list(item.get("enableWhen")):
        names = [f"answer{name}" for name in ANSWERS if f"answer{name}" in told]
        question, how = told.get("question"), told.get("operator")
        if question not in before:
            reading.refuse(link, "A condition must look at a question that stands before.")
        elif how not in {*COMPARED, "exists"} or len(names) != 1:
            reading.refuse(link, "This kind of condition is not known here.")
        else:
            value = told[names[0]]
            conditions.append(Condition(question, how, _plain(value)))
    if conditions:
        yield Rule(tuple(conditions), item.get("enableBehavior") == "any")


def _question(
    item: dict[str, Any], reading: _Reading, *, heading: str, rules: tuple[Rule, ...]
) -> Question:
    link, kind = item["linkId"], item["type"]
    text = " ".join(str(item[name]) for name in ("prefix", "text") if item.get(name))
    if not text:
        reading.refuse(link, "It has no words.", Code.EMPTY)
    made = Question(
        link, kind, text[:2_000], heading[:300], bool(item.get("required")), (), rules,
        _limit(item, LEAST), _limit(item, MOST_VALUE),
    )  # fmt: skip
    if kind == "choice":
        made = replace(made, options=tuple(_options(item)))
        values = [option.value for option in made.options]
        if len(values) < len(_list(item.get("answerOption"))):
            reading.refuse(link, "A choice is a code, a text or a whole number with a whole score.")
        if len(values) < 2 or len(set(values)) < len(values):
            reading.refuse(link, "It needs two choices or more, each with a code of its own.")
    if kind in LONGEST and isinstance(item.get("maxLength"), int):
        made = replace(made, longest=item["maxLength"])
    return made


def _options(item: dict[str, Any]) -> Iterator[Option]:
    for told in _list(item.get("answerOption")):
        coding = told.get("valueCoding")
        value = told.get("valueInteger", told.get("valueString", told.get("valueDate")))
        if isinstance(coding, dict):
            value = coding.get("code") or coding.get("display")
        score = _score(told)
        if (
            isinstance(value, int | str)
            and type(value) is not bool
            and (score is None or score.is_integer())
        ):
            named = isinstance(coding, dict) and coding.get("display")
            yield Option(value, str(named or value)[:300], score)


def _score(option: Mapping[str, Any]) -> float | None:
    coding = option.get("valueCoding")
    extensions = _list(option.get("extension"))
    extensions += _list(coding.get("extension")) if isinstance(coding, dict) else []
    for one in extensions:
        if one.get("url") in SCORES and type(one.get("valueDecimal")) in (int, float):
            return float(one["valueDecimal"])
    return None


def _limit(item: dict[str, Any], url: str) -> float | None:
    for one in _list(item.get("extension")):
        if one.get("url") == url:
            return _number_in(one)
    return None


def _number_in(extension: Mapping[str, Any]) -> float | None:
    found = extension.get("valueInteger", extension.get("valueDecimal"))
    return float(found) if type(found) in (int, float) else None


def _plain(value: Any) -> Any:
    """A coding counts by its code."""
    return value.get("code", "") if isinstance(value, dict) else value


def _list(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
