"""The registry of learned methods: cards, audits, remedies, and the act of taking one into use.

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.actors import Actor
from backend.accounts.models import DESK_ROLES, Role
from backend.core.problems import Conflict, Invalid, NotFound
from backend.desk import judged, verdicts
from backend.desk.doors import attempt, draw, now, page, words_of
from backend.desk.site import CARE_ROLES
from backend.insights import model_queries as queries
from backend.insights import registry, remedying, shipped
from backend.insights.methods import METHODS
from backend.insights.models import LearnedModel, ModelAudit

MAKERS = frozenset({Role.CLINICIAN, Role.OPERATOR})
DONE = {"deploy": "deployed", "retire": "retired", "keep": "kept in use"}


class DeployForm(forms.Form):
    """What a clinician says when she takes a model into use, out of it, or keeps it there."""

    deed = forms.ChoiceField(choices=[(name, name) for name in DONE], widget=forms.HiddenInput())
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="A sentence; it stays with your name."
    )
    override = forms.BooleanField(required=False, label="Deploy against the gate's verdict")
    autonomous = forms.BooleanField(required=False, label="It may act without a person")


@require_safe
def show_models(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Learned methods by version, and below them those that are computed by rule."""
    shipped.adopt_all(now=now())
    rows = [
        (model, registry.latest_audit(model), queries.drift_of(model)) for model in queries.models()
    ]
    by_rule = [method for method in METHODS.values() if not method.is_learned]
    context = {"title": "Models", "rows": rows, "methods": by_rule}
    return draw(request, "desk/models.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_model(request: HttpRequest, actor: Actor, model_id: UUID) -> HttpResponse:
    """One version: its audit, its history and card; a POST deploys, retires or keeps it."""
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
    deed, said = asked["deed"], {"reason": asked["reason"], "now": now()}
    if deed == "deploy":
        how = {name: asked[name] for name in ("override", "autonomous")}
        registry.deploy(actor, model.id, **how, **said)
    elif deed == "retire":
        registry.retire(actor, model.id, **said)
    else:
        registry.keep(actor, model.id, **said)
    return f"{model} is {DONE[deed]}."


@require_POST
def make_remedied(request: HttpRequest, actor: Actor, model_id: UUID) -> HttpResponse:
    """Another candidate with one remedy more; its page, or this one with what was wrong."""
    model = queries.model_by_id(model_id)
    what, _, attribute = request.POST.get("remedy", "").partition(":")
    of = [attribute] if attribute else request.POST.getlist("group")
    made: list[LearnedModel] = []

    def deed() -> str:
        reason = request.POST.get("reason", "")
        made.append(remedying.remedy(actor, model.id, what=what, of=of, reason=reason, now=now()))
        return f"{made[0]} is a candidate. It has no report of the gate yet."

    attempt(request, deed)
    return redirect("admin:model", made[0].id if made else model.id)


def _context(actor: Actor, model: LearnedModel, form: DeployForm) -> dict[str, Any]:
    model.refresh_from_db()
    audit, steps = registry.latest_audit(model), queries.steps(model)
    against = registry.against_deploying(model, audit, override=False, autonomous=False, now=now())
    card = model.card
    return {
        "title": card["title"],
        "model": model,
        "audit": audit,
        "steps": steps,
        "overrides": [step for step in steps if step.overridden],
        "live": verdicts.live(queries.audits(model, live=True)),
        "drift": queries.drift_of(model),
        "against": against,
        "form": form,
        "may_deploy": actor.role == Role.CLINICIAN,
        "may_remedy": actor.role in MAKERS,
        "terms": verdicts.terms(model.artefact),
        "tells": actor.role in CARE_ROLES,
        "done": [(remedying.words_of(one), one) for one in card.get("remedies", ())],
        **(_judged(audit) if audit else {}),
    }


def _judged(audit: ModelAudit) -> dict[str, Any]:
    report = audit.report
    if "audit" not in report:  # it judges nobody
        return {"report": report}
    single, crossed = (judged.groups_of(report, crossed=c) for c in (False, True))
    return {
        "report": report,
        "thresholds": verdicts.thresholds(report),
        "forests": judged.forests(report),
        "curves": judged.curves(report),
        "columns": [label for _, label, _ in judged.COLUMNS],
        "single": judged.rows(single),
        "crossed": judged.rows([g for g in crossed if g["verdict"]["enough"]]),
        "beyond": verdicts.beyond_rows([*single, *crossed]),
        "offers": [
            (f"{what}:{of}", remedying.DONE[what].format(of))
            for what, found in report.get("offers", {}).items()
            for of, fitted in found.items()
            if fitted
        ],
        "withholdable": remedying.withholdable(report),
    }


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
    path("models/<uuid:model_id>/remedy/", page(make_remedied, roles=MAKERS), name="model-remedy"),
    path(
        "models/<uuid:model_id>/report.json",
        page(show_report, roles=DESK_ROLES),
        name="model-report",
    ),
]
