"""A phone's many answers to doses: recorded together, judged one by one."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.core.models import new_id
from backend.regimens.actions import Plan, Timing, prescribe
from backend.regimens.models import Dose, DoseEventRow
from tests.people import Cast, chart
from tests.sync.phone import TODAY, Line, survey

LONG_AGO = timedelta(days=30)


def doses(cast: Cast) -> list[Dose]:
    start = TODAY - LONG_AGO
    prescribe(
        chart(cast.bo, cast.amina, change=True, now=TODAY),
        medicine="Metformin",
        dose="500 mg",
        timing=Timing(times=("08:00", "20:00"), starts_local=f"{start:%Y-%m-%d}T00:00"),
        plan=Plan(early_minutes=60),
        now=TODAY,
    )
    return list(Dose.objects.filter(due_at__lt=TODAY).order_by("due_at"))


def answer(dose: object, at: datetime, **changed: Any) -> dict[str, Any]:
    return {
        "type": "dose",
        "id": str(new_id()),
        "at": at.isoformat(),
        "dose": str(dose),
        "status": "taken",
    } | changed


def outcomes(reply: dict[str, Any]) -> list[str]:
    return [result["outcome"] for result in reply["results"]]


def test_each_of_many_gets_its_own_word_in_order(line: Line, cast: Cast) -> None:
    first, second, third, fourth, *_ = doses(cast)
    good = answer(first.id, first.due_at)
    events = [
        good,
        answer(second.id, second.due_at, status="eaten"),
        answer(new_id(), second.due_at),
        answer(third.id, third.due_at - timedelta(hours=2)),
        good,
        answer(fourth.id, fourth.due_at, status="skipped"),
        survey(),
        answer(second.id, second.due_at),
    ]
    reply = line.sync(events=events)
    assert [result["id"] for result in reply["results"]] == [event["id"] for event in events]
    assert outcomes(reply) == [
        "stored", "refused", "refused", "refused", "duplicate", "stored", "stored", "stored",
    ]  # fmt: skip
    early = reply["results"][3]["problems"][0]
    assert early["field"] == "at"
    assert early["detail"] == "This dose may be taken at most 1 hour before it is due."
    assert set(outcomes(line.sync(events=events))) == {"duplicate"}
    assert DoseEventRow.objects.count() == 3


def test_forty_answers_cost_what_a_few_do(line: Line, cast: Cast) -> None:
    due = doses(cast)
    told = [answer(dose.id, dose.due_at) for dose in due[:44]]
    with CaptureQueriesContext(connection) as few:
        assert outcomes(line.sync(events=told[:4])) == ["stored"] * 4
    with CaptureQueriesContext(connection) as many:
        assert outcomes(line.sync(events=told[4:])) == ["stored"] * 40
    assert len(many) <= len(few) + 1
