"""The words of findings: templates/insights/said/`<name>.txt` and abstained/`<code>.txt`.

A finding is stored in English, the desk's language, with what its words were made of; the patient's
rows are told anew in hers.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.template import TemplateDoesNotExist

from backend.core.words import MG_DL, rendered
from backend.insights.asked import ASKED
from backend.science.refusal import Refusal
from backend.wire.language import FALLBACK

PARTS: Final = ("medicines", "doubts", "pictures", "drivers", "notes")  # lists of a detail


def said(name: str, values: Mapping[str, Any], language: str = FALLBACK) -> str:
    """What a finding says, in one or two plain sentences."""
    return _in_line(f"insights/said/{name}", values, language)


def abstained(code: str, values: Mapping[str, Any], language: str = FALLBACK) -> str:
    """Why there is no number."""
    return _in_line(f"insights/abstained/{code}", values, language)


def refused(refusal: Refusal) -> dict[str, Any]:
    """What `abstained` needs to be said again."""
    told = {"code": refusal.code, "have": f"{refusal.have:.0f}", "need": f"{refusal.need:.0f}"}
    return told | _named(refusal.missing)


def _named(missing: Iterable[str]) -> dict[str, Any]:
    """What somebody has to tell first, in English: texts say it by `listed`."""
    words = [ASKED[name] for name in missing]
    return {"missing": words} if words else {}


def part(template: str, values: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A part of a finding's detail that says something by itself, in every language."""
    says = {"template": template, "says_of": dict(values), "says": said(template, values)}
    return more | says


def retold(
    method: str, told: Mapping[str, Any], language: str, *, glucose_unit: str = MG_DL
) -> dict[str, Any]:
    """A finding's `detail` and `abstained` in another language, or another unit; as they are where
    none is known.

    `told` has value, lower, upper, detail and abstained, as they were stored.
    """
    detail = dict(told["detail"])
    try:
        if told["abstained"]:
            numbers = {name: f"{detail[name]:.0f}" for name in ("have", "need")}
            values = numbers | _named(detail.get("missing", ()))
            return {"detail": detail, "abstained": abstained(detail["code"], values, language)}
        for name in PARTS:
            if name in detail:
                detail[name] = [_retold_part(part, language) for part in detail[name]]
        values = {**told, "detail": detail, "glucose_unit": glucose_unit}
        detail["says"] = said(method, values, language)
    except (TemplateDoesNotExist, KeyError):  # of a method that is gone, or from before
        return {"detail": told["detail"], "abstained": told["abstained"]}
    return {"detail": detail, "abstained": ""}


def _retold_part(part: Any, language: str) -> Any:
    """A medicine whose answer is thin, a doubt about a device, or any other with says_of."""
    if "thin_of" in part:
        thin = part["thin_of"]
        return part | {"thin": abstained(thin["code"], thin, language)}
    if "says_of" in part:
        template = part.get("template") or f"doubt_{part['cause']}"
        return part | {"says": said(template, part["says_of"], language)}
    return part


def _in_line(name: str, values: Mapping[str, Any], language: str) -> str:
    return " ".join(rendered(name, language, values).split())
