"""manage.py deploy_model: a named clinician takes an audited model into use, or out of it.

manage.py deploy_model risk.readmission_30d 20261124.140000 --by bo --reason "..."
"""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts.actors import actor_of
from backend.accounts.models import User
from backend.core.problems import Problem
from backend.insights import registry
from backend.insights.model_queries import model_named


class Command(BaseCommand):
    help = (
        "Takes an audited version of a learned method into use, in the name of a clinician and "
        "with her reason; exit 1 with what stands in the way where the gate does not let it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """METHOD VERSION --by USERNAME --reason TEXT [--override] [--autonomous] [--retire]."""
        parser.add_argument("method", metavar="METHOD")
        parser.add_argument("model_version", metavar="VERSION")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="a clinician")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="a sentence")
        parser.add_argument(
            "--override", action="store_true", help="deploy against the gate; shown for ever"
        )
        parser.add_argument(
            "--autonomous", action="store_true", help="to act without a person who looks on"
        )
        parser.add_argument("--retire", action="store_true", help="take it out of use instead")
        parser.add_argument("--json", action="store_true", help="print what stands then as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Roles are checked as at the desk."""
        now = datetime.now(UTC)
        user = User.objects.filter(username=options["by"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['by']}.")
        try:
            with transaction.atomic():
                model = model_named(options["method"], options["model_version"])
                if options["retire"]:
                    registry.retire(actor_of(user), model.id, reason=options["reason"], now=now)
                else:
                    model = registry.deploy(
                        actor_of(user),
                        model.id,
                        reason=options["reason"],
                        override=options["override"],
                        autonomous=options["autonomous"],
                        now=now,
                    )
        except Problem as problem:
            raise CommandError(_words(problem)) from None
        model.refresh_from_db()
        if options["json"]:
            told = {"method": model.method, "version": model.version, "state": model.state}
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(f"{model} is {model.state}.")


def _words(problem: Problem) -> str:
    return " ".join(error.detail for error in problem.errors) or problem.detail
