"""manage.py train: a learned method from a data set into a candidate of the registry.

manage.py train risk.readmission_30d --data DIR
"""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts.actors import job
from backend.core.problems import Problem
from backend.insights import forecast_fit
from backend.insights.learned import LEARNED
from backend.insights.learning import train
from backend.insights.models import LearnedModel
from backend.insights.tables import Unusable

METHODS = [*LEARNED, forecast_fit.METHOD]
UNTRAINED = {
    "adherence.outlook": "adherence.outlook cannot be trained from a folder: no open data set has "
    "dose-by-dose records. Its numbers come from simulated people, with the project; a team refits "
    "them on its own records with backend.science.adherence_risk.fit."
}


class Command(BaseCommand):
    help = (
        "Fits a learned method to the people of a data set, and stores its numbers and its card as "
        "a candidate. Four people of ten are held out by a hash of their number; of recordings of "
        f"glucose, each one's last fifth. Nothing is deployed. Methods: {', '.join(METHODS)}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """METHOD --data DIR [--model-version V] [--json]."""
        parser.add_argument("method", choices=[*METHODS, *UNTRAINED], metavar="METHOD")
        parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a folder")
        parser.add_argument(
            "--model-version", metavar="V", help="of the model (default: the moment, UTC)"
        )
        parser.add_argument("--json", action="store_true", help="print the card and the numbers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 with the reason where data cannot be used or the version stands."""
        if why := UNTRAINED.get(options["method"]):
            raise CommandError(why)
        now = datetime.now(UTC)
        version = options["model_version"] or f"{now:%Y%m%d.%H%M%S}"
        try:
            model = _candidate(options["method"], options["data"], version, now)
        except Unusable as error:
            raise CommandError(str(error)) from None
        except Problem as problem:
            raise CommandError(problem.detail) from None
        told = {"method": model.method, "version": model.version, "digest": model.digest}
        if options["json"]:
            whole = told | {"card": model.card, "artefact": model.artefact}
            self.stdout.write(json.dumps(whole, indent=1))
            return
        self.stdout.write(f"{model} is a candidate ({model.digest[:12]}).")
        self.stdout.write(_measured(model.card["metrics"]))


def _candidate(method: str, data: Path, version: str, now: datetime) -> LearnedModel:
    if method == forecast_fit.METHOD:
        found = forecast_fit.read_recordings(data)
        return forecast_fit.train_forecast(
            job("train"), found, name=data.name, version=version, now=now
        )
    learned = LEARNED[method]
    cohort = learned.read(data)
    with transaction.atomic():
        return train(job("train"), learned, cohort, version=version, now=now)


def _measured(metrics: Mapping[str, float]) -> str:
    if "rmse_60_min_mg_dl" in metrics:
        return (
            f"Held out: an hour ahead {metrics['rmse_60_min_mg_dl']:.1f} mg/dL (RMSE), 90 % "
            f"intervals held {100 * metrics['covered_90']:.0f} %."
        )
    return (
        f"Held out: {metrics['people']:.0f} people, {metrics['events']:.0f} events, AUROC "
        f"{metrics['auroc']:.3f}, O/E {metrics['o_e']:.3f}, slope {metrics['slope']:.3f}."
    )
