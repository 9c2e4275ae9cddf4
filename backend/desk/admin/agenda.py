"""What is due and what is dead, for operators: kinds, times and classes of errors."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from backend.agenda.actions import revive
from backend.agenda.models import Line
from backend.desk.admin.base import OperatorAdmin
from backend.desk.site import desk


class StateFilter(admin.SimpleListFilter):
    """Dead, due now, or at rest."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Three states."""
        return [("dead", "Dead"), ("due", "Due"), ("rest", "At rest or later")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Line]) -> QuerySet[Line]:
        """Rows of the asked state."""
        due = queryset.filter(dead_at=None, due_at__lte=datetime.now(UTC))
        if self.value() == "dead":
            return queryset.exclude(dead_at=None)
        if self.value() == "due":
            return due
        if self.value() == "rest":
            return queryset.filter(dead_at=None).exclude(due_at__lte=datetime.now(UTC))
        return queryset


@admin.register(Line, site=desk)
class LineAdmin(OperatorAdmin):
    """A patient is an id here, never a name."""

    list_display = ["kind", "patient_no", "state", "due_at", "attempts", "last_error", "dead_at"]
    list_display_links = None
    list_filter = [StateFilter, "kind"]
    ordering = ["-dead_at", "due_at"]
    fields = ["kind", "patient_no", "due_at", "attempts", "last_error", "finished_at", "dead_at"]
    readonly_fields = ["patient_no"]
    actions = ["revive_lines"]

    @admin.display(description="patient")
    def patient_no(self, line: Line) -> str:
        """The id."""
        return str(line.patient_id)

    @display(description="state", label={"dead": "danger", "claimed": "info", "due": "warning"})  # type: ignore[untyped-decorator]
    def state(self, line: Line) -> str:
        """In one word."""
        if line.dead_at:
            return "dead"
        if line.claimed_until and line.claimed_until > datetime.now(UTC):
            return "claimed" if not line.last_error else "waiting"
        if line.due_at and line.due_at <= datetime.now(UTC):
            return "due"
        return "at rest"

    @admin.action(description="Give dead lines another round")
    def revive_lines(self, request: HttpRequest, queryset: QuerySet[Line]) -> None:
        """Lines that are not dead stay as they are."""
        count = revive(queryset.values_list("pk", flat=True))
        messages.success(request, f"{count} lines are due again.")
