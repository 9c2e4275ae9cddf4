"""Answers of makers' clouds and apps on small hand-made files: read, refused, and told apart."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.streams.importers.reading import Export, Note, Options, Row, Run, Unreadable
from backend.streams.importers.table import format_of, read_export
from backend.wire.codec import wire_time
from mobile.sources.source import name_of

BERLIN = ZoneInfo("Europe/Berlin")


class Found:
    """What a file held: samples by item, reasons by item, notes."""

    def __init__(self, path: Path, document: Any, *, name: str = "auto"):
        text = document if isinstance(document, str | bytes) else json.dumps(document)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.format = format_of(Export(path))
        self.samples: list[tuple[int, str, str, str, str, float]] = []
        self.reasons: dict[int, str] = {}
        self.notes: dict[str, int] = {}
        for part in read_export(Export(path), Options(BERLIN), name=name):
            if isinstance(part, Note):
                self.notes[part.text] = part.count
            elif isinstance(part, Run):
                self._take(part)
            else:
                assert not isinstance(part, Row)
        self.samples.sort()

    def _take(self, run: Run) -> None:
        if run.reason:
            self.reasons |= dict.fromkeys(run.numbers.tolist(), run.reason)
        columns = run.numbers.tolist(), run.instants.tolist(), run.values.tolist()
        self.samples += [
            (number, run.kind, run.unit, run.source, wire_time(at_ms), value)
            for number, at_ms, value in zip(*columns, strict=not run.reason)
        ]

    def stages(self) -> list[tuple[str, float]]:
        """Time of day and stage, in order of time."""
        found = sorted((at, v) for _, kind, _, _, at, v in self.samples if kind == "sleep_stage")
        return [(at[11:16], value) for at, value in found]


NIGHTSCOUT = [
    # `date` counts UTC and leads, whatever the text says
    {"type": "sgv", "sgv": 107.6, "date": 1729900800000, "dateString": "2024-10-26T09:00:00Z",
     "device": "xDrip-DexcomG6"},
    {"type": "sgv", "sgv": 5.9, "units": "mmol", "dateString": "2024-10-26T02:05:00+02:00"},
    {"type": "sgv", "sgv": 110, "dateString": "2024-10-26T02:10:00", "utcOffset": 60},
    {"type": "sgv", "sgv": 110, "dateString": "2024-10-26T02:10:00"},
    {"type": "mbg", "mbg": 99, "mills": 1729900800000},
    {"type": "sgv", "sgv": 10, "date": 1729900800000},
    {"type": "cal", "slope": 1, "date": 1729900800000},
    {"type": "sgv", "sgv": "107", "date": 1729900800000},
    {"type": "sgv", "sgv": True, "date": 1729900800000},
    {"type": "sgv", "sgv": 107, "date": 1729900800},
    {"type": "sgv", "sgv": 107, "date": 1729900800000, "units": "g"},
    {"type": "sgv", "sgv": 107, "dateString": "yesterday"},
    {"type": "sgv", "sgv": 107},
    {"type": "sgv", "date": 1729900800000},
    7,
]  # fmt: skip


def test_nightscout_entries(tmp_path: Path):
    found = Found(tmp_path / "entries.json", NIGHTSCOUT)
    assert found.format == "nightscout"
    at = "2024-10-26T0{}:00.000Z".format
    assert found.samples == [
        (0, "glucose", "mg/dL", "xdrip-dexcomg6", at("0:00"), 107.6),
        (1, "glucose", "mmol/L", "nightscout", at("0:05"), 5.9),
        (2, "glucose", "mg/dL", "nightscout", at("1:10"), 110.0),
        (3, "glucose", "mg/dL", "nightscout", at("0:10"), 110.0),
        (4, "glucose", "mg/dL", "nightscout:strip", at("0:00"), 99.0),
    ]
    assert found.reasons == {
        5: "the sensor's error code",
        6: "nothing here measures this",
        7: "not a number: sgv",
        8: "not a number: sgv",
        9: "time not readable: date",
        10: "unit not known: units",
        11: "time not readable: dateString",
        12: "no time",
        13: "no value",
        14: "not an object",
    }
    assert found.notes == {"times without a zone, read as local ones": 1}


def test_nightscout_without_numbers_at_all(tmp_path: Path):
    text = '[{"sgv": NaN, "date": 1729900800000}, {"sgv": 1e999, "date": 1729900800000},'
    text += '{"sgv": -Infinity, "date": 1729900800000}, {"sgv": %s, "date": 1729900800000}]'
    found = Found(tmp_path / "entries.json", text % ("9" * 400))
    assert found.reasons == dict.fromkeys(range(4), "not a number: sgv")


def treatment(at: str, event: str, **more: Any) -> dict[str, Any]:
    return {"eventType": event, "created_at": f"2024-10-26T{at}:00.000Z", "utcOffset": 0, **more}


def test_nightscout_treatments(tmp_path: Path):
    found = Found(
        tmp_path / "treatments.json",
        [
            # newest first, as the API gives them: the second rate cuts the first short
            treatment("10:30", "Temp Basal", duration=60, absolute=0.8),
            treatment("10:00", "Temp Basal", duration=60, rate=1.2),
            treatment("09:00", "Temp Basal", duration=60, percent=50),
            treatment("11:15", "Temp Basal", duration=0),
            treatment("07:30", "Meal Bolus", carbs=30, insulin=3, enteredBy="Loop"),
            treatment("07:31", "BG Check", glucose=5.5, glucoseType="Finger", units="mmol"),
            treatment("07:32", "BG Check", glucose=100, glucoseType="Sensor", units="mg/dl"),
            treatment("07:33", "BG Check", glucose=100),
            treatment("07:34", "Profile Switch", profile="A"),
            treatment("07:35", "Correction Bolus", insulin="2"),
            treatment("07:36", "Carb Correction", carbs=0),
            treatment("07:37", "Temp Basal", absolute=1),
        ],
    )
    assert found.format == "nightscout"
    at = "2024-10-26T{}:00.000Z".format
    assert found.samples == [
        (0, "insulin_basal", "[iU]", "nightscout", at("10:30"), 0.6),
        (1, "insulin_basal", "[iU]", "nightscout", at("10:00"), 0.6),
        (4, "carbohydrate", "g", "loop", at("07:30"), 30.0),
        (4, "insulin_bolus", "[iU]", "loop", at("07:30"), 3.0),
        (5, "glucose", "mmol/L", "nightscout:strip", at("07:31"), 5.5),
        (6, "glucose", "mg/dL", "nightscout:sensor", at("07:32"), 100.0),
    ]
    assert found.reasons == {
        2: "a share of the profile's rate, which is not in the item",
        3: "ends the rate before it",
        7: "unit not known: units",
        8: "nothing here measures this",
        9: "not a number: insulin",
        10: "no value",
        11: "no duration",
    }


def test_nightscout_in_one_object_and_by_lines(tmp_path: Path):
    whole = {"entries": NIGHTSCOUT[:1], "treatments": [treatment("07:30", "Meal", carbs=9)]}
    found = Found(tmp_path / "all.json", whole)
    assert [s[:2] for s in found.samples] == [(0, "glucose"), (1, "carbohydrate")]
    lines = "\n".join(json.dumps(entry) for entry in NIGHTSCOUT[:3])
    assert len(Found(tmp_path / "lines.json", lines).samples) == 3


def intraday(day: str, *times: str) -> dict[str, Any]:
    return {
        "activities-heart": [{"dateTime": day, "value": {"restingHeartRate": 58}}],
        "activities-heart-intraday": {
            "dataset": [{"time": time, "value": 60 + n} for n, time in enumerate(times)],
            "datasetInterval": 1,
            "datasetType": "second",
        },
    }


def test_fitbit_heart_rate_where_clocks_change(tmp_path: Path):
    days = [
        intraday("2024-03-31", "01:59:00", "02:30:00", "03:30:00"),
        intraday("2024-10-27", "01:30:00", "02:30:00"),
    ]
    found = Found(tmp_path / "heart.json", days)
    assert found.format == "fitbit-json"
    assert [(n, kind, source, at[5:16]) for n, kind, _, source, at, _ in found.samples] == [
        (0, "resting_heart_rate", "fitbit:day", "03-30T23:00"),
        (1, "heart_rate", "fitbit", "03-31T00:59"),
        (2, "heart_rate", "fitbit", "03-31T01:30"),  # skipped: 03:30 on the clock
        (3, "heart_rate", "fitbit", "03-31T01:30"),
        (4, "resting_heart_rate", "fitbit:day", "10-26T22:00"),
        (5, "heart_rate", "fitbit", "10-26T23:30"),
        (6, "heart_rate", "fitbit", "10-27T00:30"),  # twice: the first
    ]
    assert found.notes == {
        "times without a zone, read as local ones": 7,
        "local times that the clocks skipped, read with the offset before": 1,
        "local times that came twice, read as the first": 1,
    }


def test_fitbit_activity_weight_and_what_tells_no_day(tmp_path: Path):
    steps = {
        "activities-steps": [{"dateTime": "2024-07-01", "value": "3212"}],
        "activities-steps-intraday": {
            "dataset": [
                {"time": "00:15:00", "value": 7},
                {"time": "00:30:00", "value": "7"},
                {"time": "25:00:00", "value": 7},
                {"time": "00:45:00"},
            ],
            "datasetInterval": 15,
            "datasetType": "minute",
        },
    }
    found = Found(tmp_path / "steps.json", steps)
    assert [s[1:] for s in found.samples] == [
        ("steps", "{steps}", "fitbit:day", "2024-06-30T22:00:00.000Z", 3212.0),
        ("steps", "{steps}", "fitbit:15-minute", "2024-06-30T22:15:00.000Z", 7.0),
    ]
    assert found.reasons == {2: "not a number: value", 3: "time not readable: time", 4: "no value"}
    del steps["activities-steps"]
    assert set(Found(tmp_path / "a.json", steps).reasons.values()) == {"no date"}
    weight = {"weight": [
        {"bmi": 21, "logId": 1, "date": "2024-07-01", "time": "18:28:59", "weight": 56.7},
        {"bmi": 21, "logId": 2, "date": "2024-07-02", "weight": 57, "source": "Web"},
    ]}  # fmt: skip
    assert [s[3:] for s in Found(tmp_path / "w.json", weight).samples] == [
        ("fitbit", "2024-07-01T16:28:59.000Z", 56.7),
        ("fitbit:manual", "2024-07-02T21:59:59.000Z", 57.0),
    ]
    day = {"activities": [], "summary": {"steps": 9, "caloriesOut": 1}}
    assert "no date" in Found(tmp_path / "d.json", day).reasons[0]


def test_fitbit_oxygen_breathing_and_temperature(tmp_path: Path):
    night = {
        "dateTime": "2024-07-01",
        "minutes": [{"minute": "2024-07-01T05:31:00", "value": 95.3}],
    }
    (sample,) = Found(tmp_path / "a.json", night).samples
    assert sample[1:] == ("spo2", "%", "fitbit", "2024-07-01T03:31:00.000Z", 95.3)
    day = {"dateTime": "2024-07-01", "value": {"avg": 97.5, "min": 94, "max": 99}}
    assert Found(tmp_path / "b.json", day).samples[0][3:] == (
        "fitbit:day", "2024-06-30T22:00:00.000Z", 97.5,
    )  # fmt: skip
    breaths = {"br": [{"dateTime": "2024-07-01", "value": {"breathingRate": 17.8}}]}
    assert Found(tmp_path / "c.json", breaths).samples[0][1] == "respiratory_rate"
    warm = {"tempCore": [{"dateTime": "2024-07-01T10:00:00", "value": 37.5}]}
    assert Found(tmp_path / "d.json", warm).samples[0][1] == "body_temperature"
    rmssd = {"hrv": [{"dateTime": "2024-07-01", "value": {"dailyRmssd": 30}}]}
    assert Found(tmp_path / "e.json", rmssd).reasons == {0: "nothing here measures this"}


def level(at: str, name: str, minutes: float) -> dict[str, Any]:
    return {"dateTime": f"2024-07-01T{at}:00.000", "level": name, "seconds": int(minutes * 60)}


def test_fitbit_sleep_with_short_wakes(tmp_path: Path):
    log = {
        "startTime": "2024-07-01T01:00:00.000",
        "duration": 7_200_000,
        "minutesAsleep": 110,
        "levels": {
            "data": [level("01:00", "light", 60), level("02:00", "rem", 60)],
            "shortData": [level("01:30", "wake", 2)],
        },
    }
    broken = log | {"levels": {"data": [level("01:00", "dreaming", 60)]}}
    old = {
        "startTime": "2024-07-02T03:00:00.000",
        "minuteData": [{"value": code} for code in "11211"],
    }
    found = Found(tmp_path / "sleep.json", {"sleep": [log, broken, old]})
    assert found.format == "fitbit-json"
    assert found.stages() == [
        ("23:00", 2), ("23:30", 0), ("23:32", 2), ("00:00", 4), ("01:00", 0),
        ("01:00", 1), ("01:02", 0), ("01:03", 1), ("01:05", 0),
    ]  # fmt: skip
    assert found.reasons == {1: "not a stage: levels"}
    assert (0, "sleep_duration", "min", "fitbit:log", "2024-07-01T01:00:00.000Z", 110.0) in (
        found.samples
    )


def point(of: str, value: list[Any], *, start: Any = "1719820800000000000", **more: Any) -> Any:
    return {
        "startTimeNanos": start,
        "endTimeNanos": "1719824400000000000",
        "dataTypeName": f"com.google.{of}",
        "originDataSourceId": "raw:com.google.x:com.app:LG:Nexus 5:id1:sensor",
        "value": value,
        **more,
    }


def test_google_fit_points(tmp_path: Path):
    points = [
        point("heart_rate.bpm", [{"fpVal": 54.5}]),
        point("blood_pressure", [{"fpVal": 120}, {"fpVal": 80}, {"intVal": 1}]),
        point("step_count.delta", [{"intVal": 17, "mapVal": []}], start=1719820800000000000),
        point("blood_glucose", [{"fpVal": 5.5}], originDataSourceId=None),
        point("sleep.segment", [{"intVal": 5}]),
        point("sleep.segment", [{"intVal": 6}], start="1719824400000000000",
              endTimeNanos="1719828000000000000"),
        point("height", [{"fpVal": 1.8}]),
        point("weight", [{"fpVal": "70"}]),
        point("weight", [{"fpVal": True}]),
        point("weight", []),
        point("weight", [{"fpVal": 70}], start="soon"),
        point("sleep.segment", [{"intVal": 4}], endTimeNanos="1719820000000000000"),
    ]  # fmt: skip
    documents = {
        "dataset": {"dataSourceId": "derived:x", "point": points},
        "takeout": {"Data Source": "derived:x", "Data Points": points},
        "aggregate": {"bucket": [{"dataset": [{"dataSourceId": "x", "point": points}]}]},
    }
    for title, document in documents.items():
        found = Found(tmp_path / f"{title}.json", document)
        assert found.format == "google-fit"
        device = "google-fit:com.app:lg:nexus-5:id1:sensor"
        start = "2024-07-01T08:00:00.000Z"
        assert found.samples == [
            (0, "heart_rate", "/min", device, start, 54.5),
            (1, "diastolic", "mm[Hg]", device, start, 80.0),
            (1, "systolic", "mm[Hg]", device, start, 120.0),
            (2, "steps", "{steps}", device, start, 17.0),
            (3, "glucose", "mmol/L", "google-fit", start, 5.5),
            (4, "sleep_stage", "{stage}", device, start, 3.0),
            (5, "sleep_stage", "{stage}", device, "2024-07-01T09:00:00.000Z", 4.0),
            (5, "sleep_stage", "{stage}", device, "2024-07-01T10:00:00.000Z", 0.0),
        ]
        assert found.reasons == {
            6: "nothing here measures this",
            7: "not a number: fpVal",
            8: "not a number: fpVal",
            9: "no value",
            10: "not a number: startTimeNanos",
            11: "ends before it starts",
        }


def test_google_fit_names_two_phones_of_one_model_apart(tmp_path: Path):
    origin = "derived:x:com.google.android.gms:samsung:Galaxy Nexus Long Name of a Phone:{}:steps"
    points = [
        point("step_count.delta", [{"intVal": 1}], originDataSourceId=origin.format(id_ * 16))
        for id_ in "ab"
    ]
    found = Found(tmp_path / "a.json", {"dataSourceId": "x", "point": points})
    assert len({source for _, _, _, source, *_ in found.samples}) == 2
    assert max(len(source) for _, _, _, source, *_ in found.samples) <= 80


def record(of: str, **more: Any) -> dict[str, Any]:
    metadata = {"dataOrigin": "com.app", "device": {"manufacturer": "Google", "model": "Pixel 2"}}
    return {"recordType": of, "metadata": metadata, "time": "2024-07-01T08:00:00Z", **more}


def test_health_connect_records(tmp_path: Path):
    span = {"startTime": "2024-07-01T08:00:00Z", "endTime": "2024-07-01T09:00:00Z"}
    night = [
        {"startTime": "2024-07-01T08:10:00Z", "endTime": "2024-07-01T08:30:00Z", "stage": 5},
    ]
    records = [
        record("StepsRecord", count=12, **span),
        record("HeartRateRecord", samples=[{"time": "2024-07-01T08:00:05Z", "beatsPerMinute": 61},
                                           {"time": "2024-07-01T08:00:06Z", "beatsPerMinute": 62}]),
        record("Weight", weight={"inPounds": 150}),
        record("weight", weight={"inKilograms": 70}, time="2024-07-01T10:00:00",
               zoneOffset="+05:30"),
        record("BloodGlucose", level={"inMilligramsPerDeciliter": 99}),
        record("OxygenSaturation", percentage={"value": 97}),
        record("SleepSession", stages=night, **span),
        record("Hydration", volume={"inLiters": 1}),
        record("Weight", weight=70),
        record("Weight", weight={"inStones": 11}),
        record("Steps", count="12", **span),
        record("HeartRate", samples=[{"time": "2024-07-01T08:00:05Z", "beatsPerMinute": 61},
                                     {"time": "2024-07-01T08:00:06Z", "beatsPerMinute": None}]),
        record("Weight", weight={"inGrams": 70_000}, time="today"),
    ]  # fmt: skip
    found = Found(tmp_path / "hc.json", records)
    assert found.format == "health-connect"
    as_the_phone = name_of("health-connect", "com.app", "Google Pixel 2")
    assert {source for _, _, _, source, *_ in found.samples} == {as_the_phone}
    assert [(n, kind, unit, at[11:19], v) for n, kind, unit, _, at, v in found.samples] == [
        (0, "steps", "{steps}", "08:00:00", 12),
        (1, "heart_rate", "/min", "08:00:05", 61),
        (1, "heart_rate", "/min", "08:00:06", 62),
        (2, "body_weight", "lb", "08:00:00", 150),
        (3, "body_weight", "kg", "04:30:00", 70),
        (4, "glucose", "mg/dL", "08:00:00", 99),
        (5, "spo2", "%", "08:00:00", 97),
        (6, "sleep_stage", "{stage}", "08:00:00", 1),
        (6, "sleep_stage", "{stage}", "08:10:00", 3),
        (6, "sleep_stage", "{stage}", "08:30:00", 1),
        (6, "sleep_stage", "{stage}", "09:00:00", 0),
    ]
    assert found.reasons == {
        7: "nothing here measures this",
        8: "unit not known: weight",
        9: "unit not known: weight",
        10: "not a number: count",
        11: "not a number: beatsPerMinute",
        12: "time not readable: time",
    }
    named = {"StepsRecord": [record("", count=12, **span)], "app": "x"}
    assert Found(tmp_path / "named.json", named).samples[0][1] == "steps"


def group(*measures: tuple[int, Any, Any], **more: Any) -> dict[str, Any]:
    listed = [{"type": of, "value": value, "unit": unit} for of, value, unit in measures]
    return {"attrib": 0, "category": 1, "date": 1719820800, "measures": listed, **more}


def test_withings_measures(tmp_path: Path):
    groups = [
        group((1, 74126, -3), (9, 68, 0), (10, 104, 0), (8, 1, 0), model="Body+",
              deviceid="abcdef0123"),
        group((71, 37, 0), attrib=2),
        group((54, 97, 0), attrib=1),
        group((1, 70, 0), category=2),
        group((4, 193, -2)),
        group((1, 70, 0), (11, "60", 0)),
        group((1, 70, 900)),
        group((1, True, 0)),
        group((1, 70, 0), date="1"),
        "x",
    ]  # fmt: skip
    found = Found(tmp_path / "w.json", {"status": 0, "body": {"measuregrps": groups}})
    assert found.format == "withings"
    assert found.samples == [
        (0, "body_weight", "kg", "withings:body:abcdef01", "2024-07-01T08:00:00.000Z", 74.126),
        (0, "diastolic", "mm[Hg]", "withings:body:abcdef01", "2024-07-01T08:00:00.000Z", 68.0),
        (0, "systolic", "mm[Hg]", "withings:body:abcdef01", "2024-07-01T08:00:00.000Z", 104.0),
        (1, "body_temperature", "Cel", "withings:manual", "2024-07-01T08:00:00.000Z", 37.0),
    ]
    assert found.reasons == {
        2: "Withings does not know whose it is",
        3: "a goal, not a measurement",
        4: "nothing here measures this",
        5: "not a number: value",
        6: "not a number: value",
        7: "not a number: value",
        8: "time not readable: date",
        9: "not an object",
    }
    with pytest.raises(Unreadable):
        Found(tmp_path / "e.json", {"status": 401, "body": {"measuregrps": []}})


def test_withings_activity_and_sleep(tmp_path: Path):
    days = [
        {"date": "2024-07-01", "timezone": "America/New_York", "steps": 100, "distance": 80},
        {"date": "2024-07-01", "steps": 100},
        {"date": "2024-07-01", "timezone": "Mars", "steps": 100},
        {"date": "July", "steps": 100},
    ]
    found = Found(tmp_path / "a.json", {"status": 0, "body": {"activities": days}})
    assert [s[:2] + s[3:5] for s in found.samples] == [
        (0, "distance", "withings:day", "2024-07-01T04:00:00.000Z"),
        (0, "steps", "withings:day", "2024-07-01T04:00:00.000Z"),
        (1, "steps", "withings:day", "2024-06-30T22:00:00.000Z"),
    ]
    assert found.reasons == {2: "no such zone: timezone", 3: "time not readable: date"}
    series = {
        "1719820800": {"steps": 21, "heart_rate": 80},
        "1719820860": {"duration": 60},
        "x": {},
    }
    found = Found(tmp_path / "b.json", {"status": 0, "body": {"series": series}})
    assert [s[:2] + s[3:4] for s in found.samples] == [
        (0, "heart_rate", "withings"), (0, "steps", "withings:minute"),
    ]  # fmt: skip
    assert found.reasons == {1: "no value", 2: "not a number: series"}
    nights = [
        {"startdate": 1719820800, "enddate": 1719822600, "state": 1, "hr": {"1719820860": 55}},
        {"startdate": 1719822660, "enddate": 1719824400, "state": 3},
        {"startdate": 1719824400, "enddate": 1719824460, "state": 9},
        {"startdate": 1719820800, "enddate": 1719824400,
         "data": {"lightsleepduration": 1800, "deepsleepduration": 600}},
    ]  # fmt: skip
    found = Found(tmp_path / "c.json", {"status": 0, "body": {"series": nights}})
    assert found.stages() == [("08:00", 2), ("08:31", 4), ("09:00", 0)]
    assert (3, "sleep_duration", "s", "withings:log", "2024-07-01T09:00:00.000Z", 2400.0) in (
        found.samples
    )
    assert found.reasons == {2: "nothing here measures this"}


def test_ihealth_times_are_a_wall_clock(tmp_path: Path):
    listed = [
        {"HP": 120, "LP": 90, "HR": 0, "MDate": 1719820800, "TimeZone": "-0800"},
        {"HP": 16, "LP": 12, "MDate": 1719820800, "TimeZone": 5.5, "DataSource": "Manual"},
        {"HP": 16, "LP": 12, "MDate": 1719820800, "TimeZone": "+05:30", "DataSource": "Manual"},
        {"HP": 16, "LP": 12, "MDate": 1719820800},
        {"HP": 16, "LP": "12", "MDate": 1719820800, "TimeZone": "+0000"},
        {"HP": 0, "LP": 0, "MDate": 1719820800, "TimeZone": "+0000"},
        {"HP": 16, "LP": 12, "TimeZone": "+0000"},
        {"HP": 16, "LP": 12, "MDate": 1719820800, "TimeZone": "CET"},
        {"HP": 16, "LP": 12, "MDate": 1719820800, "TimeZone": 99},
    ]
    found = Found(tmp_path / "bp.json", {"BPDataList": listed, "BPUnit": 1})
    assert found.format == "ihealth"
    systolic = [s for s in found.samples if s[1] == "systolic"]
    assert [s[:1] + s[2:5] for s in systolic] == [
        (0, "kPa", "ihealth", "2024-07-01T16:00:00.000Z"),
        (1, "kPa", "ihealth:manual", "2024-07-01T02:30:00.000Z"),
        (2, "kPa", "ihealth:manual", "2024-07-01T02:30:00.000Z"),
        (3, "kPa", "ihealth", "2024-07-01T06:00:00.000Z"),
    ]
    assert found.reasons == {
        4: "not a number: LP",
        5: "no value",
        6: "time not readable: MDate",
        7: "no such zone: TimeZone",
        8: "no such zone: TimeZone",
    }
    assert found.notes == {"times without a zone, read as local ones": 1}


def test_ihealth_units(tmp_path: Path):
    item = {"MDate": 1719820800, "TimeZone": "+0000", "WeightValue": 11.0}
    for unit, word in enumerate(("kg", "lb", "st")):
        # the unit follows the list that it is about
        document = {"WeightDataList": [item], "WeightUnit": unit}
        assert Found(tmp_path / "w.json", document).samples[0][2] == word
    for unit in (3, -1, None, "1", True):
        document = {"WeightDataList": [item], "WeightUnit": unit}
        (reason,) = Found(tmp_path / "w.json", document).reasons.values()
        assert reason.endswith(": WeightUnit")


MAKERS = {
    "nightscout": NIGHTSCOUT[:1],
    "fitbit-json": intraday("2024-07-01", "10:00:00"),
    "google-fit": {"dataSourceId": "x", "point": [point("weight", [{"fpVal": 70}])]},
    "health-connect": [record("Weight", weight={"inGrams": 70_000})],
    "withings": {"status": 0, "body": {"measuregrps": [group((1, 70, 0))]}},
    "ihealth": {"BODataList": [{"BO": 97, "MDate": 1719820800, "TimeZone": "+0000"}]},
}


@pytest.mark.parametrize("name", MAKERS)
def test_encodings(tmp_path: Path, name: str):
    text = json.dumps(MAKERS[name])
    plain = Found(tmp_path / "a.json", text)
    assert plain.format == name
    assert plain.samples
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32"):
        other = Found(tmp_path / "b.json", text.encode(encoding))
        assert (other.format, other.samples) == (name, plain.samples)
    latin = text[:-1] + ', "übel"' + text[-1:]
    with pytest.raises(Unreadable, match="not UTF-8 text"):
        Found(tmp_path / "c.json", latin.encode("latin-1"), name=name)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("spoil", ["{}", "[7]", "[null, [], {}]", '{"a": {"b": 1}}'])
def test_whatever_json_is_no_crash(tmp_path: Path, name: str, spoil: str):
    assert Found(tmp_path / "a.json", spoil, name=name).samples == []


SPAN = {"startTime": "2024-07-01T08:00:00Z", "endTime": "2024-07-01T09:00:00Z"}
NIGHT = {
    "startTime": "2024-07-01T01:00:00.000",
    "duration": 7_200_000,
    "minutesAsleep": 110,
    "levels": {"data": [level("01:00", "light", 60)], "shortData": [level("01:30", "wake", 2)]},
}
MORE = [
    ("fitbit-json", {"sleep": [NIGHT, {"startTime": "2024-07-02T03:00:00.000",
                                       "minuteData": [{"value": "1"}]}]}),
    ("fitbit-json", {"dateTime": "2024-07-01", "minutes": [{"minute": "2024-07-01T05:31:00",
                                                            "value": 95.3}]}),
    ("nightscout", [treatment("10:30", "Temp Basal", duration=60, absolute=0.8)]),
    ("nightscout", [treatment("07:31", "BG Check", glucose=5.5, units="mmol")]),
    ("health-connect", [record("SleepSession", stages=[{**SPAN, "stage": 5}], **SPAN),
                        record("HeartRate", samples=[{"time": "2024-07-01T08:00:05Z",
                                                      "beatsPerMinute": 61}])]),
    ("withings", {"status": 0, "body": {"series": [
        {"startdate": 1719820800, "enddate": 1719822600, "state": 1, "hr": {"1719820860": 55}}]}}),
    ("withings", {"status": 0, "body": {"series": {
        "1719820800": {"steps": 21, "heart_rate": 80}}}}),
    ("ihealth", {"SRDataList": [{"EndTime": 1719820800, "HoursSlept": 345, "TimeZone": "-0700"}]}),
    ("google-fit", {"bucket": [{"dataset": [{"point": [
        point("sleep.segment", [{"intVal": 5}])]}]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "document"), [*MAKERS.items(), *MORE])
def test_any_field_spoilt_is_refused_or_left_out(tmp_path: Path, name: str, document: Any):
    """Whatever stands in any one place, the file is read to its end, or told to be unreadable."""
    assert Found(tmp_path / "a.json", document).format == name
    for spoilt in _spoilt(document):
        try:
            found = Found(tmp_path / "a.json", spoilt, name=name)
        except Unreadable:
            continue
        assert all(0 < len(source) <= 80 for _, _, _, source, *_ in found.samples)
        assert all(0 < len(reason) < 80 for reason in found.reasons.values())


def _spoilt(document: Any) -> list[Any]:
    """The document with each of its values replaced in turn."""
    odd: list[Any] = [None, True, "x", "", -1, 10**400, 1e-9, [], {}, [[]], [None], {"value": {}}]
    if isinstance(document, dict):
        return odd + [
            document | {name: other} for name in document for other in _spoilt(document[name])
        ]
    if isinstance(document, list):
        return odd + [
            [*document[:place], other, *document[place + 1 :]]
            for place in range(len(document))
            for other in _spoilt(document[place])
        ]
    return odd


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    "text", ["", "{", "[", "[1,", '[{"a": 1}', '{"a": [1,,]}', "[1] x", "7", "[" * 100_000]
)
def test_torn_and_deep_json_is_told(tmp_path: Path, name: str, text: str):
    with pytest.raises(Unreadable):
        Found(tmp_path / "a.json", text, name=name)


def test_what_is_no_answer_of_theirs_is_an_item_refused(tmp_path: Path):
    for name in ("fitbit-json", "google-fit", "withings", "ihealth", "nightscout"):
        found = Found(tmp_path / "a.json", '[{"mood": 1}, {"mood": 2}]', name=name)
        assert list(found.reasons) == [0, 1], name


def test_nothing_in_it_is_no_item(tmp_path: Path):
    empty = [
        {"sleep": [], "summary": {"totalMinutesAsleep": 0}},
        {"dataSourceId": "x", "maxEndTimeNs": "1", "minStartTimeNs": "0"},
        {"status": 0, "body": {"measuregrps": []}},
        {"BPDataList": [], "BPUnit": 0},
    ]
    for document in empty:
        found = Found(tmp_path / "a.json", document)
        assert (found.samples, found.reasons) == ([], {}), document


def test_who_says_fitbit_may_mean_its_json(tmp_path: Path):
    found = Found(tmp_path / "a.json", intraday("2024-07-01", "10:00:00"), name="fitbit")
    assert [kind for _, kind, *_ in found.samples] == ["resting_heart_rate", "heart_rate"]


def test_times_that_are_no_texts(tmp_path: Path):
    found = Found(
        tmp_path / "a.json", [record("Weight", weight={"inGrams": 70_000}, time=20240701)]
    )
    assert found.reasons == {0: "time not readable: time"}


def test_a_takeout_of_fitbit_sleep(tmp_path: Path):
    log = {
        "startTime": "2024-07-01T01:00:00.000", "duration": 3_600_000, "minutesAsleep": 60,
        "dateOfSleep": "2024-07-01", "levels": {"data": [level("01:00", "deep", 60)]},
    }  # fmt: skip
    found = Found(tmp_path / "sleep.json", [log])
    assert found.format == "fitbit-json"
    assert found.stages() == [("23:00", 3), ("00:00", 0)]


def test_the_parts_of_a_total_are_one_source(tmp_path: Path):
    """Energy at rest and in motion add up to the day's."""
    points = [
        point("calories.expended", [{"fpVal": 2.0}], originDataSourceId=f"derived:x:gms:{part}",
              start=str(1719820800000000000 + n * 60_000_000_000))
        for n, part in enumerate(("from_bmr", "from_activities"))
    ]  # fmt: skip
    found = Found(tmp_path / "a.json", {"dataSourceId": "x", "point": points})
    assert {source for _, _, _, source, *_ in found.samples} == {"google-fit"}
