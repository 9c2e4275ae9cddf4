"""Statements on the risk of an illness in years to come: PREVENT and FINDRISC.

What is missing is asked for, never guessed; for people unlike those that a score was made on there
is no number. A risk has no interval: what is not certain about it is said beside it, in words.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from backend.insights.asked import ASKED
from backend.insights.evidence import Evidence
from backend.insights.risk_inputs import ASKED_FOR, Known
from backend.insights.statements import Answer, Statement, rounded
from backend.insights.words import part
from backend.science import findrisc, prevent, prevent_parts
from backend.science.findrisc import Findrisc
from backend.science.prevent import PreventInput, Risk
from backend.science.refusal import Refusal

FACTORS: Final = {
    "blood_pressure": "blood pressure",
    "cholesterol": "cholesterol",
    "smoking": "smoking",
    "diabetes": "diabetes and blood sugar",
    "weight": "weight",
    "kidneys": "kidneys",
    "neighbourhood": "neighbourhood",
    "age": "age",
    "waist": "waist",
    "activity": "movement",
    "greens": "vegetables and fruit",
    "bp_medicine": "medicine for high blood pressure",
    "high_glucose": "high blood sugar before",
    "relatives": "diabetes in the family",
}
MOST: Final = 0.4  # of the log odds: from where a factor raises them much
LEAST: Final = 0.05  # what is less moves nothing that anybody would see
Parts = dict[str, Any]


def heart_risk(evidence: Evidence) -> Answer:
    """Any cardiovascular disease in ten years; other outcomes, 30 years and models beside it."""
    known = Known(evidence)
    person = known.for_prevent()
    if (refusal := _against_prevent(known, person)) is not None:
        return refusal
    risk = prevent.prevent_risk(person, 10)
    if not isinstance(risk, Risk):
        unfit = prevent.out_of_range(person) or ["hdl_c"]
        named = tuple("body_mass" if n == "bmi" else ASKED_FOR.get(n, n) for n in unfit)
        return Refusal("risk_out_of_range", 0.0, 1.0, "inputs", named)
    better, changes = prevent_parts.with_changes(person, risk)
    after = _percent(better, risk)
    ours, added = risk.percent["total_cvd"], prevent_parts.log_odds_added(person, risk)
    unknown = known.asked_for(n for n in prevent.ADDITIONAL if getattr(person, n) is None)
    detail = {
        **_all_risks(person, risk),
        **_compared(ours, after, changes),
        "log_odds_added": {factor: rounded(one) for factor, one in added.items()},
        "drivers": [*_drivers(added)],
        "notes": _notes("risk_limits_prevent", unknown),
        **_days(evidence),
    }
    return Statement(rounded(ours), None, None, detail)


def _against_prevent(known: Known, person: PreventInput) -> Refusal | None:
    """Too young, too old or ill already comes first: then there is nothing to ask for."""
    low, high = prevent.RANGES["age"]
    if person.age is not None and not low <= person.age <= high:
        return Refusal("risk_heart_age", person.age, low, "years")
    if known.is_one_of("heart_disease", "yes"):
        return Refusal("risk_heart_ill", 0.0, 1.0, "people")
    ill = () if known.is_one_of("heart_disease", "no") else ("heart_disease",)
    if missing := (*known.asked_for(prevent.missing_inputs(person)), *ill):
        return Refusal("risk_asks", 0.0, len(missing), "inputs", missing)
    return None


def _percent(person: PreventInput, like: Risk) -> float:
    found = prevent.prevent_risk(person, like.years, model=like.model)
    if not isinstance(found, Risk):
        raise ValueError("a change has led out of the range")
    return found.percent["total_cvd"]


def _all_risks(person: PreventInput, risk: Risk) -> Parts:
    """Every outcome, both horizons, and what each model says for which enough is known."""
    later = prevent.prevent_risk(person, 30)
    known = [name for name in prevent.ADDITIONAL if getattr(person, name) is not None]
    models = ("base", *known, *(("full",) if risk.model == "full" else ()))
    told = {name: prevent.prevent_risk(person, 10, model=name) for name in models}
    return {
        "model": risk.model,
        "percent_in_10_years": _rounded(risk.percent),
        "percent_in_30_years": _rounded(later.percent) if isinstance(later, Risk) else None,
        "percent_by_model": _rounded(
            {n: one.percent["total_cvd"] for n, one in told.items() if isinstance(one, Risk)}
        ),
    }


def diabetes_risk(evidence: Evidence) -> Answer:
    """Points of 26, and of 100 people with as many how many will have diabetes in ten years."""
    known = Known(evidence)
    person = known.for_findrisc()
    low, high = findrisc.AGES
    if person.age is not None and not low <= person.age <= high:
        return Refusal("risk_diabetes_age", person.age, low, "years")
    if known.is_one_of("diabetes", "yes"):
        return Refusal("risk_diabetes_ill", 0.0, 1.0, "people")
    found = findrisc.findrisc(person)
    ill = () if known.is_one_of("diabetes", "no") else ("diabetes",)
    if not isinstance(found, Findrisc) or ill:
        missing = (*known.asked_for(findrisc.missing_answers(person)), *ill)
        return Refusal("risk_asks", 0.0, len(missing), "inputs", missing)
    points = findrisc.points_of(person)
    better = findrisc.findrisc(findrisc.with_changes(person))
    assert isinstance(better, Findrisc)  # noqa: S101  # it has the same answers
    changes = [name for name in findrisc.CHANGEABLE if points[name]]
    detail = {
        "band": found.band,
        **_compared(100 / found.one_in, 100 / better.one_in, changes),
        "points_of": points,
        "drivers": [
            part("risk_points", {"factor": FACTORS[name], "points": count}, factor=name)
            for name, count in sorted(points.items(), key=lambda one: -one[1])
            if count
        ],
        "notes": _notes("risk_limits_findrisc", ()),
        **_days(evidence),
    }
    return Statement(float(found.points), None, None, detail)


def _compared(ours: float, after: float, changes: Collection[str]) -> Parts:
    """Two pictures of a hundred people: as things are, and the same age without what can change."""
    cases, better = round(ours), round(after)
    pictures = [part("risk_now", {"cases": cases}, of_100=cases)]
    if changes:
        values = {"cases": better, "changes": [FACTORS[name] for name in changes]}
        pictures.append(part("risk_changed", values, of_100=better))
    return {
        "of_100": cases,
        "percent_with_changes": rounded(after),
        "changes": list(changes),
        "pictures": pictures,
    }


def _drivers(added: Mapping[str, float]) -> Iterable[Parts]:
    """What moves the log odds, the most first."""
    for name, one in sorted(added.items(), key=lambda item: -abs(item[1])):
        if abs(one) >= LEAST:
            values = {"factor": FACTORS[name], "raises": one > 0, "much": abs(one) >= MOST}
            yield part("risk_driver", values, factor=name, log_odds=rounded(one))


def _notes(limits: str, unknown: Collection[str]) -> list[Parts]:
    """What was not known, and of whom the number speaks: its uncertainty in words."""
    without = [part("risk_unknown", {"unknown": [ASKED[name] for name in unknown]})]
    return [*(without if unknown else []), part(limits, {})]


def _days(evidence: Evidence) -> Parts:
    return {"first_day": str(evidence.first_day), "last_day": str(evidence.last_day)}


def _rounded(percent: Mapping[str, float]) -> dict[str, float]:
    return {name: rounded(value) for name, value in percent.items()}
