"""The words of findings: templates/insights/said/`<name>.txt` and abstained/`<code>.txt`.

A finding is stored in English, the desk's language, with what its words were made of; the patient's
rows are told anew in hers.
"""

from collections.abc import Mapping
from typing import Any

from django.template import TemplateDoesNotExist

from backend.core.words import rendered
from backend.science.refusal import Refusal
from backend.wire.language import FALLBACK


def said(name: str, values: Mapping[str, Any], language: str = FALLBACK) -> str:
    """What a finding says, in one or two plain sentences."""
    return _in_line(f"insights/said/{name}", values, language)


def abstained(code: str, values: Mapping[str, Any], language: str = FALLBACK) -> str:
    """Why there is no number."""
    return _in_line(f"insights/abstained/{code}", values, language)


def refused(refusal: Refusal) -> dict[str, Any]:
    """What `abstained` needs to be said again."""
    return {"code": refusal.code, "have": f"{refusal.have:.0f}", "need": f"{refusal.need:.0f}"}


def retold(method: str, told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A finding's `detail` and `abstained` in another language; as they are where none is known.

    `told` has value, lower, upper, detail and abstained, as they were stored.
    """
    detail = dict(told["detail"])
    try:
        if told["abstained"]:
            numbers = {name: f"{detail[name]:.0f}" for name in ("have", "need")}
            return {"detail": detail, "abstained": abstained(detail["code"], numbers, language)}
        for name in ("medicines", "doubts"):
            if name in detail:
                detail[name] = [_part(part, language) for part in detail[name]]
        detail["says"] = said(method, {**told, "detail": detail}, language)
    except (TemplateDoesNotExist, KeyError):  # of a method that is gone, or from before
        return {"detail": told["detail"], "abstained": told["abstained"]}
    return {"detail": detail, "abstained": ""}


def _part(part: Any, language: str) -> Any:
    """A medicine whose answer is thin, or a doubt about a device."""
    if "thin_of" in part:
        thin = part["thin_of"]
        return part | {"thin": abstained(thin["code"], thin, language)}
    if "says_of" in part:
        return part | {"says": said(f"doubt_{part['cause']}", part["says_of"], language)}
    return part


def _in_line(name: str, values: Mapping[str, Any], language: str) -> str:
    return " ".join(rendered(name, language, values).split())
