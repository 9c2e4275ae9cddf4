"""What a screen is to somebody who does not see it: name, role and value of each thing, in order.

Kivy has no accessibility tree, so the app keeps its own. It is read aloud, walked by the keyboard
and judged by tests: letters too pale, things too small to touch, things without a name.
A widget takes part by its `role`; `said` is its name where nothing is written on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

PLAIN: Final = ("text", "heading", "icon")  # all other roles can be used
Colour = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One thing on the screen; `part` is drawn on another one, which says its words."""

    role: str
    name: str
    value: str
    enabled: bool
    part: bool
    size: tuple[float, float]
    letters: float  # their height in pixels, 0 where there are none
    bold: bool
    ink: Colour
    ground: Colour
    tag: str
    widget: Any = field(compare=False, repr=False)

    @property
    def can_be_used(self) -> bool:
        """Whether a finger or a key does something with it now."""
        return self.role not in PLAIN and self.enabled and not self.part


def nodes(root: Any, ground: Colour) -> list[Node]:
    """All that is in view or can be scrolled into it, in the order of reading."""
    return list(_walk(root, tuple(ground), part=False))


def _walk(widget: Any, ground: Colour, *, part: bool) -> Iterator[Node]:
    if widget.opacity == 0 or widget.height <= 0 or widget.width <= 0:
        return
    ground = _over(getattr(widget, "ground", None), ground)
    role = getattr(widget, "role", "")
    if role and (role not in PLAIN or widget.text):
        yield _node(widget, role, ground, part=part)
        part = part or role not in PLAIN
    for child in reversed(widget.children):
        yield from _walk(child, ground, part=part)


def _node(widget: Any, role: str, ground: Colour, *, part: bool) -> Node:
    return Node(
        role=role,
        name=str(getattr(widget, "said", "") or getattr(widget, "label", "") or widget.text),
        value=str(getattr(widget, "told", "")),
        enabled=not widget.disabled,
        part=part,
        size=tuple(widget.size),
        letters=float(getattr(widget, "font_size", 0)),
        bold=bool(getattr(widget, "bold", False)),
        ink=_over(getattr(widget, "color", None), ground),
        ground=ground,
        tag=str(getattr(widget, "tag", "")),
        widget=widget,
    )  # fmt: skip


def _over(colour: Any, ground: Colour) -> Colour:
    """What is seen where a colour, perhaps a clear one, lies over another."""
    if colour is None:
        return ground
    red, green, blue, share = colour
    mixed = (
        share * above + (1 - share) * below
        for above, below in zip((red, green, blue), ground[:3], strict=True)
    )
    return (*mixed, 1.0)
