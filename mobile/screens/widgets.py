"""Our own thin layer of widgets over KivyMD's colours: they grow with the text, up to 200 %.

KivyMD's own buttons and fields have fixed heights, and letters twice as large do not fit them.
Each widget that can be tapped carries a `tag`, by which tests find it.
"""

# mypy: allow-subclassing-any

from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView  # noqa: F401
from kivy.uix.stacklayout import StackLayout
from kivy.uix.textinput import TextInput

from mobile.presenters.shapes import Card, Choice, Section, Tone
from mobile.screens.icons import IconArray
from mobile.sync.deeds import Deed

CLEAR = [0, 0, 0, 0]
TITLE_PT = 26
LOOKS = {
    "filled": ("primaryColor", "onPrimaryColor", None),
    "tonal": ("secondaryContainerColor", "onSecondaryContainerColor", None),
    "outlined": (None, "primaryColor", "outlineColor"),
    "text": (None, "primaryColor", None),
    "inverse": (None, "inversePrimaryColor", "inversePrimaryColor"),
}


class Say(Label):
    """Text for people."""

    pt = NumericProperty(17)
    muted = BooleanProperty(False)
    ink = ColorProperty(CLEAR)

    @property
    def role(self) -> str:
        """The name of a page is a heading too."""
        return "heading" if self.pt >= TITLE_PT else "text"


class Heading(Say):
    """The name of a section."""

    role = "heading"


class Glyph(Label):
    """An icon."""

    role = "icon"
    icon = StringProperty("")
    pt = NumericProperty(22)
    ink = ColorProperty(CLEAR)
    ground = ColorProperty(CLEAR)


class PressButton(ButtonBehavior, Label):
    """A button of at least 48 dp; `said` is its name where it shows but an icon."""

    role = "button"
    said = StringProperty("")
    label = StringProperty("")
    icon = StringProperty("")
    tag = StringProperty("")
    look = StringProperty("filled")
    wide = BooleanProperty(False)
    ground = ColorProperty(CLEAR)
    ink = ColorProperty([0, 0, 0, 1])
    edge = ColorProperty(CLEAR)
    plain_ink = ColorProperty(CLEAR)  # of a button without a ground of its own, if not the usual

    @property
    def told(self) -> str:
        """That it is the one of several that holds."""
        return str(App.get_running_app().words("is_chosen")) if self.icon == "check" else ""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        theme = App.get_running_app().theme_cls
        # A trigger: the theme sets its colours one by one.
        theme.bind(surfaceColor=Clock.create_trigger(self._paint))
        self.bind(look=self._paint, disabled=self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        theme = App.get_running_app().theme_cls
        ground, ink, edge = LOOKS[self.look]
        plain = not ground and self.plain_ink[3]
        self.ground = getattr(theme, ground) if ground else CLEAR
        self.ink = self.plain_ink if plain else getattr(theme, ink)
        self.edge = getattr(theme, edge) if edge else CLEAR
        self.disabled_color = self.ink


class BackButton(PressButton):
    """Out of a page that stands behind the settings."""

    def on_release(self) -> None:
        """To the settings."""
        App.get_running_app().go("settings")


class Field(BoxLayout):
    """A line to type in, with its name above it, where it stays readable."""

    role = "field"
    label = StringProperty("")
    hint = StringProperty("")
    tag = StringProperty("")

    def __init__(self, **rest: Any) -> None:
        self.register_event_type("on_enter")
        super().__init__(**rest)

    @property
    def told(self) -> str:
        """What has been typed, else what is to be."""
        return self.text or str(self.hint)

    @property
    def text(self) -> str:
        return str(self.ids.input.text)

    @text.setter
    def text(self, value: str) -> None:
        self.ids.input.text = value

    def on_enter(self) -> None:
        """The enter key was pressed."""


class TypingLine(TextInput):
    """Where letters go."""

    role = "text"
    ground = ColorProperty(CLEAR)

    @property
    def color(self) -> Any:
        """Of its letters."""
        return self.foreground_color


class Panel(BoxLayout):
    """A rounded surface."""

    ground = ColorProperty(CLEAR)


class ButtonRow(StackLayout):
    """Buttons side by side, as many as fit."""


class CardView(Panel):
    """One card of a presenter."""

    tone = StringProperty("calm")

    def __init__(self, card: Card, **rest: Any) -> None:
        super().__init__(tone=card.tone.value, **rest)
        self.card = card
        app = App.get_running_app()
        ink = app.tone_ink(self.tone)
        head = BoxLayout(size_hint_y=None, spacing="8dp")
        said = Say(text=card.when, pt=15, bold=True, ink=ink, pos_hint={"center_y": 0.5})
        glyph = Glyph(icon=card.icon, ink=ink, pos_hint={"center_y": 0.5})
        said.bind(height=lambda _, height: setattr(head, "height", max(height, glyph.height)))
        head.add_widget(glyph)
        head.add_widget(said)
        self.add_widget(head)
        self.add_widget(Say(text=card.title, pt=20, bold=True, ink=ink))
        if card.body:
            self.add_widget(Say(text=card.body, pt=17, ink=ink))
        for icons in card.pictures:
            self.add_widget(IconArray(icons))
            self.add_widget(Say(text=icons.says, pt=17, bold=True, ink=ink))
        if card.small:
            self.add_widget(Say(text=card.small, pt=15, ink=ink))
        if card.choices:
            row = ButtonRow()
            for choice in card.choices:
                row.add_widget(choice_button(choice, ink=ink if card.tone == Tone.DUE else CLEAR))
            self.add_widget(row)


def choice_button(choice: Choice, *, ink: Any = CLEAR) -> PressButton:
    """A button that carries out its deed; `ink` where the ground is too like its own colour."""
    app = App.get_running_app()
    deed: Deed = choice.deed
    tag = ":".join(part for part in (deed.kind, deed.subject, deed.status) if part)
    if deed.at is not None:
        tag += ":at"
    button = PressButton(label=choice.label, look=choice.look.value, tag=tag, plain_ink=ink)
    button.wide = app.text_scale > 1.3
    button.bind(on_release=lambda _: app.do(deed))
    return button


class CardList(BoxLayout):
    """Sections of cards; a card that has not changed keeps its widget."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self._shown: tuple[Section, ...] = ()
        self._views: dict[Card, CardView] = {}

    def show(self, sections: tuple[Section, ...], *, again: bool = False) -> None:
        """Draw these; `again` draws all anew, for other colours or letters."""
        if sections == self._shown and not again:
            return
        old = {} if again else self._views
        self._shown, self._views = sections, {}
        self.clear_widgets()
        for section in sections:
            self.add_widget(Heading(text=section.title))
            for card in section.cards:
                view = old.get(card) or CardView(card)
                self._views[card] = view
                self.add_widget(view)


class Page(BoxLayout):
    """A screen that scrolls; `refresh` brings it up to date and is cheap if nothing changed."""

    content = ObjectProperty()

    @property
    def app(self) -> Any:
        return App.get_running_app()

    def refresh(self, *, again: bool = False) -> None:
        """Show the present state."""

    def change_marked(self) -> None:
        """Something in the store has changed, or time has passed."""
        self.refresh()

    def top(self) -> None:
        """Scroll to the top."""
        self.ids.scroll.scroll_y = 1


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
