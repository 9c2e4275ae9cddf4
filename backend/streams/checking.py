"""Whether an upload is what the contract says, and which of its samples are good.

Everything on the good path is one pass of C code over the whole column; item by item it goes only
where something is wrong. What is wrong with the upload refuses it; what is wrong with one sample
is a problem of that sample, with its index, and never a guess.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from backend.core.problems import FieldError
from backend.streams.columns import EMPTY, Columns
from backend.wire.codec import ms_of
from backend.wire.measures import CODED, DIGITS, MEASURES, SAME, Linear, UnknownUnit, linear
from backend.wire.messages import UPLOAD_MAX_SAMPLES, ItemProblem
from backend.wire.problems import Code

FIELDS = frozenset({"id", "kind", "source", "unit", "start", "values", "offsets_ms", "step_ms"})
REQUIRED = ("kind", "source", "unit", "start", "values")
MOST_LETTERS = {"kind": 32, "source": 80, "unit": 32}
AHEAD = timedelta(days=1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?")
MOST_MS = 2**53

Mask = npt.NDArray[np.bool_]


class Refused(Exception):
    """The upload as a whole cannot be taken."""

    def __init__(self, field: str, code: Code, detail: str):
        super().__init__(detail)
        self.problem = ItemProblem(None, field, code, detail)

    def as_field(self) -> FieldError:
        """The same, of a request's field."""
        return FieldError(self.problem.field, self.problem.code, self.problem.detail)


@dataclass(slots=True)
class Checked:
    """What is good of an upload, in the canonical unit, and what is wrong with the rest."""

    kind: str = ""
    source: str = ""
    samples: Columns = EMPTY
    problems: list[ItemProblem] = field(default_factory=list)


def upload_id(raw: Any) -> UUID:
    """The id that the upload goes by; raises Refused unless it is a UUIDv7."""
    if not isinstance(raw, dict):
        raise Refused("", Code.WRONG_TYPE, "An upload is an object.")
    if raw.get("id") is None:
        raise Refused("id", Code.REQUIRED, "This field is required.")
    try:
        found = UUID(raw["id"]) if isinstance(raw["id"], str) else None
    except ValueError:
        found = None
    # In its usual spelling only: UUID() also takes braces, urn: and hyphens anywhere.
    if found is None or found.version != 7 or str(found) != raw["id"].lower():
        raise Refused("id", Code.WRONG_TYPE, "An id is a UUIDv7.")
    return found


def check_upload(raw: dict[str, Any], *, now: datetime) -> Checked:
    """Judge an upload whose id is known; never raises, a refusal is a problem without an index."""
    try:
        return _checked(raw, now)
    except Refused as refusal:
        return Checked(problems=[refusal.problem])


def _checked(raw: dict[str, Any], now: datetime) -> Checked:
    _check_fields(raw)
    kind, source, unit = (_text(raw, name) for name in ("kind", "source", "unit"))
    if kind not in MEASURES:
        raise Refused("kind", Code.UNKNOWN_KIND, "Nothing of this kind is measured here.")
    try:
        scale = linear(kind, unit)
    except UnknownUnit:
        raise Refused("unit", Code.UNKNOWN_UNIT, "This kind is never in this unit.") from None
    problems: list[ItemProblem] = []
    values, good = _numbers(raw["values"], problems)
    instants = _instants(raw, len(values), good, problems)
    values = in_canonical(values, scale)
    _judge_values(kind, values, good, problems)
    _judge_instants(instants, now, good, problems)
    samples = _in_order(instants, values, good, problems)
    problems.sort(key=lambda problem: problem.index or 0)
    return Checked(kind, source, samples, problems)


def in_canonical(values: npt.NDArray[np.float64], scale: Linear) -> npt.NDArray[np.float64]:
    """What wire.measures.convert does, for whole columns."""
    if scale == SAME:
        return values
    return np.round(values * scale.factor + scale.offset, DIGITS)


def _check_fields(raw: dict[str, Any]) -> None:
    if unknown := sorted(set(raw) - FIELDS):
        raise Refused(unknown[0][:60], Code.UNKNOWN_FIELD, "This field is unknown.")
    for name in REQUIRED:
        if raw.get(name) is None:
            raise Refused(name, Code.REQUIRED, "This field is required.")


def _text(raw: dict[str, Any], name: str) -> str:
    found = raw[name]
    if not isinstance(found, str):
        raise Refused(name, Code.WRONG_TYPE, "A text is needed.")
    if not found.strip():
        raise Refused(name, Code.EMPTY, "This may not be empty.")
    if len(found) > MOST_LETTERS[name]:
        raise Refused(name, Code.OUT_OF_RANGE, f"At most {MOST_LETTERS[name]} letters.")
    return found


def _numbers(raw: Any, problems: list[ItemProblem]) -> tuple[npt.NDArray[np.float64], Mask]:
    """The values as floats, and which of them are numbers at all."""
    if not isinstance(raw, list):
        raise Refused("values", Code.WRONG_TYPE, "A list is needed.")
    if not raw:
        raise Refused("values", Code.EMPTY, "There are no samples.")
    if len(raw) > UPLOAD_MAX_SAMPLES:
        raise Refused("values", Code.TOO_LARGE, f"At most {UPLOAD_MAX_SAMPLES} samples.")
    if set(map(type, raw)) <= {int, float}:
        try:
            values = np.array(raw, np.float64)
        except OverflowError:
            values = np.array([_float(value) for value in raw])
    else:
        values = np.array([_float(value) for value in raw])
    good = np.isfinite(values)
    for index in np.flatnonzero(~good).tolist():
        code = Code.BOOLEAN if isinstance(raw[index], bool) else Code.NOT_A_NUMBER
        problems.append(ItemProblem(index, "values", code, "A finite number is needed."))
    return values, good


def _float(value: Any) -> float:
    try:
        return float(value) if type(value) in (int, float) else float("nan")
    except OverflowError:
        return float("nan")


def _instants(
    raw: dict[str, Any], count: int, good: Mask, problems: list[ItemProblem]
) -> npt.NDArray[np.int64]:
    offsets, step = raw.get("offsets_ms"), raw.get("step_ms")
    start = ms_of(parse_moment(raw["start"]))
    if (offsets is None) == (step is None):
        raise Refused("offsets_ms", Code.REQUIRED, "Either offsets_ms or step_ms is needed.")
    if step is not None:
        if type(step) is not int:
            raise Refused("step_ms", Code.WRONG_TYPE, "A whole number is needed.")
        if not 0 < step < MOST_MS // UPLOAD_MAX_SAMPLES:
            raise Refused("step_ms", Code.OUT_OF_RANGE, "A step lies above 0.")
        return start + step * np.arange(count, dtype=np.int64)
    if not isinstance(offsets, list):
        raise Refused("offsets_ms", Code.WRONG_TYPE, "A list is needed.")
    if len(offsets) != count:
        raise Refused("offsets_ms", Code.LENGTHS_DIFFER, "As many offsets as values are needed.")
    if set(map(type, offsets)) != {int} or not -MOST_MS < min(offsets) <= max(offsets) < MOST_MS:
        offsets = _judge_offsets(offsets, good, problems)
    return start + np.array(offsets, np.int64)


def _judge_offsets(offsets: list[Any], good: Mask, problems: list[ItemProblem]) -> list[int]:
    """Whole numbers in range stay; the others become 0 and are not good."""
    kept = list(offsets)
    for index, offset in enumerate(offsets):
        whole = type(offset) is int
        if whole and -MOST_MS < offset < MOST_MS:
            continue
        kept[index], good[index] = 0, False
        code = Code.OUT_OF_RANGE if whole else Code.WRONG_TYPE
        code = Code.BOOLEAN if isinstance(offset, bool) else code
        problems.append(ItemProblem(index, "offsets_ms", code, "A whole number is needed."))
    return kept


def parse_moment(text: Any, name: str = "start") -> datetime:
    """An RFC 3339 time with its offset; raises Refused."""
    if text is None:
        raise Refused(name, Code.REQUIRED, "This field is required.")
    match = TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Refused(name, Code.WRONG_TYPE, "A time looks like 2026-11-23T09:00:00Z.")
    if match[2] is None:
        raise Refused(name, Code.NAIVE_TIME, "A time needs its UTC offset.")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(name, Code.OUT_OF_RANGE, "There is no such time.") from None


def _judge_values(
    kind: str, values: npt.NDArray[np.float64], good: Mask, problems: list[ItemProblem]
) -> None:
    measure = MEASURES[kind]
    with np.errstate(invalid="ignore"):
        fits = (values >= measure.low) & (values <= measure.high)
        if kind in CODED:
            fits &= values == np.rint(values)
    _drop(~fits, good, problems, "values", Code.OUT_OF_RANGE, "The value is not plausible.")


def _judge_instants(
    instants: npt.NDArray[np.int64], now: datetime, good: Mask, problems: list[ItemProblem]
) -> None:
    late = instants > ms_of(now + AHEAD)
    early = instants < ms_of(EARLIEST)
    _drop(late, good, problems, "offsets_ms", Code.IN_FUTURE, "More than a day ahead.")
    _drop(early, good, problems, "offsets_ms", Code.OUT_OF_RANGE, "Before 1970.")


def _drop(
    bad: Mask, good: Mask, problems: list[ItemProblem], field: str, code: Code, detail: str
) -> None:
    """Mark what is bad and has no problem yet."""
    fresh = bad & good
    if fresh.any():
        found = np.flatnonzero(fresh).tolist()
        problems.extend(ItemProblem(index, field, code, detail) for index in found)
        good &= ~fresh


def _in_order(
    instants: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    good: Mask,
    problems: list[ItemProblem],
) -> Columns:
    """The good samples sorted; of two at one instant the first counts, the other is a problem."""
    if good.all() and (np.diff(instants) > 0).all():
        return Columns(instants, values)
    kept = np.flatnonzero(good)
    kept = kept[np.argsort(instants[kept], kind="stable")]
    again = np.zeros(len(kept), np.bool_)
    again[1:] = instants[kept][1:] == instants[kept][:-1]
    detail = "This instant stands in the upload already."
    for index in sorted(kept[again].tolist()):
        problems.append(ItemProblem(index, "offsets_ms", Code.DUPLICATE_INSTANT, detail))
    kept = kept[~again]
    return Columns(instants[kept], values[kept])
