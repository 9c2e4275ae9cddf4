"""A chart drawn on a canvas: grid, target, bands, bars, lines, sources, words along the axes."""

# mypy: allow-subclassing-any

from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Ellipse, Line, Mesh, Rectangle, RoundedRectangle
from kivy.metrics import dp, sp
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from mobile.presenters.charts import Band, Chart, Point
from mobile.presenters.tapped import Tapped

TARGET = {"Light": (0.16, 0.55, 0.33, 0.16), "Dark": (0.45, 0.80, 0.55, 0.20)}
SECOND = {"Light": (0.72, 0.30, 0.0, 1.0), "Dark": (1.0, 0.70, 0.35, 1.0)}
# Okabe and Ito's colours, which people who see fewer colours can tell apart; no source is told by
# colour alone, the value's own words name it.
SOURCES = (
    (0.00, 0.45, 0.70),
    (0.90, 0.62, 0.00),
    (0.80, 0.47, 0.65),
    (0.00, 0.62, 0.45),
    (0.84, 0.37, 0.00),
)
LETTERS = 13


class ChartView(Widget):
    """Draws one Chart, and a second one over it; all it decides is pixels.

    A touch is told on as `on_look` with the moment under the finger.
    """

    chart = ObjectProperty(None, allownone=True)
    second = ObjectProperty(None, allownone=True)
    mark = ObjectProperty(None, allownone=True)
    role = "chart"
    said = StringProperty("")  # what it shows, for those who do not see it
    told = StringProperty("")
    tag = StringProperty("chart")

    def __init__(self, **rest: Any) -> None:
        self.register_event_type("on_look")
        super().__init__(**rest)
        self.app = App.get_running_app()
        draw = Clock.create_trigger(self._draw)
        self.bind(chart=draw, second=draw, mark=draw, size=draw, pos=draw)
        self.app.theme_cls.bind(surfaceColor=draw)

    def on_look(self, at_ms: float) -> None:
        """A finger asked what was measured then."""

    def on_touch_down(self, touch: Any) -> bool:
        """Anywhere on the chart: the nearest value is meant."""
        if self.chart is None or not self.collide_point(*touch.pos):
            return bool(super().on_touch_down(touch))
        share = (touch.x - self._left) / (self._right - self._left)
        share = min(1.0, max(0.0, share))
        self.dispatch("on_look", self.chart.left + share * (self.chart.right - self.chart.left))
        return True

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        chart: Chart | None = self.chart
        if chart is None or self.width < dp(80):
            return
        words = [self._words(text) for _, text in chart.y_ticks]
        other = self._right_words()
        line_height = max(w.height for w in words)
        self._left = self.x + max(w.width for w in words) + dp(8)
        self._right = self.right - max([dp(6), *(w.width + dp(8) for w in other)])
        self._top = self.top - line_height / 2
        self._bottom = self.y + line_height + dp(18)
        self._chart = chart
        with self.canvas:
            self._target()
            self._grid(words)
            self._sources()
            self._shapes(self.app.theme_cls.primaryColor)
            self._over(other)
            self._chart = chart
            self._mark()

    def _right_words(self) -> list[Any]:
        second: Chart | None = self.second
        return [self._words(text) for _, text in second.y_ticks] if second else []

    def _over(self, words: list[Any]) -> None:
        """The second chart, in another colour, its scale at the right."""
        if self.second is None:
            return
        self._chart = self.second
        ink = SECOND[self.app.theme_cls.theme_style]
        self._shapes(ink)
        for (value, _), texture in zip(self.second.y_ticks, words, strict=True):
            Color(*ink)
            place = (self._right + dp(6), self._y(value) - texture.height / 2)
            Rectangle(texture=texture, pos=place, size=texture.size)

    def _shapes(self, ink: Any) -> None:
        chart = self._chart
        self._bars(ink)
        for band in chart.bands:
            self._band(band, ink)
        Color(*ink[:3], 0.35)
        for line in chart.traces:
            self._line(line, dp(1))
        Color(*ink)
        for line in chart.lines:
            self._line(line, dp(1.4))
        if chart.ahead:
            self._ahead(ink)

    def _ahead(self, ink: Any) -> None:
        """A forecast: its band, and dots, since a line is what was measured."""
        self._band(self._chart.ahead_band, ink)
        Color(*ink)
        for at, value in self._chart.ahead[1:]:
            side = dp(2.4)
            Ellipse(pos=(self._x(at) - side / 2, self._y(value) - side / 2), size=(side, side))

    def _sources(self) -> None:
        """A thin band under the plot: who measured when."""
        for run in self._chart.sources:
            left, right = self._x(run.left), self._x(run.right)
            Color(*SOURCES[run.number % len(SOURCES)])
            size = (max(dp(1), right - left - dp(1)), dp(5))
            Rectangle(pos=(left, self._bottom - dp(10)), size=size)

    def _mark(self) -> None:
        mark: Tapped | None = self.mark
        if mark is None or not self._chart.left <= mark.at_ms <= self._chart.right:
            return
        x, y, side = self._x(mark.at_ms), self._y(mark.value), dp(10)
        Color(*self.app.theme_cls.onSurfaceColor)
        Line(points=[x, self._bottom, x, self._top], width=1)
        Ellipse(pos=(x - side / 2, y - side / 2), size=(side, side))

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

    def _bars(self, ink: Any) -> None:
        chart = self._chart
        Color(*ink)
        for at, value in chart.bars:
            left, right = self._x(at), self._x(at + chart.bar_width)
            height = self._y(value) - self._bottom
            if height > 0:
                width = max(1.0, right - left - (dp(1) if right - left > dp(3) else 0))
                RoundedRectangle(
                    pos=(left, self._bottom), size=(width, height), radius=[min(dp(3), width / 2)]
                )

    def _band(self, band: tuple[Band, ...], ink: Any) -> None:
        Color(*ink[:3], 0.25)
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

    def _line(self, line: tuple[Point, ...], width: float) -> None:
        if len(line) == 1:
            ((at, value),) = line
            side = dp(6)
            Ellipse(pos=(self._x(at) - side / 2, self._y(value) - side / 2), size=(side, side))
            return
        points = [edge for at, value in line for edge in (self._x(at), self._y(value))]
        Line(points=points, width=width, joint="round")
