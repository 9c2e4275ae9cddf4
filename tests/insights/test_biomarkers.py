"""manage.py biomarkers, as the contract says it: csv in, JSON out, clear refusals."""

import json
import math
import re
import statistics
import zipfile
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.realdata import shared_data
from tests.science.iglu import found as in_iglu

GLUCOSE_NAMES = (
    "mean sd cv gmi ea1c tir_70_180 tbr_54_69 tbr_below_54 tar_181_250 tar_above_250 lbgi hbgi gri "
    "mage modd j_index active_percent episodes"
)
RR_NAMES = "sdnn_ms rmssd_ms nn50 pnn50_percent lf_ms2 hf_ms2 lf_hf"
START = datetime(2026, 3, 1, tzinfo=UTC)


def told(kind, path, *more):
    out = StringIO()
    call_command("biomarkers", kind, "--input", str(path), *more, stdout=out)
    return json.loads(out.getvalue())


def refused(kind, path, *more):
    """The one line of the error, and what was printed before it."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("biomarkers", kind, "--input", str(path), *more, stdout=out)
    assert error.value.returncode == 1
    assert "\n" not in str(error.value)
    return str(error.value), json.loads(out.getvalue() or "null")


def wave(days):
    return [round(150 + 90 * math.sin(i / 40)) for i in range(288 * days)]


@pytest.fixture
def sheet(tmp_path):
    """Write a csv file out of its lines."""

    def write(*lines, encoding="utf-8"):
        path = tmp_path / "sheet.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return write


@pytest.fixture
def sensor(sheet):
    """A sensor's file of five-minute readings; `times` makes the words of their times."""

    def write(values, times=datetime.isoformat):
        rows = [f"{times(START + timedelta(minutes=5 * i))},{v}" for i, v in enumerate(values)]
        return sheet("time,mg_dl", *rows)

    return write


def test_glucose_has_every_name_and_the_numbers_of_the_definitions(sensor):
    values = wave(14)
    found = told("glucose", sensor(values))
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    shares = [found[name] for name in GLUCOSE_NAMES.split()[5:10]]
    assert list(found) == GLUCOSE_NAMES.split()
    assert found["mean"] == pytest.approx(mean, abs=1e-9)
    assert found["sd"] == pytest.approx(sd, abs=1e-9)
    assert found["cv"] == pytest.approx(100 * sd / mean, abs=1e-9)
    assert found["gmi"] == pytest.approx(3.31 + 0.02392 * mean, abs=1e-9)
    assert found["ea1c"] == pytest.approx((46.7 + mean) / 28.7, abs=1e-9)
    assert found["j_index"] == pytest.approx(0.001 * (mean + sd) ** 2, abs=1e-9)
    assert sum(shares) == pytest.approx(100)
    gri = 3 * shares[2] + 2.4 * shares[1] + 1.6 * shares[4] + 0.8 * shares[3]
    assert found["gri"] == pytest.approx(min(100, gri), abs=1e-9)
    apart = [abs(two - one) for one, two in zip(values, values[288:], strict=False)]
    assert found["modd"] == pytest.approx(statistics.fmean(apart), abs=1e-9)
    assert found["mage"] == pytest.approx(180, rel=0.05)
    assert found["active_percent"] == 100
    lows = found["episodes"]["below_70"]
    assert lows["minutes"] == 5 * sum(v < 70 for v in values)
    assert lows["count"] == len(re.findall("1+", "".join(str(int(v < 70)) for v in values)))


def test_order_other_columns_blank_cells_and_a_repeated_row_change_nothing(sensor, sheet):
    lines = sensor(wave(14)).read_text().splitlines()
    plain = told("glucose", sensor(wave(14)))
    rows = [f"x,{row}" for row in lines[1:]]
    blank = "x,2026-03-05T00:02:00+00:00,"
    path = sheet("note, time ,mg_dl", *rows[::-1], rows[7], blank, "", encoding="utf-8-sig")
    assert told("glucose", path) == plain


def test_clocks_with_and_without_offset_tell_the_same(sensor):
    local = told("glucose", sensor(wave(14), times=lambda at: f"{at:%Y-%m-%d %H:%M:%S}"))
    assert local == told("glucose", sensor(wave(14), times=lambda at: f"{at:%Y-%m-%dT%H:%M}+01:00"))


def test_13_days_are_refused_with_the_reason_and_told_without_limits(sensor):
    error, printed = refused("glucose", sensor(wave(13)))
    assert error == "No number: too_few_days_of_sensor, 13 of 14 days."
    assert [printed[name] for name in GLUCOSE_NAMES.split()] == [None] * 18
    (why,) = printed["refused"]
    assert why == {
        "of": GLUCOSE_NAMES.split(),
        "code": "too_few_days_of_sensor",
        "have": 13.0,
        "need": 14.0,
        "unit": "days",
    }
    assert "refused" not in told("glucose", sensor(wave(13)), "--no-limits")


def test_what_one_day_cannot_tell_is_null_with_its_own_reason(sensor):
    found = told("glucose", sensor([100] * 288), "--no-limits")
    assert found["mean"] == 100
    assert (found["mage"], found["modd"]) == (None, None)
    assert {tuple(why["of"]): why["code"] for why in found["refused"]} == {
        ("mage",): "no_excursion",
        ("modd",): "too_few_paired_hours",
    }


def test_rr_has_every_name_and_the_numbers_of_the_definitions(sheet):
    values = [800 + 30 * math.sin(i / 2) + 40 * math.sin(i / 11) for i in range(500)]
    found = told("rr", sheet("rr_ms", *map(repr, values)))
    steps = [two - one for one, two in zip(values, values[1:], strict=False)]
    assert list(found) == RR_NAMES.split()
    assert found["sdnn_ms"] == pytest.approx(statistics.stdev(values), abs=1e-9)
    rmssd = math.sqrt(statistics.fmean(s * s for s in steps))
    assert found["rmssd_ms"] == pytest.approx(rmssd, abs=1e-9)
    assert found["nn50"] == sum(abs(s) > 50 for s in steps)
    assert found["lf_hf"] == pytest.approx(found["lf_ms2"] / found["hf_ms2"])


def test_a_short_recording_tells_its_time_domain_without_limits_only(sheet):
    path = sheet("rr_ms", "800", "850", "790")
    error, _ = refused("rr", path)
    assert error == "No number: too_short_recording, 0 of 5 min."
    found = told("rr", path, "--no-limits")
    assert found["sdnn_ms"] == pytest.approx(statistics.stdev([800, 850, 790]))
    assert found["lf_hf"] is None


@pytest.mark.parametrize(
    ("kind", "lines", "error"),
    [
        ("glucose", ["time,glucose"], "sheet.csv has no column mg_dl."),
        ("glucose", [""], "sheet.csv has no column time and no column mg_dl."),
        ("glucose", ["time,mg_dl"], "sheet.csv has no reading."),
        ("rr", ["rr"], "sheet.csv has no column rr_ms."),
        ("rr", ["rr_ms", "800", "s"], "sheet.csv, line 3: rr_ms is not a number."),
        ("rr", ["rr_ms", "-4"], "sheet.csv, line 2: rr_ms is not from 0 to 600000."),
        ("rr", ["rr_ms", "nan"], "sheet.csv, line 2: rr_ms is not from 0 to 600000."),
        (
            "glucose",
            ["time,mg_dl", "yesterday,Low", "", "2026-03-01T00:00,5.6"],
            "sheet.csv, line 2: time is not a time such as 2026-01-31T08:05:00; line 2: mg_dl is "
            "not a number; line 4: mg_dl is not from 10 to 1000.",
        ),
        (
            "glucose",
            ["time,mg_dl", "2026-03-01T00:00,90", "2026-03-01T00:00,91"],
            "sheet.csv, line 3: time has another mg_dl in an earlier row.",
        ),
        (
            "glucose",
            ["time,mg_dl", "2026-03-01T00:00,90", "2026-03-01T00:05Z,91"],
            "sheet.csv: some times have an offset and some have none.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why_in_one_line(sheet, kind, lines, error):
    assert refused(kind, sheet(*lines), "--no-limits") == (error, None)


def test_many_bad_rows_are_counted(sheet):
    error, _ = refused("rr", sheet("rr_ms", *["x"] * 8))
    assert error.endswith("line 6: rr_ms is not a number; and 3 more.")


def test_no_file_and_no_text_are_said(tmp_path, sheet):
    assert refused("rr", tmp_path / "none.csv")[0].startswith("none.csv cannot be read: ")
    path = sheet("rr_ms", "8äö", encoding="latin-1")
    assert refused("rr", path)[0] == "sheet.csv is not UTF-8 text."


def test_the_real_person_of_the_iglu_wheel(sheet):
    rows = in_iglu("example_data_1_subject.csv").read_text().replace('"', "").splitlines()
    path = sheet(rows[0].replace("gl", "mg_dl"), *rows[1:])
    found = told("glucose", path, "--no-limits")
    assert found["mean"] == pytest.approx(123.6655, abs=1e-4)
    assert found["tar_above_250"] == pytest.approx(0.377, abs=5e-4)
    assert refused("glucose", path)[1]["refused"][0]["have"] == 12.7


def test_a_real_person_of_hall_2018_as_downloaded(tmp_path):
    with zipfile.ZipFile(shared_data("cgm-hall-2018") / "Hall_2018-from-Glucose-ML.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("2133-018.csv"))
        lines = archive.read(name).decode().splitlines()
    path = tmp_path / "hall.csv"
    path.write_text("\n".join(["time,mg_dl", *lines[1:]]))
    found = told("glucose", path, "--no-limits")
    assert 80 < found["mean"] < 200
    assert found["sd"] < found["mage"]


def test_real_beats_as_recorded(sheet):
    rows = (shared_data("hrv-rr") / "hrv_rest_rri.txt").read_text().split()
    values = [float(r) for r in rows]
    found = told("rr", sheet("rr_ms", *rows), "--no-limits")
    assert found["sdnn_ms"] == pytest.approx(statistics.stdev(values), abs=1e-9)
    assert told("rr", sheet("rr_ms", *rows))["rmssd_ms"] < found["rmssd_ms"]
