"""Pharmacogenes: the matcher against a slow twin, PharmCAT's examples, DPYD, NAT2, the command."""

import json
import random
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.omics.calling import matcher_of
from backend.omics.pharmacogenes import BUNDLE, pharmacogenes, recommendation_rows
from backend.science.genome.cpic import read_recommendations, recommend
from backend.science.genome.lowest_function import BY_PROXY, HAPB3, HAPB3_INTRONIC
from backend.science.genome.named_alleles import Call, Genotype, Matcher
from backend.science.genome.pharmacogene import BadDefinition, Pharmacogene, read_pharmacogene
from backend.science.genome.pharmacogene_phenotype import find_phenotype, phenotype_of
from tests.realdata import shared_data
from tests.science.genome import slow_alleles

GENES = pharmacogenes(BUNDLE)
DOCUMENTS = {name: json.loads((BUNDLE / f"{name}.json").read_text()) for name in GENES}
CFTR_REFERENCE = "ivacaftor non-responsive CFTR sequence"  # its report calls it Reference
NAMED = [name for name in GENES if name != "DPYD"]


def gene_of(positions: int, alleles: dict[str, dict[int, str]], **more: Any) -> Pharmacogene:
    document = {
        **{"gene": "TOY", "chromosome": "chr1", "build": "GRCh38", "source": "", "version": ""},
        **{"reference": "*1", "functions": {}, "phenotypes": {}},
        "positions": [
            [n, f"rs{n}", "CCTGA"[n - 1], ["ACGT"[n % 4], "T", "A"]]
            for n in range(1, positions + 1)
        ],
        "alleles": {
            name: {str(at): base for at, base in row.items()} for name, row in alleles.items()
        },
    }
    return read_pharmacogene(document | more)


WORKED = gene_of(
    5,
    {
        "*2": {1: "T", 4: "A"},
        "*3": {4: "A"},
        "*4": {3: "A"},
        "*5": {1: "T"},
    },
)


def pairs(call: Call) -> list[str]:
    return ["/".join(pair) for pair in call.diplotypes]


def genotypes(*words: str | None) -> list[Genotype | None]:
    """`C/T` unphased, `C|T` phased, None missing."""
    found: list[Genotype | None] = []
    for word in words:
        if word is None:
            found.append(None)
            continue
        first, second = word.replace("|", "/").split("/")
        found.append(Genotype(first, second, "" if "|" in word else None))
    return found


def test_pharmcats_worked_example() -> None:
    """C/T C/C T/T A/G A/A is *1/*2 (7 points), not *3/*5 (2)."""
    call = Matcher(WORKED).call(genotypes("C/T", "C/C", "T/T", "A/G", "A/A"))
    assert pairs(call) == ["*1/*2"]
    assert call.missing == ()


def test_pharmcats_worked_example_with_a_position_missing() -> None:
    """rs1 missing: *1/*2 and *1/*3, five points each; what is missing is named."""
    call = Matcher(WORKED).call(genotypes(None, "C/C", "T/T", "A/G", "A/A"))
    assert pairs(call) == ["*1/*2", "*1/*3"]
    assert call.missing == ("rs1",)


def test_phased_strands_are_kept() -> None:
    matcher = Matcher(WORKED)
    assert pairs(matcher.call(genotypes("T|C", "C/C", "T/T", "A|G", "A/A"))) == ["*1/*2"]
    assert pairs(matcher.call(genotypes("T|C", "C/C", "T/T", "G|A", "A/A"))) == ["*3/*5"]


def test_strands_of_two_phase_sets_are_not_the_same_strands() -> None:
    found = genotypes("T|C", "C/C", "T/T", "G|A", "A/A")
    found[0] = Genotype("T", "C", "100")
    found[3] = Genotype("G", "A", "900")
    assert pairs(Matcher(WORKED).call(found)) == ["*1/*2"]


def test_nothing_known_is_no_call_and_never_reference() -> None:
    call = Matcher(WORKED).call([None] * 5)
    assert call.diplotypes == ()
    assert call.no_call is not None
    assert "insufficient coverage" in call.no_call
    assert len(call.missing) == 5


def test_an_undocumented_base_is_no_call_but_reference_in_genes_of_toxicity() -> None:
    words = ("C/C", "C/C", "T/T", "G/G", "A/G")
    strict = Matcher(WORKED).call(genotypes(*words))
    assert strict.diplotypes == ()
    assert strict.no_call == "undocumented base at rs5"
    toxic = gene_of(5, {"*2": {1: "T"}}, gene="TPMT")
    assert pairs(Matcher(toxic).call(genotypes(*words))) == ["*1/*1"]


def random_case(
    rng: random.Random, document: dict[str, Any], first: str, second: str, *, missing: float
) -> list[tuple[str, str] | None]:
    strands = [slow_alleles.bases_of(document, name) for name in (first, second)]
    return [None if rng.random() < missing else pair for pair in zip(*strands, strict=True)]


@pytest.mark.parametrize("name", NAMED)
def test_every_allele_is_called_as_the_slow_twin_calls_it(name: str) -> None:
    """Each with the reference, itself and another; phased or not, whole or with gaps."""
    rng, document = random.Random(name), DOCUMENTS[name]
    matcher = Matcher(GENES[name])
    names = [document["reference"], *document["alleles"]]
    cases = 0
    for allele in names:
        for other in (names[0], allele, rng.choice(names)):
            for phased, missing in ((True, 0.0), (False, rng.choice((0.0, 0.3)))):
                case = random_case(rng, document, allele, other, missing=missing)
                if rng.random() < 0.05:
                    case[rng.randrange(len(case))] = ("A", "CCCC")
                phase = "" if phased else None
                sides = [None if pair is None else Genotype(*pair, phase) for pair in case]
                slow = slow_alleles.call(document, case, phased=phased)
                assert {frozenset(pair) for pair in matcher.call(sides).diplotypes} == slow
                cases += bool(slow)
    assert cases > 3 * len(names)


@pytest.mark.parametrize("name", NAMED)
def test_every_allele_phased_and_whole_is_found(name: str) -> None:
    """Alone on both strands, each allele is itself, or one that says no less."""
    document = DOCUMENTS[name]
    for allele in document["alleles"]:
        bases = slow_alleles.bases_of(document, allele)
        call = Matcher(GENES[name]).call([Genotype(b, b, "") for b in bases])
        core = document["core_names"].get(allele, allele)
        assert core in {pair[0] for pair in call.diplotypes}


@pytest.mark.parametrize("example", ["example", "example2"])
def test_pharmcats_own_reports(example: str) -> None:
    """Its genotypes through our matcher give its diplotypes, for every gene of the release."""
    folder = shared_data("pgx-pharmcat")
    genes = pharmacogenes(folder)
    report = json.loads((folder / "examples" / f"pharmcat.{example}.phenotype.json").read_text())
    compared = 0
    for name, gene in genes.items():
        theirs = report["geneReports"][name]
        if theirs["callSource"] != "MATCHER":
            continue
        calls = {v["position"]: v["call"] for v in theirs["variants"]}
        found = genotypes(*(calls.get(position.position) for position in gene.positions))
        call = matcher_of(gene).call(found)
        ours = [name.replace(CFTR_REFERENCE, "Reference") for name in pairs(call)]
        assert ours == [entry["label"] for entry in theirs["sourceDiplotypes"]]
        meant = {name for e in theirs["sourceDiplotypes"] for name in e["phenotypes"]}
        if gene.phenotypes:
            assert {find_phenotype(gene, call).phenotype} == meant
        compared += 1
    assert compared >= 15


@pytest.mark.parametrize("name", sorted(GENES))
def test_every_row_of_the_phenotype_tables(name: str) -> None:
    """The small form says of every pair what the published table says."""
    path = shared_data("pgx-pharmcat") / "phenotype" / f"{name}.json"
    rows = json.loads(path.read_text())["diplotypes"]
    for row in rows:
        first, second = row["diplotype"].split("/")
        found = phenotype_of(GENES[name], (first, second))
        score = row["activityScore"]
        assert found.name == row["generesult"]
        assert found.activity == (None if score in (None, "n/a") else float(score))


# --- DPYD


def dpyd(**words: str | None) -> list[Genotype | None]:
    """All reference, but what is given by rs number."""
    found: list[Genotype | None] = []
    for position in GENES["DPYD"].positions:
        word = words.get(str(position.rsid), f"{position.ref}/{position.ref}")
        found += genotypes(word)
    return found


# rs3918290 is *2A (0), rs67376798 c.2846A>T (0.5), rs55886062 *13 (0), rs1801265 *9A (1).
STAR2A, A2846, STAR13, STAR9A = "rs3918290", "rs67376798", "rs55886062", "rs1801265"


@pytest.mark.parametrize(
    ("words", "diplotype", "activity"),
    [
        ({}, "Reference/Reference", 2.0),
        ({STAR2A: "C/T"}, "Reference/c.1905+1G>A (*2A)", 1.0),
        ({STAR2A: "T/T"}, "c.1905+1G>A (*2A)/c.1905+1G>A (*2A)", 0.0),
        ({STAR2A: "C/T", A2846: "T/A"}, "c.1905+1G>A (*2A)/c.2846A>T", 0.5),
        ({STAR2A: "C|T", A2846: "T|A"}, "Reference/c.1905+1G>A (*2A)", 1.0),
        ({STAR2A: "C|T", A2846: "A|T"}, "c.1905+1G>A (*2A)/c.2846A>T", 0.5),
        ({STAR9A: "A/G", STAR2A: "C/T", A2846: "T/A"}, "c.1905+1G>A (*2A)/c.2846A>T", 0.5),
        ({"rs75017182": "G/C"}, f"Reference/{HAPB3_INTRONIC}", 1.5),
        ({"rs75017182": "G/C", "rs56038477": "C/T"}, f"Reference/{HAPB3}", 1.5),
        ({"rs56038477": "C/T"}, "Reference/Reference", 2.0),
        ({"rs75017182": None, "rs56038477": "C/T"}, f"Reference/{HAPB3}", 1.5),
    ],
)
def test_dpyd_is_the_two_lowest(
    words: dict[str, str | None], diplotype: str, activity: float
) -> None:
    call = matcher_of(GENES["DPYD"]).call(dpyd(**words))
    assert pairs(call) == [diplotype]
    assert find_phenotype(GENES["DPYD"], call).activity == activity
    assert (BY_PROXY in call.warnings) == ("rs75017182" in words and words["rs75017182"] is None)


def test_dpyd_tells_every_variant_it_found() -> None:
    call = matcher_of(GENES["DPYD"]).call(dpyd(**{STAR2A: "C/T", A2846: "T/A", STAR9A: "A/G"}))
    assert call.variants == ("c.85T>C (*9A)", "c.1905+1G>A (*2A)", "c.2846A>T")


@pytest.mark.parametrize("allele", sorted(GENES["DPYD"].alleles))
def test_every_dpyd_variant(allele: str) -> None:
    bases = slow_alleles.bases_of(DOCUMENTS["DPYD"], allele)
    refs = [position.ref for position in GENES["DPYD"].positions]
    call = matcher_of(GENES["DPYD"]).call(
        [Genotype(a, b) for a, b in zip(refs, bases, strict=True)]
    )
    assert pairs(call) == [f"Reference/{allele}"]


# --- NAT2


def test_nat2_ties_are_broken_by_the_table_and_required_positions_hold() -> None:
    gene = pharmacogenes(shared_data("pgx-pharmcat"))["NAT2"]
    folder = shared_data("pgx-pharmcat")
    exemptions = json.loads((folder / "definition" / "exemptions.json").read_text())
    (rule, *_) = exemptions["NAT2"]["unphasedDiplotypePriorities"]
    names = rule["list"][0].split("/")
    strands = [
        [gene.alleles.get(name, {}).get(p.position, p.ref) for p in gene.positions]
        for name in names
    ]
    unphased = [Genotype(a, b) for a, b in zip(*strands, strict=True)]
    assert pairs(Matcher(gene).call(unphased)) == [rule["pick"]]
    needed = next(i for i, p in enumerate(gene.positions) if p.position in gene.required)
    gapped: list[Genotype | None] = list(unphased)
    gapped[needed] = None
    call = Matcher(gene).call(gapped)
    assert call.diplotypes == ()
    assert call.no_call is not None
    assert "required position" in call.no_call


# --- what it means


def test_a_tie_that_means_two_things_is_indeterminate_and_gets_no_advice() -> None:
    gene = GENES["CYP2C19"]
    call = Call((("*1", "*2"), ("*2", "*2")), ())
    finding = find_phenotype(gene, call)
    assert finding.phenotype == "Indeterminate"
    assert finding.possible == ("Intermediate Metabolizer", "Poor Metabolizer")
    entries = read_recommendations(recommendation_rows())
    assert recommend({"CYP2C19": finding}, entries) == []


def test_no_advice_where_a_key_position_is_missing() -> None:
    gene = GENES["CYP2C19"]
    whole = Call((("*2", "*2"),), ())
    gaps = Call((("*2", "*2"),), ("rs1",), key_missing=True)
    entries = read_recommendations(recommendation_rows())
    drugs = {e.drug for e in recommend({"CYP2C19": find_phenotype(gene, whole)}, entries)}
    assert {"clopidogrel", "voriconazole"} <= drugs
    assert recommend({"CYP2C19": find_phenotype(gene, gaps)}, entries) == []


def test_advice_on_two_genes_needs_both() -> None:
    entries = read_recommendations(recommendation_rows())
    tpmt = find_phenotype(GENES["TPMT"], Call((("*1", "*3A"),), ()))
    nudt15 = find_phenotype(GENES["NUDT15"], Call((("*1", "*1"),), ()))
    assert recommend({"TPMT": tpmt}, entries) == []
    both = recommend({"TPMT": tpmt, "NUDT15": nudt15}, entries)
    assert {entry.drug for entry in both} == {"azathioprine", "mercaptopurine", "thioguanine"}


def test_every_recommendation_has_its_guideline_and_a_phenotype_that_exists() -> None:
    entries = read_recommendations(recommendation_rows())
    assert len(entries) > 150
    for entry in entries:
        assert entry.guideline.startswith("https://")
        assert entry.pmid
        assert entry.version
        for gene, phenotype in entry.phenotypes:
            assert phenotype in {found.name for found in GENES[gene].phenotypes.values()}


# --- from a file


def vcf_of(
    names: list[str], changes: dict[str, list[str]], *, absent: tuple[str, ...] = (), meta: str = ""
) -> str:
    """All positions of the bundled genes, 0/0 but for `changes` by rs number."""
    lines = []
    for gene in GENES.values():
        for position in gene.positions:
            cells = changes.get(str(position.rsid), ["0/0"] * len(names))
            if position.rsid in absent:
                continue
            lines.append(
                (
                    gene.chromosome,
                    position.position,
                    f"chr{gene.chromosome}\t{position.position}\t{position.rsid}\t{position.ref}\t"
                    f"{','.join(position.alts)}\t.\tPASS\t.\tGT\t" + "\t".join(cells),
                )
            )
    head = "##fileformat=VCFv4.2\n" + meta + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    body = "\n".join(text for _, _, text in sorted(lines))
    return head + "".join(f"\t{name}" for name in names) + "\n" + body + "\n"


def called(path: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("call_pgx", vcf=path, stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_command_from_file_to_advice(tmp_path: Path) -> None:
    path = tmp_path / "p.vcf"
    path.write_text(
        vcf_of(
            ["ANNA", "BELA"],
            {
                "rs4244285": ["0/1", "0/0"],
                "rs12769205": ["0/1", "0/0"],
                "rs3758581": ["1/1", "1/1"],
                "rs1799853": ["0/0", "0/1"],
                "rs9923231": ["1/1", "./."],
            },
            meta="##contig=<ID=chr10,length=133797422>\n",
        )
    )
    anna = called(path, sample="ANNA")
    assert anna["build"] == "GRCh38"
    assert anna["genes"]["CYP2C19"]["diplotypes"] == ["*1/*2"]
    assert anna["genes"]["CYP2C19"]["phenotype"] == "Intermediate Metabolizer"
    assert anna["genes"]["VKORC1"]["phenotype"] == "-1639 AA"
    assert anna["genes"]["CYP2C9"]["activity"] == 2.0
    assert "clopidogrel" in {entry["drug"] for entry in anna["recommendations"]}
    bela = called(path, sample="BELA")
    assert bela["genes"]["CYP2C9"]["diplotypes"] == ["*1/*2"]
    assert bela["genes"]["VKORC1"]["diplotypes"] == []
    assert "insufficient coverage" in bela["genes"]["VKORC1"]["no_call"]
    assert bela["genes"]["VKORC1"]["missing"] == ["rs9923231"]


def test_a_file_without_any_of_the_positions_says_nothing_at_all(tmp_path: Path) -> None:
    path = tmp_path / "p.vcf"
    head = vcf_of(["ANNA"], {}).split("\n")[:2]
    path.write_text("\n".join([*head, "chr1\t5\t.\tA\tG\t.\t.\t.\tGT\t0/1", ""]))
    found = called(path)
    assert all(gene["diplotypes"] == [] for gene in found["genes"].values())
    assert all(gene["phenotype"] is None for gene in found["genes"].values())
    assert found["recommendations"] == []


def test_indels_and_split_lines_are_read_as_the_definition_has_them(tmp_path: Path) -> None:
    """UGT1A1 TA repeats written short, and two ALTs on two lines."""
    text = vcf_of(["ANNA"], {}, absent=("rs3064744",))
    lines = text.rstrip("\n").split("\n")
    at = next(i for i, line in enumerate(lines) if "\t233760498\t" in line)
    lines[at:at] = [
        "chr2\t233760233\t.\tC\tCAT\t.\t.\t.\tGT\t0/1",
        "chr2\t233760233\t.\tCAT\tC\t.\t.\t.\tGT\t0/1",
    ]
    path = tmp_path / "p.vcf"
    path.write_text("\n".join(lines) + "\n")
    assert called(path)["genes"]["UGT1A1"]["diplotypes"] == ["*28/*36"]


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (("\tGT\t", "\tGT\t"), {}, "2 samples: name one"),
        (("\tGT\t", "\tGT\t"), {"sample": "CARL"}, "no sample of that name"),
        (
            ("#CHROM", "##contig=<ID=1,length=249250621>\n#CHROM"),
            {"sample": "ANNA"},
            "GRCh37, the definitions of GRCh38",
        ),
        (("0/0\t0/0\n", "0/9\t0/0\n"), {"sample": "ANNA"}, "beyond all ALTs"),
    ],
)
def test_what_is_wrong_is_one_clear_line(
    tmp_path: Path, change: tuple[str, str], options: dict[str, str], said: str
) -> None:
    path = tmp_path / "p.vcf"
    path.write_text(vcf_of(["ANNA", "BELA"], {}).replace(*change))
    with pytest.raises(CommandError, match=said):
        called(path, **options)


def test_another_reference_base_is_a_problem_and_the_position_unknown(tmp_path: Path) -> None:
    path = tmp_path / "p.vcf"
    text = vcf_of(["ANNA"], {})
    path.write_text(text.replace("rs9923231\tC\tT", "rs9923231\tG\tA"))
    found = called(path)
    assert found["genes"]["VKORC1"]["missing"] == ["rs9923231"]
    assert "REF is not that of VKORC1 rs9923231" in found["problems"][0]


# --- definitions


def test_load_pgx_makes_what_is_bundled(tmp_path: Path) -> None:
    folder = shared_data("pgx-pharmcat")
    out = StringIO()
    call_command("load_pgx", str(folder), to=tmp_path / "made", stdout=out)
    assert "NAT2: 47 positions, 59 alleles" in out.getvalue()
    for name in GENES:
        assert (tmp_path / "made" / f"{name}.json").read_text() == (
            BUNDLE / f"{name}.json"
        ).read_text()
    assert len(pharmacogenes(tmp_path / "made")) >= 17


def test_a_broken_definition_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "definition").mkdir()
    (tmp_path / "definition" / "CYP2C19_translation.json").write_text('{"gene": "CYP2C19"}')
    with pytest.raises(CommandError, match="CYP2C19_translation.json: not a PharmCAT definition"):
        call_command("load_pgx", str(tmp_path), to=tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_document_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(BadDefinition, match="names a position that is not defined"):
        gene_of(2, {"*2": {5: "A"}})
