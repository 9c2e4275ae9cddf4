"""A whole Evenkeel on this machine, from nothing."""

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.core.embedded.unprivileged import EmbeddedError
from backend.demo.leftovers import end_leftovers
from backend.demo.stack import Stack, choose_ports
from backend.demo.supervisor import Supervisor

DEFAULT_PATIENTS = 50
DEFAULT_DAYS = 60
LOADING = "cohort.loading"  # stands while the cohort is being loaded
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    """`manage.py demo`"""

    help = (
        "Start everything on this machine: PostgreSQL, Valkey, web, WebSockets, worker, beat and "
        "pump, with a simulated cohort. DATABASE_URL and REDIS_URL replace the embedded services. "
        "Ctrl-C stops it; a second start on the same --data keeps what is there."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """As the contract names them."""
        parser.add_argument("--port", type=int, help="the web's port (default: 8000 or next free)")
        parser.add_argument(
            "--data",
            type=Path,
            default=settings.DATA_DIR,
            help="folder of databases, files and keys (default: %(default)s)",
        )
        parser.add_argument(
            "--patients", type=int, default=DEFAULT_PATIENTS, help="size of the cohort"
        )
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="length of its history")
        parser.add_argument("--seed", type=int, help="another seed, another cohort")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs until it is told to end."""
        data: Path = options["data"].resolve()
        for sign in ENDING:
            signal.signal(sign, signal.default_int_handler)
        try:
            with _only_one(data):
                self._run(data, options)
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.say("stopped")

    def say(self, line: str) -> None:
        """One line, at once."""
        self.stdout.write(line)
        self.stdout.flush()

    def _run(self, data: Path, options: dict[str, Any]) -> None:
        register = data / "processes.json"
        if names := end_leftovers(register):
            self.say(f"stopped what an earlier start had left running: {', '.join(names)}")
        if (data / LOADING).exists():
            self._begin_again(data)
        try:
            ports = choose_ports(options["port"])
        except OSError as error:
            raise CommandError("That port is taken: choose another --port.") from error
        stack = Stack(data, ports.web, ports.ws)
        supervisor = Supervisor(self.say, register)
        try:
            self._start(stack, supervisor, options)
            supervisor.watch(until=lambda: False)
        finally:
            for sign in ENDING:
                signal.signal(sign, signal.SIG_IGN)
            supervisor.stop_all()
            ports.held.close()

    def _begin_again(self, data: Path) -> None:
        """Half a cohort is of no use, and nobody was told how to sign in to it."""
        if "DATABASE_URL" in os.environ:
            raise CommandError(
                "An earlier start ended while it loaded the cohort: empty the database that "
                f"DATABASE_URL names and remove {data}, or choose others."
            )
        self.say("an earlier start ended while it loaded the cohort: beginning again")
        for part in ("postgres", "valkey"):
            shutil.rmtree(data / part, ignore_errors=True)
        (data / LOADING).unlink()

    def _start(self, stack: Stack, supervisor: Supervisor, options: dict[str, Any]) -> None:
        embedded = stack.data_services()
        supervisor.start(*embedded)
        stack.describe(embedded)
        # The doors take seconds to start; they answer once the database is prepared.
        doors = supervisor.begin(*stack.doors())
        self._manage(stack, supervisor, "prepare_database", "-v", "0")
        supervisor.wait(doors)
        self.say(f"web: {stack.web_url}")
        supervisor.start(*stack.workers())
        if options["patients"]:
            self._load(stack, supervisor, options)
        supervisor.watch(until=stack.is_ready)
        self.say("ready")

    def _load(self, stack: Stack, supervisor: Supervisor, options: dict[str, Any]) -> None:
        wanted = [f"--{n}={options[n]}" for n in ("patients", "days", "seed") if options[n]]
        loading = stack.data / LOADING
        if not (stack.data / "cohort.json").exists():
            loading.touch()
        self._manage(stack, supervisor, "load_cohort", stack.web_url, *wanted)
        loading.unlink(missing_ok=True)

    def _manage(self, stack: Stack, supervisor: Supervisor, *arguments: str) -> None:
        if supervisor.run(stack.command(*arguments), stack.environment):
            raise CommandError(f"manage.py {arguments[0]} failed.")


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel lets go whatever way we end."""
    # As root the folder is passed through by the user that PostgreSQL runs as.
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    (data / "logs").mkdir(mode=0o700, exist_ok=True)
    with (data / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"A demo already runs on {data}: stop it, or choose another --data."
            ) from None
        yield
