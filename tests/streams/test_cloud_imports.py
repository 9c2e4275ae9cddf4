"""Clouds' answers through the command: partial items, mixed units, devices, all or nothing."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.streams.models import Upload
from tests.people import Cast

AT = 1719820800  # 08:00 UTC


def run(cast: Cast, path: Path, document: Any, *more: str) -> dict[str, Any]:
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text)
    out = StringIO()
    command = ("import_stream", str(path), "--patient", str(cast.amina.id), "--json", *more)
    call_command(*command, stdout=out, stderr=StringIO())
    report: dict[str, Any] = json.loads(out.getvalue())
    assert report["stored"] + report["duplicate"] + report["refused"] == report["rows"]
    assert sum(report["reasons"].values()) == report["refused"]
    assert sum(report["kinds"].values()) == report["samples"]["stored"]
    return report


def entry(minute: int, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "sgv", "sgv": value, "date": (AT + 60 * minute) * 1000, **more}


def test_an_item_of_which_a_part_is_implausible(cast: Cast, tmp_path: Path):
    items = [
        {"HP": 120, "LP": 900, "MDate": AT, "TimeZone": "+0000"},
        {"HP": 900, "LP": 900, "MDate": AT + 60, "TimeZone": "+0000"},
        {"HP": 120, "LP": "80", "MDate": AT + 120, "TimeZone": "+0000"},
    ]
    document = {"BPDataList": items, "BPUnit": 0}
    report = run(cast, tmp_path / "bp.json", document)
    assert (report["rows"], report["stored"], report["refused"]) == (3, 1, 2)
    assert report["samples"] == {"stored": 1, "duplicate": 0, "refused": 3}
    assert report["reasons"] == {"value not plausible": 1, "not a number: LP": 1}
    assert report["examples"] == {"value not plausible": [2], "not a number: LP": [3]}
    again = run(cast, tmp_path / "bp.json", document)
    assert (again["stored"], again["duplicate"], again["refused"]) == (0, 1, 2)


def test_both_units_of_one_device_are_one_series(cast: Cast, tmp_path: Path):
    report = run(
        cast,
        tmp_path / "ns.json",
        [
            entry(0, 99.0858),
            entry(0, 5.5, units="mmol"),  # the same value
            entry(5, 5.6, units="mmol/l"),
            entry(10, 5.6),  # of a meter set wrong: below what a sensor can tell
            entry(15, 100, units="g/L"),
            entry(20, 110, device="Dexcom"),
            entry(20, 115, device="Libre"),
        ],
    )
    assert (report["stored"], report["duplicate"], report["refused"]) == (4, 1, 2)
    assert report["reasons"] == {"the sensor's error code": 1, "unit not known: units": 1}
    sources = set(Upload.objects.values_list("source", flat=True))
    assert sources == {"nightscout", "dexcom", "libre"}


def test_overlapping_exports_store_each_sample_once(cast: Cast, tmp_path: Path):
    first = run(cast, tmp_path / "a.json", [entry(n, 100 + n) for n in range(10)])
    second = run(cast, tmp_path / "b.json", [entry(n, 100 + n) for n in range(5, 15)][::-1])
    assert (first["stored"], second["stored"], second["duplicate"]) == (10, 5, 5)


def test_a_rate_that_waits_for_the_end_is_counted_once(cast: Cast, tmp_path: Path):
    created = "2024-07-01T{}:00Z".format
    report = run(
        cast,
        tmp_path / "t.json",
        [
            {"eventType": "Temp Basal", "created_at": created("08:30"), "duration": 30, "rate": 2},
            {"eventType": "Meal Bolus", "created_at": created("08:20"), "insulin": 2, "carbs": 9},
            {"eventType": "Temp Basal", "created_at": created("08:00"), "duration": 60, "rate": 1},
            {
                "eventType": "Temp Basal",
                "created_at": created("07:00"),
                "duration": 9,
                "percent": 9,
            },
        ],
    )
    assert (report["rows"], report["stored"], report["refused"]) == (4, 3, 1)
    assert report["kinds"] == {"insulin_bolus": 1, "carbohydrate": 1, "insulin_basal": 2}


def test_local_times_are_counted_in_the_report(cast: Cast, tmp_path: Path):
    document = {
        "activities-steps": [{"dateTime": "2024-03-31", "value": "90"}],
        "activities-steps-intraday": {
            "dataset": [{"time": "02:30:00", "value": 1}, {"time": "03:30:00", "value": 1}]
        },
    }
    report = run(cast, tmp_path / "s.json", document, "--zone", "Europe/Berlin")
    assert (report["stored"], report["duplicate"]) == (2, 1)  # both are 01:30 UTC
    assert report["notes"] == {
        "times without a zone, read as local ones": 3,
        "local times that the clocks skipped, read with the offset before": 1,
    }


@pytest.mark.parametrize("end", ["", ", {", "] x", ', {"sgv": 1'])
def test_a_torn_file_leaves_nothing(cast: Cast, tmp_path: Path, end: str):
    whole = json.dumps([entry(n, 100) for n in range(3000)])
    with pytest.raises(CommandError, match="not JSON"):
        run(cast, tmp_path / "a.json", whole[:-1] + end)
    assert not Upload.objects.exists()


def test_latin_1_is_told_and_leaves_nothing(cast: Cast, tmp_path: Path):
    path = tmp_path / "a.json"
    text = json.dumps([*(entry(n, 100) for n in range(3000)), {"notes": "M\u00fcsli"}])
    path.write_bytes(text.replace("\\u00fc", "\u00fc").encode("latin-1"))
    with pytest.raises(CommandError, match="not UTF-8 text"):
        call_command("import_stream", str(path), "--patient", str(cast.amina.id), stderr=StringIO())
    assert not Upload.objects.exists()
