"""The real app in a real window, drawn off the screen and driven by touches."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mobile.store import outbox
from mobile.store.database import open_store
from mobile.store.outbox import Samples, record_samples
from tests.mobile import house
from tests.mobile.driving import AppError, Driven, need_graphics
from tests.mobile.house import CODE, PATIENT, House
from tests.mobile.phone import KEY

FIRST_FRAME_S = 3.0
WORST_FRAME_MS = 250.0  # two shared cores draw in software here; a phone has a graphics chip


@pytest.fixture(scope="module", autouse=True)
def _graphics() -> None:
    need_graphics()


def csv_file(folder: Path, now: datetime) -> Path:
    lines = [f"{(now - timedelta(minutes=5 * n)).isoformat()},{100 + n % 60}" for n in range(600)]
    path = folder / "meter.csv"
    path.write_text("time,glucose\n" + "\n".join(lines))
    return path


def fits(app: Driven) -> None:
    assert app.do("overflow")["overflow"] == []
    assert app.do("small")["small"] == []


def test_a_day_with_the_app(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with House() as server:
        house.furnish(server, now=now)
        taken = house.schedule("Always", *(f"{hour:02}:{minute:02}" for hour, minute in near(now)))
        server.model.put_row("regimens", house.regimen("Always", "1 drop", taken))
        with Driven(tmp_path, server=server.url, code="WRONG") as app:
            app.tap("enrol")
            app.wait("This code does not work")
            app.enter("code", CODE)
            app.tap("enrol")
            app.wait("Synced")
            app.wait("Always, 1 drop")
            app.wait("Choose one small habit")  # comes last: from then on the cards stand still
            fits(app)

            app.tap(text="Got it")
            app.wait("Marked as read.")
            app.wait("waiting")
            app.tap("undo")
            app.wait("Taken back.")
            app.tap(text="I will try")
            app.wait("I did it")

            app.tap("nav:visits")
            app.tap("visit_ask")
            app.tap("day:more")
            app.enter("reason", "My knee")
            app.tap("visit_send")
            app.wait("My knee")
            fits(app)

            app.tap("nav:settings")
            app.enter("import_path", str(csv_file(tmp_path, now)))
            app.tap("import")
            app.wait("600 values brought in")
            app.tap("unit:glucose:mmol/L")
            app.tap("nav:trends")
            app.wait("From this phone")
            app.tap("span:week")
            app.wait("to 10.0 mmol/L")
            app.wait("file:meter, ")
            fits(app)
            app.tap("span:year")
            app.tap("chart")
            app.wait("mmol/L. From file:meter")
            fits(app)

            app.tap("nav:settings")
            app.tap("text_percent:200")
            for place in ("today", "trends", "visits", "settings"):
                app.tap(f"nav:{place}")
                fits(app)
            app.wait("Synced", timeout=30)
            assert app.close() == 0
        sent = [server.model.books.outcomes[i]["outcome"] for i in server.model.books.applied]
        assert set(sent) == {"stored"}
        assert len(server.model.books.samples) == 600
        # It remembers: no code is asked for again, not even without a server.
        server.answers["/api/v1/sync"] = 503
        with Driven(tmp_path) as app:
            app.wait("Amina")
            app.wait("Server busy")
            assert app.close() == 0


def opened(app: Driven, place: str) -> None:
    """The page behind a row of the settings; a row that was just drawn anew is touched again."""
    for _ in range(3):
        app.tap(f"more:{place}")
        try:
            app.wait(tag="back", timeout=5)
        except AppError:
            continue
        return
    raise AssertionError(f"{place} does not open")


BEHIND = ("selftest", "help", "devices", "surveys", "nudges", "meals", "privacy")


def test_the_pages_behind_the_settings(tmp_path: Path) -> None:
    """Twice as large and dark, each fits; with no network what is chosen holds and waits."""
    now = datetime.now(UTC)
    with House() as server:
        house.furnish(server, now=now)
        plan = house.schedule("Paracetamol", mode="as_needed", rule="")
        limits = {"most_a_day": 2, "min_gap_minutes": 240}
        server.model.put_row("regimens", house.regimen("Paracetamol", "1", plan, **limits))
        with Driven(tmp_path, server=server.url, code=CODE) as app:
            app.tap("enrol")
            app.wait("Synced")
            app.wait("Choose one small habit")  # comes last: from then on the cards stand still
            app.tap(text="I take one now")
            app.tap(text="I need one now")
            app.wait("It is too soon.")
            app.tap("nav:settings")
            app.tap("text_percent:200")
            app.tap("theme:dark")
            for place in BEHIND:
                opened(app, place)
                fits(app)
                app.tap("back")
            server.answers["/api/v1/"] = 503
            opened(app, "selftest")
            app.tap("ring:10")
            app.wait("It will ring at")
            app.tap("back")
            opened(app, "nudges")
            app.tap("nudges:off:yes")
            app.wait("It holds from now on.")
            app.tap("back")
            opened(app, "surveys")
            app.tap("answer:phq-2")
            app.tap("survey:q1:1")
            app.wait("Question 2 of 2")
            fits(app)
            assert app.close() == 0
        server.answers.clear()
        with Driven(tmp_path) as app:
            app.wait("Synced", timeout=30)
            app.tap("nav:settings")
            opened(app, "surveys")
            app.tap("answer:phq-2")
            app.wait("Question 2 of 2")
            assert app.close() == 0
        assert server.choices["nudges"]["off"] is True


def near(now: datetime) -> list[tuple[int, int]]:
    """Local times within the hour, in the zone of the patient's plan."""
    zone = house.BERLIN
    return [((now.astimezone(zone) + timedelta(minutes=m)).hour, 0) for m in (-60, 0, 60)]


def test_offline_revoked_and_refused_are_said_as_they_are(tmp_path: Path) -> None:
    with House() as server:
        house.furnish(server, now=datetime.now(UTC))
        server.model.refused_kinds = {"heart_rate"}
        with Driven(tmp_path, server=server.url, code=CODE) as app:
            app.tap("enrol")
            app.wait("Synced")
            db = open_store(tmp_path / "data" / "stores" / f"{PATIENT}.sqlite3", KEY)
            now = datetime.now(UTC)
            ms = int(now.timestamp() * 1000)
            record_samples(db, Samples("heart_rate", "w", "/min", [ms], [61]), now=now)
            app.tap("sync_line")
            app.tap("sync_now")
            app.wait("Please look: the server refused 1 entry")
            app.wait("The server does not take this kind of value.")
            fits(app)
            app.tap(text="OK, put it away")
            app.wait_gone("Please look: the server refused 1 entry")
            server.model.token = "another"
            record_samples(db, Samples("glucose", "w", "mg/dL", [ms], [99]), now=now)
            app.tap("sync_now")
            app.wait("Signed out, 1 waiting")
            app.tap("sync_now")
            app.wait("Welcome to Evenkeel")
            app.wait("1 entry still waits on this phone")
            assert outbox.local_samples(db, "glucose", 0, 2 * ms) != []
            db.close()
            assert app.close() == 0


def test_it_opens_fast_and_stays_alive_while_a_hundred_thousand_samples_sync(
    tmp_path: Path,
) -> None:
    with House() as server:
        house.furnish(server, now=datetime.now(UTC))
        with Driven(tmp_path, server=server.url, code=CODE) as app:
            app.tap("enrol")
            app.wait("Synced")
            store = tmp_path / "data" / "stores" / f"{PATIENT}.sqlite3"
            now = datetime.now(UTC)
            begin = int(now.timestamp() * 1000) - 100_000_000
            at = [begin + n * 1000 for n in range(100_000)]
            db = open_store(store, KEY)
            record_samples(
                db, Samples("heart_rate", "w", "/min", at, [60 + n % 40 for n in range(100_000)]),
                now=now,
            )  # fmt: skip
            db.close()
            app.tap("sync_line")
            calm = app.do("frames", seconds=2)
            app.tap("sync_now")
            frames = app.do("frames", seconds=3)
            app.wait("Synced", timeout=60)
            assert len(server.model.books.samples) == 100_000
            # Where other work fills the machine even an idle window drops frames: then compare.
            assert frames["worst_ms"] < max(WORST_FRAME_MS, 3 * calm["worst_ms"])
            # Processor time, for the same reason: on a free machine it is the time to the window.
            assert app.started["cpu_s"] < FIRST_FRAME_S
            assert app.close() == 0
