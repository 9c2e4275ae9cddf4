"""Reading notices; for operators, the state of the pump without a word about patients."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from backend.notices.models import Delivery, Notice, Occurrence
from backend.patients.access import Category, Chart
from backend.wire.messages import NoticeRow


def changed_since(chart: Chart, *, after: int, limit: int) -> list[NoticeRow]:
    """Rows past the revision `after`, in its order."""
    chart.need(Category.NOTICES)
    found = Notice.objects.filter(patient=chart.patient, revision__gt=after)
    return [row_of(n) for n in found.order_by("revision")[:limit]]


def notices(chart: Chart, *, limit: int = 50) -> list[Notice]:
    """The latest first."""
    chart.need(Category.NOTICES)
    return list(Notice.objects.filter(patient=chart.patient).order_by("-due_at")[:limit])


def is_left_since(chart: Chart, template: str, since: datetime) -> bool:
    """Whether something of this template was left to tell, due after the moment."""
    chart.need(Category.NOTICES)
    left = Occurrence.objects.filter(patient=chart.patient, template=template, due_at__gt=since)
    return left.exists()


def row_of(notice: Notice) -> NoticeRow:
    """The card as the phone gets it."""
    return NoticeRow(
        id=notice.id,
        revision=notice.revision,
        key=notice.key,
        due_at=notice.due_at,
        title=notice.title,
        body=notice.body,
        lock_screen=notice.lock_screen,
        state=notice.state,  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up; the error is a class's name."""

    key: str
    claimed_at: datetime
    attempts: int
    last_error: str


def dead_letters(*, limit: int = 100) -> list[DeadLetter]:
    """The latest first; actions.revive gives them another round."""
    found = Delivery.objects.filter(lease=Delivery.GIVEN_UP, outcome=Delivery.Outcome.FAILED)
    rows = found.order_by("-claimed_at").values_list("key", "claimed_at", "attempts", "last_error")[
        :limit
    ]
    return [DeadLetter(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class PumpState:
    """Deliveries in hand, the oldest one's age, dead letters, and how far watermarks lag."""

    open: int
    oldest_s: float
    dead: int
    lag_s: float


def pump_state() -> PumpState:
    """Read by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(claimed_at)), 0),"
            " (SELECT count(*) FROM notices_delivery WHERE lease = %s AND outcome = 'failed'),"
            " (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(watermark)), 0)"
            " FROM notices_pumpbucket)"
            " FROM notices_lease l JOIN notices_delivery d ON d.lease = l.id AND d.outcome = ''",
            [Delivery.GIVEN_UP],
        )
        is_open, oldest_s, dead, lag_s = cursor.fetchone()
    return PumpState(is_open, float(oldest_s), dead, float(lag_s))
