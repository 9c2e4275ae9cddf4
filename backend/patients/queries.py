"""Reading profiles, teams and consents."""

from datetime import datetime

from backend.accounts.models import Device
from backend.patients.access import Category, Chart
from backend.patients.models import Grant, Member, Patient
from backend.wire.messages import GrantRow, ProfileRow


def profile_row(chart: Chart) -> ProfileRow:
    """The patient as her own phone shows her."""
    chart.need(Category.PROFILE)
    return _profile(chart.patient)


def profile_changed_since(chart: Chart, *, after: int, limit: int) -> list[ProfileRow]:
    """The profile if it changed past the revision `after`."""
    chart.need(Category.PROFILE)
    patient = chart.patient
    return [_profile(patient)] if patient.profile_revision > after and limit > 0 else []


def _profile(patient: Patient) -> ProfileRow:
    return ProfileRow(
        id=patient.id,
        revision=patient.profile_revision,
        name=patient.name,
        zone=patient.zone,
        language=patient.language,
        units=patient.units,
        quiet_from=f"{patient.quiet_from:%H:%M}",
        quiet_until=f"{patient.quiet_until:%H:%M}",
        names_on_lock_screen=patient.names_on_lock_screen,
        simulated=patient.simulated,
    )


def grants_changed_since(chart: Chart, *, after: int, limit: int) -> list[GrantRow]:
    """Consents given or ended past the revision `after`, in order."""
    chart.need(Category.PROFILE)
    found = Grant.objects.filter(patient=chart.patient, revision__gt=after)
    return [_grant(g) for g in found.order_by("revision")[:limit]]


def _grant(grant: Grant) -> GrantRow:
    return GrantRow(
        id=grant.id,
        revision=grant.revision,
        recipient=grant.recipient,
        categories=list(grant.categories),
        purpose=grant.purpose,
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
    )


def team(chart: Chart, *, now: datetime) -> list[Member]:
    """Who is on the care team now."""
    chart.need(Category.PROFILE)
    held = Member.objects.filter(patient=chart.patient, starts_at__lte=now)
    return list(held.exclude(ends_at__lte=now).select_related("user").order_by("starts_at"))


def devices(chart: Chart) -> list[Device]:
    """The patient's phones, the revoked ones too, newest first."""
    chart.need(Category.PROFILE)
    return list(Device.objects.filter(user_id=chart.patient.user_id).order_by("-created_at"))
