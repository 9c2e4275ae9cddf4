"""One dose as a card: what it is, when it is due, what can be done with it. Never a reproach."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobile.presenters.saying import clock, day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Tone
from mobile.sync.deeds import Deed
from mobile.sync.doses import Due
from mobile.words import Words

EARLY = timedelta(hours=1)


def is_open(dose: Due) -> bool:
    """Whether the patient has yet to say what became of it."""
    return dose.status in ("due", "snoozed")


def is_ready(dose: Due, *, now: datetime) -> bool:
    """Whether it belongs to "now": from an hour before it is due until it is answered."""
    return is_open(dose) and now >= dose.due_at - EARLY


def snoozed_until(dose: Due, *, now: datetime) -> datetime | None:
    """When a snoozed dose is said again, if that is still to come."""
    if dose.status != "snoozed" or dose.status_at is None:
        return None
    again = dose.status_at + dose.snooze
    return again if again > now else None


def dose_card(
    dose: Due, *, words: Words, zone: ZoneInfo, now: datetime, opened: frozenset[str]
) -> Card:
    """The card; `opened` holding its tag means that the patient wants to change an answer."""
    tag = f"dose:{dose.id}"
    title = words("dose_title", medicine=dose.medicine or words("your_medicine"), dose=dose.dose)
    title = title.strip(" ,")
    if not is_open(dose):
        return _answered(dose, tag, title, words, zone, now, changing=tag in opened)
    again = snoozed_until(dose, now=now)
    late = now > dose.due_at + dose.grace and again is None
    if again is not None:
        when, tone, icon = (
            words("dose_snoozed", clock=clock(again, zone)),
            Tone.CALM,
            "alarm-snooze",
        )
    elif late:
        said = day_and_clock(dose.due_at, zone, words, now=now)
        when, tone, icon = words("dose_late", when=said), Tone.LATE, "help-circle-outline"
    elif is_ready(dose, now=now):
        when, tone, icon = _due_words(dose, words, zone, now), Tone.DUE, "pill"
    else:
        when, tone, icon = clock(dose.due_at, zone), Tone.CALM, "clock-outline"
    body = words("dose_late_body") if late else dose.instructions
    small = dose.instructions if late else _limit(dose, words, zone, now)
    choices = _choices(dose, words, zone, late=late, ready=is_ready(dose, now=now))
    if dose.from_when is not None and now < dose.from_when:
        choices = tuple(choice for choice in choices if choice.deed.status != "taken")
    return Card(tag, icon, when, title, body, small, tone, choices)


def _limit(dose: Due, words: Words, zone: ZoneInfo, now: datetime) -> str:
    """Why something cannot be done with it now: what the prescriber allows, in words."""
    if dose.from_when is not None and now < dose.from_when:
        return words("dose_not_before", clock=clock(dose.from_when, zone))
    if not is_ready(dose, now=now) or dose.most_snoozes is None:
        return ""
    if not dose.may_wait:
        return words("dose_no_later")
    return words("dose_waits_left", count=dose.most_snoozes - dose.snoozes)


def _due_words(dose: Due, words: Words, zone: ZoneInfo, now: datetime) -> str:
    """The day too when it is not today: last night's 21:00 is not tonight's."""
    if dose.due_at.astimezone(zone).date() == now.astimezone(zone).date():
        return words("dose_now", clock=clock(dose.due_at, zone))
    return words("dose_late", when=day_and_clock(dose.due_at, zone, words, now=now))


def _choices(
    dose: Due, words: Words, zone: ZoneInfo, *, late: bool, ready: bool
) -> tuple[Choice, ...]:
    subject = str(dose.id)
    take = Deed("dose", subject, "taken")
    skip = Choice(words("dose_skip"), Deed("dose", subject, "skipped"))
    if late:
        at = words("dose_took_at", clock=clock(dose.due_at, zone))
        on_time = Choice(at, Deed("dose", subject, "taken", dose.due_at), Look.TONAL)
        return on_time, Choice(words("dose_took_now"), take, Look.TONAL), skip
    if not ready:
        return (Choice(words("dose_early"), take, Look.TEXT),)
    snooze = Choice(words("dose_snooze"), Deed("dose", subject, "snoozed"))
    taking = Choice(words("dose_take"), take, Look.FILLED)
    return (taking, skip, snooze) if dose.may_wait else (taking, skip)


def _answered(
    dose: Due, tag: str, title: str, words: Words, zone: ZoneInfo, now: datetime, *, changing: bool
) -> Card:
    taken = dose.status == "taken"
    at = day_and_clock(dose.status_at or dose.due_at, zone, words, now=now)
    when = words("dose_taken" if taken else "dose_skipped", when=at)
    icon = "check-circle-outline" if taken else "minus-circle-outline"
    if not changing:
        change = Choice(words("dose_change"), Deed("fold", tag), Look.TEXT)
        return Card(tag, icon, when, title, tone=Tone.DONE, choices=(change,))
    other = Choice(
        words("dose_skip_instead" if taken else "dose_take_instead"),
        Deed("dose", str(dose.id), "skipped" if taken else "taken"),
        Look.TONAL,
    )
    keep = Choice(words("keep"), Deed("fold", tag), Look.TEXT)
    return Card(tag, icon, when, title, words("dose_change_body"), "", Tone.DONE, (other, keep))
