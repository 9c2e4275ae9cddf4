"""The form of a stream's plan: whose samples count first, how often to expect one, the target."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from backend.streams.plans import PlanFields
from backend.wire.measures import MEASURES, convert, express
from backend.wire.messages import StreamPlanRow

MOST_PLACES = 5
ORDINALS = ("first", "second", "third", "fourth", "fifth")
MINUTE_S = 60


class PlanForm(forms.Form):
    """One select for each place in the order of sources; values in the patient's unit."""

    every_minutes = forms.DecimalField(
        label="A value is expected every … minutes",
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    target_low = forms.FloatField(required=False, widget=forms.NumberInput(attrs={"step": "any"}))
    target_high = forms.FloatField(required=False, widget=forms.NumberInput(attrs={"step": "any"}))
    tell_team = forms.BooleanField(label="Tell the team when it falls silent", required=False)

    def __init__(
        self, *args: Any, kind: str, unit: str, unit_name: str, sources: Sequence[str], **rest: Any
    ) -> None:
        super().__init__(*args, **rest)
        self.kind, self.unit = kind, unit
        usual = MEASURES[kind].every_s
        self.fields["every_minutes"].help_text = (
            f"Empty: {usual / MINUTE_S:g} min." if usual else "Empty: it is measured at will."
        )
        target = MEASURES[kind].target
        for end, (name, label) in enumerate((("low", "from"), ("high", "up to"))):
            field = self.fields[f"target_{name}"]
            field.label = f"Target {label} ({unit_name})"
            if target:
                field.help_text = f"Empty: {express(kind, unit, [target[end]])[0]:.3g}."
        known = [("", "whichever measured most"), *((name, name) for name in sources)]
        self.places = [f"source_{n}" for n in range(min(MOST_PLACES, len(sources)))]
        for place, ordinal in zip(self.places, ORDINALS, strict=False):
            self.fields[place] = forms.ChoiceField(
                label=f"Counts {ordinal}", choices=known, required=False
            )
        self.order_fields([*self.places, *self.base_fields])

    def clean(self) -> dict[str, Any]:
        """A source stands once, and without a hole before it."""
        found: dict[str, Any] = super().clean() or {}
        seen: set[str] = set()
        for place in self.places:
            name = found.get(place, "")
            if name and name in seen:
                self.add_error(place, "This source stands above already.")
            seen.add(name)
        return found

    def plan(self) -> PlanFields:
        """What the form says, as the action takes it."""
        said = self.cleaned_data
        every = said["every_minutes"]
        return {
            "sources": [said[place] for place in self.places if said[place]],
            "every_s": None if every is None else round(every * MINUTE_S),
            "target_low": self._canonical(said["target_low"]),
            "target_high": self._canonical(said["target_high"]),
            "tell_team": said["tell_team"],
        }

    def _canonical(self, value: float | None) -> float | None:
        return None if value is None else convert(self.kind, self.unit, [value])[0]

    def field_of(self, name: str) -> str | None:
        """Which field of the form a field of the plan is typed into."""
        if name == "every_s":
            return "every_minutes"
        return name if name in self.fields else None


def plan_initial(plan: StreamPlanRow | None, kind: str, unit: str) -> dict[str, Any]:
    """The form as the plan stands."""
    if plan is None:
        return {}
    return dict(_initial(plan, kind, unit))


def _initial(plan: StreamPlanRow, kind: str, unit: str) -> Iterator[tuple[str, Any]]:
    yield from ((f"source_{n}", name) for n, name in enumerate(plan.sources))
    if plan.every_s is not None:
        yield "every_minutes", f"{plan.every_s / MINUTE_S:g}"
    for name, value in (("target_low", plan.target_low), ("target_high", plan.target_high)):
        if value is not None:
            yield name, f"{express(kind, unit, [value])[0]:.5g}"
    yield "tell_team", plan.tell_team
