"""Help: what to do in the cases that come up, each with the way to the right page."""

from mobile.presenters.shapes import Card, Choice, Look, Tone
from mobile.sync.deeds import Deed
from mobile.words import Words

# what it is about: its icon, and the page that helps
CASES = {
    "danger": ("phone-alert-outline", ""),
    "ring": ("bell-ring-outline", "selftest"),
    "slip": ("pill", "today"),
    "waiting": ("cloud-upload-outline", "sync"),
    "device": ("watch-variant", "devices"),
    "moved": ("map-clock-outline", ""),
    "tips": ("message-text-outline", "nudges"),
    "letters": ("format-size", "settings"),
}


def present(words: Words) -> tuple[Card, ...]:
    """Danger first."""
    return tuple(
        Card(
            f"help:{case}",
            icon,
            words(f"help_{case}_when"),
            words(f"help_{case}"),
            words(f"help_{case}_do"),
            tone=Tone.TROUBLE if case == "danger" else Tone.CALM,
            choices=(Choice(words("help_go"), Deed("go", place), Look.TONAL),) if place else (),
        )
        for case, (icon, place) in CASES.items()
    )
