"""Real exports, twice: counts add up to the file's rows, and the second time nothing is new."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.people import Cast
from tests.realdata import shared_data

FILES = [
    ("cgm-device-exports/dexcom_clarity_export.csv", 2159),
    ("cgm-device-exports/freestyle_libre_export.csv", 5260),
    ("apple-health-export/export_parser_mit.xml", 8),
    ("fitbit-furberg2016/dailyActivity_merged.csv", 940),
    ("fitbit-furberg2016/hourlyCalories_merged.csv", 22099),
    ("fitbit-furberg2016/hourlyIntensities_merged.csv", 22099),
    ("fitbit-furberg2016/hourlySteps_merged.csv", 22099),
    ("fitbit-furberg2016/minuteStepsWide_merged.csv", 21645),
    ("fitbit-furberg2016/sleepDay_merged.csv", 413),
    ("fitbit-furberg2016/weightLogInfo_merged.csv", 67),
    ("cgm-device-exports/nightscout_entries.json", 576),
    ("cgm-device-exports/nightscout_treatments.json", 17),
    ("cgm-device-exports/nightscout_profiles.json", 1),
]
# Answers of makers' clouds: items, and of them those that measure something here.
CLOUDS = [
    ("fitbit/fitbit-activities-date-multiple-in-activities-list", 4, 0),
    ("fitbit/fitbit-activities-heart-1d-1m-intraday", 6, 5),
    ("fitbit/fitbit-activities-steps-1d-1m-intraday", 4, 4),
    ("fitbit/fitbit-activities-steps-timeseries", 3, 3),
    ("fitbit/fitbit-body-log-weight", 4, 4),
    ("fitbit/fitbit-sleep-date", 2, 2),
    ("fitbit/fitbit-sleep-date-empty-sleep-list", 0, 0),
    ("googlefit/googlefit-empty", 0, 0),
    ("googlefit/googlefit-merge-activity-segments-only-sleep", 1, 1),
    ("googlefit/googlefit-merge-calories-expended", 3, 3),
    ("googlefit/googlefit-merge-heart-rate", 2, 2),
    ("googlefit/googlefit-merge-location-samples", 2, 0),
    ("googlefit/googlefit-merge-step-deltas", 4, 4),
    ("googlefit/googlefit-merge-weight", 3, 3),
    ("withings/withings-activity-measures", 4, 4),
    ("withings/withings-body-measures", 5, 5),
    ("withings/withings-body-measures-only-goal", 1, 0),
    ("withings/withings-intraday-activity", 6, 4),
    ("withings/withings-sleep-measures", 3, 3),
    ("withings/withings-sleep-summary", 2, 2),
    ("ihealth/ihealth-activity", 2, 2),
    ("ihealth/ihealth-bp", 2, 2),
    ("ihealth/ihealth-glucose", 2, 2),
    ("ihealth/ihealth-sleep", 3, 2),  # two nights of the device end at one instant
    ("ihealth/ihealth-spo2", 2, 2),
    ("ihealth/ihealth-spo2-no-oxygen-saturation", 1, 0),
    ("ihealth/ihealth-sport", 2, 0),
    ("ihealth/ihealth-weight", 2, 2),
    ("ihealth/ihealth-weight-no-weight-value", 1, 0),
]


def run(cast: Cast, path: Path, *more: str) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_stream", str(path), "--patient", str(cast.amina.id), "--json", *more,
        stdout=out, stderr=StringIO(),
    )  # fmt: skip
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


@pytest.mark.parametrize(("name", "rows"), FILES, ids=[name.split("/")[1] for name, _ in FILES])
def test_real_exports_add_up_twice(cast: Cast, name: str, rows: int):
    path = shared_data(name)
    first, second = run(cast, path), run(cast, path)
    for report in (first, second):
        assert report["rows"] == rows
        assert report["stored"] + report["duplicate"] + report["refused"] == rows
        assert sum(report["reasons"].values()) == report["refused"]
    assert second["stored"] == 0
    assert second["duplicate"] == first["stored"] + first["duplicate"]
    assert second["reasons"] == first["reasons"]


@pytest.mark.parametrize(("name", "items", "stored"), CLOUDS, ids=[name for name, *_ in CLOUDS])
def test_answers_of_clouds_add_up_twice(cast: Cast, name: str, items: int, stored: int):
    path = shared_data(f"wearable-api-responses/{name}.json")
    first, second = run(cast, path), run(cast, path)
    assert (first["rows"], first["stored"], first["duplicate"]) == (items, stored, 0)
    assert first["refused"] == sum(first["reasons"].values()) == items - stored
    assert (second["stored"], second["duplicate"]) == (0, stored)
    assert second["reasons"] == first["reasons"]


@pytest.mark.parametrize("maker", ["jawbone", "misfit", "moves", "runkeeper"])
def test_other_clouds_are_told_unknown(cast: Cast, maker: str):
    for path in sorted(shared_data(f"wearable-api-responses/{maker}").iterdir()):
        with pytest.raises(CommandError, match="No known format"):
            run(cast, path)
