"""The worked example of a learned method: readmission within 30 days, from 130 US hospitals.

Strack et al., BioMed Research International 2014:781670; UCI's "Diabetes 130-US hospitals for years
1999-2008". One encounter a person, the first by its number, as Strack's: people who come often
would otherwise stand on both sides of the split, and would count by how ill they are. Left out are
stays that ended in death or hospice: nobody is readmitted from there. Numbers of encounters are not
said to be in the order of time, so there is no split by time; people are split by their number.
"""

import csv
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.insights.cohorts import Cohort
from backend.insights.tables import Unusable

METHOD: Final = "risk.readmission_30d"
ARCHIVE: Final = "dataset_diabetes.zip"
TABLE: Final = "diabetic_data.csv"
GONE: Final = frozenset({"11", "13", "14", "19", "20", "21"})  # died, or hospice
HELD_OUT_OF_TEN: Final = 4
NUMBERS: Final = {  # and what each is capped at: a long tail of a few must not lead
    "time_in_hospital": None,
    "num_lab_procedures": 100.0,
    "num_procedures": None,
    "num_medications": 40.0,
    "number_outpatient": 5.0,
    "number_emergency": 5.0,
    "number_inpatient": 5.0,
    "number_diagnoses": 9.0,
    "age": None,
}
LEVELS: Final = (
    *("admission_type", "discharged_to", "admitted_from", "main_diagnosis"),
    *("hba1c_test", "insulin", "medicines_changed", "diabetes_medicine"),
)
WANTED: Final = (
    *("encounter_id", "patient_nbr", "race", "gender", "discharge_disposition_id", "readmitted"),
    *("admission_type_id", "admission_source_id", "diag_1", "A1Cresult", "insulin", "change"),
    *("diabetesMed", *NUMBERS),
)
ADMISSION: Final = {"1": "emergency", "7": "emergency", "2": "urgent", "3": "elective"}
DISCHARGE: Final = {
    **dict.fromkeys(("1",), "home"),
    **dict.fromkeys(("6", "8"), "home with care"),
    **dict.fromkeys(("3", "4", "15", "24"), "nursing"),
    **dict.fromkeys(("2", "5", "9", "10", "23", "27", "28", "29", "30"), "other hospital"),
    "22": "rehabilitation",
}
SOURCE: Final = {
    **dict.fromkeys(("1", "2", "3"), "referral"),
    **dict.fromkeys(("4", "5", "6", "10", "18", "22", "25"), "transfer"),
    "7": "emergency room",
}
AGES: Final = ((50, "under 50"), (60, "50 to 59"), (70, "60 to 69"), (80, "70 to 79"))
OLDEST: Final = "80 and over"


def read_cohort(folder: Path) -> Cohort:
    """From the archive as UCI serves it, or its table beside; raises Unusable."""
    raw = _bytes_of(folder)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        kept, left_out = _kept(_rows(io.StringIO(raw.decode("utf-8"), newline="")))
        return _columns(kept, digest, left_out)
    except (IndexError, ValueError, csv.Error) as error:
        raise Unusable(f"{TABLE} is not the table of UCI's Diabetes 130: {error}.") from None


def _bytes_of(folder: Path) -> bytes:
    try:
        if (folder / TABLE).exists():
            return (folder / TABLE).read_bytes()
        with zipfile.ZipFile(folder / ARCHIVE) as archive:
            inside = next(n for n in archive.namelist() if Path(n).name == TABLE)
            return archive.read(inside)
    except (OSError, StopIteration, zipfile.BadZipFile):
        raise Unusable(f"{folder.name} holds neither {TABLE} nor {ARCHIVE}.") from None


Row = dict[str, str]


def _rows(text: io.StringIO) -> Iterator[Row]:
    """The columns that are looked at: the table has 50."""
    reader = csv.reader(text)
    header = next(reader, [])
    places = [(name, header.index(name)) for name in WANTED]
    for cells in reader:
        yield {name: cells[at] for name, at in places}


def _kept(rows: Iterable[Row]) -> tuple[list[Row], Counter[str]]:
    left_out: Counter[str] = Counter()
    first: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: int(row["encounter_id"])):
        if row["patient_nbr"] in first:
            left_out["a later encounter of the same person"] += 1
        else:
            first[row["patient_nbr"]] = row
    kept = [row for row in first.values() if row["discharge_disposition_id"] not in GONE]
    left_out["died or went to hospice"] = len(first) - len(kept)
    return kept, left_out


def _columns(rows: list[Row], digest: str, left_out: Mapping[str, int]) -> Cohort:
    told = [_known(row) for row in rows]
    columns: dict[str, NDArray[Any]] = {
        name: np.array([row[name] for row in told], np.float64) for name in NUMBERS
    }
    columns |= {name: np.array([row[name] for row in told], np.str_) for name in LEVELS}
    groups = {
        "race": np.array([row["race"].replace("?", "not recorded") for row in rows]),
        "sex": np.array([row["gender"].lower() for row in rows]),
        "age": np.array([age_group(float(age)) for age in columns["age"]]),
    }
    happened = np.array([row["readmitted"] == "<30" for row in rows])
    held_out = np.array([is_held_out(row["patient_nbr"]) for row in rows])
    return Cohort(columns, happened, groups, held_out, digest, left_out)


def is_held_out(person: str) -> bool:
    """By a hash of the number, so that the split is the same wherever it is made."""
    return hashlib.sha256(person.encode()).digest()[0] % 10 < HELD_OUT_OF_TEN


def age_group(age: float) -> str:
    """The label that audits use."""
    return next((label for below, label in AGES if age < below), OLDEST)


def _known(row: Row) -> dict[str, float | str]:
    known: dict[str, float | str] = {n: float(row[n]) for n in NUMBERS if n != "age"}
    low, _, high = row["age"].strip("[)").partition("-")
    return known | {
        "age": (float(low) + float(high)) / 2,  # the table has decades
        "admission_type": ADMISSION.get(row["admission_type_id"], "not recorded"),
        "discharged_to": DISCHARGE.get(row["discharge_disposition_id"], "not recorded"),
        "admitted_from": SOURCE.get(row["admission_source_id"], "not recorded"),
        "main_diagnosis": _diagnosis(row["diag_1"]),
        "hba1c_test": row["A1Cresult"],
        "insulin": row["insulin"],
        "medicines_changed": row["change"],
        "diabetes_medicine": row["diabetesMed"],
    }


CHAPTERS: Final = (  # of ICD-9, grouped as by Strack
    *((390, 459, "circulatory"), (785, 785, "circulatory"), (460, 519, "respiratory")),
    *((786, 786, "respiratory"), (520, 579, "digestive"), (787, 787, "digestive")),
    *((250, 250, "diabetes"), (800, 999, "injury"), (710, 739, "musculoskeletal")),
    *((580, 629, "genitourinary"), (788, 788, "genitourinary"), (140, 239, "neoplasm")),
)


def _diagnosis(code: str) -> str:
    whole = code.partition(".")[0]
    if not whole.isdigit():
        return "other"
    return next((name for low, high, name in CHAPTERS if low <= int(whole) <= high), "other")
