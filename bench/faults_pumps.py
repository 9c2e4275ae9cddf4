"""Eight pumps and their killer: `python -m bench.faults_pumps`, started by the chaos run.

Each pump is `manage.py pump`, run in a fork of this process, which has loaded the house and opened
nothing: a cold start costs two seconds of CPU, and at two kills a second none would ever come to
pump. KILL and SPARE begin and end the killing, SIGTERM everything. `--without sweeper` is for the
run that must fail.
"""

import argparse
import os
import random
import signal
import sys
import time
from pathlib import Path

import django
from django.core.management import call_command

import manage
from bench.faults_gateway import Gateway

LEASE_S, SWEEP_S = 10, 2
KILL, SPARE = signal.SIGUSR1, signal.SIGUSR2


class Keeper:
    """Keeps so many pumps running, whatever happens to them."""

    def __init__(self, *, pumps: int, kill_every: float, log: Path, flags: list[str]):
        self._pumps, self._kill_every, self._log, self._flags = pumps, kill_every, log, flags
        self._running: set[int] = set()
        self._killing = self._ending = False

    def run(self) -> None:
        """Until SIGTERM."""
        for number in (KILL, SPARE, signal.SIGTERM):
            signal.signal(number, self._hear)
        self._log.touch()
        next_kill = 0.0
        try:
            while not self._ending:
                self._fill()
                if self._killing and time.monotonic() >= next_kill:
                    next_kill = max(next_kill, time.monotonic() - 1) + self._kill_every
                    self._kill(random.choice(sorted(self._running)))
                time.sleep(0.02)
        finally:
            for pid in self._running:
                os.kill(pid, signal.SIGKILL)

    def _hear(self, number: int, _: object) -> None:
        self._ending = number == signal.SIGTERM
        self._killing = number == KILL

    def _fill(self) -> None:
        for pid in list(self._running):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._running.discard(pid)
                self._note("died", pid)
        while len(self._running) < self._pumps:
            if pid := os.fork():
                self._running.add(pid)
            else:
                self._pump()

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self._running.discard(pid)
        self._note("killed", pid)

    def _note(self, what: str, pid: int) -> None:
        with self._log.open("a") as log:
            log.write(f"{time.time():.4f} {what} {pid}\n")

    def _pump(self) -> None:
        """Never returns: this is the fork."""
        code = 1
        try:
            manage.main(["manage.py", "pump", *self._flags])
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)


def main() -> None:
    """By the environment of a Django process; FAULTS_GATEWAY names the gateway's file."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults_pumps", description=__doc__)
    parser.add_argument("--pumps", type=int, default=8)
    parser.add_argument("--kill-every", type=float, default=0.5)
    parser.add_argument("--log", type=Path, required=True, help="when which pump was killed")
    parser.add_argument("--without", choices=["sweeper", "turns"])
    options = parser.parse_args()
    django.setup()
    call_command("check")  # loads what the pumps would each load
    from backend.core import health  # noqa: PLC0415 - Django must be set up
    from backend.notices import channels, claims  # noqa: PLC0415
    from backend.notices.pump import SWEEPS  # noqa: PLC0415

    channels.CHANNELS["gateway"] = Gateway  # type: ignore[assignment]
    if options.without == "sweeper":
        claims.sweep = lambda **_: []
    if options.without == "turns":  # all sweep at once: only the unique key holds them apart
        health.take_turn = lambda name, **_: name == SWEEPS[-1][0]
    flags = ["--skip-checks", "--lease", str(LEASE_S), "--sweep-every", str(SWEEP_S)]
    Keeper(pumps=options.pumps, kill_every=options.kill_every, log=options.log, flags=flags).run()


if __name__ == "__main__":
    main()
