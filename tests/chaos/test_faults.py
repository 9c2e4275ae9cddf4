"""`make faults` in a minute: the promise is kept, and both runs that must break it do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings


@pytest.mark.slow
def test_reminders_under_fire(tmp_path: Path) -> None:
    out = tmp_path / "faults.json"
    command = [sys.executable, "-m", "bench.faults", "--small", "--only", "reminders"]
    ran = subprocess.run(
        [*command, "--out", str(out)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    (result,) = json.loads(out.read_text()) if out.exists() else [None]
    assert result is not None, ran.stderr
    detail = result["detail"]
    assert result["name"] == "faults_reminders_small"
    assert detail["lost"] == detail["twice"] == detail["extra"] == 0, ran.stderr
    assert detail["p99_late_s"] <= detail["allowed_late_s"], ran.stderr
    assert detail["control_lost"] > 0, "without the sweeper nothing was lost"
    assert detail["control_twice"] > 0, "without the unique key nothing was said twice"
    assert detail["kills"] >= 10
    assert detail["db_stops"] == 2
    assert detail["occurrences"] > 9_000
    assert detail["clock_changes"] > 150
    assert ran.returncode == 0, ran.stderr
