"""manage.py prevent: the published example, problems by row, files that cannot be used."""

import csv
import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

HEADER = "age,sex,sbp,bp_tx,total_c,hdl_c,statin,dm,smoking,egfr,bmi"
EXAMPLE = "50,female,160,1,200,45,0,1,0,90,35"


def risks(tmp_path, *rows, header=HEADER):
    people, out = tmp_path / "people.csv", tmp_path / "risks.csv"
    people.write_text("\n".join([header, *rows]) + "\n")
    call_command("prevent", input=people, output=out, stdout=io.StringIO())
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_published_example_in_percent(tmp_path):
    (row,) = risks(tmp_path, EXAMPLE)
    told = [round(float(row[n]), 1) for n in ("total_cvd_10", "ascvd_10", "hf_10")]
    assert told == [14.7, 9.2, 8.1]
    told = [round(float(row[n]), 1) for n in ("total_cvd_30", "ascvd_30", "hf_30")]
    assert told == [53.0, 35.4, 39.0]
    assert (row["problem"], row["model"]) == ("", "base")


def test_additional_columns_choose_the_model_and_others_are_ignored(tmp_path):
    header = f"id,{HEADER},hba1c,uacr,sdi"
    rows = risks(
        tmp_path, f"1,{EXAMPLE},,,", f"2,{EXAMPLE},8,,", f"3,{EXAMPLE},8,40,9", header=header
    )
    assert [row["model"] for row in rows] == ["base", "hba1c", "full"]
    assert float(rows[2]["hf_10"]) > float(rows[0]["hf_10"])


def test_a_row_that_lacks_something_asks_for_it_and_the_next_is_told(tmp_path):
    lacks, cannot, _, old = risks(
        tmp_path,
        "50,female,,1,200,45,0,1,,90,35",
        "fifty,woman,160,yes,200,45,0,1,0,90,35",
        EXAMPLE,
        "70,male,120,0,200,50,0,0,0,90,25",
    )
    assert lacks["problem"] == "sbp is missing; smoking is missing"
    assert lacks["total_cvd_10"] == lacks["stroke_30"] == ""
    assert (
        cannot["problem"] == "age is not a number; sex is not female or male; bp_tx is not 1 or 0"
    )
    assert float(old["total_cvd_10"]) > 0
    assert (old["total_cvd_30"], old["problem"]) == ("", "age must be at most 59 for 30 years")


def test_a_missing_column_and_a_missing_file_are_errors(tmp_path):
    with pytest.raises(CommandError, match=r"people\.csv has no column bmi\."):
        risks(tmp_path, EXAMPLE, header=HEADER.replace(",bmi", ""))
    with pytest.raises(CommandError, match="No such file"):
        call_command("prevent", input=tmp_path / "none.csv", output=tmp_path / "out.csv")
