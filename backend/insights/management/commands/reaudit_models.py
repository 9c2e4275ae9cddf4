"""manage.py reaudit_models: what is in use judged on outcomes that came in since, if it is due.

Workers do the same each night; a host that has requirements/audit.txt can do it for them.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.core.problems import Problem
from backend.insights.drift import reaudit
from backend.insights.model_queries import verdict_of


class Command(BaseCommand):
    help = (
        "Judges each model in use whose last live audit is a month old, on outcomes recorded "
        "since. What drifted is shown at the desk, and may do nothing without a person."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a model."""
        try:
            told = reaudit(now=datetime.now(UTC))
        except Problem as problem:
            raise CommandError(problem.detail) from None
        for audit in told:
            self.stdout.write(f"{audit.model}: {verdict_of(audit)}.")
        if not told:
            self.stdout.write("Nothing is due.")
