"""The VCF reader: shapes of files, problems with their line, bombs."""

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import numpy as np
import pytest

from backend.science.genome.genotypes import genotypes
from backend.science.genome.problems import GenomeFileProblem
from backend.science.genome.unzipping import BGZF_END, Limits
from backend.science.genome.vcf import VcfReader

HEAD = "##fileformat=VCFv4.2\n"
NAMES = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"


def vcf(*lines: str, samples: tuple[str, ...] = ("A",), meta: str = "") -> bytes:
    names = "\t".join([NAMES, *samples])
    return (HEAD + meta + names + "\n" + "".join(f"{line}\n" for line in lines)).encode()


def line(chromosome: str, position: int | str, *calls: str, alleles: str = "A\tG") -> str:
    return "\t".join([chromosome, str(position), ".", alleles, ".", ".", ".", "GT", *calls])


def calls(raw: bytes) -> list[list[list[int]]]:
    reader = VcfReader([raw])
    found = []
    for block in reader:
        rows = np.arange(len(block.starts))
        found += genotypes(block, rows, len(reader.header.samples)).tolist()
    return found


@pytest.mark.parametrize("samples", [1, 2, 20])
def test_every_way_of_writing_a_genotype(samples: int) -> None:
    written = ["0/0", "0|1", "1|1", "./.", ".", "0/.", "1", "2/0", "0|1:12:3", "10/11"]
    read = [[0, 0], [0, 1], [1, 1], [-1, -1], [-1, -1], [-1, -1], [1, 1], [2, 0], [0, 1], [10, 11]]
    names = tuple(f"S{n}" for n in range(samples))
    raw = vcf(*(line("1", 5, *[call] * samples) for call in written), samples=names)
    assert calls(raw) == [[pair] * samples for pair in read]


def test_a_line_without_gt_knows_nothing() -> None:
    assert calls(vcf(line("1", 5, "0.3").replace("GT", "DS"))) == [[[-1, -1]]]


def test_windows_ends_and_no_last_newline() -> None:
    assert calls(vcf(line("1", 5, "0|1"), line("1", 6, "1|1")).replace(b"\n", b"\r\n")[:-2]) == [
        [[0, 1]],
        [[1, 1]],
    ]


@pytest.mark.parametrize(
    ("meta", "build"),
    [
        ("##contig=<ID=chr1,length=248956422>\n##contig=<ID=chr2,length=242193529>\n", "GRCh38"),
        ("##contig=<ID=1,length=249250621>\n", "GRCh37"),
        ("##contig=<ID=1,assembly=GRCh38.p13>\n", "GRCh38"),
        ("##contig=<ID=22,length=51174940>\n", None),
        ("##contig=<ID=1,length=249250621>\n##contig=<ID=2,length=242193529>\n", None),
        ("", None),
    ],
)
def test_the_build_is_stated_or_unknown(meta: str, build: str | None) -> None:
    assert VcfReader([vcf(meta=meta)]).header.build == build


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "no line that begins with #CHROM"),
        (b"rsid,chromosome\n", "line 1: not a VCF"),
        (b"BCF\2\2....\n", "convert it"),
        (HEAD.encode(), "no line that begins with #CHROM"),
        (vcf(samples=()), "no samples"),
        (vcf(samples=("A", "A")), "same name"),
        (vcf(line("1", 5, "0/1"), line("1", "x", "0/1")), "line 4: POS"),
        (vcf(line("1", 5, "0/1"), line("1", 6, "0/1", "0/1")), "line 4: 11 columns"),
        (vcf(line("1", 5, "0/1"), line("1", 4, "0/1")), "line 4: not sorted"),
        (vcf(*(line(c, 5, "0/1") for c in "121")), "line 5: not sorted"),
        (vcf(line("1", 5, "0/1"), "", line("1", 6, "0/1")), "line 4: an empty line"),
        (vcf(line("1", 5, "0/1"), line("1", 6, "0/1/1")), "line 4: GT"),
        (vcf(line("1", 5, "0/1"), line("1", 6, "x")), "line 4: GT"),
        (vcf(*[line("1", 5, "0/1")] * 1_001), "lines of one position"),
        (gzip.compress(vcf(line("1", 5, "0/1")), mtime=0)[:-12], "cut short"),
        (gzip.compress(b"x" * 99, mtime=0)[:30] + b"garbage" * 9, "damaged"),
    ],
)
@pytest.mark.parametrize("samples", [1])
def test_what_is_wrong_is_said_with_its_line(raw: bytes, said: str, samples: int) -> None:
    with pytest.raises(GenomeFileProblem, match=said):
        calls(raw)


def test_bgzf_of_many_members_and_one_that_lost_its_end() -> None:
    text = vcf(*(line("1", at, "0|1") for at in range(1, 4_000)))
    raw = b"".join(bgzf_member(text[at : at + 9_000]) for at in range(0, len(text), 9_000))
    assert calls(raw + BGZF_END) == [[[0, 1]]] * 3_999
    with pytest.raises(GenomeFileProblem, match="end-of-file block"):
        calls(raw)


def bgzf_member(text: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(text) + packer.flush()
    size = (len(packed) + 25).to_bytes(2, "little")
    head = bytes.fromhex("1f8b08040000000000ff060042430200") + size
    tail = zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little")
    return head + packed + tail


def test_blocks_of_any_size_give_the_same_lines() -> None:
    text = vcf(*(line("1", at, "0|1") for at in range(1, 300)))
    for size in (1, 7, 100, 5_000):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        blocks = list(VcfReader(pieces, Limits(block=size)))
        assert [p for b in blocks for p in b.position.tolist()] == list(range(1, 300))
        assert [b.first_line for b in blocks][:1] == [3]


def zeros(lead: bytes, body: bytes, times: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    yield packer.compress(lead)
    for _ in range(times):
        if out := packer.compress(body):
            yield out
    yield packer.flush()


BOMBS = {
    "a line without end": list(zeros(vcf(), b"0" * (1 << 20), 256)),
    "lines without end": list(zeros(vcf(), (line("1", 5, "0/1").encode() + b"\n") * 40_000, 128)),
    "a header without end": list(zeros(HEAD.encode(), b"##\n" * 400_000, 200)),
    "100,000 samples": [vcf(samples=tuple(f"SAMPLE{n}" for n in range(100_000)))],
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_in_a_second_and_200_mb(bomb: list[bytes]) -> None:
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(GenomeFileProblem):
        list(VcfReader(bomb))
    took = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 1
    assert peak < 200 << 20
