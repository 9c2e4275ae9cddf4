"""How the app looks: letters, colours, contrast, and the colours of a card by its tone."""

# mypy: allow-subclassing-any

from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty, ObjectProperty
from kivymd.app import MDApp

from mobile.device.preferences import Preferences
from mobile.presenters.shapes import Tone
from mobile.words import load

SEED = "Teal"
TONES = {
    Tone.CALM: ("surfaceContainerColor", "onSurfaceColor", "transparentColor"),
    Tone.DONE: ("surfaceContainerLowColor", "onSurfaceVariantColor", "outlineVariantColor"),
    Tone.DUE: ("secondaryContainerColor", "onSecondaryContainerColor", "primaryColor"),
    Tone.LATE: ("surfaceContainerHighColor", "onSurfaceColor", "tertiaryColor"),
    Tone.TROUBLE: ("surfaceContainerHighColor", "onSurfaceColor", "errorColor"),
}


class ThemedApp(MDApp):
    """An app that looks as its `preferences` say."""

    text_scale = NumericProperty(1.0)
    words = ObjectProperty()
    painted = NumericProperty(0)  # counts changes of the theme, each after its last colour
    edges = NumericProperty(0.0)  # how much of a panel's edge is seen
    preferences = Preferences()

    def begin_theme(self) -> None:
        """Before the first widget is made."""
        self.theme_cls.theme_style_switch_animation = False
        self.theme_cls.primary_palette = SEED
        self.theme_cls.bind(surfaceColor=Clock.create_trigger(self._repaint))
        self.apply_preferences()

    def apply_preferences(self) -> None:
        """Size of letters, colours, words, as this person likes them."""
        self.text_scale = self.preferences.text_percent / 100
        self.theme_cls.dynamic_scheme_contrast = 1.0 if self.preferences.contrast else 0.0
        self.theme_cls.theme_style = "Dark" if self.preferences.dark else "Light"
        self.edges = 1.0 if self.preferences.contrast else 0.0
        self.words = load(self.preferences.language)

    def _repaint(self, *_: object) -> None:
        """The theme sets its colours one by one: what asks for several asks once more."""
        self.painted += 1

    def tone_ground(self, tone: str, _painted: int = 0) -> Any:
        """The colour under a card of this tone."""
        return getattr(self.theme_cls, TONES[Tone(tone)][0])

    def tone_ink(self, tone: str, _painted: int = 0) -> Any:
        """The colour of words on it."""
        return getattr(self.theme_cls, TONES[Tone(tone)][1])

    def tone_accent(self, tone: str, _painted: int = 0) -> Any:
        """The colour of its edge."""
        return getattr(self.theme_cls, TONES[Tone(tone)][2])
