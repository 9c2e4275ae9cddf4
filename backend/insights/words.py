"""The words of findings: templates/insights/said/`<name>.txt` and abstained/`<code>.txt`."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Template


@cache
def _engine() -> Engine:
    # Plain text: a device's name with an ampersand must not come out as an entity.
    return Engine(dirs=[str(settings.BASE_DIR / "templates")], autoescape=False)


@cache
def _template(name: str) -> Template:
    return _engine().get_template(f"insights/{name}.txt")


def said(name: str, values: Mapping[str, Any]) -> str:
    """What a finding says, in one or two plain sentences."""
    return _render(f"said/{name}", values)


def abstained(code: str, values: Mapping[str, Any]) -> str:
    """Why there is no number."""
    return _render(f"abstained/{code}", values)


def _render(name: str, values: Mapping[str, Any]) -> str:
    text = _template(name).render(Context(dict(values), autoescape=False, use_l10n=False))
    return " ".join(text.split())
