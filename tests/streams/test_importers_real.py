"""Real exports, twice: counts add up to the file's rows, and the second time nothing is new."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

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
