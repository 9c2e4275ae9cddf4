"""Files of the genome on disk: their bytes, and what is wrong with them under their name."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from backend.science.genome.problems import GenomeFileProblem

CHUNK: Final = 1 << 20
T = TypeVar("T")


class Unusable(ValueError):
    """A file cannot be used; names the file and what is wrong with it."""


def chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes as they stand on disk."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def named(path: Path, read: Callable[[], T]) -> T:
    """What `read` gives; its problems under the file's name."""
    try:
        return read()
    except GenomeFileProblem as problem:
        raise Unusable(f"{path.name}: {problem}") from None
    except OSError as error:
        raise Unusable(f"{path.name}: {error.strerror}") from None
