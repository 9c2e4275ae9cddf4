"""The key and the PIN before it."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, PasswordDeleteError

from mobile.device import desktop_keys
from mobile.device.identity import Identity, is_enrolled, keep_identity, load_identity
from mobile.device.keys import KeysInMemory, KeysShut, this_holder
from mobile.device.safe import FILE_NAME, FIRST_WAIT, FREE_TRIES, LONGEST_WAIT, Locked, Safe
from tests.mobile.phone import KEY, START

PIN = "135790"


def test_where_the_device_keeps_keys_the_app_opens_without_a_pin(tmp_path: Path) -> None:
    holder = KeysInMemory()
    safe = Safe(tmp_path, holder)
    assert not safe.needs_pin
    with pytest.raises(Locked):
        _ = safe.key
    assert safe.open()
    assert safe.key == holder.key
    assert Safe(tmp_path, holder).open()


def test_a_pin_locks_the_app_and_the_right_one_opens_it(tmp_path: Path) -> None:
    holder = KeysInMemory(KEY)
    Safe(tmp_path, holder).choose_pin("1234")
    safe = Safe(tmp_path, holder)
    assert safe.has_pin
    assert not safe.open()
    assert not safe.try_pin("1235", now=START)
    assert safe.try_pin("1234", now=START)
    assert safe.key == KEY
    safe.drop_pin()
    assert Safe(tmp_path, holder).open()


def test_without_a_keyring_the_pin_is_the_key(tmp_path: Path) -> None:
    safe = Safe(tmp_path, None)
    assert safe.needs_pin
    assert not safe.open()
    with pytest.raises(ValueError, match="short"):
        safe.choose_pin("12345")
    safe.choose_pin(PIN)
    key = safe.key
    lock = tmp_path / FILE_NAME
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    assert key not in lock.read_bytes()
    again = Safe(tmp_path, None)
    assert not again.open()
    assert again.try_pin(PIN, now=START)
    assert again.key == key
    again.choose_pin("another-one")
    third = Safe(tmp_path, None)
    assert not third.try_pin(PIN, now=START)
    assert third.try_pin("another-one", now=START)
    assert third.key == key
    with pytest.raises(Locked):
        third.drop_pin()


def test_who_has_not_the_pin_cannot_change_it(tmp_path: Path) -> None:
    Safe(tmp_path, None).choose_pin(PIN)
    with pytest.raises(Locked):
        Safe(tmp_path, None).choose_pin("a-new-one")


def test_wrong_tries_cost_longer_and_longer_also_after_a_restart(tmp_path: Path) -> None:
    Safe(tmp_path, KeysInMemory(KEY)).choose_pin("1234")
    now = START
    waits = []
    for _ in range(FREE_TRIES + 3):
        safe = Safe(tmp_path, KeysInMemory(KEY))
        assert not safe.try_pin("0000", now=now)
        until = safe.closed_until(now)
        if until is not None:
            waits.append(until - now)
            assert not safe.try_pin("1234", now=now)  # not even looked at
            now = until
    assert waits == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4]
    lock = json.loads((tmp_path / FILE_NAME).read_text())
    (tmp_path / FILE_NAME).write_text(json.dumps(lock | {"wrong": 99}))
    safe.try_pin("0000", now=now)
    assert safe.closed_until(now) == now + LONGEST_WAIT
    assert safe.try_pin("1234", now=now + LONGEST_WAIT)
    assert safe.closed_until(now + LONGEST_WAIT) is None


def test_a_forgotten_pin_ends_with_an_empty_safe(tmp_path: Path) -> None:
    holder = KeysInMemory(KEY)
    safe = Safe(tmp_path, holder)
    safe.choose_pin("1234")
    safe.wipe()
    assert holder.key is None
    assert not safe.has_pin
    assert Safe(tmp_path, holder).open()
    assert holder.key != KEY


def test_the_token_is_sealed_and_one_kept_in_plain_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "phone.json"
    file.write_text('{"server": "https://a", "patient": "p", "token": "secret"}')
    assert is_enrolled(tmp_path)
    assert load_identity(tmp_path) == Identity("https://a", "p", None)
    for _ in range(2):
        assert load_identity(tmp_path, KEY) == Identity("https://a", "p", "secret")
        assert "secret" not in file.read_text()
    assert load_identity(tmp_path, bytes(32)) == Identity("https://a", "p", None)
    keep_identity(tmp_path, Identity("https://a", "p", None), KEY)
    assert not is_enrolled(tmp_path)
    file.write_text("[]")
    assert load_identity(tmp_path, KEY) is None


class Ring(KeyringBackend):
    """A keyring as the library knows them; `broken` as a locked one."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        self._fail()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._fail()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError

    def _fail(self) -> None:
        if self.broken:
            raise InitError


def test_the_desktop_keyring_keeps_one_key_for_each_folder(tmp_path: Path) -> None:
    ring = Ring()
    one, other = (desktop_keys.SystemKeyring(ring, tmp_path / name) for name in "ab")
    assert one.load() is None
    one.keep(KEY)
    assert one.load() == KEY
    assert other.load() is None
    for _ in range(2):
        one.forget()
    assert one.load() is None
    ring.broken = True
    for act in (one.load, one.forget, lambda: one.keep(KEY)):
        with pytest.raises(KeysShut):
            act()


def test_a_keyring_that_is_shut_makes_no_new_key(tmp_path: Path) -> None:
    ring = Ring()
    holder = desktop_keys.SystemKeyring(ring, tmp_path)
    Safe(tmp_path, holder).open()
    kept = dict(ring.kept)
    ring.broken = True
    with pytest.raises(KeysShut):
        Safe(tmp_path, holder).open()
    assert ring.kept == kept


def test_a_key_that_was_lost_is_not_replaced_in_silence(tmp_path: Path) -> None:
    Safe(tmp_path, KeysInMemory()).open()
    with pytest.raises(KeysShut):
        Safe(tmp_path, KeysInMemory()).open()
    safe = Safe(tmp_path, KeysInMemory())
    safe.wipe()
    assert safe.open()


def test_each_platform_has_its_own_bridge(tmp_path: Path) -> None:
    asked = []

    def bridges(name: str) -> object:
        asked.append(name)
        return desktop_keys

    for platform in ("android", "linux"):
        this_holder(tmp_path, platform, bridges)
    assert asked == ["mobile.device.android_keys", "mobile.device.desktop_keys"]


def test_closed_until_is_over_when_it_is(tmp_path: Path) -> None:
    safe = Safe(tmp_path, KeysInMemory(KEY))
    assert safe.closed_until(START) is None
    safe.choose_pin("1234")
    for _ in range(FREE_TRIES + 1):
        safe.try_pin("0", now=START)
    assert safe.closed_until(START + FIRST_WAIT - timedelta(seconds=1)) is not None
    assert safe.closed_until(START + FIRST_WAIT) is None
