"""Which handler does which kind of work. A new job is one handler and one line here."""

from backend.agenda.actions import Handler
from backend.streams.merging import merge_patient

HANDLERS: dict[str, Handler] = {
    "streams.merge": merge_patient,
}

# Called up for everyone each night, so that nothing depends on what a handler planned for itself.
NIGHTLY = ("regimens.materialise", "insights.refresh")
