"""My goal: one, chosen by the patient."""

from typing import Any

from mobile.presenters import goals
from mobile.presenters.goals import GoalFacts
from mobile.screens.forms import ChoosingPanel, Stepper
from mobile.screens.widgets import BackButton, CardList, Field, Page, Panel, PressButton, Say
from mobile.sync import wishes


class GoalPage(Page):
    """Each tap holds at once, and the server hears of it with the next sync."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.own = False  # words of her own are being typed
        self.asked, self.more, self.note = CardList(), CardList(), Say(pt=15, muted=True)
        title = Say(text=words("more_goal"), pt=26, bold=True)
        for part in (BackButton(), title, self.asked, self.more, self.note):
            self.content.add_widget(part)
        self.field = Field(label=words("goal_own_label"), tag="goal_own")
        self._shown: object = None

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        app = self.app
        facts = goals.read(app.session.store, zone=app.zone, now=app.now())
        standing = wishes.standing(app.session.store, wishes.GOAL)
        self.note.text = app.words(f"choice_{standing}")
        if (facts, self.own) == self._shown and not again:
            return
        self._shown = (facts, self.own)
        self.asked.clear_widgets()
        self.more.clear_widgets()
        if not facts.kind:
            return
        self.asked.add_widget(ChoosingPanel(goals.kinds(facts, app.words), self._choose))
        if self.own:
            self._draw_own()
        elif facts.kind == "steps":
            self._draw_steps(facts)

    def _draw_own(self) -> None:
        panel = Panel(ground=self.app.theme_cls.surfaceContainerColor)
        save = PressButton(label=self.app.words("goal_save"), tag="goal_save", wide=True)
        save.bind(on_release=lambda _: self._keep_own())
        panel.add_widget(self.field)
        panel.add_widget(save)
        self.more.add_widget(panel)

    def _draw_steps(self, facts: GoalFacts) -> None:
        panel = Panel(ground=self.app.theme_cls.surfaceContainerColor)
        said = self.app.words.said_in.number(facts.target or 0)
        stepper = Stepper(label=self.app.words("goal_steps_label"), text=said, tag="goal_steps")
        stepper.bind(
            on_step=lambda _, step: self._set(goals.steps(goals.moved(facts.target, step)))
        )
        panel.add_widget(stepper)
        self.more.add_widget(panel)

    def _choose(self, _key: str, value: str) -> None:
        self.own = value == "own"
        if value == "none":
            self._set(goals.NONE)
        elif value == "steps":
            self._set(goals.steps(goals.FIRST_STEPS))
        elif not self.own:
            self._set(goals.habit(self.app.words(f"habit_{value}")))
        self.refresh()

    def _keep_own(self) -> None:
        if self.field.text.strip():
            self.own = False
            self._set(goals.habit(self.field.text))

    def _set(self, values: dict[str, Any]) -> None:
        wishes.wish(self.app.session.store, wishes.GOAL, **values)
        self.app.session.wake()
        self.refresh()
