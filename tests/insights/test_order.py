"""In whatever order data come, late, revised and thrice: the same findings, byte for byte."""

import json
import random
from datetime import timedelta

import pytest
from django.db import transaction

from backend.insights.models import Finding
from backend.streams.actions import store_upload
from backend.wire.ids import uuid7_from_ms
from tests.insights.measured import days_ago, refresh
from tests.people import NOW, chart

DAYS = 30
TOLD = ("method", "version", "label", "value", "lower", "upper", "unit", "detail", "abstained")


def batches(seed):
    """Thirty days in half days of a watch and a sensor; every twentieth has a later revision."""
    rng = random.Random(seed)
    found = []
    for day in range(DAYS, 0, -1):
        for half in (0, 12):
            start = days_ago(day, half)
            glucose = [round(rng.gauss(140, 45).__abs__() % 300 + 45, 1) for _ in range(144)]
            pulse = [round(rng.gauss(60, 4)) for _ in range(144)]
            steps = [max(0, round(rng.gauss(40, 60))) for _ in range(240)]
            beats = [round(rng.gauss(900, 25)) for _ in range(420)]
            found += [
                ("glucose", "mg/dL", start, 300_000, glucose),
                ("heart_rate", "/min", start, 300_000, pulse),
                ("steps", "{steps}", start, 60_000, steps),
                ("rr_interval", "ms", start + timedelta(hours=7), 900, beats),
            ]
        found.append(("sleep_stage", "{stage}", days_ago(day), 23_400_000, [3, 0]))
    found += [
        (kind, unit, start, step, [v + 1 for v in values[:40]])
        for kind, unit, start, step, values in found[::20]
        if kind != "sleep_stage"
    ]
    return [
        {
            "id": str(uuid7_from_ms(int(NOW.timestamp() * 1000) + n, n)),
            "kind": kind,
            "source": "device",
            "unit": unit,
            "start": start.isoformat(),
            "step_ms": step,
            "values": values,
        }
        for n, (kind, unit, start, step, values) in enumerate(found)
    ]


def send(who, raws):
    with transaction.atomic():
        opened = chart(who, who, change=True)
        for raw in raws:
            assert store_upload(opened, raw, now=NOW).outcome in ("stored", "duplicate")


def told(who):
    """What stands, as bytes; ids and times apart, which name the deed and not the result."""
    standing = Finding.objects.filter(patient=who.id, superseded_at=None).order_by("method")
    return json.dumps([[getattr(f, n) for n in (*TOLD, "inputs_digest")] for f in standing])


def test_shuffled_late_revised_and_repeated_ends_as_in_order(cast, zone_of_both):
    raws = batches(1)
    send(cast.amina, raws)
    refresh(cast.amina)
    shuffled = raws * 3
    random.Random(2).shuffle(shuffled)
    late = len(shuffled) // 5
    send(cast.stranger, shuffled[late:])
    refresh(cast.stranger)
    send(cast.stranger, shuffled[:late])
    refresh(cast.stranger)
    assert told(cast.stranger) == told(cast.amina)
    numbers = [f.value for f in Finding.objects.filter(patient=cast.amina.id, superseded_at=None)]
    assert sum(value is not None for value in numbers) >= 10


@pytest.fixture
def zone_of_both(cast):
    """The two live in one zone."""
    cast.stranger.patient.zone = cast.amina.patient.zone
    cast.stranger.patient.save()


def test_a_late_day_renews_only_what_looks_at_it(cast):
    raws = batches(3)
    old = [raw for raw in raws if raw["kind"] == "glucose"][:4]  # 29 days ago, out of two weeks
    send(cast.amina, [raw for raw in raws if raw not in old])
    refresh(cast.amina)
    before = {f.pk: f.method for f in Finding.objects.filter(patient=cast.amina.id)}
    send(cast.amina, old)
    refresh(cast.amina)
    fresh = Finding.objects.filter(patient=cast.amina.id).exclude(pk__in=before)
    # Four weeks of levels look at the 28th day, not at the two before it.
    assert [f.method for f in fresh] == []
    within = dict(raws[-1], id=str(uuid7_from_ms(int(NOW.timestamp() * 1000) + 99_999, 1)))
    within |= {"kind": "glucose", "unit": "mg/dL", "start": days_ago(9, 5).isoformat()}
    within |= {"step_ms": 300_000, "values": [250.0] * 6}
    send(cast.amina, [within])
    refresh(cast.amina)
    fresh = Finding.objects.filter(patient=cast.amina.id).exclude(pk__in=before)
    assert sorted(f.method for f in fresh if f.method.startswith("glucose")) == [
        "glucose.lows",
        "glucose.risk",
        "glucose.swings",
        "glucose.time_in_range",
    ]
    assert not [f.method for f in fresh if f.method.startswith(("heart", "sleep", "activity"))]
