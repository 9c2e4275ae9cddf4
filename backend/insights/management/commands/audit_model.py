"""manage.py audit_model: the fairness gate on a stored model.

manage.py audit_model risk.readmission_30d --data DIR
"""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts.actors import job
from backend.core.problems import Problem
from backend.insights.auditing import audit_held_out
from backend.insights.learned import LEARNED
from backend.insights.model_queries import model_named
from backend.insights.models import ModelAudit
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
        """METHOD --data DIR [--model-version V] [--replicates N] [--json] [--output F]."""
        parser.add_argument("method", choices=list(LEARNED), metavar="METHOD")
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
        learned = LEARNED[options["method"]]
        try:
            model = model_named(options["method"], options["model_version"])
            cohort = learned.read(options["data"])
            with transaction.atomic():
                audit = audit_held_out(
                    job("audit_model"),
                    model,
                    cohort,
                    data=learned.data,
                    replicates=options["replicates"],
                    now=datetime.now(UTC),
                )
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
        for group in (report["audit"]["everyone"], *report["audit"]["groups"]):
            for limit in group["verdict"]["limits"]:
                if limit["state"] != "met":
                    self.stdout.write(
                        f"  {group['of']}: {group['label']} ({group['events']} events): "
                        f"{limit['name']} {limit['value']:.3f} is {limit['state']}"
                    )
        few = len(report["insufficient"])
        self.stdout.write(f"Insufficient evidence: {few} groups; nothing may act alone on these.")
