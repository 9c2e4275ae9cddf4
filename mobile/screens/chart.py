"""A chart drawn on a canvas: grid, target, bands, bars, lines, and words along the axes."""

# mypy: allow-subclassing-any

from typing import Any

from kivy.app import App
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Ellipse, Line, Mesh, Rectangle, RoundedRectangle
from kivy.metrics import dp, sp
from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

from mobile.presenters.charts import Band, Chart
from mobile.presenters.decimation import Point

TARGET = {"Light": (0.16, 0.55, 0.33, 0.16), "Dark": (0.45, 0.80, 0.55, 0.20)}
LETTERS = 13


class ChartView(Widget):
    """Draws one Chart; all it decides is pixels."""

    chart = ObjectProperty(None, allownone=True)

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.app = App.get_running_app()
        self.bind(chart=self._draw, size=self._draw, pos=self._draw)
        self.app.theme_cls.bind(surfaceColor=self._draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        chart: Chart | None = self.chart
        if chart is None or self.width < dp(80):
            return
        words = [self._words(text) for _, text in chart.y_ticks]
        line_height = max(w.height for w in words)
        self._left = self.x + max(w.width for w in words) + dp(8)
        self._right, self._top = self.right - dp(6), self.top - line_height / 2
        self._bottom = self.y + line_height + dp(8)
        self._chart = chart
        with self.canvas:
            self._target()
            self._grid(words)
            self._bars()
            for band in chart.bands:
                self._band(band)
            for line in chart.lines:
                self._line(line)

    def _x(self, value: float) -> float:
        chart = self._chart
        share = (value - chart.left) / (chart.right - chart.left)
        return float(self._left + share * (self._right - self._left))

    def _y(self, value: float) -> float:
        chart = self._chart
        share = (value - chart.bottom) / (chart.top - chart.bottom)
        return float(self._bottom + min(1.0, max(0.0, share)) * (self._top - self._bottom))

    def _words(self, text: str) -> Any:
        label = CoreLabel(
            text=text,
            font_size=sp(LETTERS) * self.app.text_scale,
            font_name="Roboto",
            color=self.app.theme_cls.onSurfaceVariantColor,
        )
        label.refresh()
        return label.texture

    def _target(self) -> None:
        if self._chart.target is None:
            return
        low, high = (self._y(edge) for edge in self._chart.target)
        Color(*TARGET[self.app.theme_cls.theme_style])
        Rectangle(pos=(self._left, low), size=(self._right - self._left, high - low))

    def _grid(self, words: list[Any]) -> None:
        theme = self.app.theme_cls
        for (value, _), texture in zip(self._chart.y_ticks, words, strict=True):
            y = self._y(value)
            Color(*theme.outlineVariantColor)
            Line(points=[self._left, y, self._right, y], width=1)
            Color(1, 1, 1, 1)
            place = (self._left - dp(6) - texture.width, y - texture.height / 2)
            Rectangle(texture=texture, pos=place, size=texture.size)
        free = self.x
        for value, text in self._chart.x_ticks:
            texture = self._words(text)
            x = max(self.x, min(self.right - texture.width, self._x(value) - texture.width / 2))
            if x < free:  # no room beside the last one
                continue
            free = x + texture.width + dp(6)
            Rectangle(texture=texture, pos=(x, self.y), size=texture.size)

    def _bars(self) -> None:
        chart = self._chart
        Color(*self.app.theme_cls.primaryColor)
        gap = dp(1)
        for at, value in chart.bars:
            left, right = self._x(at), self._x(at + chart.bar_width)
            height = self._y(value) - self._bottom
            if height > 0:
                width = max(1.0, right - left - gap)
                RoundedRectangle(
                    pos=(left, self._bottom), size=(width, height), radius=[min(dp(3), width / 2)]
                )

    def _band(self, band: tuple[Band, ...]) -> None:
        Color(*self.app.theme_cls.primaryColor[:3], 0.25)
        if len(band) == 1:
            (one,) = band
            low, high = self._y(one.low), self._y(one.high)
            Rectangle(pos=(self._x(one.x) - dp(2), low), size=(dp(4), high - low))
            return
        corners = []
        for at in band:
            for edge in (at.low, at.high):
                corners += [self._x(at.x), self._y(edge), 0, 0]
        Mesh(vertices=corners, indices=list(range(2 * len(band))), mode="triangle_strip")

    def _line(self, line: tuple[Point, ...]) -> None:
        Color(*self.app.theme_cls.primaryColor)
        if len(line) == 1:
            ((at, value),) = line
            side = dp(6)
            Ellipse(pos=(self._x(at) - side / 2, self._y(value) - side / 2), size=(side, side))
            return
        points = [edge for at, value in line for edge in (self._x(at), self._y(value))]
        Line(points=points, width=dp(1.4), joint="round")
