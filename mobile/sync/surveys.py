"""Questionnaires on the phone: kept to be asked offline, saved after each answer, sent whole."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.wire.messages import SurveyEvent
from mobile.store import bodies, outbox
from mobile.store.database import keep_setting, setting, writing
from mobile.sync import wishes

DRAFT_LIFE: Final = timedelta(days=1)  # they ask of the last two weeks: later, those are others


@dataclass(frozen=True, slots=True)
class Form:
    """One questionnaire; `items` are (code, text), an answer is the number of a choice."""

    code: str
    title: str
    choices: tuple[str, ...]
    items: tuple[tuple[str, str], ...]
    alarms: frozenset[str] = frozenset()
    reach_out: str = ""

    def is_whole(self, answers: dict[str, int]) -> bool:
        """Whether nothing is left to ask."""
        return all(code in answers for code, _ in self.items)

    def alarm(self, answers: dict[str, int]) -> str:
        """What must be said at once; empty if nothing must."""
        return self.reach_out if any(answers.get(code, 0) > 0 for code in self.alarms) else ""


def forms(db: sqlite3.Connection) -> list[Form]:
    """Those that the server has told of; one that this app cannot read is left out."""
    rows = wishes.chosen(db, wishes.FORMS).get("results", [])
    return [form for row in rows if (form := _form(row)) is not None]


def _form(row: dict[str, Any]) -> Form | None:
    try:
        items = tuple((str(item["code"]), str(item["text"])) for item in row["items"])
        choices = tuple(str(choice) for choice in row["choices"])
        alarms, words = frozenset(row.get("alarms", [])), str(row.get("reach_out", ""))
        return Form(str(row["code"]), str(row["title"]), choices, items, alarms, words)
    except (KeyError, TypeError):
        return None


def draft(db: sqlite3.Connection, code: str, *, now: datetime) -> dict[str, int]:
    """What has been answered so far."""
    kept: dict[str, Any] = setting(db, f"survey:{code}", {})
    if not kept or bodies.moment_of(kept["begun_ms"]) + DRAFT_LIFE < now:
        return {}
    answers: dict[str, int] = kept["answers"]
    return answers


def keep_answer(
    db: sqlite3.Connection, code: str, item: str, choice: int, *, now: datetime
) -> None:
    """One more answer, or another one."""
    with writing(db):
        answers = draft(db, code, now=now)
        kept = setting(db, f"survey:{code}", {}) if answers else {}
        begun_ms = kept.get("begun_ms", bodies.ms_of(now))
        changed = {"begun_ms": begun_ms, "answers": answers | {item: choice}}
        keep_setting(db, f"survey:{code}", changed)


def forget_draft(db: sqlite3.Connection, code: str) -> None:
    """Start over."""
    with writing(db):
        keep_setting(db, f"survey:{code}", {})


def send(db: sqlite3.Connection, form: Form, *, now: datetime) -> UUID | None:
    """Into the outbox, and the draft is done; None while answers are missing."""
    answers = draft(db, form.code, now=now)
    if not form.is_whole(answers):
        return None
    event = SurveyEvent(outbox.fresh_id(db, now=now), now, form.code, answers)
    with writing(db):
        outbox.add_event(db, event, now=now)
        forget_draft(db, form.code)
    return event.id
