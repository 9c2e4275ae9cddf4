"""A tour of every screen of the app, with pictures to look at.

    python -m tests.mobile.tour FOLDER [--size small ...] [--look light ...] [--percent 100 ...]

Each page is shown in three sizes, light, dark and with strong contrast, with letters of 100 and 200
%; a page longer than the window takes several pictures. What does not fit, is too pale, too small
to touch or has no name is printed, and makes the exit code 1.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mobile.store.database import open_store
from mobile.store.outbox import Samples, record_samples
from tests.mobile import house
from tests.mobile.driving import Driven
from tests.mobile.house import CODE, PATIENT, House
from tests.mobile.judging import faults
from tests.mobile.phone import KEY

SIZES: Final = {"small": (360, 640), "large": (430, 932), "tablet": (1024, 768)}
LOOKS: Final[dict[str, dict[str, bool]]] = {
    "light": {"dark": False, "contrast": False},
    "dark": {"dark": True, "contrast": False},
    "light-strong": {"dark": False, "contrast": True},
    "dark-strong": {"dark": True, "contrast": True},
}
PERCENTS: Final = (100, 200)
CLOSED: Final = {"enrol", "lock", "pin", "keyless"}  # shown only while nobody's data are open
MOST_WINDOWS: Final = 4  # of one page; what lies further down looks the same


@dataclass(frozen=True, slots=True)
class Stop:
    """One picture: a page, what is done on it first, tapped before, and tapped after."""

    name: str
    place: str
    taps: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    deed: tuple[str, str] | None = None


STOPS: Final = (
    Stop("today", "today"),
    Stop("trends-day", "trends", ("kind:glucose", "span:day")),
    Stop("trends-week", "trends", ("span:week", "chart")),
    Stop("trends-two", "trends", ("span:month", "compare", "over:heart_rate"), ("compare",)),
    Stop("visits", "visits"),
    Stop("visits-ask", "visits", ("visit_ask",), ("visit_cancel",)),
    Stop("surveys-choice", "surveys", (), ("survey_back",), ("start_over", "phq-2")),
    Stop(
        "surveys-typing", "surveys", ("survey_next", "survey:sore:yes"), ("survey_back",) * 3,
        ("start_over", "feet"),
    ),
    *(
        Stop(place, place)
        for place in (
            "settings", "sync", "selftest", "help", "devices", "surveys", "nudges", "privacy",
            "meals", "goal",
        )
    ),
)  # fmt: skip


@contextmanager
def furnished(folder: Path, size: str = "small") -> Iterator[Driven]:
    """The app of a patient who has something on every page, in a window of this size.

    Off the screen a window cannot grow: it opens as large as it is to be.
    """
    now = datetime.now(UTC)
    with House() as server:
        house.furnish(server, now=now)
        plan = house.schedule("Paracetamol", mode="as_needed", rule="")
        limits = {"most_a_day": 2, "min_gap_minutes": 240}
        server.model.put_row("regimens", house.regimen("Paracetamol", "1", plan, **limits))
        with Driven(folder, server=server.url, code=CODE, size=SIZES[size]) as app:
            app.tap("enrol")
            app.wait("Synced")
            measure(folder, now)
            yield app


def measure(folder: Path, now: datetime) -> None:
    """A month of values on the phone, with a gap of two days, from two sources."""
    db = open_store(folder / "data" / "stores" / f"{PATIENT}.sqlite3", KEY)
    end = int(now.timestamp() * 1000)
    hours = [n for n in range(24 * 30) if not 24 * 9 < n < 24 * 11]
    for kind, unit, source, values in (
        ("glucose", "mg/dL", "ble:glucometer", [90 + 17 * n % 110 for n in hours]),
        ("heart_rate", "/min", "health-connect", [58 + 7 * n % 45 for n in hours]),
        ("steps", "{steps}", "watch", [60 + 131 * n % 900 for n in hours]),
    ):
        at = [end - 3_600_000 * (n + 1) for n in reversed(hours)]
        record_samples(db, Samples(kind, source, unit, at, [float(v) for v in values]), now=now)
    db.close()


def places() -> list[str]:
    """Every page of the app, those too that no stop is planned for."""
    text = (Path(__file__).parents[2] / "mobile" / "main.py").read_text(encoding="utf-8")
    table = text.split("PAGES = {", 1)[1].split("}", 1)[0]
    return [line.split('"')[1] for line in table.splitlines() if '"' in line]


def stops() -> list[Stop]:
    """Those planned, then pages that are new."""
    planned = {stop.place for stop in STOPS} | CLOSED
    return [*STOPS, *(Stop(place, place) for place in places() if place not in planned)]


def look_at(app: Driven, stop: Stop) -> list[str]:
    """Go there; what is wrong with it."""
    app.do("go", place=stop.place)
    if stop.deed is not None:
        kind, subject = stop.deed
        app.do("deed", kind=kind, subject=subject)
    for tag in stop.taps:
        app.tap(tag)
    found = faults(app.do("tree")["tree"])
    found += [f"does not fit: {text}" for text in app.do("overflow")["overflow"]]
    return [f"{stop.name}: {fault}" for fault in found]


def picture(app: Driven, stop: Stop, path: Path) -> None:
    """The page, window by window."""
    windows = min(MOST_WINDOWS, app.do("rest_below")["windows"])
    for number in range(windows):
        if windows > 1:
            app.do("scroll", to=1 - number / (windows - 1))
        app.shot(path / f"{stop.name}{f'-{number + 1}' if windows > 1 else ''}.png")


def tour(folder: Path, sizes: list[str], looks: list[str], percents: list[int]) -> list[str]:
    """All of it; what was found to be wrong."""
    wrong: list[str] = []
    for size in sizes:
        with (
            tempfile.TemporaryDirectory(prefix="ek-tour-") as made,
            furnished(Path(made), size) as app,
        ):
            for look, percent in ((look, percent) for look in looks for percent in percents):
                app.do("like", text_percent=percent, **LOOKS[look])
                wrong += _round(app, folder / f"{size}-{look}-{percent}")
    return wrong


def _round(app: Driven, folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    wrong = []
    for stop in stops():
        wrong += [f"{folder.name}/{fault}" for fault in look_at(app, stop)]
        picture(app, stop, folder)
        for tag in stop.undo:
            app.tap(tag)
    return wrong


def main() -> int:
    """Take the pictures, print the faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.mobile.tour", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", nargs="*", choices=SIZES, default=list(SIZES))
    parser.add_argument("--look", nargs="*", choices=LOOKS, default=list(LOOKS))
    parser.add_argument("--percent", nargs="*", type=int, choices=PERCENTS, default=list(PERCENTS))
    asked: Any = parser.parse_args()
    wrong = tour(asked.folder, asked.size, asked.look, asked.percent)
    print("\n".join(wrong) or "Nothing is wrong.")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
