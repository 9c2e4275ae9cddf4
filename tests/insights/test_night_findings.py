"""Early warning from a watch's nights: an alarm with its nights, a new watch, too few nights."""

import numpy as np
import pytest

from backend.guidance.models import Advice
from backend.patients.models import Patient
from backend.wire import diary as wire
from tests.insights.measured import MINUTE_MS, advise, days_ago, refresh, upload, walk_days

WARNING = "heart.early_warning"


@pytest.fixture(autouse=True)
def grown_up(cast):
    Patient.objects.filter(pk=cast.amina.id).update(birth_date="1960-05-01")


def sleep_nights(who, rates, *, first, source="watch"):
    """An hour and a half each night, a sample in two minutes."""
    for n, rate in enumerate(rates):
        beats = [round(rate) + (minute % 3 - 1) for minute in range(90)]
        start = days_ago(first - n, 1)
        upload(who, "heart_rate", start, beats, unit="/min", step_ms=2 * MINUTE_MS, source=source)


def usual(count):
    return 60 + np.random.default_rng(1).normal(0, 2, count)


def rules(who):
    return set(Advice.objects.filter(patient=who.id).values_list("rule", flat=True))


def test_nights_unlike_the_usual_are_named_and_advised(cast):
    sleep_nights(cast.amina, [*usual(70), 66, 68, 69], first=72)
    walk_days(cast.amina, first=60, steps=[7000, 8000, 6500] * 20)
    found = refresh(cast.amina)[WARNING]
    assert [night["day"] for night in found.detail["nights"]][-2:] == ["2026-11-22", "2026-11-23"]
    assert found.detail["nights"][-1]["above_per_min"] == pytest.approx(9, abs=1.5)
    assert found.lower < found.value < found.upper
    assert found.detail["score"] > found.detail["limit"]
    assert found.detail["nightsignal_state"] == "red"
    assert found.detail["streams_known"] == ["steps"]
    assert "not like your usual ones" in found.detail["says"]
    advise(cast.amina)
    assert "nights_unlike_usual" in rules(cast.amina)
    assert "night_heart_up" not in rules(cast.amina)


def test_usual_nights_say_so(cast):
    sleep_nights(cast.amina, usual(70), first=69)
    found = refresh(cast.amina)[WARNING]
    assert found.detail["nights"] == []
    assert "much like your usual ones" in found.detail["says"]
    advise(cast.amina)
    assert not {"nights_unlike_usual", "night_heart_up"} & rules(cast.amina)


def test_a_night_after_a_gap_has_no_score_and_says_so(cast):
    sleep_nights(cast.amina, usual(70), first=74)
    sleep_nights(cast.amina, [61], first=0)
    found = refresh(cast.amina)[WARNING]
    assert found.detail["score"] is None
    assert found.value is not None


def test_a_new_watch_is_no_illness(cast):
    sleep_nights(cast.amina, usual(70), first=72)
    sleep_nights(cast.amina, [68, 68, 69], first=2, source="new watch")
    found = refresh(cast.amina)[WARNING]
    assert found.detail["code"] == "too_few_nights_to_warn"


def test_a_month_of_nights_is_too_few_and_the_plain_rule_holds(cast):
    sleep_nights(cast.amina, [*usual(28), 68, 69], first=29)
    found = refresh(cast.amina)[WARNING]
    assert found.detail["code"] == "too_few_nights_to_warn"
    advise(cast.amina)
    assert "night_heart_up" in rules(cast.amina)


def note(who, day, tag):
    """As the app does, on a day so long ago."""
    local = days_ago(day)
    at = wire.tag_at(local.date(), tag, local.tzinfo)
    code = [float(wire.TAGS[tag])]
    upload(who, wire.TAG, at, code, unit="{tag}", step_ms=1000, source=wire.SOURCE)


def test_a_night_after_wine_is_no_illness(cast):
    sleep_nights(cast.amina, [*usual(70), 66, 68, 69], first=72)
    for day in (3, 2, 1):
        note(cast.amina, day, "alcohol")
    found = refresh(cast.amina)[WARNING]
    assert found.detail["code"] == "last_night_set_aside"
    assert "had a reason to be different" in found.abstained
    advise(cast.amina)
    assert not {"nights_unlike_usual", "night_heart_up"} & rules(cast.amina)


def test_a_note_on_an_earlier_day_sets_no_later_night_aside(cast):
    sleep_nights(cast.amina, [*usual(70), 66, 68, 69], first=72)
    note(cast.amina, 8, "alcohol")
    found = refresh(cast.amina)[WARNING]
    assert found.detail["nights"]
    assert found.detail["nights_set_aside"] == 1


@pytest.mark.parametrize(("tag", "nights"), [("alcohol", 1), ("vaccine", 2), ("travel", 3)])
def test_how_long_a_note_explains(cast, tag, nights):
    sleep_nights(cast.amina, usual(70), first=69)
    note(cast.amina, 20, tag)
    assert refresh(cast.amina)[WARNING].detail["nights_set_aside"] == nights


def test_a_note_that_is_taken_back_explains_nothing(cast):
    sleep_nights(cast.amina, [*usual(70), 66, 68, 69], first=72)
    note(cast.amina, 1, "alcohol")
    local = days_ago(1)
    at = wire.tag_at(local.date(), "alcohol", local.tzinfo)
    upload(cast.amina, wire.TAG, at, [0.0], unit="{tag}", step_ms=1000, source=wire.SOURCE)
    assert refresh(cast.amina)[WARNING].detail["nights"]


def test_the_nights_variability_counts_and_the_days_does_not(cast):
    sleep_nights(cast.amina, [*usual(70), 64, 65], first=71)
    for n in range(72):
        ms = 50.0 + n % 5 if n < 70 else 25.0
        for hour, value in ((3, ms), (15, 120.0)):
            upload(
                cast.amina, "heart_rate_variability", days_ago(71 - n, hour), [value],
                unit="ms", step_ms=1000,
            )  # fmt: skip
    found = refresh(cast.amina)[WARNING]
    assert found.detail["streams_known"] == ["variability"]
    assert found.detail["variability_adds"] > 0.5
