"""Alarms of Android: our Java sets them and posts the cards, whether Python runs or not
(mobile/android). Not yet run on a device.
"""

from collections.abc import Sequence
from datetime import datetime

from jnius import autoclass

from mobile.device.alarm_lines import happened, lines_of
from mobile.device.alarms import MOST, Alarm, Happened


class AndroidAlarms:
    """See `Alarms`."""

    outlives_app = True

    def __init__(self, labels: Sequence[str]) -> None:
        """Labels: taken, later, skip; reminders, vital medicines, messages."""
        self._context = autoclass("org.kivy.android.PythonActivity").mActivity
        self._java = autoclass("org.evenkeel.phone.Alarms")
        self._java.label(self._context, "\t".join(labels))

    def arm(self, alarms: Sequence[Alarm]) -> None:
        """See `Alarms`."""
        first = sorted(alarms, key=lambda alarm: alarm.due_at)[:MOST]
        self._java.arm(self._context, lines_of(first))

    def happened(self) -> Happened:
        """See `Alarms`."""
        rung = self._java.rung(self._context)
        return happened(rung, self._java.takeAnswers(self._context))

    def disarm(self) -> None:
        """See `Alarms`."""
        self._java.disarm(self._context)

    def promised_until(self, armed_until: datetime, *, now: datetime) -> datetime:
        """As far as is armed: a phone is on day and night."""
        return armed_until

    def is_running(self) -> bool:
        """Android's own clock runs."""
        return True

    def close(self) -> None:
        """The window closes; the ringing goes on."""
