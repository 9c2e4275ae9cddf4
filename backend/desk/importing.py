"""The forms of the import page: which file, and what the columns of a table mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from backend.desk.forms import ZONES
from backend.imports.proposing import CLOCK, IGNORED, PERSON, TIME, Column, Proposal
from backend.streams.importers.reading import Mapping, Meaning
from backend.streams.importers.table import AUTO, FORMATS
from backend.wire.measures import MEASURES

FORMAT_LABELS = {
    AUTO: "Find out",
    "apple-health": "Apple Health (export.zip or export.xml)",
    "fitbit": "Fitbit (csv)",
    "cgm-csv": "Dexcom Clarity or FreeStyle Libre (csv)",
    "omh": "Open mHealth (JSON)",
    "fitbit-json": "Fitbit (JSON of its Web API)",
    "google-fit": "Google Fit (JSON)",
    "nightscout": "Nightscout: entries or treatments (JSON)",
    "withings": "Withings (JSON)",
    "ihealth": "iHealth (JSON)",
    "health-connect": "Health Connect (JSON)",
    "csv": "Any other table (csv)",
}
DATE_CHOICES = [
    ("auto", "As the file shows"),
    ("day-first", "Day before month"),
    ("month-first", "Month before day"),
    ("unix-s", "Seconds since 1970"),
    ("unix-ms", "Milliseconds since 1970"),
]
DECIMAL_CHOICES = [("point", "5.5"), ("comma", "5,5")]
ZONE_CHOICES = [("UTC", "UTC"), *ZONES]


def format_choices() -> list[tuple[str, str]]:
    """Every known format, named for people."""
    return [(name, format_label(name)) for name in (AUTO, *FORMATS)]


def format_label(name: str) -> str:
    """A format's name for people."""
    return FORMAT_LABELS.get(name, name.replace("-", " ").capitalize())


def meaning_choices() -> list[tuple[str, Any]]:
    """What a column can mean: nothing, a time, a person, or a kind in one of its units."""
    plain: list[tuple[str, Any]] = [
        (IGNORED, "Leave out"),
        (TIME, "Time, or the date"),
        (CLOCK, "Time of day, beside a date"),
        (PERSON, "Person (only one is imported)"),
    ]
    kinds = [(f"{m.code} {unit}", f"{m.label}, {unit}", m.code) for m, unit in _units()]
    measured = [(value, label) for value, label, _ in kinds]
    return [*plain, ("Measured", measured)]


def _units() -> Iterable[tuple[Any, str]]:
    """Each kind with its units, of those that mean the same only the first."""
    for measure in MEASURES.values():
        scales = sorted(measure.units.items(), key=lambda item: item[1])
        own = measure.units[measure.unit]
        firsts = [next(same)[0] for _, same in groupby(scales, key=lambda item: item[1])]
        ordered = sorted(firsts, key=lambda unit: measure.units[unit] != own)
        for unit in ordered:
            yield measure, unit


def columns_in_words(mapping: Mapping | None) -> list[str]:
    """What was said of a table's columns."""
    if mapping is None:
        return []
    beside = [("time of day", mapping.clock), ("person", mapping.person)]
    said = [("time", mapping.time), *((word, column) for word, column in beside if column)]
    said += [(f"{MEASURES[m.kind].label} in {m.unit}", m.column) for m in mapping.meanings]
    return [f"{word}: column {column.removeprefix('#')}" for word, column in said]


class FileForm(forms.Form):
    """The file, and what it does not tell of itself."""

    file = forms.FileField(label="File", max_length=200)
    format = forms.ChoiceField(label="Format", choices=format_choices, required=False)
    zone = forms.ChoiceField(
        label="Time zone",
        choices=ZONE_CHOICES,
        help_text="For times that the file writes without one.",
    )
    person = forms.CharField(
        label="Person in the file",
        max_length=80,
        required=False,
        help_text="Only for files of many people: the id of the one who is meant.",
    )

    def __init__(self, *args: Any, is_too_large: bool = False, most: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._is_too_large, self.most = is_too_large, most
        self.fields["file"].widget.attrs |= {"data-most": most}
        self.fields["file"].help_text = f"At most {most >> 20} MB. A zip is read as it is."

    def clean(self) -> dict[str, Any]:
        """A file that was too large did not come at all."""
        found: dict[str, Any] = super().clean() or {}
        if self._is_too_large:
            self.errors.pop("file", None)
            said = f"The file is too large: at most {self.most >> 20} MB can be imported here."
            self.add_error("file", said)
        return found

    def arrived(self) -> UploadedFile:
        """The file that came."""
        found: UploadedFile = self.cleaned_data["file"]
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A column with the select that asks what it means."""

    column: Column
    field: forms.BoundField


class MappingForm(forms.Form):
    """What each column means; the proposal stands chosen."""

    dates = forms.ChoiceField(label="Dates", choices=DATE_CHOICES)
    decimal = forms.ChoiceField(label="Numbers like", choices=DECIMAL_CHOICES)
    zone = forms.ChoiceField(label="Time zone", choices=ZONE_CHOICES)

    def __init__(self, typed: QueryDict | None, *, proposal: Proposal, zone: str):
        initial = {"zone": zone, "decimal": proposal.decimal, "dates": "auto"}
        initial |= {f"column_{c.place}": c.means for c in proposal.columns}
        super().__init__(typed, initial=initial)
        self._proposal = proposal
        for column in proposal.columns:
            self.fields[f"column_{column.place}"] = forms.ChoiceField(
                label=column.name, choices=meaning_choices, required=False
            )

    def asked(self) -> list[Asked]:
        """The columns with their selects."""
        return [Asked(c, self[f"column_{c.place}"]) for c in self._proposal.columns]

    def rest(self) -> list[forms.BoundField]:
        """The other fields."""
        return [self[name] for name in ("dates", "decimal", "zone")]

    def clean(self) -> dict[str, Any]:
        """One time, at least one value, nothing twice."""
        found: dict[str, Any] = super().clean() or {}
        chosen = [word for name, word in found.items() if name.startswith("column_") and word]
        kinds = [word.split()[0] for word in chosen]
        if TIME not in kinds:
            self.add_error(None, "Say which column is the time.")
        if not set(kinds) - {TIME, CLOCK, PERSON}:
            self.add_error(None, "Say which column is a measured value.")
        if len(set(kinds)) < len(kinds):
            self.add_error(None, "Two columns cannot mean the same.")
        return found

    def mapping(self) -> Mapping:
        """What was chosen, by places."""
        places = {
            word: f"#{c.place + 1}"
            for c in self._proposal.columns
            if (word := self.cleaned_data[f"column_{c.place}"])
        }
        meanings = [
            Meaning(place, *word.split(" ", 1))
            for word, place in places.items()
            if word not in (TIME, CLOCK, PERSON)
        ]
        return Mapping(
            time=places[TIME],
            meanings=tuple(meanings),
            clock=places.get(CLOCK, ""),
            person=places.get(PERSON, ""),
            dates=self.cleaned_data["dates"],
            decimal=self.cleaned_data["decimal"],
            skip=self._proposal.skip,
        )

    def chosen_zone(self) -> ZoneInfo:
        """Where the table's local times are from."""
        return ZoneInfo(self.cleaned_data["zone"])
