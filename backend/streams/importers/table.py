"""The table of formats. A new one is a file with `recognises` and `read`, and a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from backend.streams.importers import (
    apple,
    cgm,
    fitbit,
    fitbit_json,
    google_fit,
    health_connect,
    ihealth,
    mapped,
    nightscout,
    omh,
    plain,
    withings,
)
from backend.streams.importers.reading import Export, Note, Options, Row, Run, Unreadable


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is told and read."""

    recognises: Callable[[Export], bool]
    read: Callable[[Export, Options], Iterator[Row] | Iterator[Run] | Iterator[Run | Note]]


# In the order in which a file is tried; the plain table is the least particular.
FORMATS: dict[str, Format] = {
    "apple-health": Format(apple.recognises, apple.read),
    "fitbit": Format(fitbit.recognises, fitbit.read),
    "cgm-csv": Format(cgm.recognises, cgm.read),
    "omh": Format(omh.recognises, omh.read),
    "fitbit-json": Format(fitbit_json.recognises, fitbit_json.read),
    "google-fit": Format(google_fit.recognises, google_fit.read),
    "nightscout": Format(nightscout.recognises, nightscout.read),
    "withings": Format(withings.recognises, withings.read),
    "ihealth": Format(ihealth.recognises, ihealth.read),
    "health-connect": Format(health_connect.recognises, health_connect.read),
    "csv": Format(plain.recognises, plain.read),
}
AUTO = "auto"


CSV = "csv"


def format_of(export: Export) -> str | None:
    """The first format that recognises the file."""
    return next((name for name, known in FORMATS.items() if known.recognises(export)), None)


def read_export(
    export: Export, options: Options, *, name: str = AUTO
) -> Iterator[Row] | Iterator[Run] | Iterator[Run | Note]:
    """The rows of the file in that format, or in the first that recognises it; Unreadable.

    Where somebody said what the columns mean, it is a csv table and nothing else.
    """
    if options.mapping is not None:
        return mapped.read(export, options)
    found = format_of(export) if name == AUTO else name
    if found == "fitbit" and fitbit_json.recognises(export):
        found = "fitbit-json"  # who says Fitbit may mean either
    if found is None:
        raise Unreadable("No known format recognises this file.")
    return FORMATS[found].read(export, options)
