"""A hundred people as small pictures: those who become ill filled, the others drawn in outline.

Two paths in one SVG, without style or script: full or hollow tells them apart, not the colour.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

PEOPLE: Final = 100
IN_A_ROW: Final = 10
CELL: Final = 20
HEAD: Final = "a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0z"
BODY: Final = "v-3a5.5 4 0 0 1 11 0v3z"


@dataclass(frozen=True, slots=True)
class Icons:
    """One array; `cases` and `others` are SVG paths on 200 by 200."""

    id: str
    title: str
    desc: str
    cases: str
    others: str


def icon_arrays(method: str, detail: Mapping[str, Any], desc: str) -> list[Icons]:
    """Those of a finding's detail, if it has some; `desc` says what the pictures are."""
    return [
        Icons(
            f"{method.replace('.', '-')}-{number}",
            picture["says"],
            desc,
            path_of(range(picture["of_100"])),
            path_of(range(picture["of_100"], PEOPLE)),
        )
        for number, picture in enumerate(detail.get("pictures", ()))
    ]


def path_of(people: Iterable[int]) -> str:
    """The people of these numbers, row by row from the top left."""
    return "".join(_person(number % IN_A_ROW, number // IN_A_ROW) for number in people)


def _person(column: int, row: int) -> str:
    x, y = CELL * column, CELL * row
    return f"M{x + 6.8:g} {y + 5}{HEAD}M{x + 4.5:g} {y + 17}{BODY}"
