"""What the server computed of the patient's own data, in its words: one card, folded to the first.

A finding without a number says nothing here: what is missing is not the patient's fault, and advice
asks for it where it matters. One that is out of date says nothing either.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mobile.presenters.shapes import Card, Choice, Look
from mobile.store import shadow
from mobile.sync.deeds import Deed
from mobile.words import Words

TAG: Final = "insights"
FOLDED: Final = 2
ORDER: Final = (
    "glucose",
    "pressure",
    "heart",
    "weight",
    "sleep",
    "activity",
    "adherence",
    "wear",
    "quality",
)


@dataclass(frozen=True, slots=True)
class Insight:
    """One finding in the server's words."""

    method: str
    says: str


def read(db: sqlite3.Connection, *, now: datetime) -> tuple[Insight, ...]:
    """The newest finding of each method that holds now, by topic."""
    newest: dict[str, dict[str, Any]] = {}
    for row in sorted(shadow.rows(db, "findings"), key=lambda row: row["revision"]):
        newest[row["method"]] = row  # the earlier ones stay in the shadow
    held = [row for row in newest.values() if _holds(row, now)]
    held.sort(key=lambda row: _place(row["method"]))
    return tuple(Insight(row["method"], row["detail"]["says"]) for row in held)


def _holds(row: dict[str, Any], now: datetime) -> bool:
    until = row["valid_until"]
    if row["abstained"] or not row["detail"].get("says") or until is None:
        return False
    # That all devices are in order is no news.
    is_news = row["method"] != "quality.levels" or bool(row["value"])
    return is_news and now < datetime.fromisoformat(until)


def _place(method: str) -> int:
    topic = method.partition(".")[0]
    return ORDER.index(topic) if topic in ORDER else len(ORDER)


def cards(
    insights: tuple[Insight, ...], *, words: Words, opened: frozenset[str]
) -> tuple[Card, ...]:
    """None, or the one card; `opened` holds its tag when the patient has unfolded it."""
    if not insights:
        return ()
    unfolded = TAG in opened
    shown = insights if unfolded else insights[:FOLDED]
    fold = Choice(
        words("insights_less" if unfolded else "insights_more"), Deed("fold", TAG), Look.TEXT
    )
    return (
        Card(
            TAG,
            "chart-line",
            words("insights_when"),
            words("insights_title"),
            "\n".join(one.says for one in shown),
            choices=(fold,) if len(insights) > FOLDED else (),
        ),
    )
