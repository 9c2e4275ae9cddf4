"""Findings of single medicines: phases, outlook, fills, pill monitors; through the real doors."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from backend.patients.access import Category
from backend.regimens.actions import Timing, prescribe, stop_regimen
from backend.regimens.queries import doses_between
from backend.regimens.staying import begin_stay
from tests.insights.measured import days_ago, mark, prescribe_daily, refresh
from tests.people import NOW, chart

PHASES, OUTLOOK, FILLS, MONITOR = (
    f"adherence.{name}" for name in ("phases", "outlook", "fills", "monitor")
)


def medicines(finding):
    """The parts of a finding by medicine."""
    return {one["medicine"]: one for one in finding.detail["medicines"]}


def second_medicine(cast, *, days):
    """Ramipril at eight in the evening since `days` ago; its doses."""
    timing = Timing(times=("20:00",), starts_local=f"{days_ago(days):%Y-%m-%dT00:00}")
    with transaction.atomic():
        by_bo = chart(cast.bo, cast.amina, Category.MEDICINES, change=True)
        regimen = prescribe(by_bo, medicine="Ramipril", dose="5 mg", timing=timing, now=NOW)
        due = doses_between(by_bo, start=days_ago(days), end=NOW)
    return regimen, [dose for dose in due if dose.regimen == regimen.id]


def test_each_medicine_has_its_phases_and_no_percentage_of_all(cast):
    for n, dose in enumerate(prescribe_daily(cast, days=40)):
        mark(cast.amina, dose, "skipped" if n in (0, 1, 20, 21, 22, 30) else "taken")
    for dose in second_medicine(cast, days=30)[1]:
        mark(cast.amina, dose, "skipped")
    found = refresh(cast.amina)[PHASES]
    assert (found.value, found.unit, found.lower, found.upper) == (1, "{medicines}", None, None)
    parts = medicines(found)
    metformin, ramipril = parts["Metformin"], parts["Ramipril"]
    assert (metformin["begun"], metformin["waited_days"]) == ("2026-10-16", 2)
    assert (metformin["state"], metformin["days"]) == ("going_on", 38)
    assert metformin["taking_percent"] == pytest.approx(100 * 34 / 38, abs=1e-3)
    assert metformin["taking_lower"] < metformin["taking_percent"] < metformin["taking_upper"]
    assert (metformin["holidays"], metformin["longest_holiday_days"]) == (1, 3)
    assert metformin["on_time_percent"] == 100
    assert ramipril == {
        "medicine": "Ramipril",
        "begun": None,
        "waited_days": None,
        "begun_for_sure": True,
    }
    assert (
        "Metformin: first taken on 16 October 2026, 2 days after it was due."
        in found.detail["says"]
    )
    assert "Ramipril: no dose was marked as taken so far." in found.detail["says"]


def test_a_medicine_never_taken_does_not_vanish_behind_another(cast):
    for dose in prescribe_daily(cast, days=30):
        mark(cast.amina, dose, "taken")
    for dose in second_medicine(cast, days=30)[1]:
        mark(cast.amina, dose, "skipped")
    found = refresh(cast.amina)["adherence.pdc"]
    assert (found.value, found.detail["medicine"]) == (0, "Ramipril")
    assert found.detail["pdc_percent_of"] == {"Metformin": 100, "Ramipril": 0}
    assert found.detail["says"] == "You marked all doses of Ramipril as taken on 0 % of the days."
    desk = Client()
    desk.force_login(cast.bo.user, "django.contrib.auth.backends.ModelBackend")
    text = desk.get(f"/admin/patients/{cast.amina.id}/").content.decode()
    assert "All doses of Ramipril taken on 0 % of days" in text
    # The page's own clock may be past the doses that were answered: it still has a line for each.
    assert text.count("of days with all doses taken") == 2


def test_doses_nobody_answered_for_widen_the_interval(cast):
    for n, dose in enumerate(prescribe_daily(cast, days=40)):
        if n < 30:
            mark(cast.amina, dose, "taken")
    part = medicines(refresh(cast.amina)[PHASES])["Metformin"]
    assert part["taking_percent"] == 75
    assert part["taking_upper"] == 100
    assert (part["holidays"], part["holidays_at_most"]) == (0, 1)


def test_days_in_hospital_are_nobodys_doses(cast):
    due = prescribe_daily(cast, days=40)
    with transaction.atomic():
        by_bo = chart(cast.bo, cast.amina, Category.MEDICINES, change=True)
        begin_stay(by_bo, starts_at=days_ago(20), ends_at=days_ago(10), now=NOW)
    for dose in due:
        if not days_ago(20) <= dose.due_at < days_ago(10):
            mark(cast.amina, dose, "taken")
    part = medicines(refresh(cast.amina)[PHASES])["Metformin"]
    assert part["taking_percent"] == 100
    # The day of coming home is touched by the stay and left out with it.
    assert part["doses"] == 29
    assert part["unanswered_percent"] == 0


def test_a_medicine_that_the_team_ended_was_not_given_up(cast):
    regimen, due = second_medicine(cast, days=30)
    for dose in due:
        mark(cast.amina, dose, "taken")
    with transaction.atomic():
        by_bo = chart(cast.bo, cast.amina, Category.MEDICINES, change=True)
        stop_regimen(by_bo, regimen.id, now=NOW)
    found = refresh(cast.amina)
    part = medicines(found[PHASES])["Ramipril"]
    assert (part["state"], part["days"]) == ("ended", 30)
    assert found[PHASES].value == 0
    assert found[OUTLOOK].value is None  # nothing to look ahead to


def test_the_outlook_abstains_until_there_is_something_to_go_by(cast):
    for dose in prescribe_daily(cast, days=40):
        mark(cast.amina, dose, "taken")
    found = refresh(cast.amina)[OUTLOOK]
    assert found.value is None
    assert found.abstained == ("We know 40 days of this plan. We need 45 days to look ahead.")
    assert found.is_thin


def test_the_outlook_names_the_medicine_at_most_risk(cast):
    for dose in prescribe_daily(cast, days=70):
        mark(cast.amina, dose, "taken")
    for n, dose in enumerate(second_medicine(cast, days=70)[1]):
        if n % 9:
            mark(cast.amina, dose, "taken" if n % 3 else "skipped")
    found = refresh(cast.amina)[OUTLOOK]
    parts = found.detail["medicines"]
    assert [part["medicine"] for part in parts] == ["Ramipril", "Metformin"]
    assert found.value == parts[0]["percent"] > 50
    assert found.lower is found.upper is None  # what was not answered gives no 95 % interval
    assert parts[0]["lower"] < found.value < parts[0]["upper"]
    assert "as some doses were not marked" in found.detail["says"]
    assert parts[1]["percent"] < 10
    assert "(Ramipril)" in found.detail["says"]


@pytest.fixture
def load(cast, tmp_path):
    """Import lines of a file for Amina."""

    def run(*lines, more=()):
        path = tmp_path / "file.csv"
        path.write_text("\n".join(lines) + "\n")
        call_command("import_adherence", str(path), "--patient", str(cast.amina.id), *more)

    return run


def test_fills_cover_days_of_each_medicine(cast, load):
    def day(ago):
        return f"{days_ago(ago):%Y-%m-%d}"

    load(
        "date,medicine,days",
        f"{day(100)},Metformin,60",
        f"{day(50)},Metformin,30",  # ten days early: begun when the first is used up
        f"{day(100)},Ramipril,30",
    )
    found = refresh(cast.amina)[FILLS]
    assert (found.value, found.unit) == (1, "{medicines}")  # one fill alone tells no days
    part = medicines(found)["Metformin"]
    assert (part["covered_days"], part["period_days"]) == (90, 100)
    assert part["covered_percent"] == 90
    assert "Metformin: what you got lasts for 90 % of 100 days." in found.detail["says"]


def test_one_fill_is_too_few(cast, load):
    load("date,medicine,days", f"{days_ago(50):%Y-%m-%d},Metformin,30")
    assert (
        refresh(cast.amina)[FILLS].abstained
        == "We know of 1 days with a fill. We need 2 to say more."
    )


def cap(days, *, hour="08"):
    rows = [f"{days_ago(ago):%Y-%m-%d}T{hour}:00:00+01:00,1,0" for ago in days]
    return ("Measurement Time,Primary Value,Secondary Value", *rows)


def test_a_pill_monitor_is_read_against_the_plan_of_its_medicine(cast, load):
    prescribe_daily(cast, days=30)
    away = {12, 13, 14, 15}
    load(*cap(n for n in range(25, 0, -1) if n not in away), more=("--medicine", "Metformin"))
    found = refresh(cast.amina)[MONITOR]
    part = medicines(found)["Metformin"]
    assert (part["days"], part["openings"]) == (25, 21)
    assert part["taking_percent"] == 84
    assert part["correct_days_percent"] == 84
    assert (part["holidays"], part["longest_holiday_days"]) == (1, 4)


def test_a_pill_monitor_without_a_plan_tells_nothing(cast, load):
    load(*cap(range(25, 0, -1)))
    found = refresh(cast.amina)[MONITOR]
    assert found.value is None
    assert "We do not know how many doses a day" in found.abstained


def test_the_patients_page_shows_them(cast, load):
    for dose in prescribe_daily(cast, days=70):
        mark(cast.amina, dose, "taken")
    load("date,medicine,days", *(f"{days_ago(n):%Y-%m-%d},Metformin,30" for n in (90, 60, 30)))
    refresh(cast.amina)
    desk = Client()
    desk.force_login(cast.bo.user, "django.contrib.auth.backends.ModelBackend")
    text = desk.get(f"/admin/patients/{cast.amina.id}/").content.decode()
    for label in ("Medicines being taken", "Medicines with known fills"):
        assert label in text
    assert "Metformin: first taken on" in text
    for phase in ("Initiation", "Implementation", "Persistence"):
        assert f"<th>{phase}</th>" in text


def test_nothing_changes_while_nothing_happens(cast, load):
    for dose in prescribe_daily(cast, days=20):
        mark(cast.amina, dose, "taken")
    load(*cap(range(20, 0, -1)), more=("--medicine", "Metformin"))
    first = refresh(cast.amina)
    second = refresh(cast.amina, now=NOW + timedelta(hours=1))
    for name in (PHASES, OUTLOOK, FILLS, MONITOR):
        assert first[name].id == second[name].id
