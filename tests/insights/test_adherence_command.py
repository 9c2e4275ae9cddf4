"""manage.py adherence, as the contract says it: csv in, csv out, clear refusals."""

import csv
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.realdata import shared_data

HEADER = "patient,date,daily_dose,medicine,days"
NAMES = [f"cma{n}" for n in range(1, 10)]


@pytest.fixture
def sheet(tmp_path):
    """Write a csv file out of its lines."""

    def write(*lines, encoding="utf-8"):
        path = tmp_path / "fills.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return write


def told(path, *more, start="2026-01-01", end="2026-04-11"):
    """Each patient's numbers as text."""
    out = StringIO()
    call_command(
        "adherence", "--input", str(path), "--start", start, "--end", end, *more, stdout=out
    )
    rows = list(csv.DictReader(StringIO(out.getvalue())))
    assert list(rows[0]) == ["patient", *NAMES]
    return {row["patient"]: [row[name] for name in NAMES] for row in rows}


def refusal(path, *more, **window):
    """The one line of the error."""
    with pytest.raises(CommandError) as error:
        told(path, *more, **window)
    assert error.value.returncode == 1
    assert "\n" not in str(error.value)
    return str(error.value)


def test_patients_in_their_order_and_other_columns_ignored(sheet):
    path = sheet(
        f"clinic,{HEADER}",
        "north,b,2026-01-01,1,A,30",
        "north,b,2026-02-10,1,A,30",
        "north,a,2025-01-01,1,A,30",
    )
    found = told(path)
    assert list(found) == ["b", "a"]
    # 30 of 40 days; 60 of 100; nothing carried anywhere.
    assert [float(n) for n in found["b"][:8]] == [0.75, 0.6, 0.75, 0.6, 0.75, 0.6, 0.6, 0.6]
    # A year before: no fill in the window for CMA1 to 6, none of it covered.
    assert found["a"][:6] == [""] * 6
    assert float(found["a"][6]) == 0.0


def test_options_change_what_is_carried(sheet):
    path = sheet(HEADER, "p,2026-01-01,4,A,60", "p,2026-01-31,2,B,30")
    assert float(told(path)["p"][6]) == 0.9
    assert float(told(path, "--carry-only-same")["p"][6]) == 0.6
    assert float(told(path, "--dose-change")["p"][6]) == 1.0  # 30 days of 4 are 60 days of 2


def test_patient_76_from_the_command_line(sheet):
    with (shared_data("adherence-adherer") / "med_events.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["PATIENT_ID"] in ("76", "1")]
    names = ("PATIENT_ID", "DATE", "PERDAY", "CATEGORY", "DURATION")
    path = sheet(HEADER, *(",".join(row[name] for name in names) for row in rows))
    first = min(
        datetime.strptime(r["DATE"], "%m/%d/%Y").date()  # noqa: DTZ007
        for r in rows
        if r["PATIENT_ID"] == "76"
    )
    start = first + timedelta(days=182)
    window = dict(start=str(start), end=str(start + timedelta(days=365)))
    found = [float(n) for n in told(path, "--date-format", "%m/%d/%Y", **window)["76"]]
    assert [found[at] for at in (0, 1, 6, 8)] == pytest.approx(
        [1.40, 0.779, 0.690, 0.706], abs=5e-4
    )


def test_follow_up_counts_for_the_last_fill(sheet):
    path = sheet(HEADER, "p,2026-01-01,1,A,50")
    assert float(told(path)["p"][8]) == 0.5
    assert float(told(path, "--follow-up-end", "2026-07-20")["p"][8]) == 0.25  # 50 of 200 days


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("p,01/02/2026,1,A,30", "line 3: date is not a day such as 2026-01-31"),
        ("p,2026-02-30,1,A,30", "line 3: date is not a day"),
        ("p,2026-01-05,1,A,-30", "line 3: days is not above 0"),
        ("p,2026-01-05,1,A,many", "line 3: days is not a number"),
        ("p,2026-01-05,nan,A,30", "line 3: daily_dose is not above 0"),
        ("p,2026-01-05,,A,30", "line 3: daily_dose is not a number"),
        ("p,2026-01-05,1,,30", "line 3: medicine is empty"),
        (",2026-01-05,1,A,30", "line 3: patient is empty"),
        ("p,2026-01-05,1", "line 3: medicine is empty; line 3: days is not a number"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(sheet, row, says):
    text = refusal(sheet(HEADER, "p,2026-01-01,1,A,30", row))
    assert text.startswith("fills.csv, ")
    assert says in text


def test_files_that_are_no_table(sheet, tmp_path):
    assert refusal(sheet("patient,date,dose")) == (
        "fills.csv has no column daily_dose and no column medicine and no column days."
    )
    assert refusal(sheet(HEADER)) == "fills.csv has no dispensing."
    assert "cannot be read" in refusal(tmp_path / "nowhere.csv")
    assert "not UTF-8" in refusal(sheet(HEADER, "p,2026-01-01,1,Ä,30", encoding="latin-1"))


def test_windows_that_are_none(sheet):
    path = sheet(HEADER, "p,2026-01-01,1,A,30")
    assert "--start is not a day" in refusal(path, start="January")
    assert "--end must come after" in refusal(path, start="2026-05-01", end="2026-05-01")
    assert "--follow-up-end must not" in refusal(path, "--follow-up-end", str(date(2026, 1, 1)))
