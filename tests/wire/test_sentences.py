"""The one sentence for everything that a prescriber can say."""

from datetime import date
from uuid import UUID

import pytest

from backend.wire.messages import DoseStep, ScheduleRow
from backend.wire.schedule import Schedule, from_row
from backend.wire.sentences import Details, amount_on, sentence, span

TAPER = (DoseStep("2026-12-01", "40 mg"), DoseStep("2026-12-08", "20 mg"))


def daily(*times: str, mode: str = "wall", ends: str | None = None) -> Schedule:
    row = ScheduleRow(
        UUID(int=1),
        mode,
        "FREQ=DAILY",
        list(times),
        "2026-12-01T00:00",
        "UTC",
        "floating",
        ends,  # type: ignore[arg-type]
    )
    return from_row(row)


@pytest.mark.parametrize(
    ("schedule", "details", "words"),
    [
        (
            daily("07:30", "22:00"),
            Details(meals=("breakfast", "bedtime")),
            "Every day with breakfast (07:30) and at bedtime (22:00)",
        ),
        (
            daily(mode="as_needed"),
            Details(most_a_day=4, min_gap_minutes=360),
            "Only when needed, at most 4 times a day, at least 6 hours apart",
        ),
        (
            daily(mode="as_needed", ends="2026-12-10T00:00"),
            Details(most_a_day=1),
            "Only when needed, at most once a day, until 9 December 2026",
        ),
        (
            daily("08:00", ends="2026-12-15T00:00"),
            Details(steps=TAPER),
            "Every day at 08:00: 40 mg to 7 December 2026, then 20 mg to 14 December 2026",
        ),
        (
            daily("08:00"),
            Details(steps=TAPER, min_gap_minutes=90),
            "Every day at 08:00, at least 1 hour and 30 minutes apart:"
            " 40 mg to 7 December 2026, then 20 mg",
        ),
    ],
)
def test_it_reads_plainly(schedule: Schedule, details: Details, words: str):
    assert sentence(schedule, details) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 minute"), (60, "1 hour"), (150, "2 hours and 30 minutes"), (0, "0 minutes")],
)
def test_lengths_of_time(minutes: int, words: str):
    assert span(minutes) == words


def test_a_step_holds_from_its_first_day():
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 7), date(2026, 12, 8)]
    found = [amount_on(TAPER, day.isoformat(), "5 mg") for day in days]
    assert found == ["5 mg", "40 mg", "40 mg", "20 mg"]
