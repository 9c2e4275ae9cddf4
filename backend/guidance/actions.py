"""Raising, withdrawing, answering advice: the agenda's `guidance.advise`, and what phones say."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from backend.accounts.actors import job
from backend.agenda.actions import call_up
from backend.core.models import new_id
from backend.core.problems import invalid_field
from backend.guidance import points
from backend.guidance.envelope import LIMITS, SAY_NOTHING
from backend.guidance.models import Advice, AdviceAnswer, Nudge, NudgeChoice
from backend.guidance.rulebook import Rule, rules, rules_in_force
from backend.guidance.words import advice_words
from backend.insights import queries as insights
from backend.insights.models import Finding
from backend.notices import actions as notices
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.quiet import after_quiet
from backend.patients.revisions import hold_patient, take_revisions
from backend.wire.messages import AdviceEvent
from backend.wire.problems import Code

ADVISE = "guidance.advise"
NUDGE = "guidance.nudge"
MOST_STANDING = 3  # more than three cards are read by nobody
LONGEST_REASON = 500
NUDGE_GRACE = timedelta(minutes=30)
BUSY_WITH = ("driving", "meeting", "resting")
LONGEST_BUSY = timedelta(hours=12)
NOTICE_GRACE = timedelta(hours=24)
ANSWERS = {  # what an answer makes of each state; what is missing changes nothing
    "open": {"accepted", "declined", "done"},
    "accepted": {"declined", "done"},
    "declined": {"accepted", "done"},
    "withdrawn": {"declined", "done"},  # said before the phone heard of the withdrawal
    "done": set(),
}


def advise_patient(patient_id: UUID, *, now: datetime) -> datetime | None:
    """Bring advice in line with the findings; due again when the next finding goes out of date."""
    chart = open_chart(
        job(ADVISE),
        patient_id,
        Category.INSIGHTS,
        Category.NOTICES,
        deed=Deed.CHANGE,
        subject=ADVISE,
        now=now,
    )
    hold_patient(patient_id)
    findings = {finding.method: finding for finding in insights.findings(chart)}
    in_force = rules_in_force(now.date(), clinical=settings.EVENKEEL_CLINICAL_RULES)
    holding = {
        rule.name: evidence
        for rule in in_force
        if rule.suits(chart.patient.birth_date, now.date())
        and (evidence := rule.evidence(findings, now))
    }
    _withdraw(chart, keep=holding, now=now)
    _raise(chart, [rule for rule in in_force if rule.name in holding], holding, now=now)
    call_up(patient_id, NUDGE, due_at=points.next_morning(chart.patient, now=now))
    ends = [f.valid_until for f in findings.values() if f.valid_until and f.valid_until > now]
    return min(ends, default=None)


def _withdraw(chart: Chart, *, keep: Iterable[str], now: datetime) -> None:
    """Standing advice whose reason is gone, or whose rule may not be said any more."""
    standing = Advice.objects.filter(patient=chart.patient, state__in=Advice.STANDING)
    for advice in standing.exclude(rule__in=list(keep)):
        _change(chart, advice, Advice.State.WITHDRAWN, now)


def _raise(
    chart: Chart, wanted: list[Rule], holding: dict[str, list[Finding]], *, now: datetime
) -> None:
    """New advice by priority, up to MOST_STANDING in all, none in its quiet period."""
    mine = Advice.objects.filter(patient=chart.patient)
    standing = set(mine.filter(state__in=Advice.STANDING).values_list("rule", flat=True))
    quiet = set(mine.filter(quiet_until__gt=now).values_list("rule", flat=True))
    for rule in wanted:
        if len(standing) >= MOST_STANDING:
            return
        if rule.name not in standing | quiet:
            _say(chart, rule, holding[rule.name], now=now)
            standing.add(rule.name)


def _say(chart: Chart, rule: Rule, evidence: list[Finding], *, now: datetime) -> None:
    words = advice_words(rule.name, evidence)
    (revision,) = take_revisions(chart.patient.id)
    advice = Advice.objects.create(
        id=new_id(),
        patient=chart.patient,
        bucket=chart.patient.bucket,
        revision=revision,
        rule=rule.name,
        rule_version=rule.version,
        title=words.title,
        body=words.body,
        why=words.why,
        source=str(rule.source),
        findings=[finding.id for finding in evidence],
        state_at=now,
        created_at=now,
    )
    hers = advice_words(rule.name, evidence, chart.patient.language)
    notices.announce(
        chart,
        key=advice.notice_key,
        due_at=after_quiet(chart.patient, now),
        template="message",
        values={"title": hers.title, "body": hers.body},
        grace=NOTICE_GRACE,
    )


def _change(chart: Chart, advice: Advice, state: str, now: datetime) -> None:
    """A new state with its own revision; its notice need not be said any more."""
    (advice.revision,) = take_revisions(chart.patient.id)
    advice.state, advice.state_at = state, now
    if state in (Advice.State.DECLINED, Advice.State.DONE):
        advice.quiet_until = now + _quiet_of(advice.rule)
    advice.save(update_fields=["revision", "state", "state_at", "quiet_until"])
    notices.settle(chart, advice.notice_key)


def _quiet_of(name: str) -> timedelta:
    """The rule's quiet period; a rule that was taken away needs none."""
    return next((rule.quiet for rule in rules() if rule.name == name), timedelta(0))


def record_advice_event(chart: Chart, event: AdviceEvent, *, now: datetime) -> None:
    """Keep what the patient did with an advice; raises Invalid if there is no such advice.

    Answers count in the order in which they come in, never by the phone's clock; "done" is final.
    """
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    if len(event.reason) > LONGEST_REASON:
        raise invalid_field("reason", Code.OUT_OF_RANGE, f"At most {LONGEST_REASON} letters.")
    hold_patient(chart.patient.id)
    advice = Advice.objects.filter(patient=chart.patient, pk=event.advice).first()
    if advice is None:
        raise invalid_field("advice", Code.UNKNOWN_REFERENCE, "There is no such advice.")
    AdviceAnswer.objects.create(
        event=event.id,
        advice=advice,
        status=event.status,
        reason=event.reason,
        at=event.at,
        recorded_at=now,
    )
    if event.status in ANSWERS[advice.state]:
        _change(chart, advice, event.status, now)
        call_up(chart.patient.id, ADVISE)


def turn_nudges(chart: Chart, *, off: bool, now: datetime) -> None:
    """The patient's word on nudges, effective at once: one that is on its way is held back."""
    choose_nudges(chart, off=off, now=now)


def choose_nudges(
    chart: Chart,
    *,
    off: bool | None = None,
    tone: str | None = None,
    a_week: int | None = None,
    now: datetime,
) -> NudgeChoice:
    """On or off, in which tone, how many a week at most; what is None stays as it was."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    if tone is not None and tone not in NudgeChoice.Tone:
        raise invalid_field("tone", Code.OUT_OF_RANGE, "There is no such tone.")
    if a_week is not None and not 1 <= a_week <= LIMITS.a_week:
        raise invalid_field("a_week", Code.OUT_OF_RANGE, f"From 1 to {LIMITS.a_week}.")
    asked: dict[str, Any] = {"off_since": now if off else None} if off is not None else {}
    asked |= {name: v for name, v in (("tone", tone), ("a_week", a_week)) if v is not None}
    choice, _ = NudgeChoice.objects.update_or_create(patient=chart.patient, defaults=asked)
    if off:
        _hold_back(chart, now)
    return choice


def note_busy(chart: Chart, *, until: datetime | None, doing: str, now: datetime) -> None:
    """The phone says that she is driving or otherwise not to be spoken to; None: no longer."""
    chart.need(Category.INSIGHTS, Deed.CHANGE)
    if doing not in BUSY_WITH:
        raise invalid_field("busy_with", Code.OUT_OF_RANGE, f"One of {', '.join(BUSY_WITH)}.")
    if until is not None and not now < until <= now + LONGEST_BUSY:
        raise invalid_field("busy_until", Code.OUT_OF_RANGE, "Within the next 12 hours.")
    asked = {"busy_until": until, "busy_with": doing if until else ""}
    NudgeChoice.objects.update_or_create(patient=chart.patient, defaults=asked)
    if until:
        _hold_back(chart, now)


def _hold_back(chart: Chart, now: datetime) -> None:
    """Nudges that were drawn and perhaps not yet said need not be said any more."""
    recent = Nudge.objects.filter(patient=chart.patient, decided_at__gt=now - NUDGE_GRACE)
    keys = [nudge.notice_key for nudge in recent.exclude(arm=SAY_NOTHING)]
    if keys:
        notices.settle(chart, *keys)
