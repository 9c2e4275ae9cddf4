"""The words of findings: templates/insights/said/`<name>.txt` and abstained/`<code>.txt`."""

from collections.abc import Mapping
from typing import Any

from backend.core.words import rendered
from backend.wire.language import FALLBACK


def said(name: str, values: Mapping[str, Any], language: str = FALLBACK) -> str:
    """What a finding says, in one or two plain sentences."""
    return _in_line(f"insights/said/{name}", values, language)


def abstained(code: str, values: Mapping[str, Any], language: str = FALLBACK) -> str:
    """Why there is no number."""
    return _in_line(f"insights/abstained/{code}", values, language)


def _in_line(name: str, values: Mapping[str, Any], language: str) -> str:
    return " ".join(rendered(name, language, values).split())
