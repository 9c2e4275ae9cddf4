"""Say what has to be said: runs until SIGTERM or Ctrl-C."""

import argparse
import signal
from datetime import timedelta
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.notices.channels import external_channels
from backend.notices.claims import LEASE
from backend.notices.pump import SWEEP_S, Pump


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a number of seconds is needed") from None
    if not 0.1 <= found <= 3600:
        raise argparse.ArgumentTypeError("choose 0.1 to 3600 seconds")
    return found


class Command(BaseCommand):
    help = "Announce what is due, with PostgreSQL alone; run as many as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--lease",
            type=_seconds,
            default=LEASE.total_seconds(),
            help="seconds after which another pump takes over what this one has in hand",
        )
        parser.add_argument(
            "--sweep-every",
            type=_seconds,
            default=SWEEP_S,
            help="seconds between looks for what slipped behind a watermark",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Pump(
            external_channels(),
            stopping=stop.is_set,
            lease=timedelta(seconds=options["lease"]),
            sweep_s=options["sweep_every"],
        ).run()
