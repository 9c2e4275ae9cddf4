"""Who may see what, who looked, and taking a consent back."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Section, Tone
from mobile.store import shadow
from mobile.sync import wishes
from mobile.sync.deeds import Deed
from mobile.words import Words

CARE_TEAM = "care-team"
MOST_LOOKS = 30


@dataclass(frozen=True, slots=True)
class Consent:
    """Who may see which kinds of data; `ending`: the patient took it back, the server has yet to
    hear of it.
    """

    id: str
    recipient: str
    name: str
    categories: tuple[str, ...]
    ending: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """One access by somebody else."""

    at: datetime
    who: str
    role: str
    changed: bool


@dataclass(frozen=True, slots=True)
class PrivacyFacts:
    """Consents that hold, and the latest accesses; None until the server has told."""

    zone: ZoneInfo
    consents: tuple[Consent, ...]
    looked: tuple[Looked, ...] | None


def end_of(grant: str) -> str:
    """The wish that ends a consent."""
    return f"grants/{grant}/end"


def read(db: sqlite3.Connection, *, now: datetime) -> PrivacyFacts:
    """The facts out of the store."""
    told: dict[str, Any] = wishes.chosen(db, wishes.PRIVACY)
    names = {one["id"]: one["name"] for one in told.get("people", [])}
    looked = None
    if told:
        looked = tuple(
            Looked(
                datetime.fromisoformat(one["at"]), one["who"], one["role"], one["deed"] != "read"
            )
            for one in told["looked"][:MOST_LOOKS]
        )
    consents = tuple(
        Consent(
            row["id"],
            row["recipient"],
            names.get(row["recipient"], ""),
            tuple(row["categories"]),
            wishes.is_waiting(db, end_of(row["id"])),
        )
        for row in shadow.rows(db, "grants")
        if row["ends_at"] is None or datetime.fromisoformat(row["ends_at"]) > now
    )
    zone = zone_of((shadow.profile(db) or {}).get("zone", "UTC"))
    return PrivacyFacts(zone, consents, looked)


def present(
    facts: PrivacyFacts, *, words: Words, now: datetime, asking: str = ""
) -> tuple[Section, ...]:
    """The page; `asking` is the consent that the patient is about to take back."""
    consents = tuple(_consent_card(one, words, asking=one.id == asking) for one in facts.consents)
    if not consents:
        title = words("privacy_nobody")
        consents = (Card("nobody", "lock-outline", words("privacy_you"), title),)
    return (
        Section(words("privacy_may"), consents),
        Section(words("privacy_looked"), _looks(facts, words, now)),
    )


def _consent_card(one: Consent, words: Words, *, asking: bool) -> Card:
    team = one.recipient == CARE_TEAM
    title = words("privacy_team") if team else one.name or words("privacy_somebody")
    kinds = [words(f"category_{kind}") for kind in one.categories]
    tag, body = f"consent:{one.id}", "\n".join(f"• {kind}" for kind in kinds)
    if one.ending:
        when = words("privacy_ending")
        return Card(tag, "cloud-upload-outline", when, title, body, tone=Tone.DONE)
    if not asking:
        withdraw = Choice(words("privacy_withdraw"), Deed("ask", one.id), Look.OUTLINED)
        when = words("privacy_sees")
        return Card(tag, "account-eye-outline", when, title, body, choices=(withdraw,))
    return Card(
        tag,
        "help-circle-outline",
        words("privacy_sure"),
        title,
        words("privacy_sure_team" if team else "privacy_sure_person"),
        tone=Tone.LATE,
        choices=(
            Choice(words("privacy_yes"), Deed("withdraw", one.id), Look.FILLED),
            Choice(words("keep"), Deed("ask", ""), Look.TEXT),
        ),
    )


def _looks(facts: PrivacyFacts, words: Words, now: datetime) -> tuple[Card, ...]:
    if not facts.looked:
        title = words("privacy_untold" if facts.looked is None else "privacy_no_look")
        return (Card("no-look", "eye-off-outline", words("privacy_looked"), title),)
    return tuple(
        Card(
            f"look:{number}",
            "pencil-outline" if one.changed else "eye-outline",
            day_and_clock(one.at, facts.zone, words, now=now),
            one.who,
            words("privacy_changed" if one.changed else "privacy_read"),
            tone=Tone.DONE,
        )
        for number, one in enumerate(facts.looked)
    )
