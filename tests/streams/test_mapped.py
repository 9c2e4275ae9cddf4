"""Csv tables whose columns somebody named: what is read, what is refused, what is told."""

import json
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from backend.streams.importers.mapped import BadMapping, parse_mapping
from backend.streams.importers.reading import Export, Options, Unreadable
from backend.streams.importers.table import read_export
from backend.streams.importers.times import stamps_ms
from backend.wire.codec import ms_of, wire_time
from tests.people import Cast

BERLIN = ZoneInfo("Europe/Berlin")
GERMAN = (
    "Geraet;Wer;Datum;Uhrzeit;Puls;Zucker\n"
    "x;a;01.07.2024;10:00;61;5,5\n"
    "x;b;01.07.2024;10:00;99;9,9\n"
    "x;a;13.07.2024;10:01:30;;1.234,5\n"
    "x;a;13.07.2024;wann;62;5,5\n"
    "x;a;14.07.2024;10:00;62;5.5\n"
    "x;a;15.07.2024\n"
    "x;a;16.07.2024;10:00;;\n"
)
WORDS = ("time=Datum", "clock=Uhrzeit", "person=Wer", "value=Puls", "glucose=Zucker")


def rows(path: Path, text: str | bytes, *words: str, **more: object) -> list[object]:
    """(kind, unit, time, value) of each sample, or the reason."""
    options = {k: more.pop(k) for k in ("encoding", "separator", "source") if k in more}
    mapping = parse_mapping(words, **more)  # type: ignore[arg-type]
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found: list[object] = []
    for row in read_export(Export(path), Options(BERLIN, mapping=mapping, **options)):  # type: ignore[arg-type]
        found += [row.reason] if row.reason else []  # type: ignore[union-attr]
        found += [(s.kind, s.unit, wire_time(s.at_ms), s.value) for s in row.samples]  # type: ignore[union-attr]
    return found


def test_two_columns_of_time_two_kinds_and_decimal_commas(tmp_path: Path) -> None:
    units = ["glucose=mmol/L"]
    found = rows(
        tmp_path / "t.csv", GERMAN, *WORDS, kind="heart_rate", units=units, decimal="comma"
    )
    assert found == [
        ("glucose", "mmol/L", "2024-07-01T08:00:00.000Z", 5.5),
        ("heart_rate", "/min", "2024-07-01T08:00:00.000Z", 61.0),
        "another person",
        ("glucose", "mmol/L", "2024-07-13T08:01:30.000Z", 1234.5),
        "time not readable",
        ("heart_rate", "/min", "2024-07-14T08:00:00.000Z", 62.0),
        "short row",
        "no value",
    ]


@pytest.mark.parametrize(
    ("dates", "text", "time"),
    [
        ("auto", "3/4/2024 10:00", "2024-03-04T09:00:00.000Z"),
        ("day-first", "3/4/2024 10:00", "2024-04-03T08:00:00.000Z"),
        ("month-first", "3/4/2024 10:00", "2024-03-04T09:00:00.000Z"),
        ("unix-s", "1709542800", "2024-03-04T09:00:00.000Z"),
        ("unix-s", "1709542800.25", "2024-03-04T09:00:00.250Z"),
        ("unix-ms", "1709542800000", "2024-03-04T09:00:00.000Z"),
        ("auto", "2024-03-04T10:00:00-05:00", "2024-03-04T15:00:00.000Z"),
    ],
)
def test_how_times_are_written(tmp_path: Path, dates: str, text: str, time: str) -> None:
    found = rows(
        tmp_path / "t.csv", f"t,v\n{text},61\n", "time=t", "value=v", kind="heart_rate", dates=dates
    )
    assert found == [("heart_rate", "/min", time, 61.0)]


@pytest.mark.parametrize("text", ["inf", "nan", "1e400", "x", ""])
def test_unix_times_that_are_none(tmp_path: Path, text: str) -> None:
    words = ("time=t", "value=v")
    found = rows(tmp_path / "t.csv", f"t,v\n{text},61\n", *words, kind="steps", dates="unix-s")
    assert found == ["time not readable"]


def test_columns_by_place_need_no_header(tmp_path: Path) -> None:
    text = "made by x\n2024-07-01T10:00:00Z\t61\n"
    found = rows(tmp_path / "t.csv", text, "time=#1", "value=#2", kind="heart_rate", skip=1)
    assert found == [("heart_rate", "/min", "2024-07-01T10:00:00.000Z", 61.0)]


@pytest.mark.parametrize(("name", "codec"), [("utf-16", "utf-16"), ("cp1252", "cp1252")])
def test_other_encodings(tmp_path: Path, name: str, codec: str) -> None:
    text = "Zeit,Größe\n2024-07-01T10:00:00Z,61\n".encode(codec)
    words = ("time=Zeit", "value=Größe")
    assert len(rows(tmp_path / "t.csv", text, *words, kind="body_weight", encoding=name)) == 1
    if codec == "cp1252":
        with pytest.raises(Unreadable, match="UTF-8"):
            rows(tmp_path / "t.csv", text + b"\xe4" * 70_000, "time=Zeit", "body_weight=#2")


@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        (("value=v",), {"kind": "steps"}, "time"),
        (("time=t",), {}, "value"),
        (("time=t", "value=v"), {}, "kind"),
        (("time=t", "mood=v"), {}, "mood"),
        (("time=t", "steps=v"), {"units": ["steps=kg"]}, "kg"),
        (("time=t", "steps=v"), {"units": ["glucose=mg/dL"]}, "glucose"),
        (("time=t", "steps"), {}, "WORD=COLUMN"),
    ],
)
def test_mappings_without_sense(words: tuple[str, ...], more: dict, told: str) -> None:
    with pytest.raises(BadMapping, match=told):
        parse_mapping(words, **more)


def run(cast: Cast, path: Path, *more: str) -> str:
    out = StringIO()
    command = ["import_stream", str(path), "--patient", str(cast.amina.id), *more]
    call_command(*command, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_takes_a_mapping(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit;HR\n24.11.2025 08:00;61\n24.11.2025 08:01;x\n")
    words = ["--map", "time=Zeit", "--map", "value=HR", "--kind", "heart_rate", "--unit", "/min"]
    found = json.loads(run(cast, path, *words, "--zone", "Asia/Tokyo", "--json"))
    assert (found["rows"], found["stored"], found["refused"]) == (2, 1, 1)
    assert found["examples"] == {"not a number": [2]}
    assert found["first"] == "2025-11-23T23:00:00.000Z"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--map", "time=Zeit", "--map", "steps=Wo"], "No header names all"),
        (["--map", "time=Zeit"], "No column is named for a value"),
        (["--map", "time=Zeit", "--map", "steps=HR", "--format", "fitbit"], "Only a csv table"),
        (["--zone", "Europe/Nowhere"], "no such time zone"),
    ],
)
def test_what_the_command_cannot_use_is_one_clear_line(
    cast: Cast, tmp_path: Path, more: list[str], told: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit;HR\n24.11.2025 08:00;61\n")
    with pytest.raises(CommandError, match=told):
        run(cast, path, *more)


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
bounds = (datetime(1, 1, 3), datetime(9999, 12, 29))  # noqa: DTZ001 - as hypothesis asks
moments = st.datetimes(*bounds, timezones=zones)


@given(st.lists(moments.map(lambda at: at.replace(microsecond=0)), min_size=1, max_size=20))
def test_columns_of_stamps_are_what_one_by_one_gives(found: list[datetime]) -> None:
    texts = [f"{at.isoformat(' ')[:19]} {at.strftime('%z')}" for at in found]
    instants, good = stamps_ms(texts)
    assert good.all()
    assert instants.tolist() == [ms_of(at) for at in found]


@pytest.mark.parametrize(
    "text",
    [
        "", "x" * 25, "2024-02-30 01:01:36 +0200", "2023-02-29 01:01:36 +0200",
        "2024-13-01 01:01:36 +0200", "2024-00-01 01:01:36 +0200", "2024-01-00 01:01:36 +0200",
        "2024-01-01 24:01:36 +0200", "2024-01-01 01:60:36 +0200", "2024-01-01 01:01:60 +0200",
        "2024-01-01 01:01:36 *0200", "2024-01-01 01:01:36  200", "2024-01-01T01:01:36 +0200",
        "2024-01-01 01:01:36 +2400", "2024-01-01 01:01:36 +02:00", "2024-01-01 01:01:3６ +0200",
        "0000-01-01 01:01:36 +0200",
    ],
)  # fmt: skip
def test_stamps_that_are_no_times_spoil_no_others(text: str) -> None:
    good_one = "2024-02-29 23:59:59 -0330"
    instants, good = stamps_ms([good_one, text, good_one])
    assert good.tolist() == [True, False, True]
    assert wire_time(int(instants[0])) == wire_time(int(instants[2])) == "2024-03-01T03:29:59.000Z"
