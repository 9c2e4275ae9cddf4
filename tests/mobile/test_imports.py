import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mobile.sources.csv_export import Unreadable, read_export
from mobile.store import outbox, sending
from mobile.sync.imports import import_file
from tests.mobile.model_server import ModelServer, Network
from tests.mobile.phone import START, Phone
from tests.realdata import shared_data

BERLIN = ZoneInfo("Europe/Berlin")


def write(folder: Path, text: str) -> Path:
    path = folder / "Meter Export.csv"
    path.write_text(text)
    return path


def test_local_times_samples_and_what_was_left_aside(phone: Phone, tmp_path: Path) -> None:
    lines = ["time,glucose"]
    lines += [f"2026-11-20 {n // 60:02}:{n % 60:02},{100 + n % 7}" for n in range(0, 1200, 5)]
    lines += ["2026-11-21 08:00,", "2026-11-21 08:05,Low", "never,100", "2026-11-21"]
    done = import_file(phone.db, write(tmp_path, "\n".join(lines)), zone=BERLIN, now=START)
    assert (done.kind, done.samples, done.left_aside) == ("glucose", 240, 4)
    ((source, unit, pairs),) = outbox.local_samples(phone.db, "glucose", 0, 10**14)
    assert (source, unit) == ("file:meter-export", "mg/dL")
    assert pairs[0] == (1_763_593_200_000 + 365 * 86_400_000, 100)  # 2026-11-19T23:00Z


def test_twice_the_same_file_is_once_on_the_server(phone: Phone, tmp_path: Path) -> None:
    path = write(tmp_path, "time,bpm\n2026-11-20T08:00:00Z,61\n2026-11-20T08:00:05Z,62\n")
    server = ModelServer()
    for _ in range(2):
        import_file(phone.db, path, zone=BERLIN, now=START)
        phone.sync(Network(server))
    assert len(server.books.samples) == 2


def test_only_the_first_person_of_a_file_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path, "id,time,gl\nA,2026-01-01 08:00:00,99\nB,2026-01-01 08:00:00,250\n")
    reading = read_export(path, zone=BERLIN)
    assert reading.values == [99.0]
    assert reading.left_aside["another person"] == 1


def test_mmol_and_american_times_are_understood(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Glucose Data,Generated\n"
        "Device Timestamp,Historic Glucose mmol/L\n"
        "11-20-2026 08:15 PM,5.5\n11-20-2026 08:30 PM,6.1\n",
    )
    reading = read_export(path, zone=BERLIN)
    assert (reading.unit, reading.values) == ("mmol/L", [5.5, 6.1])
    assert reading.instants_ms[1] - reading.instants_ms[0] == 15 * 60_000


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "time,glucose\n", "\x00\x01"])
def test_what_cannot_be_read_is_said_so_and_leaves_nothing(
    phone: Phone, tmp_path: Path, text: str
) -> None:
    with pytest.raises(Unreadable):
        import_file(phone.db, write(tmp_path, text), zone=BERLIN, now=START)
    assert sending.waiting(phone.db).items == 0


def test_a_missing_file(phone: Phone, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        import_file(phone.db, tmp_path / "gone.csv", zone=BERLIN, now=START)


def test_a_real_export_comes_in_whole(phone: Phone, tmp_path: Path) -> None:
    archive = next(shared_data("cgm-hall-2018").glob("*.zip"))
    with zipfile.ZipFile(archive) as files:
        name = next(n for n in files.namelist() if n.endswith("2133-018.csv"))
        path = Path(files.extract(name, tmp_path))
    done = import_file(phone.db, path, zone=ZoneInfo("America/Los_Angeles"), now=START)
    lines = path.read_text().splitlines()
    assert done.kind == "glucose"
    assert done.samples + done.left_aside == len(lines) - 1
    assert sending.waiting(phone.db).samples > 500
