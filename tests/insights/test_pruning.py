"""Findings of every five minutes thin out to one a day; what was cited or warned stays."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.agenda.actions import call_up, work_off
from backend.core.models import new_id
from backend.guidance.models import Advice
from backend.insights.glucose_ahead import METHOD
from backend.insights.models import Finding
from backend.insights.pruning import PRUNE, fairly_drawn
from tasks.work import HANDLERS, NIGHTLY
from tests.people import NOW

STEP = timedelta(minutes=15)
DAYS = 5


def history(person, *, method=METHOD, days=DAYS, warned=()):
    """A finding each quarter of an hour up to NOW, the newest one standing."""
    count = int(timedelta(days=days) / STEP)
    ids = [new_id() for _ in range(count)]
    moments = [NOW - STEP * (count - 1 - n) for n in range(count)]
    Finding.objects.bulk_create(
        Finding(
            id=ids[n],
            patient=person.patient,
            bucket=0,
            revision=n + 1,
            method=method,
            version="1.0",
            label="x",
            value=120.0,
            unit="mg/dL",
            detail={"alarm": "low" if n in warned else ""},
            inputs_digest="0" * 64,
            computed_at=moments[n],
            superseded_at=moments[n + 1] if n + 1 < count else None,
            superseded_by_id=ids[n + 1] if n + 1 < count else None,
        )
        for n in range(count)
    )
    return ids


def prune(person, now=NOW):
    call_up(person.id, PRUNE)
    return work_off({PRUNE: HANDLERS[PRUNE]}, now=now, rounds=1)


def left(person, method=METHOD):
    return list(Finding.objects.filter(patient=person.id, method=method).order_by("computed_at"))


def test_it_runs_each_night():
    assert PRUNE in NIGHTLY


def test_of_each_day_before_the_last_two_one_is_left_and_the_chain_holds(cast):
    history(cast.amina)
    prune(cast.amina)
    kept = left(cast.amina)
    old = [one for one in kept if one.computed_at < NOW - timedelta(days=2)]
    assert 3 <= len(old) <= 5
    assert len(kept) - len(old) == 2 * 96 + 1
    assert [one.superseded_by_id for one in kept] == [*(one.id for one in kept[1:]), None]
    prune(cast.amina)
    assert [one.id for one in left(cast.amina)] == [one.id for one in kept]


def test_what_warned_and_what_an_advice_cites_stays(cast):
    ids = history(cast.amina, warned=(30, 31))
    Advice.objects.create(
        **{"patient": cast.amina.patient, "bucket": 0, "revision": 999, "rule": "x"},
        **{"rule_version": 1, "title": "t", "body": "b", "why": "w", "source": "s"},
        **{"findings": [ids[40]], "state_at": NOW, "created_at": NOW},
    )
    prune(cast.amina)
    kept = {one.id for one in left(cast.amina)}
    assert {ids[30], ids[31], ids[40]} <= kept
    assert len(kept & set(ids[:200])) <= 3 + 4


@pytest.mark.parametrize("method", ["glucose.time_in_range", "heart.early_warning"])
def test_findings_of_whole_days_are_not_touched(cast, method):
    count = len(history(cast.amina, method=method, days=3))
    prune(cast.amina)
    assert len(left(cast.amina, method)) == count


def test_another_patients_are_not_touched(cast):
    history(cast.amina)
    count = len(history(cast.stranger))
    prune(cast.amina)
    assert len(left(cast.stranger)) == count


def test_the_day_of_the_cut_keeps_its_one_on_every_night_after(cast):
    """Its rest comes before the cut a night later: the one that was drawn is the same."""
    history(cast.amina)
    prune(cast.amina)
    before = {one.id for one in left(cast.amina) if one.computed_at < NOW - timedelta(days=3)}
    prune(cast.amina, now=NOW + timedelta(days=1))
    after = {one.id for one in left(cast.amina)}
    assert before <= after


def test_a_model_is_judged_by_the_same_forecasts_before_and_after_and_not_by_warnings_more(cast):
    warned = range(20, 80)
    ids = history(cast.amina, warned=warned)
    zone = ZoneInfo(cast.amina.patient.zone)
    before = fairly_drawn(left(cast.amina), zone, now=NOW)
    prune(cast.amina)
    kept = left(cast.amina)
    after = fairly_drawn(kept, zone, now=NOW)
    assert {ids[n] for n in warned} <= {one.id for one in kept}
    old = [one.id for one in after if one.computed_at < NOW - timedelta(days=2)]
    assert old == [one.id for one in before if one.computed_at < NOW - timedelta(days=2)]
    assert len(old) <= 4
    assert len(after) - len(old) == 2 * 96 + 1
