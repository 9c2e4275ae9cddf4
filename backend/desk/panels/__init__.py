"""The patient page's panels, in their order. A new one: a module, a partial, a line here."""

from typing import Final

from backend.desk.panels import (
    advice,
    findings,
    ledger,
    medicines,
    notices,
    streams,
    surveys,
    team,
    visits,
)
from backend.desk.panels.base import Panel
from backend.patients.access import Category

PANELS: Final = (
    Panel("findings", "Findings", Category.INSIGHTS, findings.read),
    Panel("advice", "Advice", Category.INSIGHTS, advice.read),
    Panel("medicines", "Medicines", Category.MEDICINES, medicines.read),
    Panel("streams", "Measured", Category.STREAMS, streams.read, is_wide=True),
    Panel("visits", "Visits", Category.VISITS, visits.read),
    Panel("surveys", "Surveys", Category.SURVEYS, surveys.read),
    Panel("notices", "Notices", Category.NOTICES, notices.read),
    Panel("team", "Team and consents", Category.PROFILE, team.read),
    Panel("devices", "Devices", Category.PROFILE, team.read_devices),
    Panel("ledger", "Who looked", Category.PROFILE, ledger.read, is_wide=True),
)
