"""Reading alerts: what stands and who deals with it, and how heavy the load was."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from django.db.models import Count, Min, Prefetch, Q

from backend.alerts.conditions import Condition, conditions_of
from backend.alerts.models import Alert, Handling
from backend.alerts.watching import WATCHED
from backend.patients.access import Category, Chart
from backend.patients.models import Patient

TREND = 0.1  # of the first level: less is noise


@dataclass(frozen=True, slots=True)
class Asking:
    """Something that is the matter, since when, and whether somebody has dealt with it.

    `quiet`: why it need not be looked at by whoever reads it; empty if it must.
    """

    key: str
    reason: str
    is_urgent: bool
    since: datetime | None  # None: seen this moment, not watched yet
    trend: str  # "worse", "better" or ""
    is_mine: bool
    quiet: str


def asking(
    patients: Mapping[UUID, Patient],
    shared: Mapping[Category, Collection[UUID]],
    *,
    reader: UUID | None,
    now: datetime,
) -> dict[UUID, list[Asking]]:
    """What is the matter this moment, whether or not a worker is awake, with what people did."""
    seen = conditions_of(patients, shared, now=now)
    standing = {
        (alert.patient_id, alert.key): alert
        for alert in Alert.objects.filter(
            patient_id__in=list(seen), cleared_at=None
        ).select_related("owner")
    }
    return {
        patient_id: [
            _asking(one, standing.get((patient_id, one.key)), reader, now) for one in conditions
        ]
        for patient_id, conditions in seen.items()
    }


def _asking(seen: Condition, alert: Alert | None, reader: UUID | None, now: datetime) -> Asking:
    if alert is None:
        return Asking(seen.key, seen.reason, seen.is_urgent, None, "", False, "")
    return Asking(
        seen.key,
        seen.reason,
        seen.is_urgent,
        alert.raised_at,
        _trend(alert, seen.level),
        alert.owner_id is not None and alert.owner_id == reader,
        _quiet(alert, seen.level, reader, now),
    )


def _trend(alert: Alert, level: float) -> str:
    change = level - alert.first_level
    if abs(change) <= TREND * max(abs(alert.first_level), 1.0):
        return ""
    return "worse" if change > 0 else "better"


def _quiet(alert: Alert, level: float, reader: UUID | None, now: datetime) -> str:
    if alert.is_quiet_at(now) and not alert.is_worse_at(level):
        return str(alert.get_state_display()).lower()
    if alert.owner is not None and alert.owner_id != reader:
        return f"with {alert.owner}"
    return ""


def alerts_of(chart: Chart) -> list[Alert]:
    """What stands of this patient, with what was done about it; the urgent first."""
    kinds = [kind for kind in WATCHED if kind in chart.categories]
    done = Handling.objects.select_related("user").order_by("-at", "-id")
    found = Alert.objects.filter(patient=chart.patient, cleared_at=None, category__in=kinds)
    ordered = found.select_related("owner").order_by("-is_urgent", "raised_at", "key")
    return list(ordered.prefetch_related(Prefetch("handlings", done)))


def past_alerts_of(chart: Chart, *, limit: int = 30) -> list[Alert]:
    """What has cleared, the latest first."""
    kinds = [kind for kind in WATCHED if kind in chart.categories]
    found = Alert.objects.filter(patient=chart.patient, category__in=kinds)
    return list(found.exclude(cleared_at=None).order_by("-cleared_at", "key")[:limit])


@dataclass(frozen=True, slots=True)
class Load:
    """Of alerts raised since a day, of one kind: how many, and how they were dealt with."""

    about: str
    raised: int
    patients: int
    dealt_with: int
    cleared_alone: int
    no_action: int
    median_hours: float | None  # from raising to the first deed of a person

    @property
    def no_action_percent(self) -> float | None:
        """Of those that were closed, how many needed nothing: an alert that cries wolf."""
        return 100 * self.no_action / self.dealt_with if self.dealt_with else None


def load_of(
    patients: Iterable[UUID], *, kinds: Collection[Category] = WATCHED, since: datetime
) -> list[Load]:
    """By what the alerts are about, the heaviest first; the caller has entered these patients."""
    by_person = Q(handlings__user__isnull=False)
    nothing = Q(handlings__outcome=Handling.Outcome.NOTHING)
    raised = Alert.objects.filter(patient__in=list(patients), category__in=kinds)
    found = raised.filter(raised_at__gte=since).annotate(
        first_deed=Min("handlings__at", filter=by_person),
        for_nothing=Count("handlings", filter=nothing),
    )
    groups: dict[str, list[Alert]] = defaultdict(list)
    for alert in found:
        groups[about(alert.key)].append(alert)
    loads = [_load(name, alerts) for name, alerts in groups.items()]
    return sorted(loads, key=lambda load: (-load.raised, load.about))


def about(key: str) -> str:
    """What a key is about, without what names one dose or stream."""
    return key.split(":")[0]


def _load(name: str, alerts: list[Alert]) -> Load:
    first = [(a, a.first_deed) for a in alerts]  # type: ignore[attr-defined]
    hours = [(at - a.raised_at).total_seconds() / 3600 for a, at in first if at is not None]
    return Load(
        about=name,
        raised=len(alerts),
        patients=len({alert.patient_id for alert in alerts}),
        dealt_with=len(hours),
        cleared_alone=sum(at is None and alert.cleared_at is not None for alert, at in first),
        no_action=sum(bool(alert.for_nothing) for alert in alerts),  # type: ignore[attr-defined]
        median_hours=median(hours) if hours else None,
    )
