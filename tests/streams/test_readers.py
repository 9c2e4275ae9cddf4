"""Readers of exports on small hand-made files: what is read, what is left aside and why."""

import zipfile
from collections import defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.streams.importers import apple
from backend.streams.importers.reading import Export, Options, Row, Run, Sample, Unreadable
from backend.streams.importers.table import read_export
from backend.streams.importers.times import Times, is_day_first
from backend.wire.codec import wire_time

BERLIN = ZoneInfo("Europe/Berlin")
DOCTYPE = """<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 13 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!ATTLIST Broken
  device CDATA #IMPLIED
<!ELEMENT MetadataEntry EMPTY>
]>"""
BEAT = (
    '<Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Ann’s Watch" unit="count/min"'
    ' startDate="2024-01-01 01:01:36 +0200" endDate="2024-01-01 01:01:36 +0200" value="{}"/>'
)


def read(
    path: Path, text: str | bytes, *, name: str = "auto", person: str | None = None
) -> list[Row]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return unrolled(list(read_export(Export(path), Options(BERLIN, person), name=name)))


def unrolled(found: list[Row | Run]) -> list[Row]:
    """Columns turned back into the rows of the file."""
    rows = [row for row in found if isinstance(row, Row)]
    samples: dict[int, list[Sample]] = defaultdict(list)
    reasons: dict[int, str] = {}
    for run in found:
        if isinstance(run, Row):
            continue
        reasons |= dict.fromkeys(run.numbers.tolist(), run.reason)
        if not run.reason:
            columns = run.numbers.tolist(), run.instants.tolist(), run.values.tolist()
            for number, at_ms, value in zip(*columns, strict=True):
                samples[number].append(Sample(run.kind, run.unit, run.source, at_ms, value))
    assert sorted(reasons) == list(range(len(reasons)))  # every place once or more
    return rows + [Row(tuple(samples[n]), reasons[n]) for n in sorted(reasons)]


def short(rows: list[Row]) -> list[object]:
    """(kind, unit, source, time, value) of one sample, a list of several, or the reason."""
    found: list[object] = []
    for row in rows:
        told = [(s.kind, s.unit, s.source, wire_time(s.at_ms), s.value) for s in row.samples]
        found.append(row.reason or (told[0] if len(told) == 1 else told))
    return found


def xml(*records: str, doctype: str = "") -> str:
    inside = "\n".join(records)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n<HealthData>{inside}</HealthData>'


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-01 01:01:36 +0200", "2023-12-31T23:01:36.000Z"),
        ("2024-01-01T01:01:36Z", "2024-01-01T01:01:36.000Z"),
        ("2024-07-01T10:00:00.250", "2024-07-01T08:00:00.250Z"),
        ("2024-07-01", "2024-06-30T22:00:00.000Z"),
        ("7/1/2024 10:00:00 AM", "2024-07-01T08:00:00.000Z"),
        ("7/1/2024 12:05 AM", "2024-06-30T22:05:00.000Z"),
        ("7/1/24 22:00", "2024-07-01T20:00:00.000Z"),
        ("3/31/2024 02:30", "2024-03-31T01:30:00.000Z"),  # a gap: shows at 03:30
        ("10/27/2024 02:30", "2024-10-27T00:30:00.000Z"),  # twice: the first
    ],
)
def test_times(text: str, time: str):
    found = Times(BERLIN).instant_ms(text)
    assert found is not None
    assert wire_time(found) == time


@pytest.mark.parametrize(
    "text", ["", "now", "13/13/2024", "7/1/2024 13:00 PM", "7/1/2024 10:61", "2024-02-30", "1/1"]
)
def test_what_is_no_time(text: str):
    assert Times(BERLIN).instant_ms(text) is None


def test_days_before_months_are_told_by_the_file():
    assert is_day_first(["1-2-2024 08:00", "13-2-2024 08:00"])
    assert not is_day_first(["1-2-2024 08:00", "2-13-2024 08:00"])
    assert not is_day_first(["1/2/2024 08:00"])
    assert is_day_first(["01.02.2024 08:00"])
    assert not is_day_first(["01-02-2024 08:50 PM"])


def test_dexcom(tmp_path: Path):
    head = (
        "Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Source Device ID,"
        "Glucose Value ({}),Insulin Value (u),Carb Value (grams)\n"
    )
    rows = (
        "1,,FirstName,,,,,\n"
        "2,2024-07-01T10:00:00,EGV,,iPhone G6,{},,\n"
        "3,2024-07-01T10:05:00,EGV,,iPhone G6,Low,,\n"
        "4,2024-07-01T10:06:00,Calibration,,iPhone G6,{},,\n"
        "5,2024-07-01T10:07:00,Insulin,Fast-Acting,iPhone G6,,2.5,\n"
        "6,2024-07-01T10:08:00,Insulin,Long-Acting,iPhone G6,,12,\n"
        "7,2024-07-01T10:09:00,Carbs,,iPhone G6,,,30\n"
        "8,when,EGV,,iPhone G6,100,,\n"
        "9,2024-07-01T10:10:00\n"
    )
    for unit, value in (("mg/dL", 99.0), ("mmol/L", 5.5)):
        text = "\ufeff" + head.format(unit) + rows.format(value, value)
        at = "2024-07-01T08:0{}:00.000Z".format
        assert short(read(tmp_path / "clarity.csv", text)) == [
            "not a measurement",
            ("glucose", unit, "iphone-g6", at(0), value),
            "beyond the sensor's range",
            ("glucose", unit, "iphone-g6:strip", at(6), value),
            ("insulin_bolus", "[iU]", "iphone-g6", at(7), 2.5),
            ("insulin_basal", "[iU]", "iphone-g6", at(8), 12.0),
            ("carbohydrate", "g", "iphone-g6", at(9), 30.0),
            "time not readable",
            "short row",
        ]


@pytest.mark.parametrize("header", ["{} mg/dL", "{} mmol/L", "{} (mmol/L)"])
def test_libre(tmp_path: Path, header: str):
    unit = "mg/dL" if "mg" in header else "mmol/L"
    text = (
        "Glucose Data,Generated on,31-07-2024 08:50 UTC,Generated by,Ann\n"
        "Device,Serial Number,Device Timestamp,Record Type,"
        + ",".join(header.format(word) for word in ("Historic Glucose", "Scan Glucose"))
        + ",Rapid-Acting Insulin (units),Carbohydrates (grams)\n"
        "FreeStyle LibreLink,0,01-07-2024 10:00,0,9.5,,,\n"
        "FreeStyle LibreLink,0,01-07-2024 10:02,1,,9.25,,\n"
        "FreeStyle LibreLink,0,13-07-2024 10:00,4,,,3,\n"
        "FreeStyle LibreLink,0,13-07-2024 10:01,5,,,,45\n"
        "FreeStyle LibreLink,0,13-07-2024 10:02,6,,,,\n"
    )
    device = "freestyle-librelink"
    assert short(read(tmp_path / "libre.csv", text)) == [
        ("glucose", unit, device, "2024-07-01T08:00:00.000Z", 9.5),
        ("glucose", unit, f"{device}:scan", "2024-07-01T08:02:00.000Z", 9.25),
        ("insulin_bolus", "[iU]", device, "2024-07-13T08:00:00.000Z", 3.0),
        ("carbohydrate", "g", device, "2024-07-13T08:01:00.000Z", 45.0),
        "not a measurement",
    ]


def test_fitbit_takes_one_person(tmp_path: Path):
    text = (
        "Id,ActivityHour,StepTotal\n7,4/12/2016 1:00:00 PM,373\n8,4/12/2016 1:00:00 PM,10\n"
        "7,4/12/2016 2:00:00 PM,\n"
    )
    path = tmp_path / "hourlySteps_merged.csv"
    first = ("steps", "{steps}", "fitbit:hour", "2016-04-12T11:00:00.000Z", 373.0)
    assert short(read(path, text)) == [first, "another person", "no value"]
    other = ("steps", "{steps}", "fitbit:hour", "2016-04-12T11:00:00.000Z", 10.0)
    assert short(read(path, text, person="8")) == ["another person", other, "another person"]


def test_fitbit_minutes_in_one_row(tmp_path: Path):
    names = ",".join(f"Steps{n:02}" for n in range(60))
    values = ",".join(str(n) for n in range(60))
    text = f"Id,ActivityHour,{names}\n7,4/12/2016 1:00:00 AM,{values}\n"
    (row,) = read(tmp_path / "wide.csv", text)
    assert [s.value for s in row.samples] == list(range(60))
    assert {b.at_ms - a.at_ms for a, b in zip(row.samples, row.samples[1:], strict=False)} == {
        60_000
    }


def test_fitbit_days_weight_and_what_has_no_kind(tmp_path: Path):
    day = "Id,ActivityDate,TotalSteps,TotalDistance,Calories\n7,4/12/2016,13162,8.5,1985\n"
    (row,) = read(tmp_path / "a.csv", day)
    assert [(s.kind, s.unit, s.value) for s in row.samples] == [
        ("steps", "{steps}", 13162),
        ("distance", "km", 8.5),
        ("total_energy", "kcal", 1985),
    ]
    weight = "Id,Date,WeightKg,WeightPounds\n7,5/2/2016 11:59:59 PM,52.6,115.9\n"
    (row,) = read(tmp_path / "b.csv", weight)
    assert [(s.kind, s.value) for s in row.samples] == [("body_weight", 52.6)]
    intensity = "Id,ActivityHour,TotalIntensity\n7,4/12/2016 1:00:00 AM,20\n"
    assert short(read(tmp_path / "c.csv", intensity)) == ["nothing here measures this"]


def test_apple_health_with_its_broken_document_type(tmp_path: Path):
    records = xml(BEAT.format(74), BEAT.format("7\x0b5"), doctype=DOCTYPE)
    assert [row.samples[0].value for row in read(tmp_path / "export.xml", records)] == [74, 75]
    (beat, _) = read(tmp_path / "export.xml", records)
    assert short([beat]) == [("heart_rate", "/min", "anns-watch", "2023-12-31T23:01:36.000Z", 74.0)]


def quantity(of: str, unit: str, value: str, inside: str = "") -> str:
    return (
        f'<Record type="HKQuantityTypeIdentifier{of}" sourceName="W" unit="{unit}"'
        f' startDate="2024-01-01 08:00:00 +0000" endDate="x" value="{value}">{inside}</Record>'
    )


def test_apple_health_kinds_and_units(tmp_path: Path):
    basal = '<MetadataEntry key="HKInsulinDeliveryReason" value="1"/>'
    rows = read(
        tmp_path / "export.xml",
        xml(
            quantity("OxygenSaturation", "%", "0.97"),
            quantity("BloodGlucose", "mmol&lt;180.1558800000541&gt;/L", "5.5"),
            quantity("BodyMass", "lb", "150"),
            quantity("InsulinDelivery", "IU", "2"),
            quantity("InsulinDelivery", "IU", "10", basal),
            quantity("StepCount", "count", "many"),
            quantity("AppleStandTime", "min", "2"),
            quantity("StepCount", "count", "5").replace("+0000", ""),
        ),
    )
    assert [row.reason or row.samples[0][:2] + row.samples[0][4:] for row in rows] == [
        ("spo2", "1", 0.97),
        ("glucose", "mmol/L", 5.5),
        ("body_weight", "lb", 150),
        ("insulin_bolus", "[iU]", 2),
        ("insulin_basal", "[iU]", 10),
        "not a number",
        "nothing here measures this",
        "time not readable",
    ]


def sleep(stage: str, start: str, end: str) -> str:
    return (
        '<Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="W"'
        f' startDate="2024-01-01 {start}:00 +0000" endDate="2024-01-01 {end}:00 +0000"'
        f' value="HKCategoryValueSleepAnalysis{stage}"/>'
    )


def test_apple_sleep_ends_where_no_stage_follows(tmp_path: Path):
    rows = read(
        tmp_path / "export.xml",
        xml(
            sleep("AsleepCore", "01:00", "02:00"),
            sleep("AsleepDeep", "02:00", "03:00"),
            sleep("AsleepREM", "04:00", "05:00"),
            sleep("Dreaming", "05:00", "06:00"),
        ),
    )
    stages = sorted((wire_time(s.at_ms)[11:16], s.value) for row in rows for s in row.samples)
    assert stages == [("01:00", 2), ("02:00", 3), ("03:00", 0), ("04:00", 4), ("05:00", 0)]
    assert len(rows) == 4
    assert [row.reason for row in rows if row.reason] == ["nothing here measures this"]


def zipped(path: Path, members: dict[str, str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path.read_bytes()


def test_apple_zip(tmp_path: Path):
    blob = zipped(
        tmp_path / "made.zip",
        {
            "apple_health_export/export.xml": xml(BEAT.format(74), doctype=DOCTYPE),
            "apple_health_export/export_cda.xml": "<two/><roots/>",
            "apple_health_export/workout-routes/route.gpx": "<gpx/>",
        },
    )
    assert len(read(tmp_path / "export.zip", blob)) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"../export.xml": "<HealthData/>"},
        {"/etc/export.xml": "<HealthData/>"},
        {"C:/export.xml": "<HealthData/>"},
        {"a/../../export.xml": "<HealthData/>"},
        {"apple_health_export/other.txt": "x"},
        {"a.xml": "<HealthData/>", "b.xml": "<HealthData/>"},
        {"export.xml": "<HealthData>" + " " * 5_000_000 + "</HealthData>"},
    ],
)
def test_odd_archives_are_refused_whole(tmp_path: Path, members: dict[str, str]):
    blob = zipped(tmp_path / "made.zip", members)
    with pytest.raises(Unreadable):
        read(tmp_path / "export.zip", blob)


def test_a_damaged_zip_is_told(tmp_path: Path):
    blob = zipped(tmp_path / "made.zip", {"export.xml": xml(*[BEAT.format(n) for n in range(99)])})
    for damaged in (blob[: len(blob) // 2], blob[:200] + b"\0" * 40 + blob[240:]):
        with pytest.raises(Unreadable):
            read(tmp_path / "export.zip", damaged)


@pytest.mark.parametrize(
    "text",
    [
        xml(
            quantity("StepCount", "count", "&b;"),
            doctype='<!DOCTYPE HealthData [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        ),
        xml(
            quantity("StepCount", "count", "&x;"),
            doctype='<!DOCTYPE HealthData [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        xml("<Record>"),
        xml(doctype="<!DOCTYPE HealthData [ <!ELEMENT"),
        "<HealthData><Record",
    ],
)
def test_bombs_and_torn_xml_are_told(tmp_path: Path, text: str):
    with pytest.raises(Unreadable):
        read(tmp_path / "export.xml", text)


def test_an_entity_never_reaches_the_parser(tmp_path: Path):
    """A later document type, past the first piece, is refused by the parser itself."""
    late = "<HealthData>" + " " * apple.PIECE + '<!DOCTYPE x [<!ENTITY a "b">]></HealthData>'
    with pytest.raises(Unreadable):
        read(tmp_path / "export.xml", late)


@pytest.mark.parametrize(
    ("head", "unit", "kind"),
    [
        ("time,glucose", "mg/dL", "glucose"),
        ("time,Glucose (mmol/L)", "mmol/L", "glucose"),
        ("timestamp,gl", "mg/dL", "glucose"),
        ("timestamp,mmol_l", "mmol/L", "glucose"),
        ("date,heart rate [bpm]", "bpm", "heart_rate"),
        ("Time,body_weight (lb)", "lb", "body_weight"),
    ],
)
def test_plain_tables(tmp_path: Path, head: str, unit: str, kind: str):
    rows = read(tmp_path / "My table.csv", f"{head}\n2024-07-01T10:00:00+02:00,99\n")
    assert short(rows) == [(kind, unit, "file:my-table", "2024-07-01T08:00:00.000Z", 99.0)]


def test_long_and_wide_tables_and_their_faults(tmp_path: Path):
    long = (
        "time,kind,value,unit\n2024-07-01T10:00:00Z,glucose,5.5,mmol/L\n"
        "2024-07-01T10:00:00Z,mood,3,1\n2024-07-01T10:00:00Z,glucose,5.5,/min\n"
        "2024-07-01T10:00:00Z,glucose,,mg/dL\n2024-07-01T10:00:00Z\n"
    )
    assert [row.reason for row in read(tmp_path / "long.csv", long)] == [
        "", "nothing here measures this", "unit not known", "no value", "short row",
    ]  # fmt: skip
    wide = "time,systolic,diastolic,comment\n2024-07-01T10:00:00Z,120,80,sitting\n"
    (row,) = read(tmp_path / "wide.csv", wide)
    assert [(s.kind, s.value) for s in row.samples] == [("systolic", 120), ("diastolic", 80)]
    people = "id,time,gl\na,2024-07-01T10:00:00Z,99\nb,2024-07-01T10:00:00Z,99\n"
    assert [row.reason for row in read(tmp_path / "p.csv", people)] == ["", "another person"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "auto"),
        ("hello\nworld\n", "auto"),
        (b"\x00\x01\x02\x03", "auto"),
        ("time,mood\n2024-01-01,3\n", "auto"),
        ("time,mood\n2024-01-01,3\n", "csv"),
        ("{}", "auto"),
        ("{", "omh"),
        ("a,b\n", "fitbit"),
        ("a,b\n", "cgm-csv"),
        ("a,b\n", "apple-health"),
        ("time,glucose\n2024-01-01,9\n".encode("utf-16-le"), "auto"),
        ("time,glucose\n2024-01-01,9\n".encode("utf-16") + b"\xd8", "auto"),
        (b"time,glucose\n2024-01-01,9\n" * 9000 + b"2024-01-01,\xff\n", "auto"),
    ],
)
def test_what_is_no_export_is_told(tmp_path: Path, text: str | bytes, name: str):
    with pytest.raises(Unreadable):
        read(tmp_path / "file", text, name=name)
