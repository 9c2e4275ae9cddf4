"""The registry of learned methods: cards, audits, and the act of taking one into use.

Nobody's data stand here, so operators read too; only a clinician deploys (see insights.registry).
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts.actors import Actor
from backend.accounts.models import DESK_ROLES, Role
from backend.core.problems import Conflict, Invalid, NotFound
from backend.desk import judged
from backend.desk.doors import draw, now, page, words_of
from backend.insights import model_queries as queries
from backend.insights import registry
from backend.insights.methods import METHODS
from backend.insights.models import LearnedModel
from backend.science.linear_risk import LinearRisk


class DeployForm(forms.Form):
    """What a clinician says when she takes a model into use, or out of it."""

    deed = forms.ChoiceField(choices=[("deploy", ""), ("retire", "")], widget=forms.HiddenInput())
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="A sentence; it stays with your name."
    )
    override = forms.BooleanField(required=False, label="Deploy against the gate's verdict")
    autonomous = forms.BooleanField(required=False, label="It may act without a person")


@require_safe
def show_models(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Learned methods by version, and below them those that are computed by rule."""
    rows = [(model, registry.latest_audit(model)) for model in queries.models()]
    context = {"title": "Models", "rows": rows, "methods": METHODS.values()}
    return draw(request, "desk/models.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_model(request: HttpRequest, actor: Actor, model_id: UUID) -> HttpResponse:
    """One version: its audit, its history and card; a POST deploys or retires it."""
    model = queries.model_by_id(model_id)
    form = DeployForm(request.POST or None)
    if request.method != "POST":
        return draw(request, "desk/model.html", _context(actor, model, DeployForm()))
    if actor.role != Role.CLINICIAN:
        raise NotFound()  # registry.deploy reads the role anew; here only forms are spared
    if form.is_valid():
        try:
            with transaction.atomic():
                messages.success(request, _press(actor, model, form.cleaned_data))
        except (Conflict, Invalid) as problem:
            form.add_error(None, words_of(problem))
            context = _context(actor, model, form)
            return draw(request, "desk/model.html", context, status=problem.status)
        return redirect("admin:model", model.id)
    return draw(request, "desk/model.html", _context(actor, model, form), status=400)


def _press(actor: Actor, model: LearnedModel, asked: dict[str, Any]) -> str:
    moment, reason = now(), asked["reason"]
    if asked["deed"] == "retire":
        registry.retire(actor, model.id, reason=reason, now=moment)
        return f"{model} is retired."
    registry.deploy(
        actor,
        model.id,
        reason=reason,
        override=asked["override"],
        autonomous=asked["autonomous"],
        now=moment,
    )
    return f"{model} is deployed."


def _context(actor: Actor, model: LearnedModel, form: DeployForm) -> dict[str, Any]:
    model.refresh_from_db()
    audit, steps = registry.latest_audit(model), queries.steps(model)
    against = registry.against_deploying(model, audit, override=False, autonomous=False, now=now())
    return {
        "title": model.card["title"],
        "model": model,
        "audit": audit,
        "steps": steps,
        "overrides": [step for step in steps if step.overridden],
        "live": queries.audits(model, live=True),
        "against": against,
        "form": form,
        "may_deploy": actor.role == Role.CLINICIAN,
        "terms": _terms(model),
        **(_judged(audit.report) if audit else {}),
    }


def _judged(report: dict[str, Any]) -> dict[str, Any]:
    single, crossed = (judged.groups_of(report, crossed=c) for c in (False, True))
    return {
        "report": report,
        "forests": judged.forests(report),
        "curves": judged.curves(report),
        "columns": [label for _, label, _ in judged.COLUMNS],
        "single": judged.rows(single),
        "crossed": judged.rows([g for g in crossed if g["verdict"]["enough"]]),
        "beyond": [(judged.name_of(g), g) for g in judged.beyond([*single, *crossed])],
    }


def _terms(model: LearnedModel) -> list[tuple[str, float, str]]:
    """Every weight by its size: of a number for one scale, of an answer against none."""
    risk = LinearRisk.from_json(model.artefact)
    told = [(n.name, n.weight, f"each {n.scale:.3g} more") for n in risk.numbers]
    told += [(level.name, level.weight, level.level) for level in risk.levels]
    return sorted(told, key=lambda term: -abs(term[1]))


@require_safe
def show_report(request: HttpRequest, actor: Actor, model_id: UUID) -> HttpResponse:
    """The newest report of the gate, as it is stored."""
    audit = registry.latest_audit(queries.model_by_id(model_id))
    if audit is None:
        raise NotFound()
    return JsonResponse(audit.report, json_dumps_params={"indent": 1})


urlpatterns = [
    path("models/", page(show_models, roles=DESK_ROLES), name="models"),
    path("models/<uuid:model_id>/", page(show_model, roles=DESK_ROLES), name="model"),
    path(
        "models/<uuid:model_id>/report.json",
        page(show_report, roles=DESK_ROLES),
        name="model-report",
    ),
]
