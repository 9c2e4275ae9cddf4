"""What is answered to a text, in the sender's language: plain words, no name, no medicine."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from backend.patients.models import Patient
from backend.surveys.spoken import question_of, spoken_in
from backend.wire.language import Language, language_of

LETTERS = "ABCD"


def agreed(said: Language) -> str:
    """The first text after she agreed."""
    return said.gettext(
        "Thank you. We text you when it is time. Answer 1 taken, 2 skip, 3 later."
        " STOP ends texts, HELP helps."
    )


def agreed_carer(said: Language) -> str:
    """The same for who is told when a reminder has no answer."""
    return said.gettext(
        "Thank you. We text you when the person you care for does not answer. STOP ends texts."
    )


def asked_to_agree(said: Language) -> str:
    """Until she agrees nothing else is said."""
    return said.gettext("Answer YES to get reminders by text, STOP to refuse.")


def stopped(said: Language) -> str:
    """The last text."""
    return said.gettext("You get no more texts from us. Text START to get them again.")


def on(said: Language) -> str:
    """To START."""
    return said.gettext("Texts are on. STOP ends them, HELP helps.")


def help_(said: Language) -> str:
    """What answers there are, and that nobody reads along."""
    lines = [said.gettext("Answer a reminder with 1 taken, 2 skip, 3 later. STOP ends texts.")]
    return " ".join([*lines, *_to_a_person(said)])


def unknown(said: Language) -> str:
    """What is not understood might be a cry for help: it must be plain that nobody hears it."""
    lines = [said.gettext("We did not understand. Answer 1 taken, 2 skip, 3 later.")]
    return " ".join([*lines, *_to_a_person(said)])


def carer_only(said: Language) -> str:
    """A caregiver has nothing to answer."""
    lines = [said.gettext("You need not answer these texts. STOP ends them.")]
    return " ".join([*lines, *_to_a_person(said)])


def _to_a_person(said: Language) -> Sequence[str]:
    phone = settings.EVENKEEL_CARE_PHONE
    return (
        said.gettext("Nobody reads your texts: to reach a person, call {phone}.", phone=phone)
        if phone
        else said.gettext("Nobody reads your texts: to reach a person, call your care team."),
        said.gettext("In an emergency, call your local emergency number."),
    )


def taken(said: Language, count: int, when: str) -> str:
    """Noted."""
    return said.ngettext(
        "Thank you. {count} dose of {when} is noted as taken.",
        "Thank you. {count} doses of {when} are noted as taken.",
        count,
        when=when,
    )


def skipped(said: Language, count: int, when: str) -> str:
    """Noted, without a reproach."""
    return said.ngettext(
        "{count} dose of {when} is noted as skipped.",
        "{count} doses of {when} are noted as skipped.",
        count,
        when=when,
    )


def later(said: Language, when: str) -> str:
    """When she is asked again."""
    return said.gettext("We text you again at {when}.", when=when)


def no_longer(said: Language) -> str:
    """The prescriber's limit."""
    return said.gettext("This dose can not be put off again. Answer 1 taken or 2 skip.")


def nothing_open(said: Language) -> str:
    """Nothing to take or skip."""
    return said.gettext("No reminder is open now. We text you when it is time.")


def too_old(said: Language) -> str:
    """An answer that would be worth nothing."""
    return said.gettext(
        "That reminder is too old to answer by text. Please tell your care team if you took it."
    )


def question(said: Language, survey: str, item: str) -> str:
    """One question with its choices."""
    asked = question_of(survey, item, said.code).rstrip(".?")
    lines = [said.gettext("In the last 2 weeks, how often: {question}?", question=asked)]
    return " ".join([*lines, choices(said)])


def choices(said: Language) -> str:
    """The letters and what they mean."""
    words = spoken_in(said.code).choices
    told = [
        f"{letter} {one[:1].lower()}{one[1:]}" for letter, one in zip(LETTERS, words, strict=True)
    ]
    return said.gettext("Answer {choices}.", choices=", ".join(told))


def next_question(said: Language, left: int) -> str:
    """An answer is noted, and how far it is still."""
    return said.ngettext(
        "Noted. {count} question is left, one a day.",
        "Noted. {count} questions are left, one a day.",
        left,
    )


def no_question(said: Language) -> str:
    """A letter while nothing is asked."""
    return said.gettext("No question is open now. We text you the next one.")


def last_question(said: Language, *, is_alarm: bool) -> str:
    """All are answered; what needs a person comes first, as in the app."""
    thanks = said.gettext("Thank you, that was the last question. Your care team sees the answers.")
    return f"{spoken_in(said.code).reach_out} {thanks}" if is_alarm else thanks


def clock(patient: Patient, moment: datetime, now: datetime) -> str:
    """The time by her clock, with the day if it is not today."""
    zone = ZoneInfo(patient.zone)
    local = moment.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{language_of(patient.language).short_date(local)} {local:%H:%M}"
