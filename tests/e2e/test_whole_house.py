"""The whole house on real input: desk, app, workers and pump as their own processes.

A nurse prescribes at the desk; the app enrols and sends a real export; workers make a finding of
it; the doses come due while Redis stands still, and each is announced once; the patient takes hers
in the app, and the desk sees it.
"""

import json
import os
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser

from mobile.sources.csv_export import read_export
from tests.e2e.desk import Desk, until
from tests.e2e.stack import RunningDemo
from tests.mobile.driving import Driven, need_graphics

HERS = "Testopril"
OTHERS = ("Watchamol", "Lookazide")
LEAD = timedelta(seconds=30)  # for three prescriptions and a sync before the dose is due
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop's `notify-send` that writes down what it is asked to show."""
    shown, folder = tmp_path / "cards", tmp_path / "bin"
    shown.touch()
    folder.mkdir()
    program = folder / "notify-send"
    program.write_text(f'#!/bin/sh\necho "$1" >> {shown}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return shown


def next_due(now: datetime) -> datetime:
    """A whole minute far enough away at which none of the cohort's medicines is due."""
    due = (now + LEAD).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return due if due.minute else due + timedelta(minutes=1)


@contextmanager
def redis_standing_still(demo: RunningDemo) -> Iterator[None]:
    """Valkey answers nobody, but its connections stay: the worst way to be away."""
    started = json.loads((demo.data / "processes.json").read_text())
    (pid,) = [row[1] for row in started if row[0] == "valkey"]
    os.killpg(pid, signal.SIGSTOP)
    try:
        assert httpx.get(f"{demo.web}/healthz", timeout=20).status_code == 200
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)


def wait_for(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


@pytest.mark.slow
def test_a_medicine_and_an_export_go_through_the_whole_house(
    demo: RunningDemo,
    browser: Browser,
    readings: Path,
    cards: Path,
    tmp_path: Path,
    pictures: Path | None,
) -> None:
    need_graphics()
    desk = Desk.sign_in(browser, demo.web, *demo.sign_in("lindqvist"))
    other = next(id_ for id_ in desk.my_patients().values() if id_ != demo.patient)
    there = ZoneInfo(desk.ask_api(f"me?patient={other}")["zone"])
    with Driven(tmp_path / "phone", server=demo.web, code=demo.code) as app:
        enrol_and_import(app, readings, pictures)
        see_it_at_the_desk(desk, demo.patient, readings)
        due = next_due(datetime.now(UTC))
        hers, elsewhere = due.astimezone(BERLIN), due.astimezone(there)
        assert f"Every day at {hers:%H:%M}" in desk.prescribe(demo.patient, HERS, hers)
        for medicine in OTHERS:
            desk.prescribe(other, medicine, elsewhere)
        sync_now(app)
        app.tap("nav:today")
        app.wait(text=f"{HERS}, 1 tablet", timeout=30)
        with redis_standing_still(demo):
            rung = announced_once(app, desk, demo.patient, hers, cards)
            announced_elsewhere(desk, other, elsewhere)
        keep_picture(app, pictures, "app-today")
        take_it(app, desk, demo.patient, due)
        until(
            lambda: any("taken" in dose for dose in desk.doses_of(demo.patient, HERS)),
            seconds=40,
            what="the desk did not see the dose as taken",
        )
        assert rings(cards) == rung
        assert len(desk.said_at(demo.patient, hers)) == 1
    if pictures:
        desk.open_patient(other, "?span=month")
        desk.page.locator("#streams").screenshot(path=pictures / "desk-streams.png")
        picture_the_desk(browser, demo, pictures)


@pytest.mark.slow
def test_a_clinician_imports_a_file_at_the_desk(
    demo: RunningDemo, browser: Browser, tmp_path: Path
) -> None:
    """The page follows a real worker to the report; the chart has it."""
    path = tmp_path / "weights.csv"
    path.write_text(
        "Id,Date,WeightKg\n7,5/2/2016 11:59:59 PM,52.6\n7,5/3/2016 11:59:59 PM,\n8,5/3/2016,60\n"
    )
    desk = Desk.sign_in(browser, demo.web, *demo.sign_in("lindqvist"))
    other = next(id_ for id_ in desk.my_patients().values() if id_ != demo.patient)
    report = desk.import_file(other, path)
    for words in ("3\nrows in the file", "1\nstored", "2\nrefused", "Another person", "Fitbit"):
        assert words in report.replace(" rows in", "\nrows in"), report
    assert "Body weight" in desk.chart(other, "Body weight", date(2016, 5, 3))


def enrol_and_import(app: Driven, readings: Path, pictures: Path | None) -> None:
    """Start with the code, bring in the file, and wait until the server has all of it."""
    keep_picture(app, pictures, "app-enrol")
    app.tap("enrol")
    app.wait(text="Amina", timeout=30)
    app.tap("nav:settings")
    app.enter("import_path", str(readings))
    app.tap("import")
    app.wait(text="values brought in", timeout=30)
    keep_picture(app, pictures, "app-settings")
    app.tap("nav:trends")
    app.wait(text="Glucose", timeout=30)
    app.wait(text="Synced at", timeout=60)
    app.wait_gone("Asking the server", timeout=30)
    keep_picture(app, pictures, "app-trends")
    app.tap("nav:today")


def last_day(readings: Path) -> date:
    """The last local day of the export."""
    reading = read_export(readings, zone=BERLIN)
    return datetime.fromtimestamp(max(reading.instants_ms) / 1000, BERLIN).date()


def see_it_at_the_desk(desk: Desk, patient: str, readings: Path) -> None:
    """The chart at once, for reads lay fresh uploads over; the finding when a worker was there."""
    last = last_day(readings)
    assert "Glucose" in desk.chart(patient, "Glucose", last)
    until(
        lambda: "time in range" in desk.finding(patient, "Glucose"),
        seconds=40,
        what="no worker made a finding of the glucose",
    )


def rings(cards: Path) -> int:
    """How many cards the desktop was asked to show."""
    return len(cards.read_text().splitlines())


def announced_once(app: Driven, desk: Desk, patient: str, local: datetime, cards: Path) -> int:
    """The phone rings once more, by itself; the server writes one card and leaves it at that."""
    assert datetime.now(UTC) < local, "everything before took too long"
    wait_for(local - timedelta(seconds=1))
    before = rings(cards)  # of doses that were open when the phone was enrolled
    until(lambda: rings(cards) > before, seconds=20, step=0.3, what="the phone did not ring")
    app.wait(text=f"Due at {local:%H:%M}", timeout=30)
    until(lambda: len(desk.said_at(patient, local)) == 1, seconds=20, what="nothing was said")
    assert rings(cards) == before + 1
    return before + 1


def announced_elsewhere(desk: Desk, patient: str, local: datetime) -> None:
    """Without a phone that rings the server sends; both medicines, each once, in time."""
    until(
        lambda: len(desk.said_at(patient, local)) >= len(OTHERS),
        seconds=20,
        what="a dose was lost while Redis stood still",
    )
    said = desk.said_at(patient, local)
    assert len(said) == len(OTHERS)
    assert all("Sent" in line for line in said)


def take_it(app: Driven, desk: Desk, patient: str, due: datetime) -> None:
    """The button on the dose's own card."""
    start, end = due - timedelta(minutes=1), due + timedelta(minutes=1)
    asked = {"patient": patient, "start": start.isoformat(), "end": end.isoformat()}
    doses = desk.ask_api(f"doses?{httpx.QueryParams(asked)}")
    (dose,) = [d["id"] for d in doses["results"] if datetime.fromisoformat(d["due_at"]) == due]
    app.tap(f"dose:{dose}:taken")
    app.wait(text="Marked as taken")
    app.wait(text="Taken:", timeout=20)
    time.sleep(8)  # while it can be undone it stays on the phone
    sync_now(app)


def sync_now(app: Driven) -> None:
    """By the line that stands on every screen."""
    app.tap("sync_line")
    app.tap("sync_now")
    app.wait(text="Synced at", timeout=40)


def keep_picture(app: Driven, pictures: Path | None, name: str) -> None:
    if pictures:
        shrink(app.shot(pictures / f"{name}.png"))


def picture_the_desk(browser: Browser, demo: RunningDemo, pictures: Path) -> None:
    """The worklist and the page of the one who gets worse."""
    desk = Desk.sign_in(browser, demo.web, *demo.sign_in("marin"))
    desk.page.goto(f"{demo.web}/admin/")
    desk.shot(pictures / "desk-worklist.png")
    names = desk.my_patients()
    worse = next(id_ for name, id_ in names.items() if name.startswith("Jonas"))
    desk.open_patient(worse, "?span=month")
    desk.shot(pictures / "desk-patient.png")
    desk.page.goto(f"{demo.web}/admin/patients/{worse}/prescribe/")
    desk.page.fill("input[name=medicine]", "Amlodipine")
    desk.page.fill("input[name=dose]", "5 mg")
    desk.page.fill("input[name=times]", "08:00, 20:00")
    desk.page.get_by_role("button", name="Preview").click()
    desk.shot(pictures / "desk-prescribe.png")
    for name in ("desk-worklist", "desk-patient", "desk-prescribe", "desk-streams"):
        shrink(pictures / f"{name}.png")


def shrink(path: Path) -> None:
    """Few colours make a small file."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(64)
    small.save(path, optimize=True)
