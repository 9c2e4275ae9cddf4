"""Where glucose will likely be in the next two hours, worked out on this phone, for the chart."""

from dataclasses import replace

from backend.wire.glucose_ahead import STEP_MS
from mobile.presenters.charts import Band, Chart, Looks
from mobile.sync.forecasting import Foreseen


def with_ahead(chart: Chart, told: Foreseen, looks: Looks) -> Chart:
    """The chart with a band of 90 % and a line, as far as it reaches; both begin at the reading."""
    last = (told.last_mg_dl, told.last_mg_dl, told.last_mg_dl)
    steps = [last, *zip(told.ahead.mean, told.ahead.lower, told.ahead.upper, strict=True)]
    line, band = [], []
    for n, step in enumerate(steps):
        at = float(told.last_ms + n * STEP_MS)
        if chart.left <= at <= chart.right:
            mean, low, high = looks.shown(step)
            line.append((at, mean))
            band.append(Band(at, low, high))
    if len(line) < 2:
        return chart
    return replace(chart, ahead=tuple(line), ahead_band=tuple(band))
