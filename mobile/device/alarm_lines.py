"""Alarms as the lines that our Java reads (mobile/android, Armed.java), and what it tells back."""

from collections.abc import Sequence

from mobile.device.alarms import Alarm, Answered, Happened

STATUSES = ("taken", "skipped", "snoozed")


def lines_of(alarms: Sequence[Alarm]) -> str:
    """One a line; the texts lose tabs and line breaks."""
    return "".join(f"{_line(alarm)}\n" for alarm in alarms)


def _line(alarm: Alarm) -> str:
    kind = "critical" if alarm.critical else "dose" if alarm.dose else "notice"
    minutes = round(alarm.snooze.total_seconds() / 60)
    parts = (
        alarm.key, _ms(alarm.due_at.timestamp()), _ms(alarm.until.timestamp()), kind, alarm.dose,
        str(minutes), alarm.title, alarm.body,
    )  # fmt: skip
    return "\t".join(" ".join(part.split()) for part in parts)


def _ms(seconds: float) -> str:
    return str(round(seconds * 1000))


def happened(rung: str, answers: str) -> Happened:
    """What rang and what was answered; a line that makes no sense is passed over."""
    keys = tuple(line for line in rung.splitlines() if line)
    return Happened(keys, tuple(filter(None, map(_answered, answers.splitlines()))))


def _answered(line: str) -> Answered | None:
    parts = line.split("\t")
    if len(parts) != 3 or not parts[0].isdigit() or parts[2] not in STATUSES:
        return None
    return Answered(int(parts[0]), parts[1], parts[2])
