"""A hundred people drawn as icons: who becomes ill is full, the others are hollow."""

# mypy: allow-subclassing-any

from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.graphics import Color, Ellipse, Line, RoundedRectangle
from kivy.metrics import dp
from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

from mobile.presenters.shapes import Icons

IN_A_ROW = 10
PEOPLE = 100
WIDEST = dp(240)


class IconArray(Widget):
    """Ten rows of ten. It has no role of its own: the words under it say the same."""

    icons: Icons = ObjectProperty()

    def __init__(self, icons: Icons, **rest: Any) -> None:
        super().__init__(icons=icons, size_hint_y=None, height=WIDEST, **rest)
        self.app = App.get_running_app()
        draw = Clock.create_trigger(self._draw)
        self.bind(size=draw, pos=draw)
        self.app.theme_cls.bind(surfaceColor=draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        cell = min(self.width, self.height) / IN_A_ROW
        theme = self.app.theme_cls
        with self.canvas:
            for number in range(PEOPLE):
                x = self.x + cell * (number % IN_A_ROW)
                y = self.top - cell * (number // IN_A_ROW + 1)
                if number < self.icons.filled:
                    Color(*theme.errorColor)
                    _full(x, y, cell)
                else:
                    Color(*theme.outlineColor)
                    _hollow(x, y, cell)


def _full(x: float, y: float, cell: float) -> None:
    Ellipse(pos=(x + 0.34 * cell, y + 0.58 * cell), size=(0.32 * cell, 0.32 * cell))
    RoundedRectangle(
        pos=(x + 0.22 * cell, y + 0.12 * cell),
        size=(0.56 * cell, 0.4 * cell),
        radius=[0.26 * cell, 0.26 * cell, 0.04 * cell, 0.04 * cell],
    )


def _hollow(x: float, y: float, cell: float) -> None:
    Line(ellipse=(x + 0.34 * cell, y + 0.58 * cell, 0.32 * cell, 0.32 * cell), width=dp(0.6))
    Line(
        rounded_rectangle=(
            x + 0.22 * cell,
            y + 0.12 * cell,
            0.56 * cell,
            0.4 * cell,
            *(0.26 * cell, 0.26 * cell, 0.04 * cell, 0.04 * cell),
        ),
        width=dp(0.6),
    )
