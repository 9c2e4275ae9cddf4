"""What the first release sent and kept still reads, and names the same doses."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.core.rendering import to_json
from backend.wire import messages
from backend.wire.schedule import from_row, slots
from tests.wire.test_messages import read

OLDER = Path(__file__).parent / "older"
ID = "019aac00-0000-7000-8000-000000000001"


@pytest.mark.parametrize("path", sorted(OLDER.glob("*.json")), ids=lambda path: path.stem)
def test_older_json_reads_and_keeps_its_meaning(path: Path):
    for example in json.loads(path.read_text()):
        again: dict[str, Any] = to_json(read(getattr(messages, path.stem), example))
        assert {name: again[name] for name in example} == example


def test_a_plain_schedule_is_written_as_it_always_was():
    """A phone of the first release can read it to the last field."""
    for example in json.loads((OLDER / "ScheduleRow.json").read_text()):
        assert to_json(read(messages.ScheduleRow, example)) == example


def test_older_schedules_name_the_doses_that_they_always_named():
    wall, elapsed = json.loads((OLDER / "ScheduleRow.json").read_text())
    start, end = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    found = [
        (slot.key, str(slot.dose_id))
        for row in (wall, elapsed)
        for slot in slots(
            from_row(read(messages.ScheduleRow, row)), zone="Europe/Berlin", start=start, end=end
        )
    ]
    assert found == [
        (f"rem:{ID}:2026-11-02T08:00", "2f341367-8bee-52f5-baf9-cc40c064ef6a"),
        (f"rem:{ID}:2026-11-02T20:00", "3076441c-44ad-5b4e-9513-0f59bb5e16f5"),
        (f"rem:{ID}:2026-11-02T07:00Z", "e0bd5b1d-1e94-525d-a7b0-6832fc7ed30f"),
        (f"rem:{ID}:2026-11-02T15:00Z", "57d26449-0b9e-5e2e-a05b-f95b3a4c0f56"),
        (f"rem:{ID}:2026-11-02T23:00Z", "bc85da7f-5d7b-5c0d-8722-f862f70e8684"),
    ]
