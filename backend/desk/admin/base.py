"""Model pages for operators: rights by role alone, and nothing of patients."""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from backend.accounts.models import Role, User


class OperatorAdmin(ModelAdmin):  # type: ignore[misc]
    """Read-only unless a page says otherwise; Django's permission tables are not asked."""

    MAY_ADD: ClassVar[bool] = False
    list_per_page = 50
    list_select_related: Any = False
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Operators only."""
        return isinstance(request.user, User) and request.user.role == Role.OPERATOR

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Operators only."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Where the page makes rows through an action."""
        return self.MAY_ADD and self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Rows change through actions only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False
