"""Exports brought in: rows counted, known samples told, all of a file or nothing."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from backend.agenda.models import Line
from backend.patients.access import Category
from backend.streams import queries
from backend.streams.importers.reading import Row, Run, Sample
from backend.streams.importing import import_rows
from backend.streams.models import Upload
from backend.streams.verdicts import Report
from backend.wire.codec import ms_of
from tests.people import NOW, Cast, chart
from tests.streams.samples import MORNING, merge

AT = ms_of(MORNING)


def glucose(second: int, value: float, *, unit: str = "mg/dL", source: str = "cgm") -> Row:
    return Row((Sample("glucose", unit, source, AT + second * 1000, value),))


def brought(cast: Cast, rows: Iterable[Row | Run], *, now: datetime = NOW, **more: int) -> Report:
    opened = chart(cast.bo, cast.amina, Category.STREAMS, change=True)
    return import_rows(opened, rows, now=now, **more)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.rows, report.stored, report.duplicate, report.refused


def values(cast: Cast) -> list[float]:
    opened = chart(cast.amina, cast.amina)
    return queries.samples(opened, "glucose", start=MORNING, end=NOW).values.tolist()


@pytest.mark.parametrize("merging", [True, False])
def test_a_file_twice_and_a_longer_one(cast: Cast, merging: bool):
    rows = [glucose(n, 100 + n) for n in range(10)]
    assert counts(brought(cast, rows[:6])) == (6, 6, 0, 0)
    if merging:
        merge(cast)
    assert counts(brought(cast, rows[:6])) == (6, 0, 6, 0)
    assert counts(brought(cast, rows[3:])) == (7, 4, 3, 0)
    assert values(cast) == [100 + n for n in range(10)]


def test_nothing_new_leaves_no_work(cast: Cast):
    brought(cast, [glucose(0, 100)])
    Line.objects.all().delete()
    brought(cast, [glucose(0, 100)])
    assert not Line.objects.exists()
    assert Upload.objects.count() == 1


def test_a_later_file_revises(cast: Cast):
    brought(cast, [glucose(0, 100), glucose(1, 101)])
    assert counts(brought(cast, [glucose(1, 111)], now=NOW + timedelta(seconds=1))) == (1, 1, 0, 0)
    assert values(cast) == [100, 111]


def test_within_a_file_the_first_counts(cast: Cast):
    rows = [glucose(0, 100), glucose(0, 100), glucose(0, 120)]
    first = brought(cast, rows)
    assert counts(first) == (3, 1, 1, 1)
    assert first.reasons == {"another value at the same instant": 1}
    assert counts(brought(cast, rows)) == (3, 0, 2, 1)
    assert values(cast) == [100]


def test_so_it_is_across_uploads_of_one_file(cast: Cast):
    rows = [*(glucose(n, 100) for n in range(10)), glucose(0, 100), glucose(1, 120)]
    for waiting in (1, 3, 5):
        with transaction.atomic():
            report = brought(cast, rows, most_waiting=waiting)
            assert counts(report) == (12, 10, 1, 1)
            assert report.examples == {"another value at the same instant": [12]}
            assert counts(brought(cast, rows, most_waiting=waiting)) == (12, 0, 11, 1)
            transaction.set_rollback(True)


def test_refused_samples_are_refused_again(cast: Cast):
    rows = [
        glucose(0, 100),
        glucose(1, 5000),
        glucose(1, 5000),
        glucose(2, 100, unit="/min"),
        glucose(86_400 * 9, 100),
        Row((), "no value"),
    ]
    first, second = brought(cast, rows), brought(cast, rows)
    assert counts(first) == (6, 1, 0, 5)
    assert first.reasons == {
        "value not plausible": 2,
        "unit not known": 1,
        "more than a day ahead": 1,
        "no value": 1,
    }
    assert counts(second) == (6, 0, 1, 5)
    assert second.reasons == first.reasons


def test_units_are_mixed_without_harm(cast: Cast):
    brought(cast, [glucose(0, 5.5, unit="mmol/L")])
    assert counts(brought(cast, [glucose(0, 99.0858)])) == (1, 0, 1, 0)


def test_a_row_of_many_samples_counts_once(cast: Cast):
    (a,), (b,) = glucose(0, 100).samples, glucose(1, 5000).samples
    (c,) = glucose(2, 101).samples
    report = brought(cast, [Row((a, b, c)), Row((b,))])
    assert counts(report) == (2, 1, 0, 1)
    assert report.samples == {"stored": 2, "duplicate": 0, "refused": 2}


def test_sources_are_kept_apart(cast: Cast):
    brought(cast, [glucose(0, 100)])
    assert counts(brought(cast, [glucose(0, 120, source="strip")])) == (1, 1, 0, 0)


def run(cast: Cast, path: Path, *more: str) -> str:
    out = StringIO()
    patient = str(cast.amina.id)
    call_command(
        "import_stream", str(path), "--patient", patient, *more, stdout=out, stderr=StringIO()
    )
    return out.getvalue()


def test_the_command_tells_what_became_of_the_rows(cast: Cast, tmp_path: Path):
    path = tmp_path / "table.csv"
    path.write_text("time,glucose\n2026-11-22 08:00,99\n2026-11-22 08:05,\n")
    assert run(cast, path).splitlines() == [
        "2 rows: 1 stored, 0 duplicate, 1 refused",
        "  1 refused: no value (row 2)",
        "  1 new samples of glucose",
        "  from 2026-11-22T07:00:00.000Z to 2026-11-22T07:00:00.000Z",
    ]
    report = json.loads(run(cast, path, "--json"))
    assert (report["stored"], report["duplicate"], report["refused"]) == (0, 1, 1)
    assert values(cast) == [99]


def test_a_torn_file_brings_nothing(cast: Cast, tmp_path: Path):
    path = tmp_path / "table.csv"
    good = "time,glucose\n" + "".join(f"2026-11-22 08:00:0{n},99\n" for n in range(10))
    path.write_bytes(good.encode() * 900 + b"\xff\n")
    with pytest.raises(CommandError, match="not UTF-8"):
        run(cast, path)
    assert not Upload.objects.exists()


def test_what_cannot_be_done_is_one_clear_line(cast: Cast, tmp_path: Path):
    with pytest.raises(CommandError, match="no file"):
        run(cast, tmp_path / "absent.csv")
    path = tmp_path / "table.csv"
    path.write_text("time,glucose\n2026-11-22 08:00,99\n")
    with pytest.raises(CommandError, match="no patient"):
        call_command(
            "import_stream", str(path), "--patient", "019aac00-0000-7000-8000-000000000001",
            stderr=StringIO(),
        )  # fmt: skip
    with pytest.raises(CommandError, match="No header"):
        run(cast, path, "--format", "cgm-csv")
