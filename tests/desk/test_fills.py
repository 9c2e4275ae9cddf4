"""Fills and pill monitors by the desk: a file in, a report that adds up, each row once."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.imports import folder
from backend.imports.receiving import FILLS_MOST_BYTES
from backend.ledger.models import Entry
from backend.regimens.importers.sheets import MOST_UNPACKED
from backend.regimens.monitors import Dispensing, MonitorEvent
from tests.desk.conftest import SignIn
from tests.people import Cast
from tests.realdata import shared_data

FILLS = "patient,date,daily_dose,medicine,days\n7,2026-10-01,4,Metformin,30\n7,x,4,Metformin,30\n"


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def client(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.bo)


def address(cast: Cast) -> str:
    return f"/admin/patients/{cast.amina.id}/fills/"


def send(client: Client, cast: Cast, content: str | bytes, name: str = "f.csv", **more: str) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    typed = {"file": SimpleUploadedFile(name, raw), "zone": "Europe/Berlin"} | more
    return client.post(address(cast), typed)


def test_good_rows_are_stored_bad_ones_are_named_and_nothing_stays_behind(cast, client) -> None:
    shown = send(client, cast, FILLS, person="7").content.decode()
    assert "<td>date</td>" in shown
    assert "Metformin, dispensed" in shown
    assert (Dispensing.objects.count(), list(folder.folder().iterdir())) == (1, [])
    again = send(client, cast, FILLS, person="7").content.decode()
    assert '<b class="ek-big">1</b> known already' in again
    assert Dispensing.objects.count() == 1
    entries = Entry.objects.filter(patient_id=cast.amina.id, subject="fills", deed="change")
    assert entries.count() == 2


def test_a_monitors_real_file(cast: Cast, client: Client) -> None:
    path = shared_data("adherence-oncmap-eamd")
    found = next(path.rglob("test_ecap2.xls"))
    answer = send(client, cast, found.read_bytes(), "e.xls", medicine="Mercaptopurine")
    assert '<b class="ek-big">82</b> stored' in answer.content.decode()
    assert MonitorEvent.objects.filter(medicine="Mercaptopurine").count() == 82


@pytest.mark.parametrize(
    "content", [b"", b"not,a\nknown,table\n", b"PK\x03\x04broken", b"\xff\xfe\x00"]
)
def test_what_is_no_such_file_is_told_in_words(cast, client, content) -> None:
    answer = send(client, cast, content)
    assert answer.status_code == 400
    assert "ek-error" in answer.content.decode()
    assert ".arriving" not in answer.content.decode()
    assert not Dispensing.objects.exists()


def test_a_bomb_is_not_unpacked(cast: Cast, client: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", bytes(MOST_UNPACKED + 1))
    answer = send(client, cast, packed.getvalue(), "bomb.xlsx")
    assert "too large when unpacked" in answer.content.decode()


def test_a_file_that_is_too_large_never_comes(cast: Cast, client: Client) -> None:
    answer = send(client, cast, b"x" * (FILLS_MOST_BYTES + 1))
    assert answer.status_code == 400
    assert "too large: at most 8 MB" in answer.content.decode()
    assert list(folder.folder().iterdir()) == []


def test_only_who_may_change_medicines_finds_the_page(cast: Cast, sign_in: SignIn) -> None:
    for person in (cast.coordinator, cast.other_clinician, cast.operator):
        assert sign_in(person).get(address(cast)).status_code == 404
