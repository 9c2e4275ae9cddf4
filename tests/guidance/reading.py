"""Flesch-Kincaid reading grade (Kincaid et al., 1975), with syllables counted by rule.

textstat needs a dictionary that it fetches from the net; tests run without one. Counting groups of
vowels is a little strict: it takes "moved" for two syllables.
"""

import re

SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)|\n+")
WORD = re.compile(r"[A-Za-z']+|\d+")
VOWELS = re.compile(r"[aeiouy]+")
SILENT_E = re.compile(r"[^aeiouyl]e$")


def grade(text: str) -> float:
    """School years that a reader needs."""
    sentences = [part for part in SENTENCE_END.split(text) if WORD.search(part)]
    words = WORD.findall(text)
    count = sum(syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * count / len(words) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels without a silent e at the end; a number is taken for two."""
    if word.isdigit():
        return 2
    groups = len(VOWELS.findall(word.lower()))
    return max(1, groups - bool(SILENT_E.search(word.lower())))
