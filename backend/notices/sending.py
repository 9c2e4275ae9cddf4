"""From claimed deliveries to cards on phones, and beyond the app where no phone will ring.

The card is written in one transaction with its delivery's mark: it exists once or not at all. What
goes beyond the app is sent outside any transaction, then marked: killed in between, the same
message goes again under its own key, which replaces.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID, uuid5

from django.db import OperationalError, transaction

from backend.accounts.actors import job
from backend.accounts.models import Device
from backend.notices import claims
from backend.notices.channels import Channel, Message, NotTaken
from backend.notices.models import Channel as Reach
from backend.notices.models import Delivery, Notice, Occurrence
from backend.notices.wording import Words, words_of
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.revisions import hold_patient, take_revisions

logger = logging.getLogger("evenkeel.notices")

IN_APP = "in_app"
PUSHES_AT_ONCE = 8
Outcome = Delivery.Outcome


@dataclass(frozen=True, slots=True)
class _Push:
    """A message still to be sent, and the channels that have it already."""

    message: Message
    reached: frozenset[str]


def deliver(
    keys: Collection[str],
    channels: Sequence[Channel],
    *,
    now: datetime,
    may_go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Announce these claimed deliveries, patient by patient; `now` is the database's.

    When `may_go_on` says no (the lease runs out, the pump is told to end), the rest is given back.
    """
    by_patient = _by_patient(keys)
    pushes: list[_Push] = []
    left = iter(list(by_patient.items()))
    for patient_id, due in left:
        if not may_go_on():
            claims.release([o.key for _, rest in [(patient_id, due), *left] for o in rest])
            break
        pushes += _show_or_put_off(patient_id, due, channels, now)
    _push_all(pushes, channels, may_go_on)


def _by_patient(keys: Collection[str]) -> dict[UUID, list[Occurrence]]:
    found: dict[UUID, list[Occurrence]] = defaultdict(list)
    for occurrence in Occurrence.objects.filter(pk__in=keys).order_by("patient_id", "due_at"):
        found[occurrence.patient_id].append(occurrence)
    return found


def _show_or_put_off(
    patient_id: UUID, due: list[Occurrence], channels: Sequence[Channel], now: datetime
) -> list[_Push]:
    try:
        with transaction.atomic():
            return _show(patient_id, due, channels, now)
    except OperationalError:
        raise  # the database is away: the leases will run out and everything is tried again
    except Exception as error:
        # One patient's bad row must not stop the others; the class alone is fit for a log.
        logger.error("a notice failed: %s", type(error).__name__)
        claims.put_off([o.key for o in due], type(error).__name__)
        return []


def _show(
    patient_id: UUID, due: list[Occurrence], channels: Sequence[Channel], now: datetime
) -> list[_Push]:
    """Write the cards that are not there yet; returns what has to go beyond the app."""
    chart = open_chart(
        job("notices.pump"), patient_id, Category.NOTICES, deed=Deed.CHANGE, subject="pump", now=now
    )
    hold_patient(patient_id)
    keys = [o.key for o in due]
    held = Delivery.objects.select_for_update().filter(pk__in=keys, outcome=Outcome.CLAIMED)
    claimed = {delivery.key: delivery for delivery in held}
    shown = set(Notice.objects.filter(key__in=claimed).values_list("key", flat=True))
    fresh = [o for o in due if o.key in claimed and o.key not in shown]
    pushes = [_push(chart, o, claimed[o.key], now) for o in due if o.key in claimed]
    wanted = _wanted(chart, [o for o in due if o.key in claimed], channels, now)
    _write_cards(chart, fresh, now)
    _mark(due, claimed, wanted, shown, now)
    return [push for push in pushes if push.message.key in wanted]


def _push(chart: Chart, due: Occurrence, delivery: Delivery, now: datetime) -> _Push:
    words = _words(chart, due, now)
    return _Push(Message(due.key, chart.patient.id, words.push), frozenset(delivery.reached))


def _words(chart: Chart, due: Occurrence, now: datetime) -> Words:
    late = due.is_late_at(now)
    return words_of(due.template, due.values, chart.patient, due.due_at, late=late)


def _wanted(
    chart: Chart, due: list[Occurrence], channels: Sequence[Channel], now: datetime
) -> set[str]:
    """Keys that go beyond the app: in time, allowed to, and no phone of hers rings by itself."""
    if not channels:
        return set()
    phones = list(Device.objects.filter(user_id=chart.patient.user_id, revoked_at=None))
    return {
        o.key
        for o in due
        if o.channel == Reach.AUTO
        and not o.is_late_at(now)
        and not any(phone.rings_at(o.due_at, now=now) for phone in phones)
    }


def _write_cards(chart: Chart, fresh: list[Occurrence], now: datetime) -> None:
    if not fresh:
        return
    revisions = take_revisions(chart.patient.id, len(fresh))
    cards = []
    for due, revision in zip(fresh, revisions, strict=True):
        words = _words(chart, due, now)
        cards.append(
            Notice(
                id=uuid5(chart.patient.id, due.key),
                patient=chart.patient,
                bucket=chart.patient.bucket,
                revision=revision,
                key=due.key,
                template=due.template,
                due_at=due.due_at,
                title=words.title,
                body=words.body,
                lock_screen=words.lock_screen,
                state=_state(due, now),
                told_at=now,
            )
        )
    Notice.objects.bulk_create(cards)


def _state(due: Occurrence, now: datetime) -> Notice.State:
    return Notice.State.LATE_NOT_SENT if due.is_late_at(now) else Notice.State.SENT


def _mark(
    due: list[Occurrence],
    claimed: dict[str, Delivery],
    wanted: set[str],
    shown: set[str],
    now: datetime,
) -> None:
    """What ends in the app is done; a push that grew late over its retries has failed."""
    ended: dict[Outcome, list[str]] = defaultdict(list)
    for one in due:
        if one.key not in claimed or one.key in wanted:
            continue
        late = one.is_late_at(now)
        if late and one.key in shown:
            ended[Outcome.FAILED].append(one.key)
        else:
            ended[Outcome.LATE_NOT_SENT if late else Outcome.SENT].append(one.key)
    for outcome, keys in ended.items():
        claims.mark(keys, outcome, channel=IN_APP)


def _push_all(
    pushes: list[_Push], channels: Sequence[Channel], may_go_on: Callable[[], bool]
) -> None:
    """A few at once: a slow vendor must not use up the lease. The database stays with us here."""
    todo = iter(pushes)
    with ThreadPoolExecutor(PUSHES_AT_ONCE) as pool:
        while batch := list(islice(todo, PUSHES_AT_ONCE)):
            if not may_go_on():
                claims.release([push.message.key for push in [*batch, *todo]])
                return
            results = pool.map(lambda push: _send(push, channels), batch)
            for push, (took, refused) in zip(batch, results, strict=True):
                _note(push, took, refused)


def _send(push: _Push, channels: Sequence[Channel]) -> tuple[list[str], str]:
    """The names of the channels that took it now, and why another did not."""
    took, refused = [], ""
    for channel in channels:
        if channel.name in push.reached:
            continue
        try:
            channel.send(push.message)
        except NotTaken as error:
            refused = error.reason
        except Exception as error:
            # A vendor's library must not stop the pump; what it says may hold an address.
            refused = type(error).__name__
        else:
            took.append(channel.name)
    return took, refused


def _note(push: _Push, took: list[str], refused: str) -> None:
    key = push.message.key
    if took:
        claims.note_reached(key, took)
    if refused:
        claims.put_off([key], refused)
    else:
        names = [IN_APP, *sorted({*push.reached, *took})]
        claims.mark([key], Outcome.SENT, channel="+".join(names)[:60])
