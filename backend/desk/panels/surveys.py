"""What the patient reported, each survey over time."""

from itertools import groupby
from typing import Any

from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.desk.texting import SurveyForm
from backend.patients.access import Category
from backend.sms import queries as sms
from backend.surveys import queries

OVER_TIME = 8


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The latest answers of each survey and the scores before them."""
    chart = opened.chart(Category.SURVEYS)
    found = queries.responses(chart)
    found.sort(key=lambda response: response.survey)
    groups = [list(answers) for _, answers in groupby(found, key=lambda r: r.survey)]
    return {
        "surveys": [(answers[0], answers[1:OVER_TIME]) for answers in groups],
        "by_text": sms.survey_by_text(chart),
        "survey_form": SurveyForm(),
    }
