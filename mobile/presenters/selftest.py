"""Will my reminders work on this phone? What was looked at, in plain words, and what to do."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobile.device.clock import zone_of
from mobile.device.reliability import BATTERY, CARDS, EXACT, SOUND, Standing
from mobile.presenters.saying import clock, day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Tone
from mobile.store import bodies, shadow
from mobile.store.database import setting
from mobile.sync import reminders, ringing
from mobile.sync.deeds import Deed
from mobile.sync.ringing import Trial
from mobile.words import Words

CLOCK_OFF = timedelta(minutes=2)
SILENT = timedelta(days=2)
RINGS_WITHIN = timedelta(seconds=30)  # a trial later than this has failed
SOON_S, LATER_S = 10, 60


@dataclass(frozen=True, slots=True)
class SelfTestFacts:
    """What the device says and what the store remembers."""

    standing: Standing
    opens: frozenset[str]
    alarms_run: bool
    outlives_app: bool
    zone: ZoneInfo
    device_zone: str
    clock_ahead: timedelta | None
    synced_at: datetime | None
    armed_until: datetime | None
    next_at: datetime | None
    trial: Trial | None
    card_shown: bool | None


@dataclass(frozen=True, slots=True)
class SelfTestState:
    """The screen: the verdict, the trial ring, one card for each thing looked at."""

    verdict: Card
    trial: Card
    checks: tuple[Card, ...]


def read(
    db: sqlite3.Connection,
    *,
    standing: Standing,
    opens: frozenset[str],
    alarms_run: bool,
    outlives_app: bool,
    device_zone: str,
    now: datetime,
) -> SelfTestFacts:
    """The store's part, laid beside what the device says."""
    ahead, synced = setting(db, "clock_ahead_ms"), setting(db, "confirmed_ms")
    armed = setting(db, "armed_until_ms")
    planned, _ = reminders.plan(db, now=now)
    ahead_of_now = (a.due_at for a in planned if a.due_at > now and not ringing.is_trial(a.key))
    return SelfTestFacts(
        standing,
        opens,
        alarms_run,
        outlives_app,
        zone=zone_of((shadow.profile(db) or {}).get("zone", "UTC")),
        device_zone=device_zone,
        clock_ahead=None if ahead is None else timedelta(milliseconds=ahead),
        synced_at=None if synced is None else bodies.moment_of(synced),
        armed_until=None if armed is None else bodies.moment_of(armed),
        next_at=min(ahead_of_now, default=None),
        trial=ringing.trial(db),
        card_shown=ringing.is_shown(db),
    )


def present(facts: SelfTestFacts, *, words: Words, now: datetime) -> SelfTestState:
    """The screen."""
    checks = tuple(_checks(facts, words, now))
    return SelfTestState(
        _verdict(facts, checks, words, now), _trial_card(facts, words, now), checks
    )


# --- the trial ring ------------------------------------------------------------------------------


def trial_state(trial: Trial | None, now: datetime) -> str:
    """none, waiting, silent, unshown, rang, noticed or unnoticed."""
    if trial is None:
        return "none"
    if trial.noticed is not None:
        return "noticed" if trial.noticed else "unnoticed"
    if trial.rang_ms is not None:
        return "rang" if trial.shown else "unshown"
    return "waiting" if now < trial.due_at + RINGS_WITHIN else "silent"


def _trial_card(facts: SelfTestFacts, words: Words, now: datetime) -> Card:
    state = trial_state(facts.trial, now)
    at = clock(facts.trial.due_at, facts.zone) if facts.trial else ""
    choices = (
        Choice(words("selftest_ring_soon"), Deed("ring", str(SOON_S)), Look.FILLED),
        Choice(words("selftest_ring_later"), Deed("ring", str(LATER_S)), Look.OUTLINED),
    )
    if state == "rang":
        choices = (
            Choice(words("selftest_heard_yes"), Deed("heard", "yes"), Look.FILLED),
            Choice(words("selftest_heard_no"), Deed("heard", "no"), Look.OUTLINED),
        )
    tones = {"waiting": Tone.DUE, "rang": Tone.DUE, "noticed": Tone.DONE, "none": Tone.CALM}
    icons = {"noticed": "check-circle-outline", "none": "bell-ring-outline"}
    icons |= {"waiting": "timer-sand", "rang": "bell-ring-outline"}
    tone = tones.get(state, Tone.TROUBLE)
    return Card(
        "trial",
        icons.get(state, "alert-circle-outline"),
        words("selftest_trial"),
        words(f"selftest_trial_{state}", clock=at),
        words(f"selftest_trial_{state}_body"),
        "",
        tone,
        () if state == "waiting" else choices,
    )


# --- the verdict ---------------------------------------------------------------------------------


def _verdict(facts: SelfTestFacts, checks: tuple[Card, ...], words: Words, now: datetime) -> Card:
    tones = {card.tone for card in checks}
    tried = trial_state(facts.trial, now)
    if Tone.TROUBLE in tones or tried in ("silent", "unshown", "unnoticed"):
        key, icon, tone = "no", "alert-circle-outline", Tone.TROUBLE
    elif Tone.LATE in tones:
        key, icon, tone = "mostly", "alert-outline", Tone.LATE
    elif tried != "noticed":
        key, icon, tone = "untried", "help-circle-outline", Tone.CALM
    else:
        key, icon, tone = "yes", "check-circle-outline", Tone.DUE
    if key in ("yes", "untried") and not facts.outlives_app:
        key += "_open"
    return Card(
        "verdict", icon, words("selftest_title"), words(f"selftest_{key}"), tone=tone,
        body=words("selftest_server") if tone == Tone.TROUBLE else "",
    )  # fmt: skip


# --- one card for each thing looked at -----------------------------------------------------------


def _checks(facts: SelfTestFacts, words: Words, now: datetime) -> Iterable[Card]:
    """Those in trouble first; what the platform does not tell is left out."""
    found = [
        *_of_platform(facts, words),
        _of_alarms(facts, words),
        _of_arming(facts, words, now),
        _of_clock(facts, words),
        *_of_zone(facts, words),
        _of_sync(facts, words, now),
    ]
    order = (Tone.TROUBLE, Tone.LATE)
    return sorted(found, key=lambda card: order.index(card.tone) if card.tone in order else 2)


def _of_platform(facts: SelfTestFacts, words: Words) -> Iterable[Card]:
    standing = facts.standing
    cards = standing.cards if standing.cards is not None else facts.card_shown
    quiet = None if standing.quiet is None else not standing.quiet
    sparing = None if standing.saving is None else not standing.saving
    told = (
        (CARDS, cards, Tone.TROUBLE),
        (SOUND, standing.sound, Tone.TROUBLE),
        (EXACT, standing.exact, Tone.TROUBLE),
        (BATTERY, standing.unthrottled, Tone.LATE),
        ("saver", sparing, Tone.LATE),
        ("quiet", quiet, Tone.LATE),
    )
    for which, good, grave in told:
        if good is None:
            continue
        choices: tuple[Choice, ...] = ()
        if not good and which in facts.opens:
            choices = (Choice(words("selftest_open"), Deed("open", which), Look.TONAL),)
        yield _check(which, words, Tone.DONE if good else grave, choices=choices)


def _of_alarms(facts: SelfTestFacts, words: Words) -> Card:
    if not facts.alarms_run:
        return _check("alarms", words, Tone.TROUBLE)
    if facts.outlives_app:
        return _check("alarms", words, Tone.DONE)
    return _check("alarms", words, Tone.CALM, said="open")


def _of_arming(facts: SelfTestFacts, words: Words, now: datetime) -> Card:
    zone = facts.zone
    following = words("selftest_next_none")
    if facts.next_at is not None:
        said = day_and_clock(facts.next_at, zone, words, now=now)
        following = words("selftest_next", when=said)
    if facts.armed_until is None or facts.armed_until < now:
        return _check("armed", words, Tone.TROUBLE, small=following)
    until = day_and_clock(facts.armed_until, zone, words, now=now)
    return _check("armed", words, Tone.DONE, small=following, until=until)


def _of_clock(facts: SelfTestFacts, words: Words) -> Card:
    ahead = facts.clock_ahead
    if ahead is None:
        return _check("clock", words, Tone.CALM, said="unknown")
    if abs(ahead) <= CLOCK_OFF:
        return _check("clock", words, Tone.DONE)
    count = round(abs(ahead) / timedelta(minutes=1))
    said = "fast" if ahead > timedelta(0) else "slow"
    return _check("clock", words, Tone.TROUBLE, said=said, count=count)


def _of_zone(facts: SelfTestFacts, words: Words) -> Iterable[Card]:
    plan = facts.zone.key
    if plan != facts.device_zone:
        yield _check("zone", words, Tone.LATE, plan=plan, device=facts.device_zone)
    else:
        yield _check("zone", words, Tone.DONE, plan=plan)


def _of_sync(facts: SelfTestFacts, words: Words, now: datetime) -> Card:
    if facts.synced_at is None:
        return _check("synced", words, Tone.LATE, said="never")
    when = day_and_clock(facts.synced_at, facts.zone, words, now=now)
    if now - facts.synced_at > SILENT:
        return _check("synced", words, Tone.LATE, said="old", when=when)
    return _check("synced", words, Tone.DONE, when=when)


ICONS = {
    Tone.TROUBLE: "alert-circle-outline",
    Tone.LATE: "alert-outline",
    Tone.CALM: "information-outline",
    Tone.DONE: "check-circle-outline",
}


def _check(
    which: str,
    words: Words,
    tone: Tone,
    *,
    said: str = "",
    small: str = "",
    choices: tuple[Choice, ...] = (),
    **values: object,
) -> Card:
    """`check_<which>_good`, `_bad` or `_<said>` is its title, with `_do` what to do about it."""
    key = f"check_{which}_{said or ('good' if tone == Tone.DONE else 'bad')}"
    do = words(f"{key}_do", **values) if words.knows(f"{key}_do") else ""
    return Card(
        f"check:{which}", ICONS[tone], words(f"check_is_{tone.value}"), words(key, **values), do,
        small, tone, choices,
    )  # fmt: skip
