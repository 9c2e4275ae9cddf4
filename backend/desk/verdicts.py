"""What an audit's report says of limits, thresholds and drift, as rows of its page. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from backend.desk import judged
from backend.insights.model_queries import verdict_of
from backend.insights.models import ModelAudit
from backend.science.linear_risk import FORM, LinearRisk

Told = Mapping[str, Any]
SHORT = {"o_e": "O/E", "slope": "slope", "auroc_drop": "AUROC drop", "tpr_gap": "TPR gap"}


class Beyond(NamedTuple):
    """A group that blocks: which limits, and what each remedy would give it."""

    label: str
    events: int
    limits: tuple[str, ...]
    remedies: Told | None


class Live(NamedTuple):
    """One audit on live outcomes; shapes and rows of the newest alone."""

    audit: ModelAudit
    verdict: str
    forests: list[judged.Forest]
    coverage: list[Told]


def beyond_rows(groups: Sequence[Told]) -> list[Beyond]:
    """Judged groups beyond a limit."""
    return [
        Beyond(
            judged.name_of(group),
            group["events"],
            tuple(_beyond(one) for one in group["verdict"]["limits"] if one["state"] != "met"),
            group["remedies"],
        )
        for group in judged.beyond(groups)
    ]


def _beyond(one: Told) -> str:
    value = "none" if one["value"] is None else f"{one['value']:.2f}"
    needed = one.get("events_needed")
    tail = "" if needed is None else f": about {_round_up(needed):,} events would tell"
    return f"{SHORT[one['name']]} {value} {one['state']}{tail}"


def _round_up(events: int) -> int:
    """To two digits: it is an estimate of an estimate."""
    step = int(10 ** max(0, len(str(events)) - 2))
    return -(-events // step) * step


def thresholds(report: Told) -> list[float]:
    """One, or as many as a policy has."""
    audit = report["audit"]
    return list(audit.get("thresholds") or [audit["threshold"]])


def live(audits: Iterable[ModelAudit]) -> list[Live]:
    """Newest first."""
    return [
        Live(
            audit,
            verdict_of(audit),
            judged.forests(audit.report) if first and "audit" in audit.report else [],
            audit.report.get("coverage", []) if first else [],
        )
        for audit, first in ((audit, n == 0) for n, audit in enumerate(audits))
    ]


def linear(artefact: Told) -> LinearRisk | None:
    """The model, where it is of the linear form."""
    return LinearRisk.from_json(artefact) if artefact.get("form") == FORM else None


def terms(artefact: Told) -> list[tuple[str, float, str]]:
    """Every weight by its size: of a number for one scale, of an answer against none.

    Of another form than the linear one there are none to show.
    """
    risk = linear(artefact)
    if risk is None:
        return []
    told = [(n.name, n.weight, f"each {n.scale:.3g} more") for n in risk.numbers]
    told += [(level.name, level.weight, level.level) for level in risk.levels]
    return sorted(told, key=lambda term: -abs(term[1]))
