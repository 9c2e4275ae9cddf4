"""Apple's export as columns: what waits, what is bounded, and bombs of every make."""

import re
import struct
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from backend.streams.importers import apple, zips
from backend.streams.importers.reading import Export, Options, Run, Unreadable
from backend.streams.models import Upload
from bench.apple_export import write_export
from tests.people import Cast

OPTIONS = Options(ZoneInfo("Europe/Berlin"))
RECORD = (
    '<Record type="{}" sourceName="{}" unit="{}" startDate="2024-01-01 08:{:02}:{:02} +0000"'
    ' value="{}"/>'
)
BEAT = "HKQuantityTypeIdentifierHeartRate"


def record(n: int, value: object = 61, *, source: str = "W", of: str = BEAT) -> str:
    return RECORD.format(of, source, "count/min", n // 60 % 60, n % 60, value)


def read(path: Path, text: str | bytes) -> list[Run]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(apple.read(Export(path), OPTIONS))


def whole(*records: str) -> str:
    return "<HealthData>" + "".join(records) + "</HealthData>"


def test_a_long_file_comes_in_parts_and_whole(tmp_path: Path) -> None:
    """An insulin says its kind behind itself: here in the next piece, when a part was taken."""
    count = apple.AT_ONCE
    beats = [record(n, n % 90 + 40, source=f"W{n % 3}") for n in range(count)]
    insulin = record(0, 5, of=apple.INSULIN).replace("/>", ">")
    reason = f'<MetadataEntry key="{apple.REASON}" value="1"/></Record>'
    text = whole(*beats, insulin, " " * apple.PIECE, reason, *beats)
    runs = read(tmp_path / "export.xml", text)
    numbers = np.concatenate([run.numbers for run in runs])
    assert sorted(numbers.tolist()) == list(range(2 * count + 1))
    (basal,) = [run for run in runs if run.kind == "insulin_basal"]
    assert (basal.numbers.tolist(), basal.values.tolist()) == ([count], [5])
    rates = [run for run in runs if run.kind == "heart_rate"]
    assert len(rates) > 3
    assert {run.source for run in rates} == {"w0", "w1", "w2"}
    for run in rates:
        places = np.where(run.numbers > count, run.numbers - count - 1, run.numbers)
        assert (run.values == places % 90 + 40).all()


@pytest.mark.parametrize("missing", ["type", "sourceName", "unit", "startDate", "value"])
def test_a_record_that_lacks_something_spoils_no_other(tmp_path: Path, missing: str) -> None:
    torn = re.sub(f' {missing}="[^"]*"', "", record(1))
    runs = read(tmp_path / "export.xml", whole(record(0), torn, record(2)))
    numbers = sorted(n for run in runs for n in run.numbers.tolist())
    assert numbers == [0, 1, 2]
    good = next(run for run in runs if run.kind == "heart_rate" and run.source == "w")
    assert {0, 2} <= set(good.numbers.tolist())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<HealthData><Record value='" + "x" * 3_000_000 + "'/></HealthData>", "tag without"),
        (whole(*(record(0, source=f"S{n}") for n in range(apple.MOST_SERIES + 1))), "too many"),
        (whole(record(0)).replace("</HealthData>", ""), "not the XML"),
        (whole(record(0)) + "<HealthData/>", "not the XML"),
        (whole(record(0), "&unknown;"), "not the XML"),
        (whole(record(0)).encode("utf-16"), "not the XML"),
        (b"<HealthData>" + record(0, source="\xe9").encode("latin-1"), "not the XML"),
        (whole(record(0), "<a>" * 100 + "</b>"), "not the XML"),
    ],
)
def test_bombs_and_damage_end_in_words(tmp_path: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        read(tmp_path / "export.xml", text)


def test_a_billion_laughs_never_begin(tmp_path: Path) -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    text = f"<!DOCTYPE HealthData [{entities}]>" + whole(record(0, "&a9;"))
    with pytest.raises(Unreadable, match="not the XML"):
        read(tmp_path / "export.xml", text)


def zipped(path: Path, **members: str | bytes) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.xml", content)
    return path.read_bytes()


def test_a_zip_that_lists_too_much_is_not_opened(tmp_path: Path) -> None:
    blob = bytearray(zipped(tmp_path / "made.zip", export=whole(record(0))))
    at = blob.rfind(b"PK\x05\x06")
    struct.pack_into("<L", blob, at + 12, zips.MOST_CATALOGUE + 1)
    with pytest.raises(Unreadable, match="too many files"):
        read(tmp_path / "export.zip", bytes(blob))


def test_nor_one_that_says_so_in_its_large_form(tmp_path: Path) -> None:
    blob = zipped(tmp_path / "made.zip", export=whole(record(0)))
    at = blob.rfind(b"PK\x05\x06")
    large = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, at)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    with pytest.raises(Unreadable, match="too many files"):
        read(tmp_path / "export.zip", blob[:at] + large + locator + blob[at:])


def test_a_zip_that_lies_about_its_size_is_read_no_further(tmp_path: Path) -> None:
    """It says that little is in it: that much is read, and then it is damaged."""
    text = whole(record(0)) + " " * 100_000
    blob = bytearray(zipped(tmp_path / "made.zip", export=text))
    at = blob.rfind(b"PK\x01\x02")
    struct.pack_into("<L", blob, at + 24, 500)
    with pytest.raises(Unreadable, match="damaged"):
        read(tmp_path / "export.zip", bytes(blob))


def test_nothing_of_a_torn_export_is_stored(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    write_export(path, 3_000)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CommandError, match="not the XML"):
        call_command("import_stream", str(path), "--patient", str(cast.amina.id))
    assert not Upload.objects.exists()
