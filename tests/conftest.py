"""A private PostgreSQL for each run, begun when the first test asks for the database.

DATABASE_URL in the environment takes its place. Nothing is shared between runs: no port, no folder.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import settings as hypothesis_settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from backend.core.embedded import postgres, valkey
from tests.people import Cast, make_cast

DATABASE_URL_WAS_GIVEN = "DATABASE_URL" in os.environ

# Laws are checked without a clock: a busy machine must not fail one.
hypothesis_settings.register_profile("no_clock", deadline=None)
hypothesis_settings.load_profile("no_clock")

# Argon2 is slow on purpose; whole casts are made hundreds of times.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def service_folder() -> Iterator[Path]:
    """A folder for embedded services; its short path leaves room for sockets."""
    with tempfile.TemporaryDirectory(prefix="ekt-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def database_server(service_folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL for this run."""
    if DATABASE_URL_WAS_GIVEN:
        yield os.environ["DATABASE_URL"]
        return
    with postgres.throwaway(service_folder) as server:
        yield server.url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: str) -> None:
    """Point Django at the run's server before pytest-django makes the test database on it."""
    parts = conninfo_to_dict(database_server)
    settings.DATABASES["default"].update(
        HOST=parts.get("host", ""),
        PORT=str(parts.get("port", "")),
        USER=parts.get("user", ""),
        PASSWORD=parts.get("password", ""),
        NAME=parts.get("dbname", "evenkeel"),
    )


@pytest.fixture(scope="session")
def redis_url(service_folder: Path) -> Iterator[str]:
    """The URL of a Valkey for this run, begun for the first test that asks."""
    with valkey.throwaway(service_folder) as server:
        yield server.url


@pytest.fixture
def service_environment(transactional_db: None, redis_url: str) -> dict[str, str]:
    """The environment in which a child process meets this test's database and broker."""
    here = settings.DATABASES["default"]
    url = make_conninfo(
        host=here["HOST"] or None,
        port=here["PORT"] or None,
        user=here["USER"] or None,
        password=here["PASSWORD"] or None,
        dbname=here["NAME"],
    )
    return {**os.environ, "DATABASE_URL": url, "REDIS_URL": redis_url}


@pytest.fixture
def cast(db: None) -> Cast:
    """Amina and the people around her."""
    return make_cast()
