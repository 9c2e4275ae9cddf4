"""The measures table: what the contract names, conversions, and their way back."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire.measures import MEASURES, UnknownUnit, convert, express, linear

NAMED = (
    "heart_rate rr_interval glucose steps distance active_energy systolic diastolic spo2"
    " body_temperature respiratory_rate body_weight sleep_stage carbohydrate insulin_bolus"
    " insulin_basal"
)


def test_the_contract_s_kinds_are_there():
    assert set(MEASURES) >= set(NAMED.split())


@pytest.mark.parametrize("kind", MEASURES)
def test_every_kind_is_whole(kind: str):
    measure = MEASURES[kind]
    assert measure.code == kind
    assert measure.label
    assert measure.shown
    assert measure.summary in ("mean", "sum")
    assert measure.low < measure.high
    assert linear(kind, measure.unit) == (1.0, 0.0)
    assert measure.every_s is None or measure.every_s > 0
    if measure.target is not None:
        assert measure.low < measure.target[0] < measure.target[1] < measure.high


def test_golden_conversions():
    """One example for every kind and unit, worked out by hand or from the unit's definition."""
    examples = json.loads((Path(__file__).parent / "conversions.json").read_text())
    for kind, unit, given_value, canonical in examples:
        assert convert(kind, unit, [given_value]) == [pytest.approx(canonical, rel=1e-6)]
    every = {(kind, unit) for kind, measure in MEASURES.items() for unit in measure.units}
    assert {(kind, unit) for kind, unit, _, _ in examples} == every


@given(st.data())
def test_express_is_convert_backwards(data: st.DataObject):
    kind = data.draw(st.sampled_from(sorted(MEASURES)))
    measure = MEASURES[kind]
    unit = data.draw(st.sampled_from(sorted(measure.units)))
    value = data.draw(st.floats(measure.low, measure.high))
    (back,) = convert(kind, unit, express(kind, unit, [value]))
    assert back == pytest.approx(value, rel=1e-5, abs=1e-5 * max(1, linear(kind, unit).factor))


def test_unknown_kinds_and_units_are_told():
    with pytest.raises(KeyError):
        convert("mood", "1", [1])
    with pytest.raises(UnknownUnit):
        convert("glucose", "/min", [1])
    with pytest.raises(ValueError, match="never measured"):
        convert("glucose", "MG/DL", [1])


def test_the_canonical_unit_changes_nothing():
    assert convert("glucose", "mg/dL", [5.5, 101]) == [5.5, 101]
