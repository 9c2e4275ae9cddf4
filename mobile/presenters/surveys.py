"""Questionnaires: which there are, one question at a time, and what earlier answers came to."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.wire.questionnaire import Question, Questionnaire
from mobile.device.clock import zone_of
from mobile.presenters import answering
from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Choice, Choosing, Look, Section, Tone, Typing
from mobile.store import outbox, shadow
from mobile.sync import surveys
from mobile.sync.deeds import Deed
from mobile.sync.surveys import Draft
from mobile.words import Words

MOST_PAST = 12
END = ""  # the place past the last question


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer set; without a score while the server has not counted it, or where none counts."""

    id: str
    survey: str
    at: datetime
    score: int | None
    meaning: str
    is_sent: bool = True
    is_received: bool = True


@dataclass(frozen=True, slots=True)
class SurveysFacts:
    """The questionnaires, what is half done, and the past, newest first."""

    zone: ZoneInfo
    forms: tuple[Questionnaire, ...]
    drafts: dict[str, Draft]
    past: tuple[Answered, ...]
    put_off: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SurveysState:
    """The page: a list, or one question with its progress, or the last step before sending."""

    sections: tuple[Section, ...]
    empty: str = ""
    asking: Choosing | Typing | None = None
    can_go_back: bool = False
    can_pass: bool = False


def read(db: sqlite3.Connection, *, now: datetime) -> SurveysFacts:
    """The facts out of the store."""
    forms = tuple(surveys.forms(db))
    zone = zone_of((shadow.profile(db) or {}).get("zone", "UTC"))
    today = now.astimezone(zone).date()
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
            str(event.id), event.body["survey"], event.at, None, "",
            event.state != "waiting", is_received=False,
        )  # fmt: skip
        past.setdefault(str(event.id), waits)
    return SurveysFacts(
        zone,
        forms,
        {form.code: surveys.draft(db, form.code, now=now) for form in forms},
        tuple(sorted(past.values(), key=lambda one: one.at, reverse=True)),
        frozenset(form.code for form in forms if surveys.is_put_off(db, form.code, today)),
    )


def present(
    facts: SurveysFacts, *, words: Words, now: datetime, open_form: str = "", place: str = END
) -> SurveysState:
    """The list; with `open_form` its question `place`, or the end."""
    form = next((f for f in facts.forms if f.code == open_form), None)
    if form is None:
        return _list(facts, words, now)
    draft = facts.drafts[form.code]
    asked = form.asked(draft.answers)
    number = next((n for n, question in enumerate(asked) if question.code == place), None)
    if number is None:
        last = _last_step(form, draft, words)
        return SurveysState((Section(form.title, (last,)),), "", None, can_go_back=True)
    question = asked[number]
    progress = words("survey_progress", number=number + 1, count=len(asked))
    if question.heading:
        progress = words("survey_under", heading=question.heading, progress=progress)
    asking = answering.asking(question, draft.answers.get(place), progress, words)
    can_pass = not question.required or question.kind == "display"
    return SurveysState((), form.title, asking, can_go_back=True, can_pass=can_pass)


def first_open(form: Questionnaire, draft: Draft) -> str:
    """Where to go on."""
    done = draft.passed | draft.answers.keys()
    return next((q.code for q in form.asked(draft.answers) if q.code not in done), END)


def beside(form: Questionnaire, draft: Draft, place: str, step: int) -> str | None:
    """The question before (-1) or after (1) this place; None before the first."""
    codes = [question.code for question in form.asked(draft.answers)]
    number = codes.index(place) if place in codes else len(codes)
    if number + step < 0:
        return None
    return codes[number + step] if number + step < len(codes) else END


def question_at(form: Questionnaire, place: str) -> Question:
    """The question of this code."""
    return next(question for question in form.questions if question.code == place)


def due(facts: SurveysFacts, *, now: datetime) -> Questionnaire | None:
    """The one that Today asks for: what is half done, else what has waited longest; never two."""
    half = [form for form in facts.forms if facts.drafts[form.code].is_begun]
    waited: dict[str, timedelta] = {}
    for form in facts.forms:
        if form.every_days is None or form.code in facts.put_off:
            continue
        last = next((one.at for one in facts.past if one.survey == form.code), None)
        over = timedelta.max if last is None else now - last - timedelta(days=form.every_days)
        if over >= timedelta(0):
            waited[form.code] = over
    longest = max(waited, key=lambda code: waited[code], default=None)
    return next(iter([*half, *(form for form in facts.forms if form.code == longest)]), None)


def _list(facts: SurveysFacts, words: Words, now: datetime) -> SurveysState:
    asked = tuple(form_card(form, facts, words, now) for form in facts.forms)
    past = tuple(_past_card(one, facts, words, now) for one in facts.past[:MOST_PAST])
    sections = ((words("surveys_now"), asked), (words("surveys_past"), past))
    shown = tuple(Section(title, cards) for title, cards in sections if cards)
    return SurveysState(shown, "" if asked else words("surveys_none"))


def form_card(
    form: Questionnaire, facts: SurveysFacts, words: Words, now: datetime, *, today: bool = False
) -> Card:
    """One questionnaire with how far it has come; on Today it can wait for another day."""
    draft = facts.drafts[form.code]
    count = sum(question.kind != "display" for question in form.asked(draft.answers))
    if draft.is_begun:
        when = words("survey_half", done=len(draft.answers), count=count)
        go_on = Choice(words("survey_go_on"), Deed("answer", form.code), Look.FILLED)
        over = Choice(words("survey_again"), Deed("start_over", form.code), Look.TEXT)
        choices: tuple[Choice, ...] = (go_on,) if today else (go_on, over)
    else:
        last = next((one.at for one in facts.past if one.survey == form.code), None)
        when = words("survey_never")
        if last is not None:
            when = words("survey_last", when=day_and_clock(last, facts.zone, words, now=now))
        choices = (Choice(words("survey_start"), Deed("answer", form.code), Look.TONAL),)
        if today:
            choices += (Choice(words("survey_not_today"), Deed("put_off", form.code), Look.TEXT),)
    return Card(
        f"form:{form.code}",
        "clipboard-text-outline",
        when,
        form.title,
        words("survey_length", count=count),
        tone=Tone.DUE if draft.is_begun else Tone.CALM,
        choices=choices,
    )


def _last_step(form: Questionnaire, draft: Draft, words: Words) -> Card:
    alarm = form.reach_out if form.is_alarm(draft.answers) else ""
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
        if one.is_received:
            told = words("survey_received")
    return Card(
        f"answered:{one.id}",
        "check-circle-outline" if one.is_sent else "cloud-upload-outline",
        day_and_clock(one.at, facts.zone, words, now=now),
        titles.get(one.survey, one.survey.upper()),
        told,
        one.meaning,
        Tone.DONE,
    )
