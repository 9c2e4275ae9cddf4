"""manage.py score_genome: polygenic scores of a VCF's samples.

manage.py score_genome --vcf person.vcf.gz --score PGS000001_hmPOS_GRCh38.txt.gz
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.omics.files import Unusable
from backend.omics.scoring import score_files
from backend.science.genome.pgs_matching import Keeping
from backend.science.genome.polygenic_score import LEAST_MATCH


class Command(BaseCommand):
    help = (
        "Polygenic scores (PGS Catalog scoring files) of every sample of a VCF, as JSON: sum of "
        "weight x effect alleles, and the average over the alleles looked at. Ambiguous (A/T, "
        "C/G), multi-allelic and duplicate variants are left out. A score of which too few "
        "variants match gets a refusal in place of numbers, and the exit code is 1."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--vcf F --score S [S ...] [--min-match FRACTION]."""
        parser.add_argument("--vcf", type=Path, required=True, metavar="F", help="vcf or vcf.gz")
        parser.add_argument("--score", required=True, nargs="+", metavar="S", help="scoring files")
        parser.add_argument(
            "--min-match",
            type=_fraction,
            default=LEAST_MATCH,
            metavar="FRACTION",
            help=f"least share of a score's variants that must match (default {LEAST_MATCH})",
        )
        parser.add_argument(
            "--keep-ambiguous", action="store_true", help="take A/T and C/G as they stand"
        )
        parser.add_argument(
            "--keep-multiallelic", action="store_true", help="count one ALT of several"
        )
        parser.add_argument(
            "--keep-first-duplicate",
            action="store_true",
            help="of several rows that mean one variant take the first, not none",
        )
        parser.add_argument("--json", action="store_true", help="the output is always JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Numbers are not rounded."""
        keeping = Keeping(
            ambiguous=options["keep_ambiguous"],
            multiallelic=options["keep_multiallelic"],
            first_duplicate=options["keep_first_duplicate"],
        )
        try:
            report = score_files(
                options["vcf"], options["score"], least_match=options["min_match"], keeping=keeping
            )
        except Unusable as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(json.dumps(report, indent=1))
        refused = [name for name, score in report["scores"].items() if "refused" in score]
        if refused:
            first = report["scores"][refused[0]]["refused"]
            more = f" (and {len(refused) - 1} more scores)" if len(refused) > 1 else ""
            raise CommandError(f"{Path(refused[0]).name}: {first}{more}")


def _fraction(word: str) -> float:
    value = float(word)
    if not 0 <= value <= 1:
        raise ValueError(word)
    return value
