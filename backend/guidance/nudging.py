"""Randomised nudges on their own clock: the agenda's `guidance.nudge`.

At each decision point: may anything be said (envelope.py)? Then the policy draws among the arms
that make sense for this patient, silence among them. All that the draw used is written down; what
is said goes out as a notice under the decision's own key.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.accounts.actors import job
from backend.guidance import outcomes, points
from backend.guidance.actions import NUDGE, NUDGE_GRACE
from backend.guidance.availability import why_held
from backend.guidance.envelope import LIMITS, SAY_NOTHING, Said, why_silent
from backend.guidance.learning import beliefs_of
from backend.guidance.models import Advice, Nudge
from backend.guidance.policy import CURRENT, POLICIES, Draw, Policy, digest_of, draw, seed_of
from backend.guidance.queries import nudge_choice
from backend.guidance.words import nudge_words
from backend.insights import queries as insights
from backend.insights.models import Finding
from backend.notices import actions as notices
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.quiet import after_quiet
from backend.patients.revisions import hold_patient

REMEMBERED = timedelta(days=90)  # two that were ignored may lie far apart
PLAN = "plan_doses"
ARM_OF_METHOD = {"activity.trend": "walk", "adherence.pdc": PLAN}
ALWAYS = "check_in"


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at a decision point."""

    point: str
    silent: str  # why nothing may be said; empty if it may
    context: dict[str, Any]
    arms: list[str]


def nudge_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """Decide the nudge of this morning or before this dose; due again at the next point."""
    chart = open_chart(
        job(NUDGE),
        patient_id,
        Category.STREAMS,
        Category.MEDICINES,
        Category.INSIGHTS,
        Category.SURVEYS,
        Category.NOTICES,
        deed=Deed.CHANGE,
        subject=NUDGE,
        now=now,
    )
    hold_patient(patient_id)
    outcomes.close_decisions(chart, now=now)
    point = points.open_point(chart, now=now)
    if point is not None:
        decide(chart, point.name, at_dose=point.at_dose, now=now)
    return points.next_point(chart, now=now)


def decide(
    chart: Chart, point: str, *, at_dose: bool = False, policy: Policy = CURRENT, now: datetime
) -> Nudge | None:
    """Draw once for a decision point and say what was drawn; None if it was decided before."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    if Nudge.objects.filter(patient=chart.patient, point=point).exists():
        return None
    seen = look(chart, point, at_dose=at_dose, now=now)
    seed = seed_of(NUDGE, chart.patient.id, point, policy.name, policy.version)
    arms = [SAY_NOTHING] if seen.silent else seen.arms
    nudge = _written(chart, seen, draw(policy, seen.context, arms, seed=seed), seed, policy, now)
    if nudge.arm != SAY_NOTHING:
        words = nudge_words(nudge.arm, nudge_choice(chart).tone, chart.patient.language)
        notices.announce(
            chart,
            key=nudge.notice_key,
            due_at=now,
            template="message",
            values={"title": words.title, "body": words.body},
            grace=NUDGE_GRACE,
        )
    return nudge


def replay(nudge: Nudge, policy: Policy | None = None) -> Draw:
    """The draw again, from what was written down, by the policy that it names."""
    policy = policy or POLICIES[nudge.policy, nudge.policy_version]
    return draw(policy, nudge.context, list(nudge.arms), seed=nudge.seed)


def look(chart: Chart, point: str, *, at_dose: bool, now: datetime) -> Moment:
    """Context, arms and reasons for silence, read through the chart."""
    patient, zone = chart.patient, ZoneInfo(chart.patient.zone)
    said = recently_said(chart, now=now)
    choice = nudge_choice(chart)
    silent = why_silent(
        now,
        zone=zone,
        is_quiet=patient.is_quiet_at,
        said=said,
        opted_out=choice.off_since is not None,
        held=why_held(chart, choice, now=now),
        limits=replace(LIMITS, a_week=min(LIMITS.a_week, choice.a_week or LIMITS.a_week)),
    )
    findings = {f.method: f for f in insights.findings(chart) if f.holds_at(now)}
    steps_change = _detail(findings, "activity.trend", "change_percent_per_week")
    arms = [arm for method, arm in ARM_OF_METHOD.items() if method in findings]
    arms = [PLAN] if at_dose else [ALWAYS, *arms]
    prior, beliefs = beliefs_of(chart, arms)
    context = {
        "at_dose": at_dose,
        "prior": prior,
        "beliefs": beliefs,
        "usual_steps": _detail(findings, "activity.trend", "median_steps_per_day"),
        "weekday": now.astimezone(zone).weekday(),
        "nudges_last_week": sum(s.nudge and now - s.at < timedelta(days=7) for s in said),
        "last_opened": next((s.opened for s in reversed(said) if s.nudge), None),
        "steps_change_percent_per_week": steps_change,
        "pdc_percent": _detail(findings, "adherence.pdc", "pdc_percent"),
    }
    return Moment(point, silent, context, [SAY_NOTHING, *arms])


def _detail(findings: dict[str, Finding], method: str, name: str) -> float | None:
    finding = findings.get(method)
    return finding.detail.get(name) if finding else None


def recently_said(chart: Chart, *, now: datetime) -> list[Said]:
    """Nudges and advice of the last weeks, in order, and whether each nudge was opened."""
    chart.need(Category.INSIGHTS)
    since = now - REMEMBERED
    spoken = Nudge.objects.filter(patient=chart.patient, decided_at__gte=since)
    nudges = list(spoken.exclude(arm=SAY_NOTHING))
    opened = outcomes.opened_keys(chart, nudges)
    said = [Said(nudge.decided_at, opened=nudge.notice_key in opened) for nudge in nudges]
    advice = Advice.objects.filter(patient=chart.patient, created_at__gte=since)
    said += [Said(after_quiet(chart.patient, a.created_at), nudge=False) for a in advice]
    return sorted(said, key=lambda s: s.at)


def _written(
    chart: Chart, seen: Moment, drawn: Draw, seed: str, policy: Policy, now: datetime
) -> Nudge:
    return Nudge.objects.create(
        patient=chart.patient,
        bucket=chart.patient.bucket,
        point=seen.point,
        decided_at=now,
        available=not seen.silent,
        unavailable=seen.silent,
        context=seen.context,
        context_digest=digest_of(seen.context),
        arms=drawn.arms,
        arm=drawn.arm,
        probability=drawn.probability,
        policy=policy.name,
        policy_version=policy.version,
        seed=seed,
    )
