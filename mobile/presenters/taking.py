"""A copy to take along, and the end of the record: what it costs, what stays."""

from dataclasses import dataclass

from mobile.presenters.shapes import Card, Choice, Look, Section, Tone
from mobile.sync.deeds import Deed
from mobile.words import Words


@dataclass(frozen=True, slots=True)
class TakingFacts:
    """`copy` and `ending` are "", busy, done or failed; `ending` may also be asked."""

    copy: str = ""
    saved_as: str = ""
    ending: str = ""


def present(facts: TakingFacts, *, words: Words) -> Section:
    """The cards on the privacy page."""
    return Section(words("taking_title"), (_copy(facts, words), _ending(facts, words)))


def is_word(typed: str, words: Words) -> bool:
    """Whether the word that ends the record was typed."""
    return typed.strip().casefold() == words("taking_word").casefold()


def _copy(facts: TakingFacts, words: Words) -> Card:
    said = {"failed": words("taking_failed"), "busy": words("enrol_busy")}.get(facts.copy, "")
    if facts.copy == "done":
        said = words("taking_saved", name=facts.saved_as)
    save = Choice(words("taking_copy_save"), Deed("save_copy"), Look.OUTLINED)
    return Card(
        "copy", "download-outline", words("taking_copy_when"), words("taking_copy"),
        words("taking_copy_body"), said, Tone.LATE if facts.copy == "failed" else Tone.CALM,
        () if facts.copy == "busy" else (save,),
    )  # fmt: skip


def _ending(facts: TakingFacts, words: Words) -> Card:
    if facts.ending in ("", "done"):
        ask = Choice(words("taking_end_ask"), Deed("ask_end", "asked"), Look.OUTLINED)
        return Card(
            "end", "delete-outline", words("taking_end_when"), words("taking_end"),
            words("taking_end_body"), choices=(ask,),
        )  # fmt: skip
    said = {"failed": words("taking_failed"), "busy": words("enrol_busy")}.get(facts.ending, "")
    keep = Choice(words("keep"), Deed("ask_end", ""), Look.TEXT)
    return Card(
        "end", "alert-outline", words("privacy_sure"), words("taking_end"),
        words("taking_end_sure"), said, Tone.TROUBLE, () if facts.ending == "busy" else (keep,),
    )  # fmt: skip
