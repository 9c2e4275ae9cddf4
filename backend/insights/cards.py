"""Model cards: what each must say, checked against a schema that follows TRIPOD+AI's 27 items.

Collins et al., BMJ 2024;385:e078378. An item that was not done is answered with why.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import fastjsonschema

from backend.core.problems import invalid_field
from backend.wire.problems import Code

SCHEMA: Final = Path(__file__).with_name("model_card.schema.json")


def check_card(card: Mapping[str, Any]) -> None:
    """Raises Invalid with the place that is wrong."""
    try:
        _check()(card)
    except fastjsonschema.JsonSchemaValueException as error:
        raise invalid_field(
            "card" + (error.name or "data")[4:], Code.INVALID, error.message
        ) from None
    numbers = [item["item"] for item in card["tripod_ai"]]
    if numbers != list(range(1, 28)):
        raise invalid_field("card.tripod_ai", Code.INVALID, "It answers items 1 to 27, each once.")


@cache
def _check() -> Callable[[Mapping[str, Any]], Any]:
    return fastjsonschema.compile(json.loads(SCHEMA.read_text()))
