"""manage.py forecast_events: each day and the next, "not enough data", unusable files."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

START = date(2026, 1, 1)


def rows_of(person, days, every=5):
    return [f"{person},{START + timedelta(d)},{int(d % every == 0)}" for d in range(days)]


def forecast(tmp_path, rows, header="person,date,events"):
    source, out = tmp_path / "diary.csv", tmp_path / "forecast.csv"
    source.write_text("\n".join([header, *rows]) + "\n")
    call_command("forecast_events", input=source, output=out, stdout=io.StringIO())
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_day_and_the_next_beside_the_baseline(tmp_path):
    rows = forecast(tmp_path, rows_of("a", 200))
    assert len(rows) == 201
    assert rows[-1]["date"] == str(START + timedelta(200))
    assert float(rows[-1]["baseline"]) == pytest.approx(0.2)
    assert 0 < float(rows[-1]["probability"]) < 1
    assert rows[0]["problem"] == "not enough data before this day"
    assert rows[0]["probability"] == ""


def test_not_enough_data_is_said_and_the_next_person_is_told(tmp_path):
    short, rare = rows_of("short", 60), rows_of("rare", 200, every=50)
    rows = forecast(tmp_path, [*short, *rare, *rows_of("fine", 120)])
    assert (rows[0]["person"], rows[0]["problem"]) == (
        "short",
        "not enough data: 60 of 90 days kept",
    )
    assert rows[1]["problem"] == "not enough data: 4 of 20 events"
    assert rows[1]["probability"] == rows[1]["baseline"] == ""
    assert len(rows) == 2 + 121


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        (["a,2026-01-01,1"], "person,day,events", "has no column date"),
        (["a,1 May,1"], "person,date,events", "line 2: date is not a date"),
        (["a,2026-01-01,-1"], "person,date,events", "line 2: events is not from 0"),
        (["a,2026-01-01,1"] * 2, "person,date,events", "line 3: date stands twice"),
        (["a,1026-01-01,1", "a,2026-01-01,1"], "person,date,events", "spans more than"),
        ([], "person,date,events", "has no rows"),
    ],
)
def test_a_bad_file_is_an_error_with_line_and_column(tmp_path, rows, header, words):
    with pytest.raises(CommandError, match=words):
        forecast(tmp_path, rows, header=header)


def hourly(tmp_path, rows):
    source, out = tmp_path / "times.csv", tmp_path / "forecast.csv"
    source.write_text("\n".join(["person,date,hour,events", *rows]) + "\n")
    call_command("forecast_events", input=source, output=out, hourly=True, stdout=io.StringIO())
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def hours_of(person, days, every=4):
    """Mornings at seven."""
    return [
        f"{person},{START + timedelta(d)},{'7,1' if d % every == 0 else ',0'}" for d in range(days)
    ]


def test_hours_are_told_beside_the_average_and_the_persons_own_stand_out(tmp_path):
    rows = hourly(tmp_path, hours_of("a", 200))
    last = rows[-24:]
    assert {row["date"] for row in last} == {str(START + timedelta(200))}
    assert [int(row["hour"]) for row in last] == list(range(24))
    chance = [float(row["probability"]) for row in last]
    assert chance.index(max(chance)) == 7
    assert max(chance) > 4 * float(last[0]["baseline"])
    assert sum(float(row["baseline"]) for row in last) == pytest.approx(0.25, abs=0.02)


def test_hours_of_too_short_a_diary_are_not_told(tmp_path):
    (row,) = hourly(tmp_path, hours_of("a", 60))
    assert (row["hour"], row["problem"]) == ("", "not enough data: 60 of 90 days kept")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,2026-01-01,24,1", "line 2: hour is not an hour from 0 to 23"),
        ("a,2026-01-01,,1", "line 2: events without an hour"),
        ("a,2026-01-01,7,-1", "line 2: events"),
    ],
)
def test_hours_that_are_none_are_told_by_line(tmp_path, row, told):
    with pytest.raises(CommandError, match=told):
        hourly(tmp_path, [row])
