"""The questionnaires that can be asked: those of the house, and those that were brought in."""

from backend.surveys.fhir import read_questionnaire
from backend.surveys.instruments import INSTRUMENTS, Instrument
from backend.surveys.models import AskedForm
from backend.surveys.spoken import spoken_in
from backend.wire.language import FALLBACK, language_of
from backend.wire.questionnaire import Option, Question, Questionnaire


def asked_in(language: str) -> list[Questionnaire]:
    """All of them in this language; one that does not speak it, in English or its own."""
    own = [as_questionnaire(one, language) for one in INSTRUMENTS.values()]
    return [*own, *(_read(form) for form in _newest(language_of(language).code))]


def questionnaire_in(code: str, language: str) -> Questionnaire | None:
    """One of them."""
    return next((one for one in asked_in(language) if one.code == code), None)


def answered_by(code: str, version: str) -> Questionnaire | None:
    """What was asked when a phone, perhaps long offline, kept its answers to this version."""
    form = (
        AskedForm.objects.filter(code=code, version=version).order_by("-imported_at", "-id").first()
    )
    return None if form is None else _read(form)


def titles() -> dict[str, str]:
    """What each is called, by its code."""
    brought = AskedForm.objects.order_by("imported_at")
    found = {form.code: str(form.resource.get("title") or form.code) for form in brought}
    return {one.code: one.title for one in INSTRUMENTS.values()} | found


def as_questionnaire(instrument: Instrument, language: str) -> Questionnaire:
    """An instrument in the language's own wording; the number of a choice is its score."""
    spoken = spoken_in(language)
    options = tuple(
        Option(number, text, float(number)) for number, text in enumerate(spoken.choices)
    )
    questions = tuple(
        Question(code, "choice", text, required=True, options=options)
        for code, text in zip(instrument.items, spoken.items[instrument.code], strict=True)
    )
    return Questionnaire(
        instrument.code,
        language_of(language).gettext(instrument.title),
        questions,
        alarms=tuple(instrument.alarms),
        reach_out=spoken.reach_out,
    )


def _read(form: AskedForm) -> Questionnaire:
    made = read_questionnaire(form.resource, every_days=form.every_days)
    return made if not made.alarms else made.with_words(spoken_in(form.language).reach_out)


def _newest(language: str) -> list[AskedForm]:
    """Of each the newest, in this language before English before any other."""
    best: dict[str, AskedForm] = {}
    for form in AskedForm.objects.order_by("code", "imported_at", "id"):
        kept = best.get(form.code)
        if kept is None or _liking(form, language) >= _liking(kept, language):
            best[form.code] = form
    return list(best.values())


def _liking(form: AskedForm, language: str) -> int:
    return 2 * (form.language == language) + (form.language == FALLBACK)
