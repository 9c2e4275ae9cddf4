"""manage.py recompute_findings: does every finding of a patient come out again as it was said?

manage.py recompute_findings --patient ID
"""

import json
from argparse import ArgumentParser
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts.actors import job
from backend.core.problems import NotFound
from backend.insights.models import Finding
from backend.insights.recomputing import Again, recompute
from backend.patients.access import Category, open_chart


class Command(BaseCommand):
    help = (
        "Computes findings again from the inputs that were known when each was computed, the "
        "superseded too, and compares digest and answer. Exit 1 if one with the same inputs and "
        "version differs. Prints methods and states, never a value."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--patient ID [--method M] [--json]."""
        parser.add_argument("--patient", type=UUID, required=True, metavar="ID")
        parser.add_argument("--method", metavar="M", help="of this method only")
        parser.add_argument("--json", action="store_true", help="print each finding as JSON")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """The access is entered in the ledger like any other."""
        kinds = (
            *(Category.PROFILE, Category.SURVEYS),
            *(Category.STREAMS, Category.MEDICINES, Category.INSIGHTS),
        )
        try:
            chart = open_chart(
                job("recompute_findings"),
                options["patient"],
                *kinds,
                subject="recompute_findings",
                now=datetime.now(UTC),
            )
        except NotFound:
            raise CommandError("There is no such patient.") from None
        rows = Finding.objects.filter(patient=chart.patient).order_by("computed_at", "revision")
        if options["method"]:
            rows = rows.filter(method=options["method"])
        found = [recompute(chart, finding) for finding in rows]
        if options["json"]:
            told = [
                {
                    **{"id": str(one.finding.id), "method": one.finding.method},
                    **{"version": one.finding.version, "again": one.again, "fields": one.fields},
                }
                for one in found
            ]
            self.stdout.write(json.dumps(told, indent=1))
        else:
            for state, count in sorted(Counter(one.again for one in found).items()):
                self.stdout.write(f"{state}: {count}")
        if bad := [one for one in found if one.again == Again.DIFFERS]:
            names = ", ".join(sorted({one.finding.method for one in bad}))
            raise CommandError(f"{len(bad)} findings came out otherwise: {names}.")
