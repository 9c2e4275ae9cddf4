"""Polygenic scores of files: opens them, scores, says what may be said."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.omics.files import chunks, named
from backend.science.genome.fields import AlleleCodes
from backend.science.genome.pgs_matching import Keeping
from backend.science.genome.pgs_scoring_file import ScoringFile, read_scoring_file
from backend.science.genome.polygenic_score import GenomeScore, score_genome
from backend.science.genome.vcf import Header, VcfReader


def score_files(
    vcf: Path, scores: Sequence[str], *, least_match: float, keeping: Keeping
) -> dict[str, Any]:
    """The contract's answer, under each score's name as it was given.

    A score below the least match rate has a refusal in place of numbers.
    """
    reader = named(vcf, lambda: VcfReader(chunks(vcf)))
    alleles = AlleleCodes()
    read = [_score(path, reader.header, alleles) for path in map(Path, scores)]
    found = named(vcf, lambda: score_genome(reader, read, alleles, keeping))
    samples = reader.header.samples
    return {
        "build": reader.header.build,
        "scores": {
            name: _report(score, samples, least_match)
            for name, score in zip(scores, found, strict=True)
        },
    }


def _score(path: Path, header: Header, alleles: AlleleCodes) -> ScoringFile:
    return named(
        path,
        lambda: read_scoring_file(
            chunks(path), name=path.name, build=header.build, alleles=alleles
        ),
    )


def _report(score: GenomeScore, samples: Sequence[str], least_match: float) -> dict[str, Any]:
    report: dict[str, Any] = {
        "id": score.identity,
        "build": score.build,
        "matched": score.matched,
        "total": score.total,
        "match_rate": score.match_rate,
        "fates": {fate.name.lower(): count for fate, count in sorted(score.fates.items())},
        "matches": {match.name.lower(): count for match, count in sorted(score.matches.items())},
    }
    if score.match_rate < least_match:
        report["refused"] = (
            f"{score.matched:,} of {score.total:,} variants matched ({score.match_rate:.1%}), "
            f"{least_match:.0%} are needed"
        )
        return report
    sums, averages = score.sums.tolist(), score.averages.tolist()
    report["samples"] = {
        sample: {"sum": sums[at], "average": None if averages[at] != averages[at] else averages[at]}
        for at, sample in enumerate(samples)
    }
    return report
