"""manage.py train: a learned method from a data set into a candidate of the registry.

manage.py train risk.readmission_30d --data DIR
"""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts.actors import job
from backend.core.problems import Problem
from backend.insights.learned import LEARNED
from backend.insights.learning import train
from backend.insights.tables import Unusable


class Command(BaseCommand):
    help = (
        "Fits a learned method to the people of a data set, and stores its numbers and its card as "
        "a candidate. Four people of ten are held out by a hash of their number. Nothing is "
        f"deployed. Methods: {', '.join(LEARNED)}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """METHOD --data DIR [--model-version V] [--json]."""
        parser.add_argument("method", choices=list(LEARNED), metavar="METHOD")
        parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a folder")
        parser.add_argument(
            "--model-version", metavar="V", help="of the model (default: the moment, UTC)"
        )
        parser.add_argument("--json", action="store_true", help="print the card and the numbers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 with the reason where data cannot be used or the version stands."""
        now = datetime.now(UTC)
        learned = LEARNED[options["method"]]
        version = options["model_version"] or f"{now:%Y%m%d.%H%M%S}"
        try:
            cohort = learned.read(options["data"])
            with transaction.atomic():
                model = train(job("train"), learned, cohort, version=version, now=now)
        except Unusable as error:
            raise CommandError(str(error)) from None
        except Problem as problem:
            raise CommandError(problem.detail) from None
        told = {"method": model.method, "version": model.version, "digest": model.digest}
        if options["json"]:
            whole = told | {"card": model.card, "artefact": model.artefact}
            self.stdout.write(json.dumps(whole, indent=1))
            return
        metrics = model.card["metrics"]
        self.stdout.write(f"{model} is a candidate ({model.digest[:12]}).")
        self.stdout.write(
            f"Held out: {metrics['people']:.0f} people, {metrics['events']:.0f} events, AUROC "
            f"{metrics['auroc']:.3f}, O/E {metrics['o_e']:.3f}, slope {metrics['slope']:.3f}."
        )
