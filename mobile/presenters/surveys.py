"""Questionnaires: which there are, one question at a time, and what earlier answers came to."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Choice, Choosing, Look, Option, Section, Tone
from mobile.store import outbox, shadow
from mobile.sync import surveys
from mobile.sync.deeds import Deed
from mobile.sync.surveys import Form
from mobile.words import Words

MOST_PAST = 12


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer set; without a score while the server has not counted it."""

    id: str
    survey: str
    at: datetime
    score: int | None
    meaning: str
    is_sent: bool = True


@dataclass(frozen=True, slots=True)
class SurveysFacts:
    """The questionnaires, what is half done, and the past, newest first."""

    zone: ZoneInfo
    forms: tuple[Form, ...]
    drafts: dict[str, dict[str, int]]
    past: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class SurveysState:
    """The page: a list, or one question with its progress, or the last step before sending."""

    sections: tuple[Section, ...]
    empty: str = ""
    asking: Choosing | None = None
    can_go_back: bool = False


def read(db: sqlite3.Connection, *, now: datetime) -> SurveysFacts:
    """The facts out of the store."""
    forms = tuple(surveys.forms(db))
    past = {
        row["id"]: Answered(
            row["id"],
            row["survey"],
            datetime.fromisoformat(row["answered_at"]),
            row["score"],
            row["meaning"],
        )
        for row in shadow.rows(db, "surveys")
    }
    for event in outbox.local_events(db, "survey"):
        waits = Answered(
            str(event.id), event.body["survey"], event.at, None, "", event.state != "waiting"
        )
        past.setdefault(str(event.id), waits)
    return SurveysFacts(
        zone_of((shadow.profile(db) or {}).get("zone", "UTC")),
        forms,
        {form.code: surveys.draft(db, form.code, now=now) for form in forms},
        tuple(sorted(past.values(), key=lambda one: one.at, reverse=True)[:MOST_PAST]),
    )


def present(
    facts: SurveysFacts, *, words: Words, now: datetime, open_form: str = "", place: int = 0
) -> SurveysState:
    """The list; with `open_form` its question at `place`, past the last one the end."""
    form = next((f for f in facts.forms if f.code == open_form), None)
    if form is None:
        return _list(facts, words, now)
    answers = facts.drafts[form.code]
    if place >= len(form.items):
        return SurveysState(
            (Section(form.title, (_last_step(form, answers, words),)),), "", None, True
        )
    code, text = form.items[place]
    options = tuple(
        Option(str(number), label, answers.get(code) == number)
        for number, label in enumerate(form.choices)
    )
    progress = words("survey_progress", number=place + 1, count=len(form.items))
    asking = Choosing(f"survey:{code}", progress, options, text)
    return SurveysState((), form.title, asking, can_go_back=True)


def first_open(form: Form, answers: dict[str, int]) -> int:
    """Where to go on."""
    places = [place for place, (code, _) in enumerate(form.items) if code not in answers]
    return places[0] if places else len(form.items)


def _list(facts: SurveysFacts, words: Words, now: datetime) -> SurveysState:
    asked = tuple(form_card(form, facts, words, now) for form in facts.forms)
    past = tuple(_past_card(one, facts, words, now) for one in facts.past)
    sections = ((words("surveys_now"), asked), (words("surveys_past"), past))
    shown = tuple(Section(title, cards) for title, cards in sections if cards)
    return SurveysState(shown, "" if asked else words("surveys_none"))


def form_card(form: Form, facts: SurveysFacts, words: Words, now: datetime) -> Card:
    """One questionnaire with how far it has come."""
    done = len(facts.drafts[form.code])
    if done:
        when = words("survey_half", done=done, count=len(form.items))
        go_on = Choice(words("survey_go_on"), Deed("answer", form.code), Look.FILLED)
        over = Choice(words("survey_again"), Deed("start_over", form.code), Look.TEXT)
        choices: tuple[Choice, ...] = (go_on, over)
    else:
        last = next((one.at for one in facts.past if one.survey == form.code), None)
        when = words("survey_never")
        if last is not None:
            when = words("survey_last", when=day_and_clock(last, facts.zone, words, now=now))
        choices = (Choice(words("survey_start"), Deed("answer", form.code), Look.TONAL),)
    return Card(
        f"form:{form.code}",
        "clipboard-text-outline",
        when,
        form.title,
        words("survey_length", count=len(form.items)),
        tone=Tone.DUE if done else Tone.CALM,
        choices=choices,
    )


def _last_step(form: Form, answers: dict[str, int], words: Words) -> Card:
    alarm = form.alarm(answers)
    return Card(
        "survey:last",
        "phone-alert-outline" if alarm else "check-circle-outline",
        words("survey_all"),
        words("survey_send_title"),
        alarm or words("survey_send_body"),
        words("survey_not_watched"),
        Tone.TROUBLE if alarm else Tone.DUE,
        (Choice(words("survey_send"), Deed("send", form.code), Look.FILLED),),
    )


def thanks(alarm: str, words: Words) -> Card:
    """After sending; what must be said at once stays in sight."""
    if alarm:
        icon, tone = "phone-alert-outline", Tone.TROUBLE
    else:
        icon, tone = "heart-outline", Tone.DUE
    title = alarm or words("survey_thanks")
    return Card("thanks", icon, words("survey_sent"), title, tone=tone)


def _past_card(one: Answered, facts: SurveysFacts, words: Words, now: datetime) -> Card:
    titles = {form.code: form.title for form in facts.forms}
    told = words("survey_score", score=one.score)
    if one.score is None:
        told = words("survey_uncounted" if one.is_sent else "survey_waits")
    return Card(
        f"answered:{one.id}",
        "check-circle-outline" if one.is_sent else "cloud-upload-outline",
        day_and_clock(one.at, facts.zone, words, now=now),
        titles.get(one.survey, one.survey.upper()),
        told,
        one.meaning,
        Tone.DONE,
    )
