"""Order, repetition and splitting of uploads do not matter: against a slow, obvious twin."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.agenda.actions import work_off
from backend.agenda.models import Line
from backend.patients.actions import change_profile
from backend.patients.models import Patient
from backend.streams import log, merging, queries
from backend.streams.models import Chunk, DayRollup, Upload
from backend.wire.codec import moment_of, ms_of, upload_item
from backend.wire.messages import DaySummary
from tests.people import NOW, Cast, chart
from tests.streams.samples import MORNING, made_id, merge, merge_and_bind, send, upload

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # 21:00 in Berlin
END = START + timedelta(days=4)
STEP_MS = 1_800_000


@dataclass(frozen=True)
class Batch:
    """One upload of steps: `number` orders its id, `samples` are half hours after START."""

    number: int
    source: str
    samples: tuple[tuple[int, int], ...]


def sent_form(batch: Batch) -> dict:
    instants = [ms_of(START) + at * STEP_MS for at, _ in batch.samples]
    values = [float(value) for _, value in batch.samples]
    columns = (instants, values)
    return upload_item(made_id(batch.number), "steps", batch.source, "{steps}", columns)


SAMPLES = st.dictionaries(st.integers(0, 100), st.integers(0, 5), min_size=1, max_size=6)
BATCHES = st.lists(
    st.builds(
        Batch,
        number=st.integers(0, 400).map(lambda n: 10 * n),
        source=st.sampled_from(["phone", "watch"]),
        samples=SAMPLES.map(lambda found: tuple(sorted(found.items()))),
    ),
    min_size=1,
    max_size=7,
    unique_by=lambda batch: batch.number,
)


def twin_samples(batches: list[Batch]) -> dict[str, dict[int, float]]:
    """By source: of two values for one instant the newest upload's."""
    won: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for batch in batches:
        for at, value in batch.samples:
            known = won[batch.source].get(at, (-1, 0))
            won[batch.source][at] = max(known, (batch.number, value))
    return {
        source: {ms_of(START) + at * STEP_MS: float(value) for at, (_, value) in kept.items()}
        for source, kept in won.items()
    }


def twin_days(batches: list[Batch]) -> dict[date, tuple[dict[int, float], str]]:
    """By local day: the samples and the name of the source that counts."""
    found: dict[date, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for source, kept in twin_samples(batches).items():
        for at, value in kept.items():
            found[moment_of(at).astimezone(BERLIN).date()][source][at] = value
    return {day: _best(by_source) for day, by_source in found.items()}


def _best(by_source: dict[str, dict[int, float]]) -> tuple[dict[int, float], str]:
    def rank(source: str) -> tuple[int, int, str]:
        kept = by_source[source]
        return -len({at // 3_600_000 for at in kept}), -len(kept), source

    best = min(by_source, key=rank)
    return by_source[best], best


def shown(cast: Cast) -> tuple[dict[int, float], list[DaySummary]]:
    """What a reader sees now."""
    opened = chart(cast.amina, cast.amina)
    found = queries.samples(opened, "steps", start=START, end=END)
    days = queries.day_summaries(opened, "steps", start=START, end=END)
    return dict(zip(found.instants.tolist(), found.values.tolist(), strict=True)), days


def expected(batches: list[Batch]) -> tuple[dict[int, float], list[DaySummary]]:
    samples: dict[int, float] = {}
    days = []
    for day, (kept, source) in sorted(twin_days(batches).items()):
        samples |= kept
        values = list(kept.values())
        total = sum(values)
        hours = {at // 3_600_000 for at in kept}  # Berlin's hours are UTC's
        mean, covered = total / len(values), round(len(hours) / 24, 4)
        low, high = min(values), max(values)
        days.append(DaySummary(day, len(values), mean, low, high, total, covered, source))
    return samples, days


def stored(cast: Cast) -> list[tuple]:
    """Everything that merging wrote, byte for byte; `newest` tells only what came in."""
    chunks = Chunk.objects.filter(patient_id=cast.amina.id).order_by("source", "day")
    rollups = DayRollup.objects.filter(patient_id=cast.amina.id).order_by("day")
    rows = [(c.source, c.day, c.count, bytes(c.payload), c.newest) for c in chunks]
    return rows + [
        (r.day, r.source, r.count, r.mean, r.low, r.high, r.total, r.coverage, bytes(r.hours))
        for r in rollups
    ]


def in_log(cast: Cast) -> dict[str, dict[int, float]]:
    """What the raw uploads say, bound or not."""
    span = {"start_ms": ms_of(START), "end_ms": ms_of(END)}
    return {
        source: dict(zip(found.instants.tolist(), found.values.tolist(), strict=True))
        for source, found in log.raw(cast.amina.id, "steps", **span).items()
    }


@contextmanager
def undone() -> Iterator[None]:
    """Each example of hypothesis starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


relaxed = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@relaxed
@given(BATCHES, st.data())
def test_any_delivery_ends_as_in_order_delivery(
    cast: Cast, batches: list[Batch], data: st.DataObject
):
    with undone():
        for batch in sorted(batches, key=lambda b: b.number):
            send(cast.amina, sent_form(batch))
        merge(cast)
        in_order = stored(cast)
    repeated = data.draw(st.lists(st.sampled_from(batches), max_size=4)) + batches
    order = data.draw(st.permutations(repeated))
    merges = data.draw(st.sets(st.integers(0, len(order) - 1)))
    with undone():
        came: list[Batch] = []
        for number, batch in enumerate(order):
            send(cast.amina, sent_form(batch))
            came.append(batch)
            if number in merges:
                (merge_and_bind if number % 2 else merge)(cast)
            assert shown(cast) == expected(came)
        merge(cast)
        assert shown(cast) == expected(batches)
        assert stored(cast) == in_order
        merge_and_bind(cast)
        assert stored(cast) == in_order
        assert not Upload.objects.exists()
        assert in_log(cast) == twin_samples(batches)


@relaxed
@given(BATCHES, st.data())
def test_splitting_uploads_changes_nothing(cast: Cast, batches: list[Batch], data: st.DataObject):
    pieces = []
    for batch in batches:
        cut = data.draw(st.integers(0, len(batch.samples)))
        halves = (batch.samples[:cut], batch.samples[cut:])
        pieces += [
            replace(batch, number=batch.number + n, samples=half)
            for n, half in enumerate(halves)
            if half
        ]
    with undone():
        for piece in data.draw(st.permutations(pieces)):
            send(cast.amina, sent_form(piece))
            if data.draw(st.booleans()):
                merge(cast)
        merge(cast)
        assert shown(cast) == expected(batches)


def test_merging_again_changes_nothing(cast: Cast):
    send(cast.amina, upload(1))
    merge(cast)
    before = stored(cast)
    Upload.objects.update(merged=False)
    merging.merge_patient(cast.amina.id, now=NOW)
    assert stored(cast) == before


def test_merging_calls_for_fresh_findings(cast: Cast):
    send(cast.amina, upload(1))
    assert not Line.objects.filter(kind="insights.refresh").exists()
    merge(cast)
    assert Line.objects.filter(kind="insights.refresh", due_at__isnull=False).count() == 1


def test_a_late_revision_by_an_older_upload_loses(cast: Cast):
    send(cast.amina, upload(1, [10, 11, 12]))
    send(cast.amina, upload(3, [30], start=MORNING + timedelta(seconds=1)))
    merge(cast)
    send(cast.amina, upload(2, [20, 21, 22, 23]))
    merge(cast)
    opened = chart(cast.amina, cast.amina)
    found = queries.samples(opened, "heart_rate", start=MORNING, end=NOW)
    assert found.values.tolist() == [20, 30, 22, 23]


def test_more_than_one_round_merges_all(cast: Cast):
    for number in range(5):
        send(cast.amina, upload(number, [60 + number], start=MORNING + timedelta(hours=number)))
    work_off({"streams.merge": partial(merging.merge_patient, at_once=2)}, now=NOW)
    assert not Upload.objects.filter(merged=False).exists()
    opened = chart(cast.amina, cast.amina)
    found = queries.samples(opened, "heart_rate", start=MORNING, end=NOW)
    assert found.values.tolist() == [60, 61, 62, 63, 64]


def test_only_touched_days_are_restated(cast: Cast):
    send(cast.amina, upload(1, start=MORNING - timedelta(days=5)))
    merge(cast)
    DayRollup.objects.update(mean=-1)
    send(cast.amina, upload(2))
    merge(cast)
    assert list(DayRollup.objects.order_by("day").values_list("mean", flat=True)) == [-1, 62]


def test_days_move_with_the_patient(cast: Cast):
    """23:30 in Berlin is the same day there, and the day before in New York stays its own."""
    night = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    send(cast.amina, upload(1, [61], start=night))
    merge(cast)
    opened = chart(cast.amina, cast.amina, change=True)
    stretch = {"start": night - timedelta(days=3), "end": NOW}
    (row,) = queries.day_summaries(opened, "heart_rate", **stretch)
    assert row.date == date(2026, 11, 21)
    change_profile(opened, zone="America/New_York")
    moved = chart(cast.amina, Patient.objects.get(pk=cast.amina.id))
    (row,) = queries.day_summaries(moved, "heart_rate", **stretch)
    assert row.date == date(2026, 11, 20)
    merging.merge_patient(cast.amina.id, now=NOW)
    assert list(DayRollup.objects.values_list("day", "zone")) == [
        (date(2026, 11, 20), "America/New_York")
    ]
