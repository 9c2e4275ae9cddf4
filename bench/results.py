"""What a benchmark found, as one table and as JSON."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One figure; `ratio` is value over `against`, both of this run."""

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    runs: int = 1
    detail: dict[str, Any] = field(default_factory=dict)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio_of(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median over the runs of the ratio within each run."""
    return round(median([a / b for a, b in zip(ours, theirs, strict=True)]), 4)


def figure(value: float) -> str:
    """Three digits that matter, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(results: Sequence[Result]) -> str:
    """One line a figure."""
    rows = [("name", "value", "unit", "ratio", "against", "runs", "detail")]
    for result in results:
        ratio = "" if result.ratio is None else figure(result.ratio)
        detail = ", ".join(f"{k} {_shown(v)}" for k, v in result.detail.items())
        value = figure(result.value)
        rows.append(
            (result.name, value, result.unit, ratio, result.against, str(result.runs), detail)
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i in (1, 3, 5) else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def write(results: Sequence[Result], path: Path) -> None:
    """As the contract's list of objects."""
    path.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")


def _shown(value: Any) -> str:
    return figure(value) if isinstance(value, int | float) else str(value)
