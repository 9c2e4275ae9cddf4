"""Widgets to choose with: one of several, a step on or back."""

# mypy: allow-subclassing-any

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.presenters.shapes import Choosing, Typing
from mobile.screens.widgets import Field, Panel, PressButton


class ChoosingPanel(Panel):
    """One question; `choose` is called with its key and the value tapped."""

    title = StringProperty("")
    text = StringProperty("")
    plain = BooleanProperty(False)

    def __init__(
        self,
        asked: Choosing,
        choose: Callable[[str, str], None],
        *,
        plain: bool = False,
        **rest: Any,
    ) -> None:
        """`plain`: large words, one option a line."""
        super().__init__(plain=plain, title=asked.title, text=asked.text, **rest)
        for option in asked.options:
            button = PressButton(
                label=option.label,
                tag=f"{asked.key}:{option.value}",
                icon="check" if option.chosen else "",
                look="filled" if option.chosen else "outlined",
                wide=plain or App.get_running_app().text_scale > 1.3,
            )
            button.bind(on_release=lambda _, value=option.value: choose(asked.key, value))
            self.ids.options.add_widget(button)


class TypingPanel(Panel):
    """One question answered in writing, or words to read; `go_on` is called with what was typed."""

    title = StringProperty("")
    text = StringProperty("")
    problem = StringProperty("")

    def __init__(self, asked: Typing, go_on: Callable[[str], None], **rest: Any) -> None:
        super().__init__(title=asked.title, text=asked.text, **rest)
        self._go_on, self._field = go_on, None
        if asked.typed is not None:
            self._field = Field(label=asked.hint, tag=asked.key)
            self._field.ids.input.multiline = asked.is_long
            self._field.text = asked.typed
            self._field.bind(on_enter=lambda _: self.send())
            self.ids.slot.add_widget(self._field)

    def send(self) -> None:
        """On with what stands there."""
        self._go_on(self._field.text if self._field is not None else "")


class Stepper(BoxLayout):
    """One value, a step back, a step on."""

    label = StringProperty("")
    text = StringProperty("")
    tag = StringProperty("")

    def __init__(self, **rest: Any) -> None:
        self.register_event_type("on_step")
        super().__init__(**rest)

    def on_step(self, step: int) -> None:
        """A step of -1 or 1 was asked for."""


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
