"""What is wrong with a screen for somebody with poor sight or unsteady hands, by its tree.

Contrast: WCAG 2.2, 1.4.3 (AA: 4.5, large letters 3) and 1.4.11 (3 for icons). Targets: 48 dp.
"""

from typing import Any

LARGE, LARGE_BOLD = 24.0, 18.66  # pixels of letters from which 3:1 will do
FINGER = 48.0
Colour = list[float]


def faults(tree: list[dict[str, Any]]) -> list[str]:
    """Each in words; a screen without fault gives none."""
    return [fault for node in tree if (fault := _fault(node))]


def _fault(node: dict[str, Any]) -> str:
    named = f"{node['role']} {node['name']!r} {node['tag']}"
    usable = node["role"] not in ("text", "heading", "icon") and not node["part"]
    if usable and not node["name"].strip():
        return f"{named}: no name"
    if not node["enabled"]:
        return ""  # what cannot be used may be pale, and needs no finger's room
    if usable and min(node["size"]) < FINGER:
        return f"{named}: {node['size']} is too small to touch"
    if node["letters"] and (found := contrast(node["ink"], node["ground"])) < _needed(node):
        return f"{named}: contrast {found:.2f}"
    return ""


def _needed(node: dict[str, Any]) -> float:
    large = node["letters"] >= (LARGE_BOLD if node["bold"] else LARGE)
    return 3.0 if large or node["role"] == "icon" else 4.5


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    """Relative luminance of sRGB."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
