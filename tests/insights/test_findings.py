"""Findings: computed from what was uploaded, refused when thin, superseded and never altered."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from backend.agenda.models import Line
from backend.core.models import new_id
from backend.core.problems import NotFound
from backend.insights import queries
from backend.insights.actions import next_night, refresh_patient
from backend.insights.methods import METHODS
from backend.insights.models import Finding
from backend.patients.access import Category
from tests.insights.measured import (
    days_ago,
    mark,
    prescribe_daily,
    refresh,
    sleep_nights,
    standing,
    upload,
    walk_days,
    wear_glucose,
)
from tests.people import NOW, chart

GLUCOSE = "glucose.time_in_range"
HEART = "heart.night_resting"
STEPS = "activity.trend"
DOSES = "adherence.pdc"
COPIED = [f.attname for f in Finding._meta.fields if not f.name.startswith("superseded")]


def copies(patient_id):
    """All findings as plain values."""
    return {
        f.id: {n: getattr(f, n) for n in COPIED} for f in Finding.objects.filter(patient=patient_id)
    }


def test_with_no_data_every_method_says_what_it_lacks(cast):
    found = refresh(cast.amina)
    assert set(found) == set(METHODS)
    for finding in found.values():
        assert finding.value is finding.lower is finding.upper is None
        assert finding.detail["have"] == 0
        assert finding.abstained
        assert not finding.holds_at(NOW)


def test_without_news_nothing_is_written_however_often_it_is_computed(cast):
    refresh(cast.amina)
    before, revision = copies(cast.amina.id), chart(cast.amina, cast.amina).patient.revision
    for days in range(3):
        refresh(cast.amina, now=NOW + timedelta(days=days))
    assert copies(cast.amina.id) == before
    assert chart(cast.amina, cast.amina).patient.revision == revision


def test_two_weeks_of_glucose(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[100, 120, 200, 60])
    found = refresh(cast.amina)[GLUCOSE]
    assert (found.value, found.unit) == (50, "%")
    assert found.lower <= 50 <= found.upper
    detail = found.detail
    assert detail["active_percent"] == 100
    assert detail["from_181_to_250_percent"] == detail["from_54_to_69_percent"] == 25
    assert detail["gmi_percent"] == pytest.approx(3.31 + 0.02392 * 120, abs=1e-3)
    assert (detail["first_day"], detail["last_day"]) == ("2026-11-09", "2026-11-22")
    assert found.holds_at(NOW)


def test_thin_glucose_is_refused_in_words_and_late_data_bring_the_number(cast):
    wear_glucose(cast.amina, first=5, days=5, mg_dl=[110, 130])
    thin = refresh(cast.amina)[GLUCOSE]
    assert thin.value is None
    assert "36 %" in thin.abstained
    assert "70 %" in thin.abstained
    before = copies(cast.amina.id)
    wear_glucose(cast.amina, first=14, days=9, mg_dl=[110, 190])  # a week late
    later = NOW + timedelta(hours=1)
    found = refresh(cast.amina, now=later)[GLUCOSE]
    assert found.value == pytest.approx(100 * (5 * 288 + 9 * 144) / (14 * 288), abs=1e-3)
    thin.refresh_from_db()
    assert (thin.superseded_at, thin.superseded_by_id) == (later, found.id)
    assert {id_: copies(cast.amina.id)[id_] for id_ in before} == before
    assert [f.id for f in queries.history(insights(cast), GLUCOSE)] == [found.id, thin.id]
    as_known = {f.method: f for f in queries.standing_at(insights(cast), NOW)}
    assert as_known[GLUCOSE].id == thin.id


def insights(cast):
    return chart(cast.amina, cast.amina, Category.INSIGHTS)


def test_a_revised_reading_gives_a_new_finding(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[110])
    first = refresh(cast.amina)[GLUCOSE]
    later = NOW + timedelta(hours=1)
    upload(cast.amina, "glucose", days_ago(3), [300.0], unit="mg/dL", step_ms=300_000, now=later)
    second = refresh(cast.amina, now=later)[GLUCOSE]
    assert (first.value, second.value) == (100, pytest.approx(100 * 4031 / 4032, abs=1e-3))


def test_todays_readings_wait_for_the_day_to_end(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[110])
    first = refresh(cast.amina)[GLUCOSE]
    upload(cast.amina, "glucose", days_ago(0), [300.0] * 12, unit="mg/dL", step_ms=300_000)
    assert refresh(cast.amina)[GLUCOSE].id == first.id
    tomorrow = refresh(cast.amina, now=NOW + timedelta(days=1))[GLUCOSE]
    assert tomorrow.detail["last_day"] == "2026-11-23"
    assert tomorrow.value < 100


def test_an_old_export_is_judged_by_its_own_dates_but_is_nothing_to_act_on(cast):
    wear_glucose(cast.amina, first=2014, days=14, mg_dl=[110])
    found = refresh(cast.amina)[GLUCOSE]
    assert found.value == 100
    assert found.detail["last_day"] == str((days_ago(2001)).date())
    assert not found.holds_at(NOW)


def test_a_night_is_set_beside_the_persons_own_nights(cast):
    sleep_nights(cast.amina, first=20, rates=[56, 57, 58] * 6 + [57, 64, 65])
    found = refresh(cast.amina)[HEART]
    assert found.value == pytest.approx(65)
    assert found.detail["usual_per_min"] == pytest.approx(57)
    assert found.detail["nights_high_in_row"] == 2
    assert found.detail["last_day"] == "2026-11-23"  # this morning's night


def test_the_night_that_is_not_over_does_not_count(cast):
    sleep_nights(cast.amina, first=20, rates=[57] * 20 + [70])
    at_five = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    assert refresh(cast.amina, now=at_five)[HEART].value == pytest.approx(57)


def test_a_night_without_the_watch_is_thin_data_and_no_want_of_a_watch(cast):
    sleep_nights(cast.amina, first=20, rates=[57] * 20)
    walk = days_ago(0, 8)
    upload(cast.amina, "heart_rate", walk, [90.0] * 30, unit="/min", step_ms=60_000)
    found = refresh(cast.amina)
    assert found[HEART].detail["have"] == 0
    assert found[HEART].is_thin
    assert not found[GLUCOSE].is_thin


def test_few_nights_are_refused(cast):
    sleep_nights(cast.amina, first=7, rates=[57] * 8)
    found = refresh(cast.amina)[HEART]
    assert (found.detail["code"], found.detail["unit"]) == ("too_few_nights", "nights")
    assert (found.detail["have"], found.detail["need"]) == (7, 14)
    assert found.abstained == "We have 7 nights to compare with. We need 14."


def test_a_fall_in_steps(cast):
    walk_days(cast.amina, first=28, steps=[9000 - 150 * n for n in range(28)])
    found = refresh(cast.amina)[STEPS]
    assert found.value == pytest.approx(-1050)
    assert found.upper < 0
    assert found.detail["days"] == 28


def test_days_on_which_all_doses_were_taken(cast):
    doses = prescribe_daily(cast, days=28)
    yesterdays = [dose for dose in doses if dose.due_at < days_ago(0)]
    assert len(yesterdays) == 28
    for n, dose in enumerate(yesterdays):
        if n < 24:
            mark(cast.amina, dose, "taken" if n < 21 else "skipped", late_minutes=n * 10)
    found = refresh(cast.amina)[DOSES]
    assert found.value == 75
    assert found.detail["unanswered_percent"] == pytest.approx(100 * 4 / 28, abs=1e-3)
    assert found.detail["on_time_percent"] == pytest.approx(100 * 19 / 21, abs=1e-3)
    assert found.lower < 75 < found.upper


def test_a_dose_marked_days_later_is_counted_and_the_earlier_finding_stays(cast):
    doses = prescribe_daily(cast, days=20)
    for dose in doses[:-6]:
        mark(cast.amina, dose, "taken")
    earlier = refresh(cast.amina)[DOSES]
    before = copies(cast.amina.id)
    mark(cast.amina, doses[-4], "taken")
    later = refresh(cast.amina)[DOSES]
    assert later.value == pytest.approx(earlier.value + 5)
    after = copies(cast.amina.id)
    assert {id_: after[id_] for id_ in before} == before


def test_a_new_medicine_is_too_short_for_a_number(cast):
    for dose in prescribe_daily(cast, days=5):
        mark(cast.amina, dose, "taken")
    found = refresh(cast.amina)[DOSES]
    assert (found.detail["code"], found.detail["have"]) == ("too_short_with_medicine", 5)


def test_a_higher_version_supersedes_on_the_same_evidence(cast):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[110])
    found = refresh(cast.amina)[GLUCOSE]
    Finding.objects.filter(pk=found.id).update(version="0.9")  # as an older release wrote it
    newer = refresh(cast.amina)[GLUCOSE]
    assert newer.id != found.id
    assert newer.version == METHODS[GLUCOSE].version


def test_only_one_finding_of_a_method_can_stand(cast):
    one = refresh(cast.amina)[GLUCOSE]
    one.id = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)


def test_phones_get_the_standing_findings_by_revision(cast):
    refresh(cast.amina)
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[110])
    refresh(cast.amina)
    rows = queries.changed_since(insights(cast), after=0, limit=50)
    assert sorted(row.method for row in rows) == sorted(METHODS)
    assert [r.revision for r in rows] == sorted(r.revision for r in rows)
    assert GLUCOSE in [row.method for row in rows[-6:]]
    assert queries.changed_since(insights(cast), after=rows[-1].revision, limit=10) == []
    assert len(queries.changed_since(insights(cast), after=0, limit=2)) == 2


def test_what_changed_calls_up_advice_and_nothing_else_does(cast):
    def called():
        found = Line.objects.filter(patient=cast.amina.id, kind="guidance.advise").first()
        return found.called if found else 0

    refresh(cast.amina)
    assert called() == 1
    refresh(cast.amina)
    assert called() == 1


def test_the_next_refresh_is_at_half_past_three_in_the_patients_zone(cast):
    with transaction.atomic():
        due = refresh_patient(cast.amina.id, now=NOW)
    assert due == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    kiritimati = ZoneInfo("Pacific/Kiritimati")
    assert next_night(kiritimati, now=NOW) == datetime(2026, 11, 23, 13, 30, tzinfo=UTC)


def test_a_chart_that_was_not_opened_for_insights_shows_none(cast):
    closed = chart(cast.amina, cast.amina, Category.STREAMS)
    for read in (queries.findings, queries.finding_rows):
        with pytest.raises(NotFound):
            read(closed)


def test_over_http_the_patient_and_her_clinician_read_them(cast, client):
    wear_glucose(cast.amina, first=14, days=14, mg_dl=[110])
    refresh(cast.amina)
    reply = client.get("/api/v1/findings", **cast.amina.bearer)
    assert reply.status_code == 200
    by_method = {row["method"]: row for row in reply.json()["results"]}
    assert by_method[GLUCOSE]["value"] == 100
    assert by_method[STEPS]["abstained"]
    client.force_login(cast.bo.user)
    assert client.get(f"/api/v1/findings?patient={cast.amina.id}").json() == reply.json()
    client.force_login(cast.other_clinician.user)
    assert client.get(f"/api/v1/findings?patient={cast.amina.id}").status_code == 404
    assert standing(cast.amina)[GLUCOSE].value == 100
