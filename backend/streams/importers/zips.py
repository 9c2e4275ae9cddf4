"""One member of a zip, read without unpacking: odd paths, bombs and damage are told in words."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO

from backend.streams.importers.reading import Unreadable

MAGIC = b"PK\x03\x04"
MOST_RATIO = 200  # real exports shrink 20 to 40 times
MOST_UNPACKED = 8 << 30
MOST_CATALOGUE = 32 << 20  # bytes: a hundred thousand members would need less
TAIL = 65_557  # the last record with the longest comment
DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


@contextmanager
def open_member(
    file: BinaryIO, wanted: Callable[[PurePosixPath], bool], missing: str
) -> Iterator[BinaryIO]:
    """The one member that is wanted, as a stream; Unreadable, with `missing` if it is not there."""
    try:
        _check_catalogue(file)
        with zipfile.ZipFile(file) as archive, archive.open(_find(archive, wanted, missing)) as it:
            yield it  # type: ignore[misc]
    except DAMAGED as error:
        raise Unreadable("The zip file is damaged.") from error


def _check_catalogue(file: BinaryIO) -> None:
    """Refuse a list of members that would fill the memory before one of them is looked at."""
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise zipfile.BadZipFile
    (listed,) = struct.unpack_from("<L", tail, at + 12)
    large = tail.rfind(b"PK\x06\x06", 0, at)
    if large >= 0 and tail.find(b"PK\x06\x07", large, at) >= 0:
        (listed,) = struct.unpack_from("<Q", tail, large + 40)
    if listed > MOST_CATALOGUE:
        raise Unreadable("The zip file holds too many files.")
    file.seek(0)


def _find(
    archive: zipfile.ZipFile, wanted: Callable[[PurePosixPath], bool], missing: str
) -> zipfile.ZipInfo:
    """An archive with odd paths or an unlikely size is refused whole."""
    found = []
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename:
            raise Unreadable("The zip file names paths outside of itself.")
        if wanted(path):
            found.append(info)
    if len(found) != 1:
        raise Unreadable(missing)
    if found[0].file_size > min(MOST_UNPACKED, MOST_RATIO * max(found[0].compress_size, 1)):
        raise Unreadable("The zip file grows too large.")
    return found[0]
