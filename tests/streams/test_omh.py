"""Open mHealth: each point held against its schema; what breaks it is named, never repeated."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.streams.importers.items import Bad
from backend.streams.importers.omh_schemas import BY_NAME, CHECKS, check_header, hold
from backend.streams.importers.reading import Export, Options
from backend.streams.importers.table import format_of, read_export
from backend.wire.codec import wire_time
from tests.realdata import shared_data

AT = {"date_time": "2024-07-01T10:00:00+02:00"}
NIGHT = {"start_date_time": "2024-07-01T23:00:00+02:00", "end_date_time": "2024-07-02T06:00:00Z"}


def point(schema: str, body: dict[str, Any], source: str = "My App", **more: Any) -> dict[str, Any]:
    header = {
        "id": "123e4567-e89b-12d3-a456-426655440000",
        "creation_date_time": "2024-07-02T07:25:00Z",
        "schema_id": {"namespace": "omh", "name": schema, "version": "1.0"},
        "acquisition_provenance": {"source_name": source, "modality": "sensed"},
    }
    return {"header": header | more, "body": {"effective_time_frame": AT} | body}


def amount(value: Any, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit}


def read(path: Path, document: Any) -> dict[int, Any]:
    """Item: its samples as (kind, unit, source, time, value), or why it was refused."""
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    found: dict[int, Any] = {}
    for run in read_export(Export(path), Options(ZoneInfo("Europe/Berlin")), name="omh"):
        if run.reason:
            found |= dict.fromkeys(run.numbers.tolist(), run.reason)
            continue
        columns = run.numbers.tolist(), run.instants.tolist(), run.values.tolist()
        for number, at_ms, value in zip(*columns, strict=True):
            sample = (run.kind, run.unit, run.source, wire_time(at_ms)[5:16], value)
            found.setdefault(number, []).append(sample)
    return found


def test_points_of_every_kind(tmp_path: Path):
    night = {"effective_time_frame": {"time_interval": NIGHT}}
    points = [
        point("blood-glucose", {"blood_glucose": amount(5.5, "mmol/L")}),
        point("blood-pressure", {"systolic_blood_pressure": amount(120, "mmHg"),
                                 "diastolic_blood_pressure": amount(80, "mmHg")}, "Cuff"),
        point("body-weight", {"body_weight": amount(150, "lb")}),
        point("body-temperature", {"body_temperature": amount(98.6, "F")}),
        point("heart-rate", {"heart_rate": amount(60, "beats/min"),
                             "descriptive_statistic": "average"}),
        point("step-count", night | {"step_count": 12}),
        point("step-count", night | {"step_count": amount(12, "steps")}),
        point("sleep-duration", night | {"sleep_duration": amount(7, "h")}),
        point("physical-activity", {"activity_name": "walking", "distance": amount(1, "mi"),
                                    "kcal_burned": amount(80, "kcal")}),
    ]  # fmt: skip
    found = read(tmp_path / "a.json", points)
    assert [found[n] for n in range(len(points))] == [
        [("glucose", "mmol/L", "my-app", "07-01T08:00", 5.5)],
        [("systolic", "mm[Hg]", "cuff", "07-01T08:00", 120),
         ("diastolic", "mm[Hg]", "cuff", "07-01T08:00", 80)],
        [("body_weight", "lb", "my-app", "07-01T08:00", 150)],
        [("body_temperature", "degF", "my-app", "07-01T08:00", 98.6)],
        [("heart_rate", "/min", "my-app", "07-01T08:00", 60)],
        [("steps", "{steps}", "my-app", "07-01T21:00", 12)],
        [("steps", "{steps}", "my-app", "07-01T21:00", 12)],
        [("sleep_duration", "h", "my-app", "07-02T06:00", 7)],
        [("distance", "mi", "my-app", "07-01T08:00", 1),
         ("active_energy", "kcal", "my-app", "07-01T08:00", 80)],
    ]  # fmt: skip
    assert format_of(Export(tmp_path / "a.json")) == "omh"
    lines = "\n".join(json.dumps(each) for each in points)
    assert read(tmp_path / "b.json", lines) == found
    assert read(tmp_path / "c.json", points[0]) == {0: found[0]}


def heart(value: Any, unit: str = "beats/min", **more: Any) -> dict[str, Any]:
    return point("heart-rate", {"heart_rate": amount(value, unit), **more})


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (heart("60"), "not as its schema asks: body.heart_rate.value"),
        (heart(True), "not as its schema asks: body.heart_rate.value"),
        (heart(float("nan")), "not a number: body.heart_rate.value"),
        (heart(10**400), "not a number: body.heart_rate.value"),
        (heart(60, "beat/min"), "not as its schema asks: body.heart_rate.unit"),
        (point("heart-rate", {}), "missing: body.heart_rate"),
        (point("heart-rate", {"heart_rate": {"value": 60}}), "missing: body.heart_rate.unit"),
        (heart(60, effective_time_frame={"date_time": "2024-07-01T10:00:00"}),
         "not as its schema asks: body.effective_time_frame.date_time"),
        (heart(60, effective_time_frame={"date_time": "2024-02-31T10:00:00Z"}),
         "time not readable: body.effective_time_frame"),
        (heart(60, effective_time_frame=AT | {"time_interval": NIGHT}),
         "not as its schema asks: body.effective_time_frame"),
        (heart(60, effective_time_frame={"time_interval": {"date": "2024-07-01"}}),
         "not as its schema asks: body.effective_time_frame.time_interval"),
        (heart(60, effective_time_frame={"time_interval": {
            "start_date_time": NIGHT["end_date_time"], "end_date_time": NIGHT["start_date_time"]}}),
         "ends before it starts: body.effective_time_frame"),
        (heart(60, descriptive_statistic="maximum"), "a statistic over time, not a measurement"),
        (heart(60, descriptive_statistic="mean"),
         "not as its schema asks: body.descriptive_statistic"),
        (point("blood-pressure", {"systolic_blood_pressure": amount(120, "mmHg")}),
         "missing: body.diastolic_blood_pressure"),
        (point("step-count", {"step_count": 12}),
         "not as its schema asks: body.effective_time_frame"),
        (point("mood", {"mood": 1}), "nothing here measures this"),
        (point("heart-rate", {"heart_rate": amount(60, "beats/min")}, schema_id={"name": "x"}),
         "missing: header.schema_id.namespace"),
        (point("heart-rate", {}, creation_date_time="yesterday"),
         "not as its schema asks: header.creation_date_time"),
        ({"header": {"schema_id": {"namespace": "omh", "name": "x", "version": "1.0"}}, "body": {}},
         "missing: header.id"),
        ({"header": 1, "body": {}}, "not as its schema asks: header"),
        ({"header": {}}, "not an object: body"),
        ({"mood": 1, "effective_time_frame": AT}, "nothing here measures this"),
        (7, "not an object"),
    ],
)  # fmt: skip
def test_what_breaks_a_schema_is_named(tmp_path: Path, found: Any, reason: str):
    good = heart(61)
    assert read(tmp_path / "a.json", [found, good]) == {
        0: reason,
        1: [("heart_rate", "/min", "my-app", "07-01T08:00", 61.0)],
    }


@pytest.mark.parametrize(
    ("interval", "at"),
    [
        ({"start_date_time": "2024-07-01T10:00:00Z", "duration": amount(1, "h")}, "07-01T10:00"),
        ({"end_date_time": "2024-07-01T10:00:00Z", "duration": amount(90, "min")}, "07-01T08:30"),
        (NIGHT, "07-01T21:00"),
    ],
)
def test_intervals(tmp_path: Path, interval: Any, at: str):
    found = read(tmp_path / "a.json", [heart(60, effective_time_frame={"time_interval": interval})])
    assert found[0][0][3] == at


def test_a_body_alone_is_told_by_its_members(tmp_path: Path):
    bare = {"heart_rate": amount(60, "beats/min"), "effective_time_frame": AT}
    assert read(tmp_path / "a.json", [bare]) == {
        0: [("heart_rate", "/min", "open-mhealth", "07-01T08:00", 60)]
    }


@pytest.mark.parametrize("name", [*BY_NAME, "header"])
def test_open_mhealths_own_cases(name: str):
    """Theirs that must fail do; theirs that must pass do, but for those without an instant."""
    folder = shared_data("openmhealth-test-data") / "omh" / name
    check = check_header if name == "header" else CHECKS[name]
    part = "header" if name == "header" else "body"
    for path in sorted(folder.rglob("*.json")):
        found, passes = json.loads(path.read_text()), "shouldPass" in path.parts
        reason = ""
        try:
            hold(check, found, part)
        except Bad as bad:
            reason = str(bad)
        told = (path.parent.name, path.name, reason)
        assert not reason if passes and _has_instant(found, name) else reason, told


def _has_instant(found: dict[str, Any], name: str) -> bool:
    """Open mHealth allows points of no time, and of a part of a day; here they mean nothing."""
    frame = found.get("effective_time_frame", {})
    return name == "header" or bool(frame) and "part_of_day" not in frame.get("time_interval", {})
