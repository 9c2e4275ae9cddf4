"""When I eat: what medicines with meals go by."""

from typing import Any

from mobile.presenters import meals
from mobile.presenters.meals import MEALS, MealDraft
from mobile.screens.forms import Stepper
from mobile.screens.widgets import BackButton, Page, Panel, PressButton, Say
from mobile.sync import wishes


class MealsPage(Page):
    """Four times and a button."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.draft: MealDraft | None = None
        self.note = Say(pt=15, muted=True)
        self.panel = Panel(ground=self.app.theme_cls.surfaceContainerColor)
        self.steppers = {meal: self._stepper(meal) for meal in MEALS}
        self.save = PressButton(label=words("meals_save"), tag="meals_save", wide=True)
        self.save.bind(on_release=lambda _: self._keep())
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=words("more_meals"), pt=26, bold=True))
        self.content.add_widget(Say(text=words("meals_text")))
        for part in (*self.steppers.values(), self.save):
            self.panel.add_widget(part)
        self.content.add_widget(self.panel)
        self.content.add_widget(self.note)

    def _stepper(self, meal: str) -> Stepper:
        made = Stepper(label=self.app.words(f"meal_{meal}"), tag=meal)
        made.bind(on_step=lambda _, step: self._move(meal, step))
        return made

    def _move(self, meal: str, step: int) -> None:
        shown = self.draft or meals.read(self.app.session.store)
        if shown is not None:
            self.draft = shown.moved(meal, step)
            self.refresh()

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says; what is not saved stays as it is."""
        held = meals.read(self.app.session.store)
        self.panel.opacity = 0 if held is None else 1
        if held is None:
            self.note.text = self.app.words("choice_unknown")
            return
        shown = self.draft or held
        for meal, at in zip(MEALS, shown.minutes, strict=True):
            self.steppers[meal].text = meals.said(at)
        self.save.disabled = shown.minutes == held.minutes
        self.save.look = "outlined" if self.save.disabled else "filled"
        self.note.text = meals.note(shown, held, self.app.words)
        self.panel.ground = self.app.theme_cls.surfaceContainerColor

    def _keep(self) -> None:
        if self.draft is not None:
            wishes.wish(self.app.session.store, wishes.MEALS, **meals.asked(self.draft))
            self.draft = None
            self.app.session.wake()
            self.refresh()
