"""The patient's devices and health store: how full, when last heard, what is wrong."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobile.presenters.saying import day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Tone
from mobile.presenters.streams import kind_name
from mobile.store import bodies
from mobile.sync import priority
from mobile.sync.connections import Connection, connections
from mobile.sync.deeds import Deed
from mobile.sync.nearby import Nearby
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


@dataclass(frozen=True, slots=True)
class Looking:
    """What the page itself knows: nothing yet (None), or what is in reach; what is going on now."""

    nearby: tuple[Nearby, ...] | None = None
    looking: bool = False
    fetching: str = ""  # a device's source
    no_radio: bool = False


def read(db: sqlite3.Connection) -> list[Connection]:
    """What is known on this phone."""
    return connections(db)


@dataclass(frozen=True, slots=True)
class Priorities:
    """By source: the kinds for which it counts first, and those for which another one does."""

    first: Mapping[str, list[str]] = field(default_factory=dict)
    second: Mapping[str, list[str]] = field(default_factory=dict)


def priorities(db: sqlite3.Connection) -> Priorities:
    """What is agreed with the care team, and what the patient chose here."""
    first: dict[str, list[str]] = {}
    second: dict[str, list[str]] = {}
    orders = priority.orders(db)
    for kind, order in orders.items():
        first.setdefault(order[0], []).append(kind)
    for source, kinds in priority.rivals(db).items():
        second[source] = [kind for kind in kinds if orders.get(kind, [""])[0] != source]
    return Priorities(first, second)


def nearby(state: Looking, used: list[Connection], *, words: Words) -> DevicesView:
    """What is in reach and not used yet; why there is nothing."""
    known = {each.address for each in used}
    fresh = [each for each in state.nearby or () if each.address not in known]
    cards = tuple(
        Card(
            f"nearby:{each.address}",
            "bluetooth",
            words("devices_near"),
            each.name or words("devices_unnamed"),
            choices=(Choice(words("devices_use"), Deed("pair", each.address), Look.TONAL),),
        )
        for each in fresh
    )
    said = ""
    if state.looking:
        said = words("devices_looking")
    elif state.no_radio:
        said = words("devices_no_radio")
    elif state.nearby is not None and not cards:
        said = words("devices_none_near")
    return DevicesView(words("devices_in_reach"), () if state.looking else cards, said)


def present(
    found: list[Connection],
    *,
    words: Words,
    zone: ZoneInfo,
    now: datetime,
    counts: Priorities | None = None,
    fetching: str = "",
) -> DevicesView:
    """In trouble first, then by name."""
    counts = counts or Priorities()
    cards = [
        replace(
            _card(each, words, zone, now, counts.first.get(each.source, [])),
            choices=(
                *_choices(each, words, fetching=each.source == fetching),
                *_count_first(each, counts.second.get(each.source, []), words),
            ),
        )
        for each in found
    ]
    cards.sort(key=lambda card: card.tone != Tone.TROUBLE)
    return DevicesView(words("devices_title"), tuple(cards), "" if cards else words("devices_none"))


def _choices(each: Connection, words: Words, *, fetching: bool) -> tuple[Choice, ...]:
    """A health store is read by itself; a device can be asked."""
    if not each.address or fetching:
        return ()
    return (
        Choice(words("devices_fetch"), Deed("fetch", each.source), Look.TONAL),
        Choice(words("devices_unpair"), Deed("unpair", each.source), Look.TEXT),
    )


def _count_first(each: Connection, kinds: list[str], words: Words) -> tuple[Choice, ...]:
    """Where another source counts, this one can."""
    if not kinds:
        return ()
    named = ", ".join(kind_name(kind, words) for kind in kinds)
    label = words("devices_count_first", kinds=named)
    return (Choice(label, Deed("count_first", each.source), Look.TEXT),)


def _card(each: Connection, words: Words, zone: ZoneInfo, now: datetime, first: list[str]) -> Card:
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
        "\n".join(_small(battery, first, words)),
        _tone(each, heard, now),
    )


def _small(battery: int | None, first: list[str], words: Words) -> list[str]:
    told = [] if battery is None else [words("devices_battery", percent=battery)]
    if first:
        kinds = ", ".join(kind_name(kind, words) for kind in first)
        told.append(words("devices_first", kinds=kinds))
    return told


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
