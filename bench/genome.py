"""The genome: one person's million variants against plink2, end to end; 10,000 people's genes."""

import io
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from backend.omics.calling import matcher_of
from backend.omics.pharmacogenes import BUNDLE, pharmacogenes
from backend.science.genome.pharmacogene import Pharmacogene
from backend.science.genome.pharmacogene_genotypes import read_genotypes
from backend.science.genome.pharmacogene_phenotype import find_phenotype
from backend.science.genome.vcf import VcfReader
from bench.house import Running
from bench.results import Result, median, ratio_of

VARIANTS, PEOPLE, RUNS = 1_000_000, 10_000, 3
ALLOWED_S = 60
ROOT = Path(__file__).resolve().parents[1]
PAIRS = ("A\tG", "C\tT", "G\tA", "T\tC", "A\tC", "G\tT")


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    return [pgs_vs_plink2(), pgx_10k()]


def pgs_vs_plink2() -> Result:
    """Both from the command line, from vcf.gz and score to the sum; sums must agree."""
    with tempfile.TemporaryDirectory(prefix="ekg-") as name:
        folder = Path(name)
        write_million(folder)
        found = shutil.which("plink2")
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(_seconds(_ours(folder)))
            if found:
                theirs.append(_seconds(_theirs(found, folder)))
    detail = {"variants": VARIANTS, "plink2_s": round(median(theirs), 2) if theirs else "absent"}
    ratio = ratio_of(ours, theirs) if theirs else None
    return Result("pgs_vs_plink2", median(ours), "s", "plink2, same files", ratio, RUNS, detail)


def _ours(folder: Path) -> Sequence[str]:
    files = ("--vcf", str(folder / "one.vcf.gz"), "--score", str(folder / "score.txt"))
    return (sys.executable, str(ROOT / "manage.py"), "score_genome", *files)


def _theirs(plink2: str, folder: Path) -> Sequence[str]:
    return (
        *(plink2, "--vcf", str(folder / "one.vcf.gz"), "--set-all-var-ids", "@:#:$r:$a"),
        *("--score", str(folder / "weights.txt"), "1", "2", "3", "header-read"),
        *("no-mean-imputation", "cols=+scoresums", "--bad-freqs", "--out", str(folder / "out")),
    )


def _seconds(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def write_million(folder: Path) -> None:
    """One person's genotypes, a score of each of them, and the same weights as plink2 wants."""
    rng = np.random.default_rng(1)
    each = VARIANTS // 20
    lines, rows, weights = [HEADER], [COLUMNS], ["ID\tA1\tW\n"]
    for chromosome in range(1, 21):
        position = np.cumsum(rng.integers(1, 4_000, each)).tolist()
        calls = rng.choice(["0/0", "0/1", "1/1"], each, p=[0.6, 0.3, 0.1]).tolist()
        pairs = rng.choice(PAIRS, each).tolist()
        values = rng.normal(0, 0.01, each).tolist()
        for at, call, pair, value in zip(position, calls, pairs, values, strict=True):
            ref, alt = pair.split("\t")
            lines.append(f"{chromosome}\t{at}\t.\t{pair}\t.\tPASS\t.\tGT\t{call}\n")
            rows.append(f"{chromosome}\t{at}\t{alt}\t{ref}\t{value:.9g}\n")
            weights.append(f"{chromosome}:{at}:{ref}:{alt}\t{alt}\t{value:.9g}\n")
    (folder / "one.vcf").write_text("".join(lines))
    (folder / "score.txt").write_text("".join(rows))
    (folder / "weights.txt").write_text("".join(weights))
    subprocess.run(["gzip", "-6", str(folder / "one.vcf")], check=True)


HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n"
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\n"
)
COLUMNS = (
    "#pgs_id=BENCH\n#genome_build=GRCh38\n"
    "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"
)


def pgx_10k() -> Result:
    """From the text of a VCF of 10,000 unphased samples to each one's phenotypes."""
    genes = list(pharmacogenes(BUNDLE).values())
    text = "".join(people_of(genes)).encode()
    began = time.perf_counter()
    found = read_genotypes(VcfReader([text]), genes)
    settled = 0
    for gene in genes:
        matcher = matcher_of(gene)
        for genotypes in found.of_all(gene.gene):
            settled += find_phenotype(gene, matcher.call(genotypes)).settled
    took = time.perf_counter() - began
    positions = sum(len(gene.positions) for gene in genes)
    detail = {"samples": PEOPLE, "genes": len(genes), "positions": positions, "settled": settled}
    ratio = round(took / ALLOWED_S, 3)
    return Result("pgx_10k_s", took, "s", f"{ALLOWED_S} s allowed", ratio, 1, detail)


def people_of(genes: Sequence[Pharmacogene]) -> Iterator[str]:
    """Each of two strands a named allele, the reference half the time; one call in 200 missing."""
    rng = random.Random(3)
    lines: list[tuple[int, int, str]] = []
    for gene in genes:
        names = list(gene.alleles)
        strands = [
            gene.alleles[rng.choice(names)] if rng.random() < 0.5 else {} for _ in range(2 * PEOPLE)
        ]
        for place in gene.positions:
            number = {base: str(n) for n, base in enumerate((place.ref, *place.alts))}
            bases = [number.get(s.get(place.position, place.ref), "0") for s in strands]
            cells = io.StringIO()
            for one, other in zip(bases[::2], bases[1::2], strict=True):
                cells.write("\t./." if rng.random() < 0.005 else f"\t{one}/{other}")
            head = f"{gene.chromosome}\t{place.position}\t.\t{place.ref}\t{','.join(place.alts)}"
            line = f"{head}\t.\t.\t.\tGT{cells.getvalue()}\n"
            lines.append((gene.chromosome, place.position, line))
    yield "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    yield "".join(f"\tS{n}" for n in range(PEOPLE)) + "\n"
    for _, _, line in sorted(lines):
        yield line
