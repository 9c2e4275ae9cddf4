"""The patient page's panels. A new one: a module, a partial, and its place in a band below."""

from typing import Final

from backend.desk.panels import (
    advice,
    findings,
    ledger,
    medicines,
    messages,
    notices,
    streams,
    surveys,
    team,
    visits,
)
from backend.desk.panels.base import Panel
from backend.patients.access import Category

# Bands from top to bottom, each of one or two columns.
BANDS: Final = (
    (
        (
            Panel("findings", "Findings", Category.INSIGHTS, findings.read),
            Panel("medicines", "Medicines", Category.MEDICINES, medicines.read),
        ),
        (
            Panel("advice", "Advice", Category.INSIGHTS, advice.read),
            Panel("visits", "Visits", Category.VISITS, visits.read),
            Panel("messages", "Messages", Category.MESSAGES, messages.read),
        ),
    ),
    ((Panel("streams", "Measured", Category.STREAMS, streams.read),),),
    (
        (
            Panel("surveys", "Surveys", Category.SURVEYS, surveys.read),
            Panel("notices", "Notices", Category.NOTICES, notices.read),
        ),
        (
            Panel("team", "Team and consents", Category.PROFILE, team.read),
            Panel("devices", "Devices and texts", Category.PROFILE, team.read_devices),
        ),
    ),
    ((Panel("ledger", "Who looked", Category.PROFILE, ledger.read),),),
)
PANELS: Final = tuple(panel for band in BANDS for column in band for panel in column)
