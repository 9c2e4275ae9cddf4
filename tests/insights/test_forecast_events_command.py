"""manage.py forecast_events: each day and the next, "not enough data", unusable files."""

import csv
import io
import math
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

START = date(2026, 1, 1)


def rows_of(person, days, every=5):
    return [f"{person},{START + timedelta(d)},{int(d % every == 0)}" for d in range(days)]


def forecast(tmp_path, rows, header="person,date,events", **options):
    source, out = tmp_path / "diary.csv", tmp_path / "forecast.csv"
    source.write_text("\n".join([header, *rows]) + "\n")
    call_command("forecast_events", input=source, output=out, stdout=io.StringIO(), **options)
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


def hourly(tmp_path, rows, more=""):
    source, out = tmp_path / "times.csv", tmp_path / "forecast.csv"
    source.write_text("\n".join([f"person,date,hour,events{more}", *rows]) + "\n")
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


def waves(days=500):
    """A heart rate that goes up and down over 30 days, and events on the days that it is high."""
    rates = [round(70 + 4 * math.sin(2 * math.pi * d / 30), 1) for d in range(days)]
    return rates, [int(rate > 71 and d % 2 == 0) for d, rate in enumerate(rates)]


def with_heart(tmp_path, heart, header="person,time,bpm", **options):
    path = tmp_path / "heart.csv"
    path.write_text("\n".join([header, *heart]) + "\n")
    rows = [f"a,{START + timedelta(d)},{n}" for d, n in enumerate(waves()[1])]
    return forecast(tmp_path, rows, heart_rate=path, **options)


def test_the_heart_rate_of_a_second_file_or_a_column_is_used_where_it_helps(tmp_path):
    rates, events = waves()
    heart = [
        f"a,{START + timedelta(d)}T{hour}:00:00+02:00,{rate + more:.1f}"
        for d, rate in enumerate(rates)
        for hour, more in (("03", -1), ("15", 1))
    ]
    days = [START + timedelta(d) for d in range(len(rates))]
    rows = [f"a,{day},{n},{rate}" for day, n, rate in zip(days, events, rates, strict=True)]
    by_file = with_heart(tmp_path, heart)
    assert by_file == forecast(tmp_path, rows, header="person,date,events,bpm")
    assert by_file != with_heart(tmp_path, ["a,2026-01-01T03:00:00,70"])


def test_without_a_heart_rate_it_is_as_before(tmp_path):
    rows = rows_of("a", 200)
    empty = forecast(tmp_path, [f"{row}," for row in rows], header="person,date,events,bpm")
    assert empty == forecast(tmp_path, rows)


@pytest.mark.parametrize(
    ("heart", "words"),
    [
        (["b,2026-01-01T03:00:00,70"], "line 2: person has no diary"),
        (["a,noon,70"], "line 2: time is not a time"),
        (["a,2026-01-01T03:00:00,700"], "line 2: bpm is not from 20 to 300"),
    ],
)
def test_a_bad_heart_rate_is_told_by_line(tmp_path, heart, words):
    with pytest.raises(CommandError, match=words):
        with_heart(tmp_path, heart)


def test_heart_rates_told_twice_are_refused(tmp_path):
    (tmp_path / "heart.csv").write_text("person,time,bpm\n")
    with pytest.raises(CommandError, match="told twice"):
        forecast(
            tmp_path,
            ["a,2026-01-01,0,70"],
            header="person,date,events,bpm",
            heart_rate=tmp_path / "heart.csv",
        )


def test_hours_take_the_heart_rate_too(tmp_path):
    rows = [f"{row},70" for row in hours_of("a", 200)]
    assert hourly(tmp_path, rows, more=",bpm") == hourly(tmp_path, hours_of("a", 200))
