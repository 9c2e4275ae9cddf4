"""A file's bytes as blocks of whole lines: plain, gzip or BGZF; bombs are refused early.

A gzip member may expand a thousandfold, so no more than a block is ever expanded at once, and a
file that stays far beyond what genotypes compress to is refused. BGZF ends in an empty member
(SAM/VCF specification, section 4.1.2): without it the file was cut between two members.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from backend.science.genome.problems import GenomeFileProblem

GZIP: Final = b"\x1f\x8b"
AUTO_GZIP: Final = zlib.MAX_WBITS | 16
BGZF_HEAD: Final = b"\x1f\x8b\x08\x04"
BGZF_END: Final = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is worked on before it is refused."""

    block: int = 1 << 19  # bytes of text at a time: what a processor's cache holds
    longest_line: int = 8 << 20
    whole: int = 1 << 40  # bytes of text in all
    free: int = 32 << 20  # text that may expand from anything ...
    ratio: int = 400  # ... before it may be no more than this many times the file


DEFAULT: Final = Limits()


def line_blocks(chunks: Iterable[bytes], limits: Limits = DEFAULT) -> Iterator[bytes]:
    """Blocks that end with a newline; the last line gets one if it has none."""
    held = b""
    for text in _gathered(_text(chunks, limits), limits.block):
        cut = text.rfind(b"\n") + 1
        if not cut:
            held += text
            if len(held) > limits.longest_line:
                raise GenomeFileProblem(
                    f"a line is longer than {limits.longest_line >> 20} MiB: not a file of lines"
                )
            continue
        yield held + text[:cut] if held else text[:cut]
        held = text[cut:]
    if held:
        yield held + b"\n"


def _gathered(pieces: Iterable[bytes], least: int) -> Iterator[bytes]:
    """Fewer, larger pieces: BGZF comes in members of 64 KiB."""
    parts: list[bytes] = []
    size = 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size >= least:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def _text(chunks: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    chunks = iter(chunks)
    first = next(chunks, b"")
    while len(first) < len(BGZF_HEAD):
        more = next(chunks, b"")
        if not more:
            break
        first += more
    if first.startswith(GZIP):
        yield from _expanded(first, chunks, limits)
        return
    total = 0
    for chunk in _again(first, chunks):
        total += len(chunk)
        _check_size(total, total, limits)
        yield chunk


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _expanded(first: bytes, rest: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    """The text of every member, one after another."""
    blocked, read, total, tail = first.startswith(BGZF_HEAD), 0, 0, b""
    member = zlib.decompressobj(AUTO_GZIP)
    for chunk in _again(first, rest):
        read += len(chunk)
        tail = (tail + chunk)[-len(BGZF_END) :]
        while chunk:
            if member.eof:
                member = zlib.decompressobj(AUTO_GZIP)
            text = _step(member, chunk, limits.block)
            total += len(text)
            _check_size(total, read, limits)
            yield text
            chunk = member.unconsumed_tail or (member.unused_data if member.eof else b"")
    if not member.eof:
        raise GenomeFileProblem("the file is cut short: its compressed data does not end")
    if blocked and tail != BGZF_END:
        raise GenomeFileProblem("the file is cut short: BGZF without its end-of-file block")


def _step(member: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    try:
        return member.decompress(chunk, most)
    except zlib.error:
        raise GenomeFileProblem("the compressed data is damaged") from None


def _check_size(total: int, read: int, limits: Limits) -> None:
    if total > limits.whole:
        raise GenomeFileProblem(f"the text is longer than {limits.whole >> 20} MiB")
    if total > limits.free and total > limits.ratio * read:
        raise GenomeFileProblem(
            f"the text is more than {limits.ratio} times the file: no genotypes compress like this"
        )
