"""A medicine taken as needed as a card: how many are left, when the next one may be taken."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.wire.as_needed import is_too_soon
from mobile.presenters.saying import clock, day_and_clock
from mobile.presenters.shapes import Card, Choice, Look, Tone
from mobile.sync.deeds import Deed
from mobile.sync.needed import Needed
from mobile.words import Words


def needed_card(
    one: Needed, *, words: Words, zone: ZoneInfo, now: datetime, opened: frozenset[str]
) -> Card:
    """The card; beyond the limits its button only tells why not."""
    tag = f"needed:{one.regimen}"
    title = words("dose_title", medicine=one.medicine, dose=one.dose).strip(" ,")
    free = one.free_at(now)
    if free == now:
        take = Choice(words("needed_take"), Deed("needed", one.regimen, "taken"), Look.TONAL)
        body = "\n".join(part for part in (one.instructions, _left(one, words, now)) if part)
        return Card(
            tag, "hand-heart-outline", words("needed_when"), title, body, one.sentence,
            Tone.CALM, (take,),
        )  # fmt: skip
    when = words("needed_not_at_all")
    if free is not None:
        when = words("needed_not_before", when=day_and_clock(free, zone, words, now=now))
    unfolded = tag in opened
    label = words("keep_waiting" if unfolded else "needed_ask")
    return Card(
        tag,
        "timer-sand",
        when,
        title,
        _refusal(one, words, zone, now) if unfolded else _left(one, words, now),
        words("needed_tell_team") if unfolded else one.sentence,
        Tone.LATE if unfolded else Tone.CALM,
        (Choice(label, Deed("fold", tag), Look.TEXT),),
    )


def _left(one: Needed, words: Words, now: datetime) -> str:
    left = one.left(now)
    return "" if left is None else words("needed_left", count=left, most=one.most_a_day)


def _refusal(one: Needed, words: Words, zone: ZoneInfo, now: datetime) -> str:
    """Why it is refused: the gap first, for it ends sooner."""
    if is_too_soon(one.taken, now, min_gap_minutes=one.min_gap_minutes):
        last = clock(max(one.taken), zone)
        return words("needed_too_soon", clock=last, gap=span(one.min_gap_minutes or 0, words))
    return words("needed_too_many", count=one.most_a_day or 0)


def span(minutes: int, words: Words) -> str:
    """A length of time: "1 hour and 30 minutes"."""
    hours, rest = divmod(minutes, timedelta(hours=1) // timedelta(minutes=1))
    told = [words(key, count=n) for key, n in (("hours", hours), ("minutes", rest)) if n]
    return words("and").join(told)
