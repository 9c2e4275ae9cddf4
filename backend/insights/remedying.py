"""A remedy applied: another candidate made of an audited model, and of what its report offers.

The numbers were fitted by the audit on the people in training, so that a press at the desk needs no
data. The new version goes the whole way again: nothing of the old one's audit is taken over, and
its card says what was done, by whom and why. Its metrics stand in its own audit.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend.accounts.actors import Actor
from backend.accounts.models import Role
from backend.core.problems import Conflict, Forbidden, invalid_field
from backend.insights import registry
from backend.insights.model_queries import model_by_id
from backend.insights.models import LearnedModel
from backend.science.linear_risk import LinearRisk
from backend.science.remedied_risk import Remedy
from backend.wire.problems import Code

MAKERS: Final = (Role.CLINICIAN, Role.OPERATOR, "job")
FAIRNESS, UPDATING = 14, 24  # items of TRIPOD+AI
DONE: Final[Mapping[str, str]] = {
    "recalibrate": "an intercept and slope for each group of {}, laid over the log-odds",
    "threshold": "a threshold for each group of {}, at which all find the same share",
    "withhold": "no risk is told to {}",
}

Report = Mapping[str, Any]


def remedy(
    actor: Actor,
    model_id: UUID,
    *,
    what: str,
    of: Sequence[str],
    reason: str,
    version: str | None = None,
    now: datetime,
) -> LearnedModel:
    """The new candidate. `of` is one attribute, or the groups to withhold from, as reports name it.

    Raises Conflict without a report, Invalid for what the report does not offer.
    """
    if actor.role not in MAKERS:
        raise Forbidden("A clinician or an operator makes a candidate.")
    said = registry.sentence(reason)
    model = model_by_id(model_id)
    audit = registry.latest_audit(model)
    if audit is None:
        raise Conflict("It has no report of the fairness gate.")
    risk = LinearRisk.from_json(model.artefact)
    if what not in OFFERED:
        raise invalid_field("what", Code.INVALID, "There is no such remedy.")
    added = OFFERED[what](audit.report, of)
    done = {
        **{"from": model.version, "what": what, "of": list(of), "by": actor.name, "reason": said},
        "fitted_on": _fitted_on(what, audit.report),
    }
    return registry.register(
        actor,
        method=model.method,
        version=version or next_version(model),
        model=replace(risk, remedies=(*risk.remedies, *added)),
        card=card_after(model.card, done),
        reason=f"made from {model.version}: {words_of(done)}",
        now=now,
    )


def next_version(model: LearnedModel) -> str:
    """1.0 → 1.0.r1 → 1.0.r2, whichever of them it is made from."""
    base = re.sub(r"\.r\d+$", "", model.version)
    family = LearnedModel.objects.filter(method=model.method, version__startswith=f"{base}.r")
    return f"{base}.r{family.count() + 1}"


def _fitted_offer(what: str) -> Callable[[Report, Sequence[str]], list[Remedy]]:
    def offered(report: Report, of: Sequence[str]) -> list[Remedy]:
        found = report.get("offers", {}).get(what, {})
        wanted = [remedy for name in of for remedy in found.get(name, ())]
        if not of or not wanted or not set(of) <= set(found):
            raise invalid_field("of", Code.INVALID, "The report offers this for no such attribute.")
        return [Remedy(**one) for one in wanted]

    return offered


def _withheld(report: Report, of: Sequence[str]) -> list[Remedy]:
    """Only what the gate found wanting can be left out, never everyone."""
    if not of or not set(of) <= set(withholdable(report)):
        raise invalid_field("of", Code.INVALID, "The gate judged no such group, or passed it.")
    parted = [name.split(": ", 1) for name in of]
    return [Remedy(attribute, label, withheld=True) for attribute, label in parted]


OFFERED: Final[Mapping[str, Callable[[Report, Sequence[str]], list[Remedy]]]] = {
    "recalibrate": _fitted_offer("recalibrate"),
    "threshold": _fitted_offer("threshold"),
    "withhold": _withheld,
}


def withholdable(report: Report) -> list[str]:
    """Groups that block, or are too small to be judged."""
    found = [*report["blocking"], *report["insufficient"]]
    return [name for name in found if not name.startswith("everyone")]


def words_of(done: Report) -> str:
    """One remedy of a card in words."""
    return DONE[done["what"]].format("; ".join(done["of"]))


def card_after(card: Mapping[str, Any], done: Mapping[str, Any]) -> dict[str, Any]:
    """The card of the new version."""
    every = [*card.get("remedies", ()), dict(done)]
    told = "; ".join(words_of(one) for one in every)
    answers = {
        FAIRNESS: f"Remedies after an audit: {told}. Audited again, see the report.",
        UPDATING: f"Made from version {done['from']}, not fitted anew: {words_of(done)}. "
        "It goes through the gate as any candidate.",
    }
    items = [
        item | {"answer": answers.get(item["item"], item["answer"])} for item in card["tripod_ai"]
    ]
    return {**card, "metrics": {}, "remedies": every, "tripod_ai": items}


def _fitted_on(what: str, report: Report) -> str:
    if what == "withhold":
        return "nothing: a decision"
    return f"{report['data']['offers_fitted_on']} people in training of {report['data']['name']}"
