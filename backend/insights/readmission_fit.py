"""Training the readmission model; imports scikit-learn, so only `train` comes here."""

from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from backend.insights.cohorts import Cohort
from backend.insights.readmission import LEVELS, NUMBERS
from backend.science.calibration import Floats, recalibration
from backend.science.linear_risk import Level, LinearRisk, Number

PENALTY: Final = 0.05  # scikit-learn's C
FOLDS: Final = 5
ALERT_SHARE: Final = 0.2  # of the people in training: what a ward can look at


def fit(cohort: Cohort) -> tuple[LinearRisk, Pipeline]:
    """The stored model, and the pipeline that it is the exact terms of, before recalibration."""
    table, happened = table_of(cohort), cohort.happened
    pipeline = make_pipeline()
    apart = cross_val_predict(pipeline, table, happened, cv=FOLDS, method="predict_proba")[:, 1]
    pipeline.fit(table, happened)
    found = exported(pipeline, table, recalibration(happened, apart))
    risks = found.probability(cohort.columns)
    threshold = float(np.quantile(risks, 1 - ALERT_SHARE))
    return LinearRisk(found.intercept, found.numbers, found.levels, threshold), pipeline


def table_of(cohort: Cohort) -> pd.DataFrame:
    """As scikit-learn's column transformer wants it."""
    return pd.DataFrame({name: cohort.columns[name] for name in (*NUMBERS, *LEVELS)})


def make_pipeline() -> Pipeline:
    """Cap and scale numbers, one column for each answer, logistic regression."""
    scaled = Pipeline([("cap", FunctionTransformer(_cap)), ("scale", StandardScaler())])
    shaped = ColumnTransformer(
        [
            ("numbers", scaled, list(NUMBERS)),
            ("levels", OneHotEncoder(sparse_output=False), list(LEVELS)),
        ]
    )
    return Pipeline([("shape", shaped), ("model", LogisticRegression(C=PENALTY, max_iter=1000))])


def _cap(table: pd.DataFrame) -> pd.DataFrame:
    caps = {name: np.inf if cap is None else cap for name, cap in NUMBERS.items()}
    return table.clip(upper=pd.Series(caps), axis=1)


def exported(
    pipeline: Pipeline, table: pd.DataFrame, onto: tuple[float, float] = (0.0, 1.0)
) -> LinearRisk:
    """The pipeline's terms; `onto` (intercept, slope) is laid over its log-odds."""
    shape, model = pipeline.named_steps["shape"], pipeline.named_steps["model"]
    weights = onto[1] * model.coef_[0]
    scale: Any = shape.named_transformers_["numbers"].named_steps["scale"]
    columns = zip(NUMBERS.items(), scale.mean_, scale.scale_, weights, strict=False)
    numbers = [
        Number(name, cap, float(mean), float(spread), float(weight))
        for (name, cap), mean, spread, weight in columns
    ]
    levels = _levels(shape.named_transformers_["levels"], table, weights[len(NUMBERS) :])
    middle = onto[0] + onto[1] * float(model.intercept_[0])
    middle += sum(level.share * level.weight for level in levels)
    return LinearRisk(middle, tuple(numbers), tuple(levels), 0.5)


def _levels(encoder: OneHotEncoder, table: pd.DataFrame, weights: Floats) -> list[Level]:
    named = [
        (name, str(level))
        for name, levels in zip(LEVELS, encoder.categories_, strict=True)
        for level in levels
    ]
    return [
        Level(name, level, float((table[name] == level).mean()), float(weight))
        for (name, level), weight in zip(named, weights, strict=True)
    ]
