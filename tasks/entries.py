"""What beat and workers call: read the clock, call one action."""

from datetime import UTC, datetime

from backend.agenda import actions as agenda
from backend.core import health
from backend.guidance.learning import learn
from backend.imports.actions import sweep
from backend.insights.drift import reaudit
from backend.insights.shipped import adopt_all
from backend.notices.retention import forget
from tasks.app import app
from tasks.work import HANDLERS, NIGHTLY, SLOW

CLAIMED_A_TICK = 200
LINES_A_MESSAGE = 10


@app.task
def tick() -> None:
    """Claim what is due and hand it over, ids only; a lease that runs out is claimed again."""
    health.beat("worker")
    claims = agenda.claim(limit=CLAIMED_A_TICK, kinds=HANDLERS)
    for slow in (claim for claim in claims if claim.kind in SLOW):
        work.delay([slow.line_id])
    lines = [claim.line_id for claim in claims if claim.kind not in SLOW]
    for start in range(0, len(lines), LINES_A_MESSAGE):
        work.delay(lines[start : start + LINES_A_MESSAGE])


@app.task
def work(line_ids: list[int]) -> None:
    """Run these lines' handlers, each in its own transaction."""
    for claim in agenda.reclaim(line_ids):
        agenda.work(claim, HANDLERS, now=datetime.now(UTC))


@app.task
def nightly() -> None:
    """Once a night: everyone's lines of these kinds called up, files swept, nudges learned from,
    models that a release brought entered, those in use judged if a month has passed, what was told
    long ago forgotten.
    """
    agenda.call_up_everyone(*NIGHTLY)
    sweep(now=datetime.now(UTC))
    learn(now=datetime.now(UTC))
    adopt_all(now=datetime.now(UTC))
    forget()
    reaudit(now=datetime.now(UTC))  # last: a worker may lack what it needs, and says so
