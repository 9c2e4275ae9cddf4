"""Phone and server name the same doses at the same moments without talking, in every zone.

The server's side is its own rows through JSON; the phone's is its store, as the screen reads it.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.rendering import to_json
from backend.regimens.models import Regimen, Schedule
from backend.regimens.queries import regimen_row
from mobile.sync.doses import doses_between
from tests.mobile import house
from tests.mobile.phone import Phone
from tests.mobile.plan import give
from tests.wire.test_schedule import LIMITS, RULES, ZONES, distinct_zones

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Phone:
    folder: Path = tmp_path_factory.mktemp("phone")
    return Phone(folder / "store.db")


def prescribed(**changed: Any) -> Schedule:
    """As it stands in the database; a full clean would need one."""
    regimen = Regimen(
        id=UUID(int=3), medicine="Metformin", dose="500 mg", grace_minutes=60, revision=1
    )
    values = {
        "id": UUID(int=7),
        "regimen": regimen,
        "mode": "wall",
        "rule": "FREQ=DAILY",
        "times": ["00:00", "02:30", "23:45"],
        "starts_local": "2025-12-01T08:00",
        "zone": "Europe/Berlin",
        "zone_mode": "floating",
    }
    schedule = Schedule(**(values | changed))
    regimen.by_age = [schedule]  # type: ignore[attr-defined]
    return schedule


def differ(phone: Phone, schedule: Schedule, zone: str, start: datetime, end: datetime) -> bool:
    row = to_json(regimen_row(schedule.regimen))
    give(phone, profile=[house.profile(zone=zone)], regimens=[row])
    phones = {(d.id, d.key, d.due_at) for d in doses_between(phone.db, start, end)}
    servers = {
        (slot.dose_id, slot.key, slot.due_at)
        for slot in schedule.slots(zone=zone, start=start, end=end)
    }
    return phones != servers


def test_in_every_zone_around_every_season(phone: Phone) -> None:
    """Two weeks in March and April, and two in autumn, hold nearly every change of a clock."""
    for name in distinct_zones():
        for days in (66, 290):
            start = START + days * DAY
            assert not differ(phone, prescribed(), name, start, start + 28 * DAY), name


def test_elapsed_and_fixed_go_by_their_own_zone(phone: Phone) -> None:
    for name in ZONES[::11]:
        spaced = prescribed(mode="elapsed", rule="FREQ=HOURLY;INTERVAL=8", times=[], zone=name)
        assert not differ(phone, spaced, "Asia/Tokyo", START, START + 60 * DAY)
        fixed = prescribed(zone_mode="fixed", zone=name)
        assert not differ(phone, fixed, "Asia/Tokyo", START + 60 * DAY, START + 120 * DAY)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rule=RULES,
    limit=LIMITS,
    zone=st.sampled_from(ZONES),
    starts=st.datetimes(datetime(2023, 1, 1), datetime(2026, 2, 20)),  # noqa: DTZ001
    times=st.sets(st.sampled_from(["00:00", "02:30", "08:00", "23:59"]), min_size=1),
    days=st.integers(0, 700),
)
def test_whatever_is_prescribed(
    phone: Phone, rule: str, limit: str, zone: str, starts: datetime, times: set[str], days: int
) -> None:
    schedule = prescribed(
        rule=rule + limit, times=sorted(times), starts_local=f"{starts:%Y-%m-%dT%H:%M}"
    )
    start = START + days * DAY
    assert not differ(phone, schedule, zone, start, start + 40 * DAY)
