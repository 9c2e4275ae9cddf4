"""Reading advice and nudges."""

from uuid import UUID

from django.template import TemplateDoesNotExist

from backend.core.words import MG_DL
from backend.guidance.models import Advice, Nudge, NudgeChoice
from backend.guidance.words import AdviceWords, advice_words
from backend.insights.models import Finding
from backend.patients.access import Category, Chart
from backend.wire.language import FALLBACK, language_of
from backend.wire.messages import AdviceRow


def advice(chart: Chart) -> list[Advice]:
    """All advice, newest first, with what the patient answered."""
    chart.need(Category.INSIGHTS)
    said = Advice.objects.filter(patient=chart.patient).prefetch_related("answers")
    return list(said.order_by("-created_at", "-revision"))


def standing_advice(chart: Chart) -> list[Advice]:
    """Open or accepted advice, the newest first."""
    return [one for one in advice(chart) if one.state in Advice.STANDING]


def cited_findings(chart: Chart) -> set[UUID]:
    """Every finding that an advice, of now or of once, stands on."""
    chart.need(Category.INSIGHTS)
    cited = Advice.objects.filter(patient=chart.patient).values_list("findings", flat=True)
    return {id_ for each in cited for id_ in each}


def changed_since(chart: Chart, *, after: int, limit: int) -> list[AdviceRow]:
    """Advice made or changed past the revision `after`, in order, in the patient's language and
    unit of glucose.
    """
    chart.need(Category.INSIGHTS)
    changed = Advice.objects.filter(patient=chart.patient, revision__gt=after)
    found = list(changed.order_by("revision")[:limit])
    language = language_of(chart.patient.language).code
    unit = chart.patient.units.get("glucose", MG_DL)
    if (language, unit) == (FALLBACK, MG_DL):
        return [row_of(one, AdviceWords(one.title, one.body, one.why)) for one in found]
    evidence = Finding.objects.in_bulk([id_ for one in found for id_ in one.findings])
    return [row_of(one, _retold(one, evidence, language, unit)) for one in found]


def _retold(
    one: Advice, evidence: dict[UUID, Finding], language: str, glucose_unit: str
) -> AdviceWords:
    """What was stored in English, the desk's language, in hers; as it is if its rule is gone."""
    try:
        findings = [evidence[id_] for id_ in one.findings]
        return advice_words(one.rule, findings, language, glucose_unit=glucose_unit)
    except (TemplateDoesNotExist, KeyError):
        return AdviceWords(one.title, one.body, one.why)


def row_of(one: Advice, words: AdviceWords) -> AdviceRow:
    """The wire form."""
    return AdviceRow(
        id=one.id,
        revision=one.revision,
        rule=one.rule,
        title=words.title,
        body=words.body,
        why=words.why,
        source=one.source,
        state=one.state,  # type: ignore[arg-type]  # the choices are the wire's
        created_at=one.created_at,
    )


def nudges(chart: Chart, *, limit: int = 50) -> list[Nudge]:
    """Decisions, newest first, the silent and the impossible ones too."""
    chart.need(Category.INSIGHTS)
    return list(Nudge.objects.filter(patient=chart.patient).order_by("-decided_at")[:limit])


def nudge_choice(chart: Chart) -> NudgeChoice:
    """What the patient has chosen, or what holds for one who has not."""
    chart.need(Category.INSIGHTS)
    found = NudgeChoice.objects.filter(patient=chart.patient).first()
    return found or NudgeChoice(patient=chart.patient)


def wants_nudges(chart: Chart) -> bool:
    """Whether the patient has not said no."""
    chart.need(Category.INSIGHTS)
    return not NudgeChoice.objects.filter(patient=chart.patient, off_since__isnull=False).exists()
