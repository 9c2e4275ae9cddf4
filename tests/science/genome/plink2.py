"""plink2 as an oracle: sums of every sample, where it is installed."""

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

Row = tuple[str, str, float]  # variant (chromosome:position:ref:alt), effect allele, weight


def plink2() -> str:
    """Its path; skips the test where there is none."""
    found = shutil.which("plink2")
    if found is None:
        pytest.skip("plink2 (Debian package, GPL-3) is not installed: the oracle of this test")
    return found


def plink2_sums(
    vcf: Path, rows: Sequence[Row], folder: Path, *, model: str = "", means: bool = True
) -> tuple[dict[str, float], dict[str, float]]:
    """SCORE1_SUM and SCORE1_AVG by sample."""
    table = folder / "weights.txt"
    lines = [f"{variant}\t{allele}\t{weight!r}" for variant, allele, weight in rows]
    table.write_text("\n".join(["ID\tA1\tW", *lines]) + "\n")
    command = [
        *(plink2(), "--vcf", str(vcf), "--vcf-half-call", "missing", "--allow-extra-chr"),
        *("--set-all-var-ids", "@:#:$r:$a", "--new-id-max-allele-len", "100", "missing"),
        *("--score", str(table), "1", "2", "3", "header-read", "list-variants", "cols=+scoresums"),
        *([model] if model else []),
        *([] if means else ["no-mean-imputation"]),
        *("--threads", "1", "--memory", "700", "--out", str(folder / "out")),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    used = (folder / "out.sscore.vars").read_text().split()
    assert len(used) == len(rows)
    with (folder / "out.sscore").open() as file:
        found = list(csv.DictReader(file, delimiter="\t"))
    name = "#IID" if "#IID" in found[0] else "IID"
    return (
        {row[name]: float(row["W_SUM"]) for row in found},
        {row[name]: float(row["W_AVG"]) for row in found},
    )
