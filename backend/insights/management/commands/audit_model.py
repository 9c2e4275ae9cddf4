"""manage.py audit_model: the fairness gate on a stored model.

manage.py audit_model risk.readmission_30d --data DIR
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.accounts.actors import job
from backend.core.problems import Problem
from backend.insights import forecast_fit
from backend.insights.auditing import audit_held_out
from backend.insights.learned import LEARNED
from backend.insights.model_queries import model_named
from backend.insights.models import LearnedModel, ModelAudit
from backend.insights.tables import Unusable
from backend.science.fairness import REPLICATES

BLOCKED = 3  # exit codes: 0 passed, 1 could not be done


class Command(BaseCommand):
    help = (
        "Judges a stored model on the held-out people of a data set: for everyone, each declared "
        "group and each crossing of two. The report is stored and shown at the desk. Exit 0: it "
        f"passed; {BLOCKED}: the gate blocks it; 1: the audit could not be made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """METHOD --data DIR [--model-version V] [--replicates N] [--json]."""
        parser.add_argument("method", choices=[*LEARNED, forecast_fit.METHOD], metavar="METHOD")
        parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a folder")
        parser.add_argument("--model-version", metavar="V", help="default: the newest")
        parser.add_argument(
            "--replicates", type=int, default=REPLICATES, metavar="N", help="of the bootstrap"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say the verdict; the exit code is the verdict too."""
        if not 50 <= options["replicates"] <= 10_000:
            raise CommandError("--replicates is from 50 to 10000.")
        try:
            model = model_named(options["method"], options["model_version"])
            audit = _audited(model, options["data"], options["replicates"])
        except (Unusable, ValueError) as error:
            raise CommandError(str(error)) from None
        except Problem as problem:
            raise CommandError(problem.detail) from None
        if options["json"]:
            self.stdout.write(json.dumps(audit.report, indent=1))
        else:
            self._say(audit)
        if not audit.passed:
            sys.exit(BLOCKED)

    def _say(self, audit: ModelAudit) -> None:
        report = audit.report
        verdict = "passed" if audit.passed else "blocked"
        self.stdout.write(f"{audit.model}: {verdict} on {report['data']['people']} people.")
        if "audit" in report:
            self._say_risks(report)
        for group in report.get("coverage", ()):
            if group["state"] in ("unclear", "missed"):
                self.stdout.write(
                    f"  {group['of']}: {group['label']}: 90 % intervals held "
                    f"{100 * group['coverage']:.1f} %, {group['state']}"
                )
        few = len(report["insufficient"])
        self.stdout.write(f"Insufficient evidence: {few} groups; nothing may act alone on these.")

    def _say_risks(self, report: Mapping[str, Any]) -> None:
        for group in (report["audit"]["everyone"], *report["audit"]["groups"]):
            for limit in group["verdict"]["limits"]:
                if limit["state"] != "met":
                    self.stdout.write(f"  {group['of']}: {group['label']}: {_beyond(group, limit)}")
        if withheld := report["data"]["withheld"]:
            self.stdout.write(f"No risk is told to {withheld} people.")


def _audited(model: LearnedModel, data: Path, replicates: int) -> ModelAudit:
    actor, now = job("audit_model"), datetime.now(UTC)
    if model.method == forecast_fit.METHOD:
        found = forecast_fit.read_recordings(data)
        return forecast_fit.audit_forecast(actor, model, found, name=data.name, now=now)
    learned = LEARNED[model.method]
    cohort = learned.read(data)
    return audit_held_out(actor, model, cohort, data=learned.data, replicates=replicates, now=now)


def _beyond(group: dict[str, Any], limit: dict[str, Any]) -> str:
    value = "none" if limit["value"] is None else f"{limit['value']:.3f}"
    told = f"{limit['name']} {value} is {limit['state']} on {group['events']} events"
    needed = limit["events_needed"]
    return told if needed is None else f"{told}; {needed} would tell"
