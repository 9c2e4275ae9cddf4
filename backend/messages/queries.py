"""Reading messages."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min

from backend.core.problems import NotFound
from backend.messages.models import Message
from backend.patients.access import Category, Chart
from backend.wire.messages import MessageRow

LATEST = 500
TITLE_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation, the oldest message first."""

    id: UUID
    messages: tuple[Message, ...]

    @property
    def title(self) -> str:
        """Its subject, else how it begins."""
        first = self.messages[0]
        said = first.subject or first.text.split("\n")[0]
        return said if len(said) <= TITLE_LETTERS else f"{said[:TITLE_LETTERS].rstrip()} …"

    @property
    def last(self) -> Message:
        """Its latest message."""
        return self.messages[-1]

    @property
    def unread_by_team(self) -> int:
        """How many the care team has not read."""
        return sum(one.read_at is None and not one.is_by_team for one in self.messages)

    @property
    def unread_by_patient(self) -> int:
        """How many she has not read."""
        return sum(one.read_at is None and one.is_by_team for one in self.messages)


def threads(chart: Chart, *, limit: int = LATEST) -> list[Thread]:
    """What the latest messages belong to, the thread with the latest on top."""
    chart.need(Category.MESSAGES)
    found = Message.objects.filter(patient=chart.patient).select_related("author", "read_by")
    by_thread: dict[UUID, list[Message]] = {}
    for message in found.order_by("-written_at", "-id")[:limit]:
        by_thread.setdefault(message.thread, []).insert(0, message)
    return [Thread(id_, tuple(messages)) for id_, messages in by_thread.items()]


def thread(chart: Chart, thread_id: UUID) -> Thread:
    """One of them, whole; raises NotFound."""
    chart.need(Category.MESSAGES)
    found = Message.objects.filter(patient=chart.patient, thread=thread_id)
    messages = tuple(found.select_related("author", "read_by").order_by("written_at", "id"))
    if not messages:
        raise NotFound()
    return Thread(thread_id, messages)


def unread_by_patient(chart: Chart) -> int:
    """How many of the team's messages she has not read."""
    chart.need(Category.MESSAGES)
    waiting = Message.objects.filter(patient=chart.patient, side="team", read_at=None)
    return waiting.count()


def changed_since(chart: Chart, *, after: int, limit: int) -> list[MessageRow]:
    """Rows past the revision `after`, in its order."""
    chart.need(Category.MESSAGES)
    found = Message.objects.filter(patient=chart.patient, revision__gt=after)
    return [row_of(one) for one in found.select_related("author").order_by("revision")[:limit]]


def row_of(message: Message) -> MessageRow:
    """The wire form."""
    return MessageRow(
        id=message.id,
        revision=message.revision,
        thread=message.thread,
        subject=message.subject,
        text=message.text,
        who=message.author.name,
        side=message.side,  # type: ignore[arg-type]
        written_at=message.written_at,
        read_at=message.read_at,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thread in which the care team has something to read."""

    patient_id: UUID
    thread: UUID
    count: int
    since: datetime


def waiting_for_team(patient_ids: Collection[UUID]) -> Iterator[Waiting]:
    """What nobody of the team has read, the longest waiting first; access was decided before."""
    unread = Message.objects.filter(patient_id__in=patient_ids, read_at=None).exclude(side="team")
    grouped = unread.order_by().values_list("patient_id", "thread")
    for row in grouped.annotate(Count("id"), Min("received_at")).order_by("received_at__min"):
        yield Waiting(*row)
