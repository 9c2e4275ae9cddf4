"""Cards on the device's screen. Posting a key again replaces its card where the platform can."""

import shutil
import subprocess
import warnings
from dataclasses import dataclass, field
from typing import Protocol

from plyer import notification

SEND_S = 5.0


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown; title and body are fit for a lock screen."""

    key: str
    title: str
    body: str


class Notifier(Protocol):
    """What reminders need of the platform."""

    def post(self, card: Card) -> bool:
        """Show the card; False if this device could not."""
        ...


class DesktopNotifier:
    """The desktop's own notifications by plyer. Fails softly: a card must never stop the app.

    plyer cannot replace a card and is not fit for Android 12 and later; the phone's own notifier
    comes with issue 6.
    """

    def post(self, card: Card) -> bool:
        """Show the card; False where the desktop has no notification service."""
        if sending := shutil.which("notify-send"):
            return _sent([sending, "--app-name=Evenkeel", card.title, card.body])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                notification.notify(
                    title=card.title, message=card.body, app_name="Evenkeel", timeout=30
                )
        except Exception:
            # plyer raises whatever its back end does: D-Bus, OS and "not implemented" errors alike.
            return False
        return True


def _sent(command: list[str]) -> bool:
    """plyer runs the same command, but does not look whether it worked."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=SEND_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@dataclass
class NotifierInMemory:
    """Keeps cards in a list; for tests."""

    cards: list[Card] = field(default_factory=list)
    works: bool = True

    def post(self, card: Card) -> bool:
        """Keep the card if told to work."""
        if self.works:
            self.cards.append(card)
        return self.works
