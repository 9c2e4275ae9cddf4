"""How a file is to be read, as it stands in an import's row."""

from dataclasses import asdict
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

from backend.imports.models import Import
from backend.streams.importers.reading import Mapping, Meaning, Options, slug


def written(options: Options) -> dict[str, Any]:
    """For the row."""
    return {
        "zone": options.zone.key,
        "person": options.person,
        "mapping": asdict(options.mapping) if options.mapping else None,
        "encoding": options.encoding,
        "separator": options.separator,
    }


def options_of(row: Import) -> Options:
    """From the row; where the file tells no device, its own name stands for one."""
    found = dict(row.options)
    mapping = found["mapping"]
    if mapping is not None:
        meanings = tuple(Meaning(**meaning) for meaning in mapping["meanings"])
        mapping = Mapping(**{**mapping, "meanings": meanings})
    return Options(
        zone=ZoneInfo(found["zone"]),
        person=found["person"],
        mapping=mapping,
        source=f"file:{slug(PurePath(row.file_name).stem)}",
        encoding=found["encoding"],
        separator=found["separator"],
    )
