"""One person's risk by a model in use: what is known of her is typed in, and kept nowhere.

What drives it is exact: each input's part of the log-odds against the mean person in training. A
model that is not deployed tells nobody a risk; nor is one told where an input is missing, or where
the gate has the group withheld.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from backend.accounts.actors import Actor
from backend.core.problems import NotFound
from backend.desk import verdicts
from backend.desk.doors import draw, page
from backend.insights import model_queries as queries
from backend.insights.icon_array import PEOPLE, Icons, path_of
from backend.insights.learned import LEARNED
from backend.insights.models import LearnedModel, ModelState
from backend.insights.registry import latest_audit
from backend.science.linear_risk import LinearRisk, Told, risk_of


class Part(NamedTuple):
    """What one input does to the odds, and how long its bar is, of 100."""

    name: str
    value: str
    times: float
    width: int
    raises: bool


class RiskForm(forms.Form):
    """A field for each input of a model, and for each group that its remedies ask for."""

    def __init__(self, risk: LinearRisk, asked: Mapping[str, list[str]], data: Any = None) -> None:
        super().__init__(data)
        levels: dict[str, list[str]] = {}
        for level in risk.levels:
            levels.setdefault(level.name, []).append(level.level)
        for number in risk.numbers:
            self.fields[number.name] = forms.FloatField(
                label=_words(number.name), initial=round(number.centre)
            )
        for name, answers in levels.items():
            self.fields[name] = _choice(name, answers)
        for name, labels in asked.items():
            self.fields[f"group:{name}"] = _choice(name, labels)

    def person(self) -> dict[str, Any]:
        """The inputs."""
        return {n: v for n, v in self.cleaned_data.items() if not n.startswith("group:")}

    def groups(self) -> dict[str, str]:
        """The groups, by attribute."""
        found = self.cleaned_data.items()
        return {n.removeprefix("group:"): v for n, v in found if n.startswith("group:")}


def _choice(name: str, answers: list[str]) -> forms.ChoiceField:
    return forms.ChoiceField(label=_words(name), choices=[(one, one) for one in answers])


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


@require_http_methods(["GET", "HEAD", "POST"])
def tell_risk(request: HttpRequest, actor: Actor, model_id: UUID) -> HttpResponse:
    """The form, and under it what the model tells of the person who is typed in."""
    model = queries.model_by_id(model_id)
    risk = verdicts.linear(model.artefact)
    if risk is None or model.state != ModelState.DEPLOYED:
        raise NotFound()
    form = RiskForm(risk, _asked(model, risk), request.POST or None)
    context: dict[str, Any] = {"title": model.card["title"], "model": model, "form": form}
    if form.is_valid():
        told = risk_of(risk, form.person(), form.groups() | _derived(model, form.person()))
        context |= _told(risk, told, form.cleaned_data)
    status = 400 if form.errors else 200
    return draw(request, "desk/told_risk.html", context, status=status)


def _derived(model: LearnedModel, person: Mapping[str, Any]) -> dict[str, str]:
    learned = LEARNED.get(model.method)
    return dict(learned.labels(person)) if learned else {}


def _asked(model: LearnedModel, risk: LinearRisk) -> dict[str, list[str]]:
    """Labels of each attribute that has to be asked for: it does not follow from the inputs."""
    learned = LEARNED.get(model.method)
    follows = learned.follows if learned else ()
    audit = latest_audit(model)
    groups = audit.report.get("audit", {}).get("groups", ()) if audit else ()
    found: dict[str, list[str]] = {}
    for name in risk.attributes:
        if name not in follows:
            known = {group["label"] for group in groups if group["of"] == name}
            known |= {one.label for one in risk.remedies if one.of == name}
            found[name] = sorted(known)
    return found


def _told(risk: LinearRisk, told: Told | list[str], given: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(told, Told):
        return {"problems": told}
    most = max(abs(part) for _, part in told.parts)
    parts = [
        Part(
            _words(name),
            str(given.get(name, "")).removesuffix(".0"),
            math.exp(abs(part)),
            round(100 * abs(part) / most) if most else 0,
            part > 0,
        )
        for name, part in told.parts
    ]
    usual = 1 / (1 + math.exp(-risk.intercept))
    return {
        "told": told,
        "parts": parts,
        "of_100": round(PEOPLE * told.probability),
        "usual_of_100": round(PEOPLE * usual),
        "icons": [_icons("this", told.probability), _icons("mean", usual)],
    }


def _icons(id_: str, risk: float) -> Icons:
    cases = round(PEOPLE * risk)
    said = f"{cases} of {PEOPLE}"
    return Icons(id_, said, said, path_of(range(cases)), path_of(range(cases, PEOPLE)))


urlpatterns = [path("models/<uuid:model_id>/risk/", page(tell_risk), name="model-risk")]
