"""manage.py biomarkers: anyone can check the methods on a file of their own."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from backend.insights.biomarkers import glucose_biomarkers, rr_biomarkers
from backend.insights.tables import Unusable

KINDS: Final = {"glucose": glucose_biomarkers, "rr": rr_biomarkers}


class Command(BaseCommand):
    help = (
        "Biomarkers of one person's csv file as JSON: `glucose` of the columns time,mg_dl, `rr` of "
        "rr_ms. What coverage, length or artefacts forbid is null, with the reason; exit 1 if "
        "nothing can be told."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """glucose|rr --input F [--no-limits]."""
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("--input", type=Path, required=True, metavar="F", help="a csv file")
        parser.add_argument(
            "--no-limits",
            action="store_true",
            help="compute where coverage would forbid, every RR interval taken as it stands",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Numbers are not rounded; other columns are ignored."""
        try:
            told = KINDS[options["kind"]](options["input"], limits=not options["no_limits"])
        except Unusable as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(told, indent=2, allow_nan=False))
        if all(number is None for name, number in told.items() if name != "refused"):
            why = told["refused"][0]
            raise CommandError(
                f"No number: {why['code']}, {why['have']:g} of {why['need']:g} {why['unit']}."
            )
