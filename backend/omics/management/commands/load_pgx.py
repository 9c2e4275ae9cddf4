"""manage.py load_pgx: definitions of pharmacogenes out of a PharmCAT release.

manage.py load_pgx pharmcat/ --to pgx/ && EVENKEEL_PGX=pgx manage.py call_pgx --vcf person.vcf.gz
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.omics.calling import describe
from backend.omics.pharmacogenes import NoDefinitions, pharmacogenes, pharmcat_documents


class Command(BaseCommand):
    help = (
        "Reads the folders `definition` and `phenotype` of a PharmCAT release, checks every gene, "
        "and writes one small file for each. Nothing is written if one of them is wrong."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """DIR --to FOLDER [--genes G ...]."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="with definition/, phenotype/")
        parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="written here")
        parser.add_argument("--genes", nargs="+", metavar="G", help="only these")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints one line a gene."""
        wanted, target = options["genes"], options["to"]
        try:
            genes = pharmacogenes(options["folder"])
            documents = [
                document
                for document in pharmcat_documents(options["folder"])
                if not wanted or document["gene"] in wanted
            ]
        except (NoDefinitions, OSError) as problem:
            raise CommandError(str(problem)) from None
        absent = sorted(set(wanted or ()) - set(genes))
        if absent:
            raise CommandError(f"no definition of {', '.join(absent)}")
        target.mkdir(parents=True, exist_ok=True)
        for document in documents:
            path = target / f"{document['gene']}.json"
            path.write_text(json.dumps(document, indent=None, separators=(",", ":")) + "\n")
        self.stdout.write("\n".join(describe([genes[d["gene"]] for d in documents])))
