"""The charts of the patient page and the page of one stream: stretches, days' values, the plan."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.agenda.actions import work_off
from backend.patients.actions import change_profile
from backend.streams.actions import store_upload
from backend.streams.diary import note_tags
from backend.streams.merging import merge_patient
from backend.streams.models import StreamPlan
from backend.streams.plans import set_plan
from backend.wire.ids import uuid7
from tests.desk.conftest import SignIn
from tests.people import Cast, chart

START = datetime(2026, 11, 20, 6, tzinfo=UTC)
QUERY = {"span": "month", "day": "2026-11-20"}


def store(
    cast: Cast, start: datetime, values: list[float], *, kind: str = "glucose",
    source: str = "dexcom", step_s: int = 300,
) -> None:  # fmt: skip
    unit = {"glucose": "mg/dL", "steps": "{steps}", "body_weight": "kg"}[kind]
    upload = {
        "id": str(uuid7(start)), "kind": kind, "source": source, "unit": unit,
        "start": start.isoformat(), "values": values, "step_ms": step_s * 1000,
    }  # fmt: skip
    own = chart(cast.amina, cast.amina, change=True, now=start)
    assert store_upload(own, upload, now=datetime.now(UTC)).outcome == "stored"


def merge(cast: Cast) -> None:
    work_off({"streams.merge": merge_patient}, now=datetime.now(UTC))


@pytest.fixture
def address(cast: Cast) -> str:
    return f"/admin/patients/{cast.amina.id}/streams/glucose/"


def show(client: Client, address: str, **query: str) -> str:
    return client.get(address, QUERY | query).content.decode()


def test_a_gap_parts_the_line_and_the_day_is_told(
    cast: Cast, sign_in: SignIn, address: str
) -> None:
    store(cast, START, [100.0] * 12)
    store(cast, START + timedelta(hours=3), [390.0, *[120.0] * 11], source="libre")
    client = sign_in(cast.bo)
    day = show(client, address, span="day")
    assert day.count('class="ek-line"') == 1  # one source counts on a day, never both
    store(cast, START + timedelta(hours=3), [390.0, *[120.0] * 11])
    day = show(client, address, span="day")
    assert day.count('class="ek-line"') == 2
    assert "100 to 390, mean 121.2" in day
    assert "From dexcom" in day
    month = show(client, address)
    assert "Fri 20 Nov 2026" in month
    assert '<td class="ek-number">390</td>' in month


@pytest.mark.parametrize("merged", [False, True])
def test_sources_and_wear_stand_under_a_month(
    cast: Cast, sign_in: SignIn, address: str, *, merged: bool
) -> None:
    store(cast, START - timedelta(days=3), [100.0] * 288, source="libre")
    store(cast, START, [110.0] * 144)
    if merged:
        merge(cast)
    shown = show(sign_in(cast.bo), address)
    assert "From libre, 2 days" in shown
    assert "From dexcom, 1 day" in shown
    assert shown.count('class="ek-from-0"') == 1
    assert shown.count('class="ek-from-1"') == 1
    assert "% of the time measured" in shown
    assert "100 to 110, mean 103.3; 3 of 30 days" in shown


@pytest.mark.parametrize("span", ["week", "month"])
def test_notes_on_days_are_told_in_words(cast: Cast, sign_in: SignIn, span: str) -> None:
    own = chart(cast.amina, cast.amina, change=True, now=START)
    note_tags(own, START.date(), frozenset({"alcohol", "vaccine"}), now=START)
    note_tags(own, START.date() - timedelta(days=2), frozenset(), now=START)
    shown = show(sign_in(cast.bo), f"/admin/patients/{cast.amina.id}/", span=span)
    assert "Fri 20 Nov alcohol, vaccine" in shown
    assert "18 Nov" not in shown.split("Fri 20 Nov alcohol, vaccine")[1][:40]


def test_a_year_is_read_from_days_in_few_statements(
    cast: Cast, sign_in: SignIn, address: str
) -> None:
    for day in range(12):
        at = START - timedelta(days=25 * day)
        store(cast, at, [100.0 + day] * 24)
        store(cast, at, [70.0 + day], kind="body_weight", source="scale")
        store(cast, at, [500.0] * 24, kind="steps", source="watch")
    merge(cast)
    client = sign_in(cast.bo)
    page = f"/admin/patients/{cast.amina.id}/"
    with CaptureQueriesContext(connection) as year:
        shown = client.get(page, QUERY | {"span": "year"}).content.decode()
    assert shown.count('<svg class="ek-svg"') == 3
    assert "12 of 365 days" in shown
    assert sum("streams_" in query["sql"] for query in year) <= 4
    assert "streams_chunk" not in " ".join(query["sql"] for query in year)


def form_of(client: Client, address: str) -> Any:
    return client.get(address, QUERY).context["form"]


def test_the_plan_is_set_in_the_patients_unit_and_drawn(
    cast: Cast, sign_in: SignIn, address: str
) -> None:
    change_profile(chart(cast.bo, cast.amina, change=True), units={"glucose": "mmol/L"})
    store(cast, START, [100.0] * 12)
    store(cast, START, [140.0] * 24, source="libre")
    client = sign_in(cast.bo)
    assert "From libre" in show(client, address, span="day")
    typed = {
        "source_0": "dexcom", "every_minutes": "15", "target_low": "4", "target_high": "8",
        "tell_team": "on",
    }  # fmt: skip
    assert client.post(address, typed).status_code == 302
    plan = StreamPlan.objects.get()
    assert (plan.sources, plan.every_s, plan.tell_team) == (["dexcom"], 900, True)
    assert plan.target_low == pytest.approx(72.0624)
    shown = show(client, address, span="day")
    assert "Shaded: 4 to 8 mmol/L" in shown
    assert "From dexcom" in shown
    assert "From libre" not in shown
    form = form_of(client, address)
    assert form.initial == {
        "source_0": "dexcom", "every_minutes": "15", "target_low": "4", "target_high": "8",
        "tell_team": True,
    }  # fmt: skip
    assert client.post(address, {}).status_code == 302
    plan.refresh_from_db()
    assert (plan.sources, plan.every_s, plan.target_low, plan.tell_team) == ([], None, None, False)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"every_minutes": "x"}, "every_minutes", "Enter a number"),
        ({"every_minutes": "999999"}, "every_minutes", "From a second to a month"),
        ({"target_low": "5000"}, "target_low", "lies from 10 to 1000 mg/dL"),
        ({"target_low": "180", "target_high": "70"}, "target_high", "A target ends above its low"),
        ({"source_0": "dexcom", "source_1": "dexcom"}, "source_1", "stands above already"),
        ({"source_0": "stranger"}, "source_0", "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    cast: Cast, sign_in: SignIn, address: str, typed: dict[str, str], field: str, said: str
) -> None:
    for source in ("dexcom", "libre"):
        store(cast, START, [100.0] * 12, source=source)
    answer = sign_in(cast.bo).post(address, typed)
    assert answer.status_code == 400
    assert said in " ".join(answer.context["form"].errors[field])
    assert not StreamPlan.objects.exists()


def test_no_such_kind_and_no_data(cast: Cast, sign_in: SignIn, address: str) -> None:
    client = sign_in(cast.bo)
    assert client.get(address.replace("glucose", "luck")).status_code == 404
    assert "Nothing was measured in this time" in show(client, address)
    assert sign_in(cast.other_clinician).get(address).status_code == 404


def test_a_plan_with_one_edge_is_shaded_to_the_end(
    cast: Cast, sign_in: SignIn, address: str
) -> None:
    store(cast, START, [100.0] * 12)
    team = chart(cast.bo, cast.amina, change=True)
    set_plan(team, "glucose", target_high=140.0, now=START)
    assert "Shaded: up to 140 mg/dL" in show(sign_in(cast.bo), address)
