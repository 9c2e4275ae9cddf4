"""What the server computed of the patient's own data, in its words: one card, folded to the first.

A risk has a card of its own: a hundred people as icons, beside as many whose changeable factors are
at their best, what it comes from, and what is not known about it.

A finding without a number says nothing here: what is missing is not the patient's fault, and advice
asks for it where it matters. One that is out of date says nothing either.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mobile.presenters.shapes import Card, Choice, Icons, Look
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
    "risk",
    "wear",
    "quality",
)


@dataclass(frozen=True, slots=True)
class Insight:
    """One finding in the server's words."""

    method: str
    says: str
    label: str = ""
    pictures: tuple[Icons, ...] = ()
    beside: str = ""  # what a risk comes from, and what is not known about it


def read(db: sqlite3.Connection, *, now: datetime) -> tuple[Insight, ...]:
    """The newest finding of each method that holds now, by topic."""
    newest: dict[str, dict[str, Any]] = {}
    for row in sorted(shadow.rows(db, "findings"), key=lambda row: row["revision"]):
        newest[row["method"]] = row  # earlier apps kept the earlier ones too
    held = [row for row in newest.values() if _holds(row, now)]
    held.sort(key=lambda row: _place(row["method"]))
    return tuple(_insight(row) for row in held)


def _insight(row: dict[str, Any]) -> Insight:
    detail = row["detail"]
    icons = tuple(Icons(one["of_100"], one["says"]) for one in detail.get("pictures", ()))
    beside = [one["says"] for part in ("drivers", "notes") for one in detail.get(part, ())]
    return Insight(row["method"], detail["says"], row["label"], icons, "\n".join(beside))


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
    """The one card of all, and one a risk; `opened` holds the tags of the unfolded."""
    plain = tuple(one for one in insights if not one.pictures)
    risks = tuple(_risk_card(one, words, opened) for one in insights if one.pictures)
    return (*_plain_cards(plain, words, opened), *risks)


def _risk_card(risk: Insight, words: Words, opened: frozenset[str]) -> Card:
    """The number in words; the pictures when it is unfolded."""
    tag = f"{TAG}:{risk.method}"
    unfolded = tag in opened
    return Card(
        tag,
        "account-group",
        words("risk_when"),
        risk.label,
        risk.says,
        risk.beside if unfolded else "",
        choices=(Choice(words(_fold(unfolded)), Deed("fold", tag), Look.TEXT),),
        pictures=risk.pictures if unfolded else (),
    )


def _fold(unfolded: bool) -> str:
    return "insights_less" if unfolded else "insights_more"


def _plain_cards(
    insights: tuple[Insight, ...], words: Words, opened: frozenset[str]
) -> tuple[Card, ...]:
    if not insights:
        return ()
    unfolded = TAG in opened
    shown = insights if unfolded else insights[:FOLDED]
    fold = Choice(words(_fold(unfolded)), Deed("fold", TAG), Look.TEXT)
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
