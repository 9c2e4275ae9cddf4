"""manage.py import_adherence on real exports: a report that adds up, each row once."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backend.agenda.models import Line
from backend.patients.access import Category
from backend.regimens.monitors import Dispensing, MonitorEvent
from backend.regimens.supply import dispensings_of, monitor_events_of
from tests.people import chart
from tests.realdata import shared_data

EAMD = "adherence-oncmap-eamd"


@pytest.fixture
def load(cast):
    """Import a file for Amina; the report."""

    def run(path, *more):
        out = StringIO()
        patient = str(cast.amina.id)
        call_command(
            "import_adherence", str(path), "--patient", patient, "--json", *more, stdout=out
        )
        report = json.loads(out.getvalue())
        passed = sum(report["passed_over"].values())
        parts = report["stored"] + report["duplicate"] + passed + report["refused_count"]
        assert parts == report["rows"]
        return report

    return run


@pytest.fixture
def sheet(tmp_path):
    """Write a csv file out of its lines."""

    def write(*lines, encoding="utf-8"):
        path = tmp_path / "fills.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return write


REAL = [
    # file, format, rows, opened, not opened, passed over, refused
    ("sample-data-ecap2.csv", "ecap", 20, 20, 0, 0, 0),
    ("test_ecap.csv", "ecap", 3, 0, 0, 0, 3),  # edited: its columns stand two places off
    ("test_ecap1.csv", "ecap", 14, 14, 0, 0, 0),
    ("test_ecap2.csv", "ecap", 14, 14, 0, 0, 0),
    ("test_ecap2.xls", "ecap", 82, 82, 0, 0, 0),
    ("test_ecap3.csv", "ecap", 60, 60, 0, 0, 0),
    ("test_mems.csv", "mems", 13, 13, 0, 0, 0),
    ("test_mems2.csv", "mems", 156, 117, 39, 0, 0),
    ("test_adheretech.csv", "adheretech", 14, 12, 2, 0, 0),
    ("test_adheretech.xlsx", "adheretech", 25, 24, 1, 0, 0),
    ("test_adheretech_2.csv", "adheretech", 923, 702, 124, 97, 0),
    ("test_simplemed.csv", "simplemed", 13, 3, 3, 7, 0),
    ("test_patchcap.csv", "patchcap", 38, 19, 0, 19, 0),
    ("test_clevercap.xlsx", "clevercap", 18, 18, 0, 0, 0),
]


@pytest.mark.parametrize(("name", "form", "rows", "opened", "silent", "passed", "refused"), REAL)
def test_real_exports_of_each_maker(load, name, form, rows, opened, silent, passed, refused):
    path = shared_data(EAMD) / name
    report = load(path, "--zone", "America/New_York")
    assert (report["format"], report["rows"]) == (form, rows)
    assert sum(report["passed_over"].values()) == passed
    assert report["refused_count"] == refused
    kinds = Counter(MonitorEvent.objects.values_list("kind", flat=True))
    # The same opening twice in a file is one.
    assert report["stored"] == sum(kinds.values())
    assert report["stored"] + report["duplicate"] == opened + silent
    assert kinds["not_opened"] <= silent
    again = load(path, "--zone", "America/New_York")
    assert (again["stored"], again["duplicate"]) == (0, opened + silent)


def test_times_are_the_ones_of_the_file(load, cast):
    load(shared_data(EAMD) / "test_simplemed.csv", "--zone", "America/New_York")
    events = monitor_events_of(
        chart(cast.bo, cast.amina, Category.MEDICINES),
        start=datetime(2023, 11, 1, tzinfo=UTC),
        end=datetime(2023, 12, 31, tzinfo=UTC),
    )
    # 11/30/2023, 9:00:20 PM in New York.
    assert events[-1].at == datetime(2023, 12, 1, 2, 0, 20, tzinfo=UTC)
    assert (events[-1].monitor, events[-1].kind) == ("12345", "opened")


def test_what_was_decided_is_told(load):
    report = load(shared_data(EAMD) / "test_ecap2.csv")
    assert report["notes"] == {
        "the file's two times of one row disagree": 3,
        "the second time of a row cannot be read": 5,
    }


def test_bad_rows_are_named_by_number_and_field(load):
    report = load(shared_data(EAMD) / "test_ecap.csv")
    assert report["refused"][0] == {
        "row": 2,
        "field": "Dose Timestamp",
        "why": "is not a time",
    }


@pytest.mark.parametrize("name", ["empty.csv", "noformat.csv"])
def test_files_that_are_none_of_these(load, name):
    with pytest.raises(CommandError, match=r"is empty|No known format"):
        load(shared_data(EAMD) / name)


def test_dispensings_of_one_of_many(load, cast):
    path = shared_data("adherence-adherer") / "med_events.csv"
    with pytest.raises(CommandError, match="of 100 people"):
        load(path)
    # Its years are made up, and ahead of us.
    report = load(path, "--person", "76")
    assert report["passed_over"] == {"of another person": 1069}
    assert report["refused_count"] == 11
    assert {bad["why"] for bad in report["refused"]} == {"lies ahead"}


ROWS = (
    "date,daily_dose,medicine,days",
    "2026-01-05,2,Metformin,30",
    "2026-02-09,2,Metformin,30",
    "2026-02-09,2,Metformin,30",
    "2026-03-10,,Metformin,90",
)


def test_dispensings_are_stored_once_and_the_findings_called_up(load, cast, sheet):
    path = sheet(*ROWS)
    assert load(path)["stored"] == 4  # two boxes on one day are two
    again = load(path)
    assert (again["stored"], again["duplicate"]) == (0, 4)
    longer = load(sheet(*ROWS, "2026-06-10,2,Metformin,90"))
    assert (longer["stored"], longer["duplicate"]) == (1, 4)
    found = dispensings_of(chart(cast.bo, cast.amina, Category.MEDICINES))
    assert [(fill.dispensed_on, fill.days, fill.daily_dose) for fill in found] == [
        (date(2026, 1, 5), 30, 2),
        (date(2026, 2, 9), 30, 2),
        (date(2026, 2, 9), 30, 2),
        (date(2026, 3, 10), 90, None),
        (date(2026, 6, 10), 90, 2),
    ]
    assert Line.objects.filter(patient=cast.amina.id, kind="insights.refresh").exists()


def test_good_rows_stay_when_others_are_bad(load, sheet):
    report = load(
        sheet(
            "date,medicine,days,total_dose,daily_dose",
            "2026-01-05,Metformin,30,,",
            "05.01.2026,Metformin,30,,",
            "2026-01-05,,30,,",
            "2026-01-05,Metformin,0,,",
            "2026-01-05,Metformin,,60,2",
            "2026-01-05,Metformin,,60,",
        )
    )
    assert (report["stored"], report["refused_count"]) == (2, 4)
    assert [(bad["row"], bad["field"], bad["why"]) for bad in report["refused"]] == [
        (3, "date", "is not a time"),
        (4, "medicine", "is empty"),
        (5, "days", "is not above 0"),
        (7, "days", "is empty"),
    ]


def test_day_or_month_first_is_found_out_or_told(load, sheet):
    header = "date,medicine,days"
    load(sheet(header, "03/04/2026,A,30", "25/04/2026,A,30"))
    assert list(
        Dispensing.objects.order_by("dispensed_on").values_list("dispensed_on", flat=True)
    ) == [
        date(2026, 4, 3),
        date(2026, 4, 25),
    ]
    report = load(sheet(header, "03/04/2026,B,30"))
    assert report["notes"] == {"dates may be day or month first: month first taken": 1}


def test_words_for_people(cast, sheet):
    out = StringIO()
    path = sheet("date,medicine,days", "2026-01-05,Metformin,30", "soon,Metformin,30")
    call_command("import_adherence", str(path), "--patient", str(cast.amina.id), stdout=out)
    assert out.getvalue().splitlines() == [
        "dispensings: 2 rows: 1 stored, 0 duplicate, 0 passed over, 1 refused",
        "  row 3 refused: date is not a time",
        "  from 2026-01-05 to 2026-01-05",
    ]


def test_refusals_of_the_command(cast, load, sheet, tmp_path):
    with pytest.raises(CommandError, match="no patient with this id"):
        call_command("import_adherence", str(sheet(*ROWS)), "--patient", str(cast.bo.user.id))
    with pytest.raises(CommandError, match="cannot be read"):
        load(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="has not the columns of mems"):
        load(sheet(*ROWS), "--format", "mems")
    with pytest.raises(CommandError, match="no such time zone"):
        load(sheet(*ROWS), "--zone", "Mars")
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(CommandError, match="not a workbook"):
        load(broken)
    assert not Dispensing.objects.exists()
