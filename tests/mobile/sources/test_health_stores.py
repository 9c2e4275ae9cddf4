"""What Android's and Apple's health stores say, in our words."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from backend.wire.measures import MEASURES, SleepStage, convert, linear
from mobile.sources import health_connect, healthkit
from mobile.sources.health_connect import HealthConnectSource
from mobile.sources.healthkit import INSULIN, QUANTITY, SLEEP, HealthKitSource, Sample
from mobile.sources.here import health_store
from mobile.sources.source import (
    Expired,
    Page,
    Permission,
    Revoked,
    Source,
    Topic,
    Unreachable,
    name_of,
)
from tests.mobile.phone import START
from tests.mobile.sources.fake_android import (
    FakeHealthConnect,
    Got,
    Instant,
    Written,
    beats,
    steps,
    weight,
)
from tests.mobile.sources.fake_ios import FakeHealthKit

NOW_MS = round(START.timestamp() * 1000)
MINUTE_MS = 60_000
SINCE = START - timedelta(days=30)
SOURCE = "health-connect:com.example.watch/example-watch-2"


def android(platform: FakeHealthConnect) -> HealthConnectSource:
    return HealthConnectSource(platform, clock=lambda: START)


def ios(platform: FakeHealthKit) -> HealthKitSource:
    return HealthKitSource(platform, clock=lambda: START)


def topic(source: Source, name: str) -> Topic:
    return next(each for each in source.topics if each.name == name)


def read(written: Written) -> Page:
    platform = FakeHealthConnect()
    platform.write(written)
    source = android(platform)
    return source.changes(topic(source, written.type), None, since=SINCE)


def figures(page: Page) -> dict[str, list[tuple[int, float]]]:
    """By kind, in the canonical unit, as (ms before now, value)."""
    return {
        each.kind: [
            (NOW_MS - at, convert(each.kind, each.unit, [value])[0]) for at, value in each.pairs
        ]
        for record in page.records
        for each in record.series
    }


@pytest.mark.parametrize(
    ("type_", "values", "expected"),
    [
        ("StepsRecord", {"count": 120}, {"steps": 120}),
        ("DistanceRecord", {"distance": Got(inMeters=80.5)}, {"distance": 80.5}),
        ("ActiveCaloriesBurnedRecord", {"energy": Got(inCalories=12500)}, {"active_energy": 12.5}),
        ("TotalCaloriesBurnedRecord", {"energy": Got(inCalories=70000)}, {"total_energy": 70}),
        ("RestingHeartRateRecord", {"beatsPerMinute": 58}, {"resting_heart_rate": 58}),
        ("BloodGlucoseRecord", {"level": Got(inMillimolesPerLiter=5.5)}, {"glucose": 99.0858}),
        (
            "BloodPressureRecord",
            {
                "systolic": Got(inMillimetersOfMercury=121.0),
                "diastolic": Got(inMillimetersOfMercury=79.0),
            },
            {"systolic": 121, "diastolic": 79},
        ),
        ("OxygenSaturationRecord", {"percentage": Got(value=97.0)}, {"spo2": 97}),
        ("BodyTemperatureRecord", {"temperature": Got(inCelsius=36.6)}, {"body_temperature": 36.6}),
        ("RespiratoryRateRecord", {"rate": 14.5}, {"respiratory_rate": 14.5}),
        ("WeightRecord", {"weight": Got(inGrams=74_200.0)}, {"body_weight": 74.2}),
        ("NutritionRecord", {"totalCarbohydrate": Got(inGrams=45.0)}, {"carbohydrate": 45}),
        ("NutritionRecord", {"totalCarbohydrate": None}, {}),
    ],
)
def test_each_type_of_android_becomes_its_kinds(
    type_: str, values: dict[str, object], expected: dict[str, float]
) -> None:
    page = read(Written("a", type_, NOW_MS - MINUTE_MS, values))
    assert figures(page) == {kind: [(MINUTE_MS, value)] for kind, value in expected.items()}
    assert page.left_aside == ()
    sources = {each.source for record in page.records for each in record.series}
    assert sources <= {SOURCE}
    assert page.records[0].zone_offset_min == 60


def test_a_record_of_beats_holds_many_samples() -> None:
    page = read(beats("a", NOW_MS - 3000, 61, 0, 63, offset_s=None))
    assert figures(page)["heart_rate"] == [(3000, 61), (1000, 63)]
    assert page.left_aside == ("out of range: the heart rate",)
    assert page.records[0].zone_offset_min is None


def test_a_night_has_stages_and_an_end() -> None:
    start, hour = NOW_MS - 8 * 60 * MINUTE_MS, 60 * MINUTE_MS

    def stage(first: float, last: float, type_: int) -> Got:
        times = (Instant(start + round(at * hour)) for at in (first, last))
        return Got(startTime=next(times), endTime=next(times), type=type_)

    stages = [stage(2, 3, 6), stage(0, 1, 4), stage(1, 1.5, 5)]
    page = read(Written("n", "SleepSessionRecord", start, {"stages": stages}, start + 4 * hour))
    (series,) = page.records[0].series
    assert [((at - start) / hour, value) for at, value in series.pairs] == [
        (0, SleepStage.LIGHT),
        (1, SleepStage.DEEP),
        (1.5, SleepStage.ASLEEP),
        (2, SleepStage.REM),
        (3, SleepStage.ASLEEP),
    ]
    assert series.closing == (start + 4 * hour, SleepStage.AWAKE)


def test_what_cannot_be_is_left_aside_with_a_reason_that_quotes_nothing() -> None:
    assert read(weight("a", NOW_MS, 9e9)).left_aside == ("out of range: the body weight",)
    assert read(weight("a", NOW_MS, float("nan"))).left_aside == ("out of range: the body weight",)
    ahead = read(steps("a", NOW_MS + 10 * MINUTE_MS, 5))
    assert (figures(ahead), ahead.left_aside) == ({}, ("in the future",))
    platform = FakeHealthConnect()
    platform.write(Written("x", "StepsRecord", NOW_MS, {"count": 1}))
    unknown = Written("x", "CervicalMucusRecord", NOW_MS).java()
    platform.records = lambda *_: ([unknown], -1)  # type: ignore[method-assign]
    source = android(platform)
    page = source.changes(topic(source, "StepsRecord"), None, since=SINCE)
    assert (page.records[0].series, page.left_aside) == ((), ("nothing here measures this",))


def test_android_says_what_is_allowed_and_what_went_wrong() -> None:
    platform = FakeHealthConnect()
    source = android(platform)
    about = topic(source, "StepsRecord")
    assert source.permission(about) == Permission.GRANTED
    platform.granted.clear()
    assert source.permission(about) == Permission.REFUSED
    with pytest.raises(Revoked):
        source.changes(about, None, since=SINCE)
    platform.here = False
    assert source.permission(about) == Permission.MISSING
    for code, problem in ((0, Unreachable), (7, Unreachable), (3, Expired), (5, Revoked)):
        platform.failing = code or 99
        with pytest.raises(problem):
            source.changes(about, None, since=SINCE)
    for token in ("", "[]", '{"since": 1}'):
        with pytest.raises(Expired):
            source.changes(about, token, since=SINCE)


def test_units_and_kinds_of_both_stores_are_in_the_table() -> None:
    for each in health_connect.TYPES:
        for figure in each.figures:
            linear(figure.kind, figure.unit)
    for quantity in healthkit.TYPES:
        linear(quantity.kind, quantity.ours)
    for source in (android(FakeHealthConnect()), ios(FakeHealthKit())):
        assert {kind for each in source.topics for kind in each.kinds} <= set(MEASURES)


def sample(id_: str = "a", value: float = 61, **rest: object) -> Sample:
    known = {"start_ms": NOW_MS - MINUTE_MS, "end_ms": NOW_MS, "app": "com.example"} | rest
    return Sample(id_, value=value, **known)  # type: ignore[arg-type]


def read_ios(name: str, *samples: Sample) -> Page:
    platform = FakeHealthKit()
    platform.write(name, *samples)
    source = ios(platform)
    return source.changes(topic(source, name), None, since=SINCE)


def test_apples_samples_become_ours() -> None:
    assert figures(read_ios(QUANTITY + "OxygenSaturation", sample(value=0.97))) == {
        "spo2": [(MINUTE_MS, 97)]
    }
    page = read_ios(QUANTITY + "HeartRate", sample(zone="Europe/Berlin"), sample("b", 0))
    assert [record.zone_offset_min for record in page.records] == [60, None]
    assert page.left_aside == ("out of range: the heart rate",)
    insulin = read_ios(INSULIN, sample("a", 4, reason=2), sample("b", 1, reason=1))
    assert set(figures(insulin)) == {"insulin_bolus", "insulin_basal"}
    late = read_ios(QUANTITY + "HeartRate", sample(start_ms=NOW_MS + 10 * MINUTE_MS))
    assert late.left_aside == ("in the future",)


def test_apples_stages_end_awake_and_unknown_ones_are_left_aside() -> None:
    page = read_ios(SLEEP, sample("a", 4), sample("b", 17))
    (series,) = page.records[0].series
    assert series.pairs == ((NOW_MS - MINUTE_MS, SleepStage.DEEP),)
    assert series.closing == (NOW_MS, SleepStage.AWAKE)
    assert page.left_aside == ("nothing here measures this",)


def test_apple_never_says_whether_reading_is_allowed() -> None:
    platform = FakeHealthKit()
    source = ios(platform)
    about = source.topics[0]
    assert source.permission(about) == Permission.UNSAID
    platform.here = False
    assert source.permission(about) == Permission.MISSING
    for code, problem in ((4, Revoked), (5, Revoked), (3, Expired), (6, Unreachable)):
        platform.failing = code
        with pytest.raises(problem):
            source.changes(about, None, since=SINCE)
    for token in ("{}", "x", '{"anchor": "?", "since": 1, "fresh": true}'):
        with pytest.raises(Expired):
            source.changes(about, token, since=SINCE)


def test_names_of_sources_hold_no_person_and_fit() -> None:
    apple = "com.apple.health.1B2C3D4E-0000-4000-8000-123456789ABC"
    assert name_of("healthkit", apple, "Watch6,2").startswith("healthkit:com.apple.health-")
    assert "1b2c3d4e" not in name_of("healthkit", apple, "Watch6,2")
    assert name_of("healthkit", "") == "healthkit:unknown"
    assert name_of("health-connect", "com.Example.App", "Ünï Watch") == (
        "health-connect:com.example.app/n-watch"
    )
    long = {name_of("health-connect", "a" * 300, str(n)) for n in range(3)}
    assert len(long) == 3
    assert max(map(len, long)) == 80


def test_the_platform_decides_which_store_there_is() -> None:
    loaded: list[str] = []

    def bridge(name: str) -> SimpleNamespace:
        loaded.append(name)
        return SimpleNamespace(AndroidHealthConnect=FakeHealthConnect, IosHealthKit=FakeHealthKit)

    found = {
        platform: health_store(clock=lambda: START, platform=platform, bridges=bridge)
        for platform in ("android", "ios", "linux")
    }
    assert [getattr(found[p], "name", None) for p in found] == ["health-connect", "healthkit", None]
    assert loaded == ["mobile.sources.android", "mobile.sources.ios"]
