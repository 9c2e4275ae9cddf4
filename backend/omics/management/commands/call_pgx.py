"""manage.py call_pgx: the pharmacogenes of one sample of a VCF (GRCh38).

manage.py call_pgx --vcf person.vcf.gz
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.omics.calling import call_file
from backend.omics.files import Unusable
from backend.omics.pharmacogenes import NoDefinitions, pharmacogenes


class Command(BaseCommand):
    help = (
        "Diplotypes, phenotype and activity score of each pharmacogene, and what CPIC recommends, "
        "as JSON. A position without a line in the file is unknown, never reference: it is listed "
        "as missing. Nothing is recommended from a call that is not settled."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--vcf F [--sample ID] [--definitions DIR]."""
        parser.add_argument("--vcf", type=Path, required=True, metavar="F", help="vcf or vcf.gz")
        parser.add_argument("--sample", metavar="ID", help="which, if the file has several")
        parser.add_argument(
            "--definitions",
            type=Path,
            metavar="DIR",
            help="PharmCAT's files, or what load_pgx made of them (default: EVENKEEL_PGX, else the "
            "bundled genes)",
        )
        parser.add_argument("--json", action="store_true", help="the output is always JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """One JSON object."""
        try:
            genes = pharmacogenes(options["definitions"])
            report = call_file(options["vcf"], genes, sample=options["sample"])
        except (Unusable, NoDefinitions) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(json.dumps(report, indent=1))
