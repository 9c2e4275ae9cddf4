"""manage.py remedy_model: another candidate, of an audited model and of what its report offers.

manage.py remedy_model risk.readmission_30d --threshold age --reason "..." --data DIR
"""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts.actors import job
from backend.core.problems import Problem
from backend.insights.learned import LEARNED
from backend.insights.model_queries import model_named
from backend.insights.remedying import remedy


class Command(BaseCommand):
    help = (
        "Makes a new candidate of the audited model with one remedy: its own recalibration or its "
        "own threshold for each group of an attribute, or no risk for groups that the gate found "
        "wanting. Numbers are those of the report, fitted on people in training. With --data the "
        "candidate is audited at once, and the exit code is that of audit_model."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """METHOD (--recalibrate A | --threshold A | --withhold GROUP …) --reason TEXT."""
        parser.add_argument("method", choices=list(LEARNED), metavar="METHOD")
        parser.add_argument("--model-version", metavar="V", help="default: the newest")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--recalibrate", metavar="ATTRIBUTE")
        what.add_argument("--threshold", metavar="ATTRIBUTE")
        what.add_argument("--withhold", nargs="+", metavar="GROUP", help='as "age: under 50"')
        parser.add_argument("--reason", required=True, metavar="TEXT", help="a sentence")
        parser.add_argument("--data", metavar="DIR", help="a folder: audit the candidate at once")
        parser.add_argument("--json", action="store_true", help="print what was done as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 with what stands in the way."""
        what = next(name for name in ("recalibrate", "threshold", "withhold") if options[name])
        of = options[what] if what == "withhold" else [options[what]]
        try:
            with transaction.atomic():
                made = remedy(
                    job("remedy_model"),
                    model_named(options["method"], options["model_version"]).id,
                    what=what,
                    of=of,
                    reason=options["reason"],
                    now=datetime.now(UTC),
                )
        except Problem as problem:
            words = " ".join(error.detail for error in problem.errors) or problem.detail
            raise CommandError(words) from None
        if options["json"]:
            done = made.card["remedies"][-1]
            told = {"method": made.method, "version": made.version, "digest": made.digest}
            self.stdout.write(json.dumps(told | {"remedy": done}))
        else:
            self.stdout.write(f"{made} is a candidate ({made.digest[:12]}).")
        if options["data"]:
            where = {"data": options["data"], "model_version": made.version}
            call_command("audit_model", made.method, stdout=self.stdout, **where)
