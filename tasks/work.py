"""Which handler does which kind of work. A new job is one handler and one line here."""

from functools import partial

from backend.agenda.actions import Handler
from backend.alerts.watching import watch_patient as watch_alerts
from backend.guidance.actions import advise_patient
from backend.guidance.nudging import nudge_patient
from backend.guidance.queries import cited_findings
from backend.imports.loading import load_patient
from backend.insights.actions import refresh_patient
from backend.insights.pruning import prune_patient
from backend.insights.silence import watch_patient
from backend.regimens.actions import materialise_patient
from backend.streams.merging import merge_patient

HANDLERS: dict[str, Handler] = {
    "alerts.watch": watch_alerts,
    "guidance.advise": advise_patient,
    "guidance.nudge": nudge_patient,
    "imports.load": load_patient,
    "insights.prune": partial(prune_patient, cited=cited_findings),
    "insights.refresh": refresh_patient,
    "insights.silence": watch_patient,
    "regimens.materialise": materialise_patient,
    "streams.merge": merge_patient,
}

# Called up for everyone each night, so that nothing depends on what a handler planned for itself.
NIGHTLY = (
    "regimens.materialise",
    "streams.merge",
    "insights.refresh",
    "insights.prune",
    "alerts.watch",
)

# A file takes minutes: each goes in a message of its own, so that no other line waits for it.
SLOW = frozenset({"imports.load"})
