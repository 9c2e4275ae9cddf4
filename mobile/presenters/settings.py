"""Settings: who I am, how things are shown, a file to bring in, signing out."""

import sqlite3
from dataclasses import dataclass, replace

from mobile.device.preferences import TEXT_PERCENTS, Preferences
from mobile.presenters.shapes import Choosing, Option
from mobile.presenters.streams import UNIT_CHOICES, kind_name, shown_unit, unit_name
from mobile.sources.csv_export import Unreadable
from mobile.store import sending, shadow
from mobile.sync.imports import Imported
from mobile.words import Words, languages


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    """The record's word and the choices on this device."""

    name: str
    zone: str
    device_zone: str
    simulated: bool
    record_units: tuple[tuple[str, str], ...]
    preferences: Preferences
    server: str
    waiting: int
    importing: bool = False
    imported: str = ""
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class SettingsState:
    """The screen."""

    name: str
    zone: str
    zone_note: str
    server: str
    choosing: tuple[Choosing, ...]
    import_button: str
    can_import: bool
    imported: str
    leaving: bool
    leaving_text: str


def read(db: sqlite3.Connection | None, base: SettingsFacts) -> SettingsFacts:
    """The record's part, laid into what the app knows by itself."""
    if db is None:
        return base
    profile = shadow.profile(db) or {}
    return replace(
        base,
        name=profile.get("name", ""),
        zone=profile.get("zone", ""),
        simulated=bool(profile.get("simulated", False)),
        record_units=tuple(sorted(profile.get("units", {}).items())),
        waiting=sending.waiting(db).items,
    )


def present(facts: SettingsFacts, *, words: Words) -> SettingsState:
    """The screen."""
    moved = bool(facts.zone) and facts.zone != facts.device_zone
    note = words("settings_zone_differs", device=facts.device_zone) if moved else ""
    name = facts.name or words("settings_no_name")
    leaving = "settings_leave_waiting" if facts.waiting else "settings_leave_text"
    return SettingsState(
        name=words("simulated_name", name=name) if facts.simulated else name,
        zone=facts.zone or words("settings_no_zone"),
        zone_note=note,
        server=facts.server,
        choosing=tuple(_choosing(facts, words)),
        import_button=words("settings_importing" if facts.importing else "settings_import"),
        can_import=not facts.importing,
        imported=facts.imported,
        leaving=facts.leaving,
        leaving_text=words(leaving, count=facts.waiting),
    )


def _choosing(facts: SettingsFacts, words: Words) -> list[Choosing]:
    chosen = facts.preferences
    texts = tuple(Option(str(p), f"{p}\u202f%", p == chosen.text_percent) for p in TEXT_PERCENTS)
    themes = (
        Option("light", words("theme_light"), not chosen.dark),
        Option("dark", words("theme_dark"), chosen.dark),
    )
    contrasts = (
        Option("usual", words("contrast_usual"), not chosen.contrast),
        Option("strong", words("contrast_strong"), chosen.contrast),
    )
    spoken = tuple(Option(code, name, code == words.language) for code, name in languages().items())
    found = [
        Choosing("text_percent", words("settings_text"), texts),
        Choosing("theme", words("settings_theme"), themes),
        Choosing("contrast", words("settings_contrast"), contrasts),
    ]
    for kind, units in UNIT_CHOICES.items():
        now = shown_unit(kind, chosen.units, dict(facts.record_units), zone=facts.zone)
        options = tuple(Option(u, unit_name(kind, u), u == now) for u in units)
        title = words("settings_unit", kind=kind_name(kind, words))
        found.append(Choosing(f"unit:{kind}", title, options))
    nets = (
        Option("any", words("wifi_any"), not chosen.wifi_only),
        Option("only", words("wifi_only"), chosen.wifi_only),
    )
    return [
        *found,
        Choosing("language", words("settings_language"), spoken),
        Choosing("wifi", words("settings_wifi"), nets),
    ]


def chosen(preferences: Preferences, key: str, value: str) -> Preferences:
    """The preferences after an option was tapped."""
    if key == "text_percent":
        return replace(preferences, text_percent=int(value))
    if key == "theme":
        return replace(preferences, dark=value == "dark")
    if key == "contrast":
        return replace(preferences, contrast=value == "strong")
    if key == "wifi":
        return replace(preferences, wifi_only=value == "only")
    if key == "language":
        return replace(preferences, language=value)
    return replace(preferences, units=preferences.units | {key.removeprefix("unit:"): value})


def imported_text(outcome: Imported | Exception, words: Words) -> str:
    """What came of a file."""
    if isinstance(outcome, Unreadable):
        return words("import_unreadable", why=str(outcome))
    if isinstance(outcome, Exception):
        return words("import_failed")
    text = words("import_done", kind=kind_name(outcome.kind, words), count=outcome.samples)
    if outcome.left_aside:
        text += " " + words("import_left", count=outcome.left_aside)
    return text
