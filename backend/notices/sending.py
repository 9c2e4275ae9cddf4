"""From claimed deliveries to cards on phones, and beyond the app where no phone will ring.

The card is written in one transaction with its delivery's mark: it exists once or not at all. What
goes beyond the app is sent outside any transaction, then marked: killed in between, the same
message goes again under its own key, which replaces.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import OperationalError

from backend.notices import claims
from backend.notices.cards import IN_APP, Push, show
from backend.notices.channels import Channel, NotTaken
from backend.notices.models import Delivery, Occurrence

logger = logging.getLogger("evenkeel.notices")

AT_ONCE = 1000  # occurrences a transaction
HELD = timedelta(seconds=0.25)  # until a patient whose row another transaction held is tried again
PUSHES_AT_ONCE = 8
Outcome = Delivery.Outcome
ByPatient = dict[UUID, list[str]]


def deliver(
    keys: Collection[str],
    channels: Sequence[Channel],
    *,
    now: datetime,
    may_go_on: Callable[[], bool] = lambda: True,
    at_once: int = AT_ONCE,
) -> None:
    """Announce these claimed deliveries, many patients at once; `now` is the database's.

    When `may_go_on` says no (the lease runs out, the pump is told to end), the rest is given back.
    """
    pushes: list[Push] = []
    by_patient = _by_patient(keys)
    if gone := set(keys) - set(_keys(by_patient)):
        claims.mark(gone, Outcome.CANCELLED, channel="")  # erased with their patient meanwhile
    batches = _batches(by_patient, at_once)
    for batch in batches:
        if not may_go_on():
            claims.release([key for one in [batch, *batches] for key in _keys(one)])
            break
        pushes += _show_or_put_off(batch, channels, now)
    _push_all(pushes, may_go_on)


def _by_patient(keys: Collection[str]) -> ByPatient:
    found = Occurrence.objects.filter(pk__in=keys).order_by("patient_id")
    return _grouped(found.values_list("patient_id", "key"))


def _grouped(pairs: Iterable[tuple[UUID, str]]) -> ByPatient:
    found: ByPatient = defaultdict(list)
    for patient_id, key in pairs:
        found[patient_id].append(key)
    return found


def _batches(by_patient: ByPatient, at_once: int) -> Iterator[ByPatient]:
    """A patient's keys stay together."""
    batch: ByPatient = {}
    for patient_id, keys in by_patient.items():
        batch[patient_id] = keys
        if sum(map(len, batch.values())) >= at_once:
            yield batch
            batch = {}
    if batch:
        yield batch


def _keys(batch: ByPatient) -> list[str]:
    return [key for keys in batch.values() for key in keys]


def _show_or_put_off(batch: ByPatient, channels: Sequence[Channel], now: datetime) -> list[Push]:
    try:
        pushes, held = show(_keys(batch), batch, channels, now=now)
    except OperationalError:
        raise  # the database is away: the leases will run out and everything is tried again
    except Exception as error:
        if parts := _halves(batch):
            # One bad row must not stop the others, neither other patients' nor her own.
            return [push for part in parts for push in _show_or_put_off(part, channels, now)]
        logger.error("a notice failed: %s", type(error).__name__)  # the class alone is fit for it
        claims.put_off(dict.fromkeys(_keys(batch), type(error).__name__))
        return []
    if held:
        claims.release([key for id_ in held for key in batch[id_]], after=HELD)
    return pushes


def _halves(batch: ByPatient) -> list[ByPatient]:
    """The batch in two, if it has two keys."""
    pairs = [(patient_id, key) for patient_id, keys in batch.items() for key in keys]
    middle = len(pairs) // 2
    return [_grouped(pairs[:middle]), _grouped(pairs[middle:])] if middle else []


def _push_all(pushes: list[Push], may_go_on: Callable[[], bool]) -> None:
    """A few at once: a slow vendor must not use up the lease. The database stays with us here."""
    if not pushes:
        return
    todo = iter(pushes)
    with ThreadPoolExecutor(PUSHES_AT_ONCE) as pool:
        while batch := list(islice(todo, PUSHES_AT_ONCE)):
            if not may_go_on():
                claims.release([push.key for push in [*batch, *todo]])
                return
            unanswered = claims.still_open([push.key for push in batch])
            batch = [push for push in batch if push.key in unanswered]
            results = pool.map(_send, batch)
            for push, (took, refused) in zip(batch, results, strict=True):
                _note(push, took, refused)


def _send(push: Push) -> tuple[list[str], str]:
    """The names of the targets that took it now, and why another did not."""
    took, refused = [], ""
    for target in push.targets:
        if target.name in push.reached:
            continue
        try:
            target.channel.send(target.message)
        except NotTaken as error:
            refused = error.reason
        except Exception as error:
            # A vendor's library must not stop the pump; what it says may hold an address.
            refused = type(error).__name__
        else:
            took.append(target.name)
    return took, refused


def _note(push: Push, took: list[str], refused: str) -> None:
    if took:
        claims.note_reached(push.key, took)
    if refused:
        claims.put_off({push.key: refused})
    else:
        names = [*([IN_APP] if push.has_card else []), *sorted({*push.reached, *took})]
        claims.mark([push.key], Outcome.SENT, channel="+".join(names)[:60])
