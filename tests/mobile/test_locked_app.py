"""The PIN, the copy and the end of the record, in the real app's window."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mobile.store.database import open_store
from tests.mobile import house
from tests.mobile.driving import AppError, Driven, need_graphics
from tests.mobile.house import CODE, PATIENT, House
from tests.mobile.phone import KEY
from tests.mobile.test_app import fits, opened

pytestmark = pytest.mark.slow
PIN = "246810"


@pytest.fixture(scope="module", autouse=True)
def _graphics() -> None:
    need_graphics()


def test_where_no_keyring_is_the_pin_comes_first_and_opens_all(tmp_path: Path) -> None:
    with House() as server:
        house.furnish(server, now=datetime.now(UTC))
        start = {"server": server.url, "code": CODE, "no_keyring": "1"}
        with Driven(tmp_path, **start) as app:
            app.wait("has no safe place for a key")
            fits(app)
            app.enter("pin_new", "123")
            app.tap("pin_send")
            app.wait("This is too short. Use at least 6.")
            app.enter("pin_new", PIN)
            app.enter("pin_again", PIN)
            app.tap("pin_send")
            app.tap("enrol")
            app.wait("Synced")
            assert app.close() == 0
        with Driven(tmp_path, **start) as app:
            app.wait("Evenkeel is locked")
            assert not any("Amina" in text for text in app.texts())
            fits(app)
            app.enter("pin", "000000")
            app.tap("unlock")
            app.wait("This is not the right PIN.")
            app.enter("pin", PIN)
            app.tap("unlock")
            app.wait("Amina")
            app.wait("Synced")
            server.answers["/api/v1/sync"] = 503
            app.tap("nav:settings")
            opened(app, "pin")
            fits(app)
            app.enter("pin_old", PIN)
            app.enter("pin_new", "another-pin")
            app.enter("pin_again", "another-pin")
            app.tap("pin_send")
            app.wait("The PIN was changed.")
            assert app.close() == 0
        with Driven(tmp_path, **start) as app:
            app.tap("forgot")
            app.wait("Nobody can find out your PIN.")
            fits(app)
            app.tap("lock_forgot_yes")
            app.wait("has no safe place for a key")
            assert app.close() == 0
        assert not (tmp_path / "data" / "phone.json").exists()
        assert not (tmp_path / "data" / "stores").exists()


def test_a_copy_is_saved_and_the_record_ends_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "Downloads").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    with House() as server:
        house.furnish(server, now=datetime.now(UTC))
        with Driven(tmp_path, server=server.url, code=CODE) as app:
            app.tap("enrol")
            app.wait("Synced")
            app.tap("nav:settings")
            app.tap("wifi:only")
            opened(app, "privacy")
            app.tap("save_copy")
            app.wait("Saved as")
            assert len(list((home / "Downloads").glob("evenkeel-*.zip"))) == 1
            app.tap("ask_end:asked")
            app.wait("What stays")
            fits(app)
            app.tap("erase")  # without the word it does nothing
            app.wait("Type the word erase")
            app.enter("erase_word", "Erase")
            app.tap("erase")
            app.wait("Welcome to Evenkeel")
            assert app.close() == 0
    assert not (tmp_path / "data" / "stores").exists()


def test_signed_out_from_elsewhere_the_page_goes_at_once(tmp_path: Path) -> None:
    with House() as server:
        house.furnish(server, now=datetime.now(UTC))
        with Driven(tmp_path, server=server.url, code=CODE) as app:
            app.tap("enrol")
            app.wait("Amina")
            app.wait("Synced")
            app.tap("sync_line")
            server.model.token, server.model.revoked = "another", True
            with suppress(AppError):  # it may have synced by itself just now
                app.tap("sync_now", timeout=2)
            app.wait("Welcome to Evenkeel")
            assert not any("Amina" in text for text in app.texts())
            assert app.close() == 0
        db = open_store(tmp_path / "data" / "stores" / f"{PATIENT}.sqlite3", KEY)
        assert db.execute("SELECT count(*) FROM shadow").fetchone()[0] == 0
        db.close()
