"""What a risk needs to know of a person, in words that end the sentence "we still need to know"."""

from typing import Final

ASKED: Final = {
    "birth_date": "your date of birth",
    "sex": "your sex, female or male",
    "systolic": "your blood pressure",
    "body_weight": "your weight",
    "body_height": "your height",
    "waist": "how far it is around your waist",
    "total_cholesterol": "your cholesterol",
    "hdl_cholesterol": "your HDL cholesterol",
    "egfr": "how well your kidneys filter (eGFR)",
    "hba1c": "your long-term blood sugar (HbA1c)",
    "urine_albumin": "protein in your urine (UACR)",
    "deprivation": "how poor your neighbourhood is (SDI)",
    "body_mass": "your weight for your height",
    "heart_disease": "if you ever had a heart attack, a stroke or heart failure",
    "smoking": "if you smoke",
    "diabetes": "if you have diabetes",
    "bp_medicine": "if you take medicine for high blood pressure",
    "statin": "if you take a statin",
    "high_glucose": "if your blood sugar was ever too high",
    "relatives": "if anyone in your family has diabetes",
    "active": "if you move for 30 minutes or more on most days",
    "greens": "if you eat vegetables or fruit every day",
}
