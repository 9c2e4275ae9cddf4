"""Print each component, up or down."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.core import health


class Command(BaseCommand):
    """`manage.py check_health`"""

    help = "Each component, up or down, with latency; exit 1 if one is down."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Only --json."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a component."""
        found = health.components()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(component) for component in found]))
        else:
            for part in found:
                state = "up" if part.up else "down"
                self.stdout.write(
                    f"{part.name:<12} {state:<5} {part.latency_ms:8.1f} ms  {part.detail}".rstrip()
                )
        down = [part.name for part in found if not part.up]
        if down:
            raise CommandError(f"Down: {', '.join(down)}.")
