"""Staff and caregivers, for operators. Patients are health data: they are not here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from backend.accounts.actions import add_user, set_active
from backend.accounts.models import Role, User
from backend.desk.admin.base import OperatorAdmin
from backend.desk.site import desk

ROLES = [(r.value, r.label) for r in Role if r != Role.PATIENT]


class NewUserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person with a password; the role cannot be a patient's: those are admitted."""

    role = forms.ChoiceField(choices=ROLES, widget=UnfoldAdminSelectWidget())
    password = forms.CharField(
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters, not a common one. It is given to the person by hand.",
    )

    class Meta:
        model = User
        fields = ["username", "name", "role"]
        widgets = {
            "username": UnfoldAdminTextInputWidget(),
            "name": UnfoldAdminTextInputWidget(),
        }

    def clean_password(self) -> str:
        """Django's validators."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


@admin.register(User, site=desk)
class UserAdmin(OperatorAdmin):
    """Create, deactivate, let in again. Roles do not change: a new role is a new account."""

    MAY_ADD = True
    list_display = ["name", "username", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["name", "username"]
    ordering = ["name"]
    fields = ["username", "name", "role", "is_active", "last_login", "date_joined"]
    add_fields = ["username", "name", "role", "password"]
    actions = ["deactivate", "activate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Everybody but patients."""
        return User.objects.exclude(role=Role.PATIENT).order_by("name")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """A password is asked for a new account only."""
        return self.fields if obj else self.add_fields

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form of a new account."""
        if obj is None:
            kwargs["form"] = NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Through the room's action."""
        asked = form.cleaned_data
        made = add_user(
            username=asked["username"],
            name=asked["name"],
            role=Role(asked["role"]),
            password=asked["password"],
        )
        obj.pk = made.pk

    @admin.action(description="Deactivate")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Signed out at once; nobody deactivates herself."""
        others = queryset.exclude(username=request.user.get_username())
        count = sum(set_active(user, is_active=False) for user in others)
        messages.success(request, f"{count} deactivated.")

    @admin.action(description="Let in again")
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The password stays as it was."""
        count = sum(set_active(user, is_active=True) for user in queryset)
        messages.success(request, f"{count} let in again.")
