"""A small cohort through the real doors of a live server, with a worker beside it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import connection, transaction
from pytest_django.live_server_helper import LiveServer

from backend.accounts.actors import job
from backend.accounts.models import User
from backend.agenda.actions import work_off
from backend.agenda.models import Line
from backend.core.models import new_id
from backend.demo.cohort import Loaded, load
from backend.demo.personas import DETERIORATING, FIRST, MARK
from backend.demo.phone import Phone, Refused
from backend.guidance import queries as guidance
from backend.insights import queries as insights
from backend.insights.risk_entry import BY_TEAM
from backend.ledger.models import Entry
from backend.patients.access import EVERYDAY, Chart, open_chart
from backend.patients.models import Patient
from backend.regimens import queries as regimens
from backend.streams.models import Upload
from backend.surveys import queries as surveys
from backend.visits import queries as visits
from tasks.work import HANDLERS

DAYS = 20


@contextmanager
def working() -> Iterator[None]:
    """What is due is done while the phones talk, as by a Celery worker, and then to the end."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(0.1):
            work_off(HANDLERS, now=datetime.now(UTC))
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    work_off(HANDLERS, now=datetime.now(UTC))


@pytest.fixture
def loaded(live_server: LiveServer) -> Loaded:
    with working():
        return load(
            live_server.url, patients=3, days=DAYS, now=datetime.now(UTC), say=lambda _: None
        )


def opened(loaded: Loaded, index: int) -> Chart:
    now = datetime.now(UTC)
    return open_chart(job("test"), loaded.patients[index], *EVERYDAY, subject="test", now=now)


@pytest.mark.slow
def test_the_cohort_comes_in_by_the_doors_and_the_house_does_its_work(
    loaded: Loaded, live_server: LiveServer
) -> None:
    with transaction.atomic():
        _all_is_there(loaded)
        _the_deteriorating_one_is_seen(loaded)
    _the_first_patient_waits_for_a_phone(loaded, live_server.url)


def _all_is_there(loaded: Loaded) -> None:
    assert Patient.objects.filter(simulated=True, name__endswith=MARK).count() == 3
    assert not Patient.objects.exclude(simulated=True).exists()
    assert {user for user, _ in loaded.staff} <= set(
        User.objects.filter(name__endswith=MARK).values_list("username", flat=True)
    )
    uploads = Upload.objects.values_list("count", "outcome", "merged")
    by_phones = uploads.exclude(source=BY_TEAM)  # the rest the team typed in: tests of blood
    assert sum(count for count, _, _ in by_phones) == loaded.samples > 10_000
    assert {(outcome, merged) for _, outcome, merged in uploads} == {("stored", True)}
    assert not Line.objects.filter(dead_at__isnull=False).exists()
    for id_ in loaded.patients:
        assert Entry.objects.filter(patient_id=id_, actor_role="patient").exists()
    statuses: list[str] = []
    for index in range(3):
        chart = opened(loaded, index)
        now = datetime.now(UTC)
        doses = regimens.doses_between(chart, start=now - timedelta(days=DAYS), end=now)
        mine = [dose.status for dose in doses]
        assert mine.count("taken") > DAYS / 2
        statuses += mine
        findings = {f.method: f for f in insights.findings(chart)}
        assert findings["adherence.pdc"].abstained == ""
        assert findings["activity.trend"].abstained == ""
    assert statuses.count("due") > 5  # forgotten
    diabetic = {f.method: f for f in insights.findings(opened(loaded, 2))}
    assert diabetic["glucose.time_in_range"].value is not None


def _the_deteriorating_one_is_seen(loaded: Loaded) -> None:
    chart = opened(loaded, DETERIORATING)
    night = {f.method: f for f in insights.findings(chart)}["heart.night_resting"]
    assert night.abstained == ""
    assert night.detail["above_usual_per_min"] > 8
    rules = {advice.rule for advice in guidance.standing_advice(chart)}
    assert "night_heart_up" in rules
    assert visits.changed_since(chart, after=0, limit=9)
    assert surveys.changed_since(chart, after=0, limit=9)
    first = opened(loaded, FIRST)
    assert "night_heart_up" not in {advice.rule for advice in guidance.standing_advice(first)}


def _the_first_patient_waits_for_a_phone(loaded: Loaded, url: str) -> None:
    with httpx.Client(base_url=url) as http:
        phone = Phone(http, "Visitor's phone")
        phone.enrol(loaded.enrolment_code)
        phone.fetch(datetime.now(UTC))
        assert len(phone.regimens) == 2
        with pytest.raises(Refused, match="400"):
            phone.enrol(loaded.enrolment_code)
        stranger = Phone(http, "Nobody's", token=f"evk_{new_id()}")
        with pytest.raises(Refused, match="401"):
            stranger.fetch(datetime.now(UTC))
