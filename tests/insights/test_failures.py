"""A method that raises says nothing; all others speak, and operators see which failed."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from backend.insights.actions import standing, write_findings
from backend.insights.computing import compute_all
from backend.insights.failures import faulty_methods, note_failures
from backend.insights.methods import METHODS
from backend.patients.access import Category
from tests.insights.measured import walk_days
from tests.people import NOW, chart

STEPS, TREND = [6000.0] * 28, "activity.trend"
BROKEN = "heart.night_resting"
SECRET = "Amina 61 kg"
KINDS = [one for one in Category if one is not Category.GENOMICS]


def raises(error):
    def state(*_):
        raise error

    return state


def refreshed(cast, methods=METHODS, now=NOW):
    """What a refresh does with these methods."""
    with transaction.atomic():
        opened = chart(cast.bo, cast.amina, *KINDS, change=True, now=now)
        outcome = compute_all(opened, standing(opened), methods=methods, now=now)
        note_failures(opened, outcome.failed, now=now)
        return {one.method: one for one in write_findings(opened, outcome.computed, now=now)}


def broken(error):
    return {**METHODS, BROKEN: replace(METHODS[BROKEN], state=raises(error))}


def test_the_others_speak_and_nothing_of_the_patient_is_logged(cast, caplog):
    walk_days(cast.amina, first=28, steps=STEPS)
    with caplog.at_level(logging.ERROR):
        written = refreshed(cast, broken(ValueError(SECRET)))
    assert BROKEN not in written
    assert written[TREND].value is not None
    assert len(written) == len(METHODS) - 1
    assert f"{BROKEN} could not be computed: ValueError at test_failures.py" in caplog.text
    assert SECRET not in caplog.text
    (told,) = faulty_methods()
    assert (told.method, told.people, told.since) == (BROKEN, 1, NOW)
    assert told.error.startswith("ValueError at test_failures.py:")


def test_a_gatherer_that_raises_silences_its_own_methods_alone(cast):
    methods = {
        name: replace(method, gather=raises(KeyError("steps")))
        if name.startswith("glucose.")
        else method
        for name, method in METHODS.items()
    }
    written = refreshed(cast, methods)
    assert not [name for name in written if name.startswith("glucose.")]
    assert TREND in written
    assert {one.method for one in faulty_methods()} == {
        name for name in METHODS if name.startswith("glucose.")
    }


def test_it_is_forgotten_when_it_can_be_computed_again(cast):
    refreshed(cast, broken(ValueError()))
    later = NOW + timedelta(hours=1)
    refreshed(cast, broken(ZeroDivisionError()), now=later)
    (told,) = faulty_methods()
    assert told.error.startswith("ZeroDivisionError")
    assert (told.since, told.last_at) == (NOW, later)
    assert BROKEN in refreshed(cast)
    assert faulty_methods() == []


def test_what_the_database_refuses_is_no_methods_fault(cast):
    with pytest.raises(OperationalError):
        refreshed(cast, broken(OperationalError()))
    assert faulty_methods() == []
