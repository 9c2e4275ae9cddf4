"""From an upload to advice by agenda lines alone, and the same again when late data come in."""

import pytest

from backend.agenda.actions import work_off
from backend.guidance.models import Advice
from backend.insights.models import Finding
from tasks.work import HANDLERS
from tests.insights.measured import standing, walk_days
from tests.people import NOW

STEPS = "activity.trend"
CHAIN = ("streams.merge", "insights.refresh", "guidance.advise")
FALLING = [9000 - 150 * n for n in range(28)]


def work(*kinds):
    """Each kind of work once, as workers would; what plans itself for the night stays planned."""
    return [work_off({kind: HANDLERS[kind]}, now=NOW, rounds=1) for kind in kinds]


def test_an_upload_becomes_a_finding_and_advice(cast):
    walk_days(cast.amina, first=28, steps=FALLING)
    assert work(*CHAIN) == [1, 1, 1]
    assert standing(cast.amina)[STEPS].upper < 0
    assert Advice.objects.get(patient=cast.amina.id).rule == "steps_falling"


def test_late_data_are_computed_anew_and_the_earlier_finding_stays(cast):
    walk_days(cast.amina, first=20, steps=FALLING[8:])
    work(*CHAIN)
    earlier = standing(cast.amina)[STEPS]
    walk_days(cast.amina, first=28, steps=[4000] * 8)
    assert work("streams.merge", "insights.refresh") == [1, 1]
    later = standing(cast.amina)[STEPS]
    assert later.detail["days"] == 28
    kept = Finding.objects.get(pk=earlier.pk)
    assert (kept.value, kept.detail) == (earlier.value, earlier.detail)
    assert kept.superseded_by_id == later.pk


@pytest.mark.parametrize("who", ["amina", "stranger"])
def test_each_patient_has_her_own_findings(cast, who):
    walk_days(getattr(cast, who), first=28, steps=FALLING)
    work(*CHAIN)
    holders = Finding.objects.filter(method=STEPS, abstained="").values_list("patient", flat=True)
    assert list(holders) == [getattr(cast, who).id]
