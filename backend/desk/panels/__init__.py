"""The patient page's panels, in their order. A new one: a module, a partial, a line here."""

from typing import Final

from backend.desk.panels import findings, ledger, streams, surveys, team, visits
from backend.desk.panels.base import Panel
from backend.patients.access import Category

PANELS: Final = (
    Panel("findings", "Findings", Category.INSIGHTS, findings.read),
    Panel("streams", "Measured", Category.STREAMS, streams.read, is_wide=True),
    Panel("visits", "Visits", Category.VISITS, visits.read),
    Panel("surveys", "Surveys", Category.SURVEYS, surveys.read),
    Panel("team", "Team and consents", Category.PROFILE, team.read),
    Panel("devices", "Devices", Category.PROFILE, team.read_devices),
    Panel("ledger", "Who looked", Category.PROFILE, ledger.read, is_wide=True),
)
