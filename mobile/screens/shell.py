"""The frame around every page: the sync line and the voice, the page, undo, the four places."""

# mypy: allow-subclassing-any

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from mobile.screens.widgets import CLEAR, Page


class Places(BoxLayout):
    """One page at a time; Kivy's ScreenManager shows two for a moment, even untransitioned."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.made: dict[str, Page] = {}

    @property
    def page(self) -> Page:
        """The page in view."""
        found: Page = self.children[0]
        return found

    def show(self, name: str, make: Callable[[], Page]) -> None:
        """Put this page in view, made if it has not been."""
        if name not in self.made:
            self.made[name] = make()
        self.clear_widgets()
        self.add_widget(self.made[name])

    def forget(self) -> None:
        """All but the one in view."""
        self.made = {name: page for name, page in self.made.items() if page is self.page}


class NavItem(ButtonBehavior, BoxLayout):
    """One of the four places below."""

    role = "tab"
    icon = StringProperty("")
    label = StringProperty("")
    tag = StringProperty("")
    active = BooleanProperty(False)

    @property
    def told(self) -> str:
        """Where one is."""
        return str(App.get_running_app().words("is_chosen")) if self.active else ""


class NavBar(BoxLayout):
    """The places."""

    ground = ColorProperty(CLEAR)


class SyncBar(ButtonBehavior, BoxLayout):
    """The line that never lies."""

    role = "button"
    ground = ColorProperty(CLEAR)
    text = StringProperty("")
    icon = StringProperty("cloud-sync-outline")
    tone = StringProperty("calm")
    tag = StringProperty("")


class TopBar(BoxLayout):
    """The sync line, and the voice beside it."""

    ground = ColorProperty(CLEAR)


class UndoBar(BoxLayout):
    """What has just been done, for as long as it can be undone."""

    text = StringProperty("")
    can_undo = BooleanProperty(True)
    ground = ColorProperty(CLEAR)


class Shell(BoxLayout):
    """Sync line, page, undo, places; `open` when somebody is enrolled."""

    open = BooleanProperty(False)


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
