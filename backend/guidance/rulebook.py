"""Rules as files: who they are for, what evidence they need, whose guideline they follow.

`rules/wellness` and `rules/clinical` hold one file a rule. The clinical ones are a part of their
own that settings.EVENKEEL_CLINICAL_RULES switches off as a whole. A rule whose review date has
passed is withheld: nobody has said that it is still right.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from backend.insights.methods import METHODS
from backend.insights.models import Finding

FOLDER: Final = Path(__file__).parent / "rules"
CLINICAL: Final = "clinical"
PARTS: Final = ("wellness", CLINICAL)
TESTS: Final = ("below", "above", "at_least", "at_most", "equals")


class RuleError(ValueError):
    """A rule file says something that no rule can say; the text names the file and the field."""


@dataclass(frozen=True, slots=True)
class Source:
    """A public guideline, when we last read it, until when that is good, and how it was checked."""

    name: str
    url: str
    reviewed: date
    review_by: date
    checked: str

    def __str__(self) -> str:
        return f"{self.name} ({self.url}), read {self.reviewed:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be so: a field of a method's finding against a bound."""

    finding: str
    field: str
    test: str
    bound: float | str

    def holds(self, finding: Finding) -> bool:
        """Whether the finding has the field and it passes."""
        found = _field(finding, self.field)
        if self.test == "equals":
            return bool(found == self.bound)
        if isinstance(found, bool) or not isinstance(found, int | float):
            return False
        bound = float(self.bound)
        return {
            "below": found < bound,
            "above": found > bound,
            "at_least": found >= bound,
            "at_most": found <= bound,
        }[self.test]


@dataclass(frozen=True, slots=True)
class Rule:
    """One recommendation; its words stand in templates/guidance/advice under the same name."""

    name: str
    clinical: bool
    version: int
    priority: int  # the lower the sooner
    min_age: int
    quiet: timedelta
    changes_with: str
    when: tuple[Condition, ...]
    source: Source

    def is_in_force(self, today: date, *, clinical: bool) -> bool:
        """Whether it may be said at all: reviewed in time, and its part switched on."""
        return today <= self.source.review_by and (clinical or not self.clinical)

    def suits(self, birth_date: date | None, today: date) -> bool:
        """Whether the patient belongs to those it is for; an unknown age belongs to nobody."""
        if self.min_age == 0:
            return True
        return birth_date is not None and _age(birth_date, today) >= self.min_age

    def evidence(self, findings: Mapping[str, Finding], now: datetime) -> list[Finding]:
        """The findings that make it so; empty if it is not so now."""
        used: dict[str, Finding] = {}
        for condition in self.when:
            finding = findings.get(condition.finding)
            if finding is None or not finding.holds_at(now) or not condition.holds(finding):
                return []
            used[finding.method] = finding
        return list(used.values())


def _field(finding: Finding, path: str) -> Any:
    name, _, below = path.partition(".")
    return finding.detail.get(below) if name == "detail" else getattr(finding, name)


def _age(birth_date: date, today: date) -> int:
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday)


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, by priority; raises RuleError for a file that is not one."""
    paths = [path for part in PARTS for path in sorted((FOLDER / part).glob("*.toml"))]
    found = [read_rule(path) for path in paths]
    return tuple(sorted(found, key=lambda rule: (rule.priority, rule.name)))


def rules_in_force(today: date, *, clinical: bool) -> list[Rule]:
    """The rules that may be said on this day."""
    return [rule for rule in rules() if rule.is_in_force(today, clinical=clinical)]


def read_rule(path: Path) -> Rule:
    """The rule of one file."""
    with path.open("rb") as file:
        raw = tomllib.load(file)
    try:
        source = Source(**raw["source"])
        return Rule(
            name=path.stem,
            clinical=path.parent.name == CLINICAL,
            version=int(raw["version"]),
            priority=int(raw["priority"]),
            min_age=int(raw["min_age"]),
            quiet=timedelta(days=raw["quiet_days"]),
            changes_with=raw["changes_with"],
            when=tuple(_conditions(raw["when"], path)),
            source=source,
        )
    except (KeyError, TypeError) as error:
        raise RuleError(f"{path.name}: {error}") from error


def _conditions(raw: Iterable[Mapping[str, Any]], path: Path) -> Iterable[Condition]:
    for one in raw:
        tests = [name for name in one if name in TESTS]
        if len(tests) != 1 or set(one) != {"finding", "field", tests[0]}:
            raise RuleError(f"{path.name}: a condition has one of {', '.join(TESTS)}")
        if one["finding"] not in METHODS:
            raise RuleError(f"{path.name}: there is no method {one['finding']}")
        yield Condition(one["finding"], one["field"], tests[0], one[tests[0]])
