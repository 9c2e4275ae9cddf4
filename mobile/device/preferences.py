"""How this person likes the app on this device; not part of the record, so it stays here."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

FILE_NAME = "preferences.json"
TEXT_PERCENTS = (100, 125, 150, 175, 200)


@dataclass(frozen=True, slots=True)
class Preferences:
    """`units` maps a kind of measurement to the unit it is shown in; "" and {}: as the record
    says.
    """

    text_percent: int = 100
    dark: bool = False
    contrast: bool = False
    language: str = ""
    units: dict[str, str] = field(default_factory=dict)
    server: str = ""
    wifi_only: bool = False


def load_preferences(folder: Path) -> Preferences:
    """What was chosen; a value that makes no sense is as if it had not been chosen."""
    try:
        found = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Preferences()
    if not isinstance(found, dict):
        return Preferences()
    return Preferences(**{f.name: found[f.name] for f in fields(Preferences) if _sound(f, found)})


def _sound(one: Any, found: dict[str, Any]) -> bool:
    value = found.get(one.name)
    if one.name == "text_percent":
        return value in TEXT_PERCENTS
    if one.name == "units":
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    return type(value) is one.type


def keep_preferences(folder: Path, preferences: Preferences) -> None:
    """Replace the file in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{FILE_NAME}.new"
    new.write_text(json.dumps(asdict(preferences)), encoding="utf-8")
    new.replace(folder / FILE_NAME)
