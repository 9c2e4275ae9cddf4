"""The patient's devices and health store: how full, when last heard, what is wrong."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Tone
from mobile.store import bodies
from mobile.sync.connections import Connection, connections
from mobile.words import Words

LOW_PERCENT = 15
SILENT = timedelta(days=3)
STORES = {"health-connect": "android", "healthkit": "apple"}


@dataclass(frozen=True, slots=True)
class DevicesView:
    """One card for each; `empty` is said where there is none."""

    title: str
    cards: tuple[Card, ...]
    empty: str


def read(db: sqlite3.Connection) -> list[Connection]:
    """What is known on this phone."""
    return connections(db)


def present(found: list[Connection], *, words: Words, zone: ZoneInfo, now: datetime) -> DevicesView:
    """In trouble first, then by name."""
    cards = [_card(each, words, zone, now) for each in found]
    cards.sort(key=lambda card: card.tone != Tone.TROUBLE)
    return DevicesView(words("devices_title"), tuple(cards), "" if cards else words("devices_none"))


def _card(each: Connection, words: Words, zone: ZoneInfo, now: datetime) -> Card:
    heard = None if each.last_ms is None else bodies.moment_of(each.last_ms)
    when = words("devices_never")
    if heard is not None:
        said = day_and_clock(heard, zone, words, now=now)
        when = words("devices_heard", when=said)
    store = STORES.get(each.source)
    battery = each.battery_percent
    return Card(
        f"device:{each.source}",
        _icon(each, store),
        when,
        words(f"devices_store_{store}") if store else each.label,
        "\n".join(_remarks(each, words)),
        "" if battery is None else words("devices_battery", percent=battery),
        _tone(each, heard, now),
    )


def _icon(each: Connection, store: str | None) -> str:
    if each.problem:
        return "alert-circle-outline"
    return "cellphone-link" if store else "bluetooth"


def _remarks(each: Connection, words: Words) -> list[str]:
    remarks = []
    if each.problem:
        key = f"devices_problem_{each.problem}"
        remarks.append(words(key if words.knows(key) else "devices_problem_unreachable"))
    if each.battery_percent is not None and each.battery_percent <= LOW_PERCENT:
        remarks.append(words("devices_battery_low"))
    if each.clock_ahead_min:
        key = "devices_clock_fast" if each.clock_ahead_min > 0 else "devices_clock_slow"
        remarks.append(words(key, count=abs(each.clock_ahead_min)))
    if each.left_with_team:
        remarks.append(words("devices_left_with_team", count=each.left_with_team))
    return remarks


def _tone(each: Connection, heard: datetime | None, now: datetime) -> Tone:
    if each.problem:
        return Tone.TROUBLE
    low = each.battery_percent is not None and each.battery_percent <= LOW_PERCENT
    silent = heard is None or now - heard > SILENT
    return Tone.LATE if low or silent else Tone.CALM
