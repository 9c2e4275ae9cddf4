"""Load the simulated cohort through the doors of a running Evenkeel, once."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.demo.cohort import SEED, load
from backend.demo.phone import Refused


class Command(BaseCommand):
    """`manage.py load_cohort WEB_URL`, which `demo` runs."""

    help = "Load the simulated cohort, or print again how to sign in to the one that is there."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The running web server and the cohort's size."""
        parser.add_argument("web_url")
        parser.add_argument("--patients", type=int, default=50)
        parser.add_argument("--days", type=int, default=60)
        parser.add_argument("--seed", type=int, default=SEED)

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what a visitor needs, one a line."""
        kept = settings.DATA_DIR / "cohort.json"
        if kept.exists():
            known = json.loads(kept.read_text())
            self._introduce(known)
            call_command("enrol", known["patient"], stdout=self.stdout)
            return
        try:
            loaded = load(
                options["web_url"],
                patients=options["patients"],
                days=options["days"],
                seed=options["seed"],
                now=datetime.now(UTC),
                say=self.say,
            )
        except Refused as refusal:
            raise CommandError(f"The cohort was refused: {refusal}") from refusal
        known = {"staff": loaded.staff, "patient": str(loaded.first_patient)}
        _keep(kept, known)
        self._introduce(known)
        self.say(f"enrolment code: {loaded.enrolment_code}")

    def _introduce(self, known: dict[str, Any]) -> None:
        for user, password in known["staff"]:
            self.say(f"admin: {user} {password}")
        self.say(f"patient: {known['patient']}")

    def say(self, line: str) -> None:
        """One line, at once."""
        self.stdout.write(line)
        self.stdout.flush()


def _keep(path: Path, known: dict[str, Any]) -> None:
    """The demo's passwords, for the folder's owner only."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(known, file)
    draft.replace(path)
