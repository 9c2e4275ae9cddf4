"""Polygenic scores: files, the eight ways to match, sums against a slow twin and plink2."""

import json
import random
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from backend.omics.files import chunks
from backend.science.genome.fields import AlleleCodes
from backend.science.genome.pgs_matching import Fate, Keeping, Match
from backend.science.genome.pgs_scoring_file import ScoringFile, read_scoring_file
from backend.science.genome.polygenic_score import GenomeScore, score_genome
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.unzipping import Limits
from backend.science.genome.vcf import VcfReader
from tests.realdata import shared_data
from tests.science.genome import slow_score
from tests.science.genome.plink2 import plink2_sums
from tests.science.genome.test_vcf import line, vcf

HEAD = "#pgs_id=PGS1\n#genome_build=GRCh38\n"
COLUMNS = "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"


def read(text: str, build: str | None = None) -> ScoringFile:
    return read_scoring_file([text.encode()], name="x", build=build, alleles=AlleleCodes())


def scored(raw: bytes, text: str, keeping: Keeping | None = None, block: int = 99) -> GenomeScore:
    alleles = AlleleCodes()
    score = read_scoring_file([text.encode()], name="x", build=None, alleles=alleles)
    return score_genome(VcfReader([raw], Limits(block=block)), [score], alleles, keeping)[0]


# --- scoring files


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column names"),
        (HEAD, "no column names"),
        (HEAD + COLUMNS, "no variants"),
        (HEAD + "chr_name\tchr_position\teffect_weight\n1\t5\t0.1\n", "line 3: no column effect"),
        (HEAD + "effect_allele\teffect_weight\nA\t1\n", "no positions"),
        (HEAD + COLUMNS + "1\t5\tA\tG\t0.1\n1\t6\tA\tG\n", "line 5: 4 columns"),
        (HEAD + COLUMNS + "1\t5\tA\tG\t0.1\n1\t6\tA\tG\tx\n", "line 5: effect_weight"),
        (HEAD + COLUMNS + "1\t5\tA\tG\tnan\n", "line 4: effect_weight"),
        (HEAD + COLUMNS + "1\t5\tA\tG\t1e999\n", "line 4: effect_weight"),
        (HEAD + COLUMNS + "1\t5\tA\tG\t1_0\n", "line 4: effect_weight"),
        (HEAD + COLUMNS + "1\t5\tA\tG\t\n", "line 4: effect_weight"),
        (HEAD + COLUMNS + "1\t5.5\tA\tG\t1\n", "line 4: chr_position"),
        (HEAD + COLUMNS + "\t\tA\tG\t1\n", "harmonisation placed none"),
        (HEAD.replace("GRCh38", "T2T") + COLUMNS + "1\t5\tA\tG\t1\n", "not known here"),
        (HEAD + COLUMNS[:-1] + "\tis_dominant\n1\t5\tA\tG\t1\tmaybe\n", "line 4: is_dominant"),
        (
            HEAD + COLUMNS[:-1] + "\tis_dominant\tis_recessive\n1\t5\tA\tG\t1\tTRUE\tTRUE\n",
            "line 4: both dominant",
        ),
    ],
)
def test_a_broken_file_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(GenomeFileProblem, match=said):
        read(text)


def test_weights_are_read_to_the_last_bit() -> None:
    rng = random.Random(4)
    words = [f"{rng.gauss(0, 10 ** rng.randint(-9, 3)):.{rng.randint(1, 17)}g}" for _ in range(500)]
    words += ["1", "-.5", "5.", "+3", "-0", "1E-5", "0.1234567890123456789"]
    score = read(HEAD + COLUMNS + "".join(f"1\t{n}\tA\tG\t{w}\n" for n, w in enumerate(words)))
    assert score.weights.tolist() == [float(word) for word in words]


@pytest.mark.parametrize(("build", "position"), [("GRCh37", 100), ("GRCh38", 200), (None, 200)])
def test_positions_are_those_of_the_genotypes_build(build: str | None, position: int) -> None:
    text = (
        "#genome_build=hg19\n#HmPOS_build=GRCh38\n" + COLUMNS[:-1] + "\thm_chr\thm_pos\n"
        "1\t100\tA\tG\t0.5\t1\t200\n"
    )
    assert read(text, build).key.tolist() == [(1 << 36) | position]


def test_a_score_of_another_build_is_refused() -> None:
    with pytest.raises(GenomeFileProblem, match="positions of GRCh38, the genotypes are of GRCh37"):
        read(HEAD + COLUMNS + "1\t5\tA\tG\t0.1\n", "GRCh37")


# --- matching

WAYS = {
    Match.REFALT: ("A", "G", 0),
    Match.ALTREF: ("G", "A", 1),
    Match.REFALT_FLIP: ("T", "C", 0),
    Match.ALTREF_FLIP: ("C", "T", 1),
    Match.NO_OA_REF: ("A", "", 0),
    Match.NO_OA_ALT: ("G", "", 1),
    Match.NO_OA_REF_FLIP: ("T", "", 0),
    Match.NO_OA_ALT_FLIP: ("C", "", 1),
}


@pytest.mark.parametrize(("match", "row"), WAYS.items(), ids=[m.name for m in WAYS])
def test_each_way_to_match(match: Match, row: tuple[str, str, int]) -> None:
    effect, other, counted = row
    found = scored(
        vcf(line("1", 5, "0/1", "1/1", "0/0"), samples=("A", "B", "C")),
        HEAD + COLUMNS + f"1\t5\t{effect}\t{other}\t2\n",
    )
    assert found.matches == {match: 1}
    assert found.sums.tolist() == [2.0, 4.0 * counted, 4.0 * (1 - counted)]


@pytest.mark.parametrize(
    ("rows", "lines", "fates"),
    [
        (["A\tT"], ["A\tT"], {Fate.AMBIGUOUS: 1}),
        (["T\tA"], ["A\tT"], {Fate.AMBIGUOUS: 1}),
        (["AC\tTG"], ["AC\tTG"], {Fate.AMBIGUOUS: 1}),
        (["A\tG"], ["A\tG,C"], {Fate.MULTIALLELIC: 1}),
        (["A\tG", "G\tA"], ["A\tG"], {Fate.DUPLICATE: 2}),
        (["A\tG", "A\tC"], ["A\tG", "A\tC"], {Fate.MATCHED: 2}),
        (["A\tC"], ["A\tG"], {Fate.UNMATCHED: 1}),
        (["A\tAT"], ["A\tAT"], {Fate.MATCHED: 1}),
        (["HLA-B*57:01\t"], ["A\tG"], {Fate.UNMATCHED: 1}),
        (["N\tG"], ["N\tG"], {Fate.UNMATCHED: 1}),
    ],
)
def test_what_becomes_of_a_row(rows: list[str], lines: list[str], fates: dict[Fate, int]) -> None:
    text = HEAD + COLUMNS + "".join(f"1\t5\t{row}\t1\n" for row in rows)
    found = scored(vcf(*(line("1", 5, "0/1", alleles=pair) for pair in lines)), text)
    assert {fate: count for fate, count in found.fates.items() if count} == fates


def test_what_is_left_out_may_be_kept() -> None:
    kept = Keeping(ambiguous=True, multiallelic=True, first_duplicate=True)
    text = HEAD + COLUMNS + "1\t5\tT\tA\t1\n1\t6\tC\tA\t1\n1\t7\tA\tG\t4\n1\t7\tG\tA\t9\n"
    raw = vcf(
        line("1", 5, "0/1", alleles="A\tT"),
        line("1", 6, "1/2", alleles="A\tG,C"),
        line("1", 7, "0/0"),
    )
    assert scored(raw, text, kept).sums.tolist() == [1 + 1 + 8]
    assert scored(raw, text).matched == 0


def test_an_adversarial_table_like_the_slow_twin(tmp_path: Path) -> None:
    """2,000 rows of every class against random lines, blocks cut anywhere."""
    rng = random.Random(8)
    words = ["A", "C", "G", "T", "AT", "TA", "GC", "ACG", "TTTTT"]
    lines, rows = [], []
    for position in range(1, 1_500):
        for _ in range(rng.choice([1, 1, 1, 2])):
            ref, alt, more = rng.sample(words, 3)
            alts = f"{alt},{more}" if rng.random() < 0.1 else alt
            calls = [rng.choice(["0/0", "0/1", "1|1", "./.", "0/.", "1"]) for _ in range(3)]
            lines.append(line("2", position, *calls, alleles=f"{ref}\t{alts}"))
            offered = [ref, alt, slow_score.flip(ref), slow_score.flip(alt), rng.choice(words)]
            for _ in range(rng.choice([1, 1, 2])):
                effect, other = rng.choice(offered), rng.choice([*offered, ""])
                rows.append(f"chr2\t{position}\t{effect}\t{other}\t{rng.gauss(0, 1)}\n")
    rng.shuffle(rows)
    (tmp_path / "v.vcf").write_bytes(vcf(*lines, samples=("A", "B", "C")))
    (tmp_path / "s.txt").write_text(HEAD + COLUMNS + "".join(rows).replace("chr2", "2"))
    _, variants = slow_score.variants_of(tmp_path / "v.vcf")
    used, fates = slow_score.match(slow_score.rows_of(tmp_path / "s.txt"), variants)
    found = scored((tmp_path / "v.vcf").read_bytes(), HEAD + COLUMNS + "".join(rows), block=3_000)
    assert {f.name.lower(): n for f, n in found.fates.items() if n} == dict(fates)
    assert set(fates) == {fate.name.lower() for fate in Fate}
    assert {m.name.lower() for m in found.matches} == set(slow_score.WAYS)
    assert found.sums == pytest.approx(slow_score.sums(used, 3), rel=1e-12)


# --- real files


def command(vcf_file: Path, *scores: Path, least: float = 0.75) -> dict[str, Any]:
    out = StringIO()
    names = [str(score) for score in scores]
    call_command("score_genome", vcf=vcf_file, score=names, min_match=least, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())["scores"]
    return found


def _sums(score: dict[str, Any]) -> list[float]:
    return [sample["sum"] for sample in score["samples"].values()]


def _rows(used: Sequence[slow_score.Match], model: str, whole: bool) -> list[Any]:
    found = []
    for at, match in enumerate(m for m in used if m.row.model == model):
        variant, weight = match.variant, match.row.weights[2] / (2 if model == "additive" else 1)
        ref, alt = variant.ref, variant.alts[0]
        effect = ref if match.way.startswith("ref") else alt
        name = f"{variant.chromosome}:{variant.position}:{ref}:{alt}"
        found.append((name, effect, float(at % 199 - 99) if whole else weight))
    return found


@pytest.fixture(scope="module")
def cineca() -> Path:
    return shared_data("pgs-catalog") / "cineca"


@pytest.mark.parametrize(
    "name", ["scorefile.txt", "scorefile_dominant_and_recessive.txt", "PGS001229_22.txt"]
)
def test_real_people_as_the_twin_and_plink2_have_it(
    cineca: Path, name: str, tmp_path: Path
) -> None:
    genotypes = cineca / "cineca_synthetic_subset.vcf.gz"
    found = command(genotypes, cineca / name)[str(cineca / name)]
    samples, variants = slow_score.variants_of(genotypes)
    used, fates = slow_score.match(slow_score.rows_of(cineca / name), variants)
    assert {k: n for k, n in found["fates"].items() if n} == dict(fates)
    ours = _sums(found)
    assert ours == pytest.approx(slow_score.sums(used, len(samples)), rel=1e-9)
    theirs, printed = np.zeros(len(samples)), np.zeros(len(samples))
    for model in sorted({match.row.model for match in used}):
        plain = "" if model == "additive" else model
        sums, _ = plink2_sums(genotypes, _rows(used, model, False), tmp_path, model=plain)
        theirs += list(sums.values())
        printed += [5e-6 * abs(value) for value in sums.values()]  # it prints six digits
    assert (np.abs(np.array(ours) - theirs) <= printed + 1e-9).all()


def test_whole_weights_equal_plink2_exactly(cineca: Path, tmp_path: Path) -> None:
    """Sums of whole numbers are printed whole: equal to the last digit, in each model."""
    genotypes = cineca / "cineca_synthetic_subset.vcf.gz"
    _, variants = slow_score.variants_of(genotypes)
    used, _ = slow_score.match(slow_score.rows_of(cineca / "scorefile.txt"), variants)
    used = [match for match in used if None not in match.variant.calls]
    rows = _rows(used, "additive", True)
    for model, column in (("", ""), ("dominant", "is_dominant"), ("recessive", "is_recessive")):
        text = HEAD + COLUMNS[:-1] + (f"\t{column}\n" if column else "\n")
        for name, effect, weight in rows:
            chromosome, position, ref, alt = name.split(":")
            other = alt if effect == ref else ref
            text += f"{chromosome}\t{position}\t{effect}\t{other}\t{weight}"
            text += "\tTRUE\n" if column else "\n"
        (tmp_path / "s.txt").write_text(text)
        ours = command(genotypes, tmp_path / "s.txt")[str(tmp_path / "s.txt")]["samples"]
        sums, averages = plink2_sums(genotypes, rows, tmp_path, model=model)
        assert {name: sample["sum"] for name, sample in ours.items()} == pytest.approx(
            sums, abs=1e-9
        )
        assert {name: sample["average"] for name, sample in ours.items()} == pytest.approx(
            averages, rel=1e-5
        )


def test_a_thousand_genomes() -> None:
    """3,202 people without a missing genotype, so that the twin may look at 60 of them."""
    folder = shared_data("pgs-catalog")
    score = folder / "structured_PGS001229_hmPOS_GRCh38.txt.gz"
    genotypes = folder / "tiny1000G.vcf.gz"
    found = command(genotypes, score, least=0.01)[str(score)]
    assert found["total"] == 51_209
    samples, variants = slow_score.variants_of(genotypes, 60)
    used, fates = slow_score.match(slow_score.rows_of(score), variants)
    assert found["matched"] == fates["matched"] > 800
    assert _sums(found)[:60] == pytest.approx(slow_score.sums(used, 60), rel=1e-9)
    assert len(found["samples"]) == 3_202
    assert list(found["samples"])[:60] == samples


def test_many_scores_in_one_pass_are_those_of_one_at_a_time(cineca: Path) -> None:
    genotypes = cineca / "cineca_synthetic_subset.vcf.gz"
    both = [cineca / "scorefile.txt", cineca / "scorefile_dominant_and_recessive.txt"]
    assert command(genotypes, *both) == {
        str(path): command(genotypes, path)[str(path)] for path in both
    }


def test_too_few_matches_are_refused_and_nothing_is_told() -> None:
    folder = shared_data("pgs-catalog")
    out = StringIO()
    with pytest.raises(CommandError, match="of 51,209 variants matched"):
        call_command(
            "score_genome",
            vcf=folder / "cineca" / "cineca_synthetic_subset.vcf.gz",
            score=[str(folder / "structured_PGS001229_hmPOS_GRCh38.txt.gz")],
            stdout=out,
        )
    (score,) = json.loads(out.getvalue())["scores"].values()
    assert "refused" in score
    assert "samples" not in score


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bad_harmonised.txt", "placed none|no positions"),
        ("invalid_scorefile.txt", "no positions"),
        ("PGS000001.txt.gz", "no positions"),
        ("complex_variants_PGS000021.txt", "no positions"),
        ("../cineca/test.scorefile", "no positions|effect_weight"),
    ],
)
def test_real_broken_files_are_refused(name: str, said: str) -> None:
    path = shared_data("pgs-catalog") / "scorefiles" / name
    with pytest.raises(GenomeFileProblem, match=said):
        read_scoring_file(chunks(path), name=name, build=None, alleles=AlleleCodes())


@pytest.mark.parametrize(
    ("name", "rows", "placed"),
    [
        ("PGS000001_hmPOS_GRCh37.txt.gz", 77, 77),
        ("PGS000002_hmPOS_GRCh38.txt.gz", 77, 77),
        ("PGS000802_hmPOS_GRCh37.txt", 19, 19),
        ("PGS004255_hmPOS_GRCh38.txt.gz", 30, 30),
        ("OPGS017309.txt", 697, 697),
        ("complex_variants_PGS004239.txt", 14, 5),
        ("custom_no_oa.txt", 1, 1),
        ("lift_to_grch38.txt", 77, 77),
    ],
)
def test_real_files_are_read_whole(name: str, rows: int, placed: int) -> None:
    path = shared_data("pgs-catalog") / "scorefiles" / name
    score = read_scoring_file(chunks(path), name=name, build=None, alleles=AlleleCodes())
    assert len(score) == rows
    assert (score.key >= 0).sum() == placed


def test_fifty_people_make_a_mean_and_fewer_do_not() -> None:
    text = HEAD + COLUMNS + "1\t5\tG\tA\t1\n"
    for people, mean in ((50, 48 / 49), (49, 0.0)):
        calls = ["./.", "0/0", *["0/1"] * (people - 2)]
        raw = vcf(line("1", 5, *calls), samples=tuple(f"S{n}" for n in range(people)))
        assert scored(raw, text).sums[0] == pytest.approx(mean)
