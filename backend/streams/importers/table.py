"""The table of formats. A new one is a file with `recognises` and `read`, and a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from backend.streams.importers import apple, cgm, fitbit, omh, plain
from backend.streams.importers.reading import Export, Options, Row, Unreadable


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is told and read."""

    recognises: Callable[[Export], bool]
    read: Callable[[Export, Options], Iterator[Row]]


# In the order in which a file is tried; the plain table is the least particular.
FORMATS: dict[str, Format] = {
    "apple-health": Format(apple.recognises, apple.read),
    "fitbit": Format(fitbit.recognises, fitbit.read),
    "cgm-csv": Format(cgm.recognises, cgm.read),
    "omh": Format(omh.recognises, omh.read),
    "csv": Format(plain.recognises, plain.read),
}
AUTO = "auto"


def read_export(export: Export, options: Options, *, name: str = AUTO) -> Iterator[Row]:
    """The rows of the file in that format, or in the first that recognises it; Unreadable."""
    if name != AUTO:
        return FORMATS[name].read(export, options)
    for known in FORMATS.values():
        if known.recognises(export):
            return known.read(export, options)
    raise Unreadable("No known format recognises this file.")
