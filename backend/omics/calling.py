"""Pharmacogenes of a file: reads it, calls each gene, says what it means and what CPIC advises."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.omics.files import chunks, named
from backend.omics.pharmacogenes import recommendation_rows
from backend.science.genome.cpic import Recommendation, read_recommendations, recommend
from backend.science.genome.lowest_function import LowestFunctionMatcher
from backend.science.genome.named_alleles import Call, Matcher
from backend.science.genome.pharmacogene import LOWEST_FUNCTION, Pharmacogene
from backend.science.genome.pharmacogene_genotypes import read_genotypes
from backend.science.genome.pharmacogene_phenotype import Finding, find_phenotype
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.vcf import VcfReader


def matcher_of(gene: Pharmacogene) -> Matcher | LowestFunctionMatcher:
    """By named alleles, or by the lowest functions."""
    return LowestFunctionMatcher(gene) if gene.gene in LOWEST_FUNCTION else Matcher(gene)


def call_file(
    vcf: Path, genes: Mapping[str, Pharmacogene], *, sample: str | None
) -> dict[str, Any]:
    """The contract's answer for one sample: the file's only one, or the one that is named."""
    return named(vcf, lambda: _call_file(vcf, genes, sample))


def _call_file(vcf: Path, genes: Mapping[str, Pharmacogene], sample: str | None) -> dict[str, Any]:
    reader = VcfReader(chunks(vcf))
    people = len(reader.header.samples)
    if sample is None and people > 1:
        raise GenomeFileProblem(f"{people:,} samples: name one with --sample")
    found = read_genotypes(reader, list(genes.values()), sample=sample)
    findings: dict[str, Finding] = {}
    report: dict[str, Any] = {}
    for name, gene in genes.items():
        call = matcher_of(gene).call(found.of_sample(name, 0))
        findings[name] = find_phenotype(gene, call)
        report[name] = _gene(gene, call, findings[name])
    advice = recommend(findings, read_recommendations(recommendation_rows()))
    return {
        "sample": found.samples[0],
        "build": found.build,
        "genes": report,
        "recommendations": [_advice(entry) for entry in advice],
        "problems": found.problems,
    }


def _gene(gene: Pharmacogene, call: Call, finding: Finding) -> dict[str, Any]:
    return {
        "diplotypes": ["/".join(pair) for pair in call.diplotypes],
        "phenotype": finding.phenotype,
        "activity": finding.activity,
        "missing": list(call.missing),
        "no_call": call.no_call,
        "possible_phenotypes": list(finding.possible),
        "settled": finding.settled,
        "key_positions_missing": call.key_missing,
        "variants": list(call.variants),
        "warnings": list(call.warnings),
        "source": gene.source,
        "version": gene.version,
    }


def _advice(entry: Recommendation) -> dict[str, Any]:
    return {
        "drug": entry.drug,
        "for": dict(entry.phenotypes),
        "text": entry.text,
        "guideline": entry.guideline,
        "pmid": list(entry.pmid),
        "version": entry.version,
        "source": entry.source,
    }


def describe(genes: Sequence[Pharmacogene]) -> list[str]:
    """One line a gene: name, positions, alleles, version."""
    return [
        f"{g.gene}: {len(g.positions)} positions, {len(g.alleles) + 1} alleles, {g.version}"
        for g in genes
    ]
