"""manage.py forecast_glucose: every horizon of each window, or words; files that cannot be used."""

import csv
import io
import math
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

START = datetime(2026, 3, 1, 8)  # noqa: DTZ001
HEADER = "window,time,mg_dl"


def lines(name, minutes, value=lambda minute: 120 + 30 * math.sin(minute / 60)):
    return [f"{name},{START + timedelta(minutes=m)},{value(m):.1f}" for m in minutes]


def forecast(tmp_path, rows, header=HEADER, **options):
    source, out = tmp_path / "windows.csv", tmp_path / "forecast.csv"
    source.write_text("\n".join([header, *rows]) + "\n")
    call_command("forecast_glucose", input=source, output=out, stdout=io.StringIO(), **options)
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_window_gets_two_hours_with_intervals(tmp_path):
    rows = forecast(tmp_path, [*lines("b", range(0, 960, 5)), *lines("a", range(0, 60, 5))])
    assert [row["window"] for row in rows] == ["b"] * 24 + ["a"] * 24
    assert [int(row["minutes_ahead"]) for row in rows[:24]] == list(range(5, 121, 5))
    assert all(float(r["lower"]) < float(r["mean"]) < float(r["upper"]) for r in rows)


def test_a_window_with_a_gap_abstains_in_words_and_the_next_is_told(tmp_path):
    gap = [*lines("gap", range(0, 100, 5)), *lines("gap", range(140, 160, 5))]
    rows = forecast(tmp_path, [*gap, *lines("whole", range(0, 120, 5))])
    assert rows[0]["window"] == "gap"
    assert rows[0]["problem"] == "only 20 of 60 min since the last gap of over half an hour"
    assert rows[0]["mean"] == ""
    assert len(rows) == 25


def test_it_learns_from_another_file(tmp_path):
    train = tmp_path / "train.csv"
    people = [line for p in range(5) for line in lines(p, range(0, 3000, 5))]
    train.write_text("\n".join(["person,time,mg_dl", *people]) + "\n")
    rows = forecast(tmp_path, lines("a", range(0, 960, 5)), train=train)
    hour = float(rows[11]["mean"])
    assert hour == pytest.approx(120 + 30 * math.sin((955 + 60) / 60), abs=3)


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        (lines("a", range(0, 60, 5)), "window,time,glucose", "has no column mg_dl"),
        (["a,yesterday,120"], HEADER, "line 2: time is not a time"),
        (["a,2026-03-01T08:00,Low"], HEADER, "line 2: mg_dl is not a number"),
        ([], HEADER, "has no rows"),
    ],
)
def test_a_bad_file_is_an_error_with_line_and_column(tmp_path, rows, header, words):
    with pytest.raises(CommandError, match=words):
        forecast(tmp_path, rows, header=header)


def test_other_weights_must_be_of_this_version(tmp_path):
    weights = tmp_path / "weights.json"
    weights.write_text('{"version": "0.0"}')
    with pytest.raises(CommandError, match=r"weights\.json holds no weights of this version"):
        forecast(tmp_path, lines("a", range(0, 60, 5)), weights=weights)
