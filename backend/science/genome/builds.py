"""Which assembly a file's positions are of: stated by its header, never guessed.

Lengths of chromosomes 1 to 22, X and Y are those of the assemblies' reports (Genome Reference
Consortium, GRCh37.p13 and GRCh38.p14; patches do not change the chromosomes).
"""

from collections.abc import Mapping
from typing import Final

GRCH37: Final = "GRCh37"
GRCH38: Final = "GRCh38"

# Chromosome: its length in GRCh37 and in GRCh38. All differ.
LENGTHS: Final[dict[str, tuple[int, int]]] = {
    "1": (249250621, 248956422),
    "2": (243199373, 242193529),
    "3": (198022430, 198295559),
    "4": (191154276, 190214555),
    "5": (180915260, 181538259),
    "6": (171115067, 170805979),
    "7": (159138663, 159345973),
    "8": (146364022, 145138636),
    "9": (141213431, 138394717),
    "10": (135534747, 133797422),
    "11": (135006516, 135086622),
    "12": (133851895, 133275309),
    "13": (115169878, 114364328),
    "14": (107349540, 107043718),
    "15": (102531392, 101991189),
    "16": (90354753, 90338345),
    "17": (81195210, 83257441),
    "18": (78077248, 80373285),
    "19": (59128983, 58617616),
    "20": (63025520, 64444167),
    "21": (48129895, 46709983),
    "22": (51304566, 50818468),
    "X": (155270560, 156040895),
    "Y": (59373566, 57227415),
}
NAMES: Final[dict[str, str]] = {
    "grch37": GRCH37,
    "hg19": GRCH37,
    "b37": GRCH37,
    "hs37d5": GRCH37,
    "grch38": GRCH38,
    "hg38": GRCH38,
}


def named_build(name: str) -> str | None:
    """The assembly of that name, patch level apart; None for `NR` and whatever else."""
    return NAMES.get(name.strip().lower().split(".")[0])


def build_of_contigs(lengths: Mapping[str, int]) -> str | None:
    """The one assembly whose chromosomes have these lengths; None if none or two fit."""
    fitting = {GRCH37, GRCH38}
    known = False
    for name, length in lengths.items():
        pair = LENGTHS.get(name.removeprefix("chr"))
        if pair is None:
            continue
        these = {b for b, right in zip((GRCH37, GRCH38), pair, strict=True) if right == length}
        known = known or bool(these)
        if these:
            fitting &= these
    return fitting.pop() if known and len(fitting) == 1 else None
