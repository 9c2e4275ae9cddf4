"""Questionnaires on the phone: kept to be asked offline, saved after each answer, sent whole."""

import sqlite3
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.wire.messages import SurveyEvent
from backend.wire.questionnaire import Answer, Questionnaire, from_json
from mobile.store import bodies, outbox
from mobile.store.database import keep_setting, setting, writing
from mobile.sync import wishes

DRAFT_LIFE: Final = timedelta(days=1)  # they ask of the last two weeks: later, those are others


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been answered so far, and what was passed over or only read."""

    answers: dict[str, Answer] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()

    @property
    def is_begun(self) -> bool:
        """Whether there is anything to go on with."""
        return bool(self.answers or self.passed)


def forms(db: sqlite3.Connection) -> list[Questionnaire]:
    """Those that the server has told of; one that this app cannot ask is left out."""
    rows = wishes.chosen(db, wishes.FORMS).get("results", [])
    return [form for row in rows if (form := _form(row)) is not None]


def _form(row: Any) -> Questionnaire | None:
    try:
        return from_json(row)
    except (KeyError, TypeError, ValueError):
        return None


def draft(db: sqlite3.Connection, code: str, *, now: datetime) -> Draft:
    """Empty where there is none, or only an old one."""
    kept: dict[str, Any] = setting(db, f"survey:{code}", {})
    if not kept or bodies.moment_of(kept["begun_ms"]) + DRAFT_LIFE < now:
        return Draft()
    return Draft(kept["answers"], frozenset(kept.get("passed", [])))


def keep_answer(
    db: sqlite3.Connection, code: str, item: str, answer: Answer | None, *, now: datetime
) -> None:
    """One more answer, or another one; None: it was passed over."""
    with writing(db):
        old = draft(db, code, now=now)
        kept = setting(db, f"survey:{code}", {}) if old.is_begun else {}
        answers = {key: value for key, value in old.answers.items() if key != item}
        passed = old.passed - {item}
        if answer is None:
            passed |= {item}
        else:
            answers[item] = answer
        changed = {
            "begun_ms": kept.get("begun_ms", bodies.ms_of(now)),
            "answers": answers, "passed": sorted(passed),
        }  # fmt: skip
        keep_setting(db, f"survey:{code}", changed)


def forget_draft(db: sqlite3.Connection, code: str) -> None:
    """Start over."""
    with writing(db):
        keep_setting(db, f"survey:{code}", {})


def send(db: sqlite3.Connection, form: Questionnaire, *, now: datetime) -> UUID | None:
    """Into the outbox, and the draft is done; None while answers are missing."""
    answers = form.kept(draft(db, form.code, now=now).answers)
    if form.problems_of(answers):
        return None
    event = SurveyEvent(outbox.fresh_id(db, now=now), now, form.code, answers, form.version)
    with writing(db):
        outbox.add_event(db, event, now=now)
        forget_draft(db, form.code)
    return event.id


def put_off(db: sqlite3.Connection, code: str, day: date) -> None:
    """Not on this day."""
    with writing(db):
        keep_setting(db, f"survey_put_off:{code}", day.isoformat())


def is_put_off(db: sqlite3.Connection, code: str, day: date) -> bool:
    """Whether it was put off for this day."""
    return bool(setting(db, f"survey_put_off:{code}", "") == day.isoformat())
