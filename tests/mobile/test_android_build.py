"""The Android build as far as it can be tried without Android: Java against stubs, the manifest,
and what buildozer would be given. Nothing here has run on a device.
"""

import configparser
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mobile.android.hook import RECEIVERS, with_receivers
from mobile.android.stage import stage
from mobile.device.alarm_lines import happened, lines_of
from mobile.device.alarms import Alarm, Answered
from tests.mobile.phone import START

HOME = Path(__file__).resolve().parents[2]
JAVA = HOME / "mobile" / "android" / "src" / "org" / "evenkeel" / "phone"
STUBS = Path(__file__).parent / "android_stubs"
MANIFEST = """<manifest xmlns:android="http://schemas.android.com/apk/res/android">
    <application android:label="@string/app_name">
        <activity android:name="org.kivy.android.PythonActivity" />
    </application>
</manifest>
"""
NAME = "{http://schemas.android.com/apk/res/android}name"
STORY = """armed true exact
how 1 exact
how 2 about
posted 28 28
full true false
once true 3
answer\td5\ttaken
answer\td6\tsnoozed
left 0 26
snoozed true false
rung 28 false
known rem:28 28
disarmed none 28
"""


@pytest.mark.slow
def test_a_week_of_doses_through_our_java_each_rings_once(tmp_path: Path) -> None:
    for tool in ("javac", "java"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (Debian: default-jdk-headless)")
    built, files = tmp_path / "built", tmp_path / "files"
    files.mkdir()
    compiled(built, JAVA, "-Xlint:all", "-Werror", "-sourcepath", str(STUBS))
    fakes = STUBS / "fakes" / "org" / "evenkeel" / "phone"
    compiled(tmp_path / "fakes", fakes, "-cp", str(built))
    path = f"{tmp_path / 'fakes'}:{built}"
    told = subprocess.run(
        ["java", "-cp", path, "org.evenkeel.phone.Story", str(files)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert [line.strip() for line in told.stdout.splitlines()] == STORY.splitlines()


def compiled(to: Path, sources: Path, *options: str) -> None:
    to.mkdir()
    files = [str(file) for file in sorted(sources.glob("*.java"))]
    done = subprocess.run(
        ["javac", "-proc:none", "-d", str(to), *options, *files],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_receiver_goes_into_the_manifest_once() -> None:
    receivers = RECEIVERS.read_text()
    once = with_receivers(MANIFEST, receivers)
    assert with_receivers(once, receivers) == once
    application = ElementTree.fromstring(once).find("application")  # noqa: S314 (ours)
    (receiver,) = application.findall("receiver")
    assert receiver.get(NAME) == "org.evenkeel.phone.Receiver"
    actions = {each.get(NAME).rsplit(".", 1)[1] for each in receiver.iter("action")}
    assert actions == {
        "BOOT_COMPLETED", "MY_PACKAGE_REPLACED", "TIME_SET", "TIMEZONE_CHANGED",
        "SCHEDULE_EXACT_ALARM_PERMISSION_STATE_CHANGED",
    }  # fmt: skip
    with pytest.raises(ValueError, match="application"):
        with_receivers("<manifest/>", receivers)


def spec() -> configparser.SectionProxy:
    found = configparser.ConfigParser(interpolation=None)
    found.read(HOME / "mobile" / "android" / "buildozer.spec")
    return found["app"]


def test_the_spec_names_what_the_phone_needs() -> None:
    asked = {re.split(r"[=<>]", name)[0] for name in spec()["requirements"].split(",")}
    desktop = {"keyring"}
    for part in ("base", "phone"):
        for line in (HOME / "requirements" / f"{part}.in").read_text().splitlines():
            name = re.split(r"[=<>\s#\[]", line)[0]
            if name and not line.startswith(("-", "#")):
                assert name in asked | desktop, f"{name} is not in buildozer.spec"
    permissions = spec()["android.permissions"]
    for name in ("POST_NOTIFICATIONS", "EXACT_ALARM", "BOOT_COMPLETED", "FULL_SCREEN_INTENT"):
        assert name in permissions
    assert spec()["android.allow_backup"] == "False"


def test_what_is_staged_imports_by_itself_and_holds_nothing_of_the_server(tmp_path: Path) -> None:
    to = tmp_path / "phone"
    for _ in range(2):
        stage(to, version="1.2")
    assert '__version__ = "1.2"' in (to / "main.py").read_text()
    assert {path.name for path in (to / "backend").iterdir()} == {"__init__.py", "wire"}
    assert (to / spec()["p4a.hook"]).is_file()
    assert list((to / spec()["android.add_src"]).rglob("Receiver.java"))
    code = "import mobile.sync.session, mobile.presenters.today, mobile.sync.http"
    subprocess.run([sys.executable, "-c", code], cwd=to, check=True, timeout=60, env={})


def test_alarms_travel_to_java_as_lines() -> None:
    odd = Alarm(
        "rem:1", START, START + timedelta(hours=1), "Time\tfor", "two\nlines", dose="d",
        snooze=timedelta(minutes=10), critical=True,
    )  # fmt: skip
    plain = Alarm("n", START, START, "t", "b")
    due = round(START.timestamp() * 1000)
    assert lines_of([odd, plain]).split("\n") == [
        f"rem:1\t{due}\t{due + 3_600_000}\tcritical\td\t10\tTime for\ttwo lines",
        f"n\t{due}\t{due}\tnotice\t\t15\tt\tb",
        "",
    ]


def test_what_java_tells_back_is_read_and_nonsense_passed_over() -> None:
    told = happened("a\n\nb\n", "12\td\ttaken\nx\td\ttaken\n1\td\teaten\nshort\n")
    assert told.rung == ("a", "b")
    assert told.answered == (Answered(12, "d", "taken"),)
