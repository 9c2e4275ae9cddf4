"""The grammar's table of texts as people send them."""

from itertools import combinations

import pytest

from backend.sms.grammar import choice_of, read
from backend.sms.vocabulary import BESIDE, EVERYWHERE, VOCABULARY, Intent
from backend.wire.language import LANGUAGES

TEXTS = {
    "en": {
        Intent.TAKEN: "1|1.|1!|(1)| 1 |1\n|one|One|TAKEN|Taken.|1 taken|took|I took it"
        "|I have taken it|1️⃣|1 👍|taken 😀|１|١|१|Done, thanks|took my pills|ok 1|1 1|one. Taken",
        Intent.SKIP: "2|two|skip|SKIP!|2 skip|skipped|2.",
        Intent.LATER: "3|three|later|3 later please|remind me later|wait",
        Intent.YES: "yes|YES|Yes please|y|ok yes",
        Intent.NO: "no|No.|nope|no thanks",
        Intent.STOP: "stop|STOP|Stop!!|stop all|STOPALL|unsubscribe|cancel|end|quit|please stop"
        "|stop texting me|stop messages|alto|arrêt|parar|acha|simama|BASTA",
        Intent.START: "start|START|unstop|resume|anza|empezar|reprendre|começar",
        Intent.HELP: "help|HELP?|info|ayuda|aide|ajuda|msaada|help me please",
        Intent.CHOICE: "a|A|b.|C!|d|(D)",
        Intent.UNKNOWN: "|.|👍|4|0|11|12|1 2|1 or 2|not taken|I have not taken it|2 hours later"
        "|stop taking it?|skip later|one or two|e|ab|uno|oui|ok|thank you|taken yesterday"
        "|half of 1|1/2|" + "1 " * 100,
    },
    "es": {
        Intent.TAKEN: "1|uno|Tomé|tomado|ya tomé|TOMADA|taken|listo|me la tomé|ya la tomé gracias",
        Intent.SKIP: "2|dos|omitir|saltar|no tomada",
        Intent.LATER: "3|después|despues|más tarde|luego",
        Intent.YES: "sí|si|acepto|yes|Sí, gracias",
        Intent.NO: "no|No gracias",
        Intent.STOP: "ALTO|baja|cancelar|stop|no más|parar mensajes",
        Intent.HELP: "ayuda|Ayuda por favor",
        Intent.UNKNOWN: "no tomé|no la tomé|tomé dos|si no",
    },
    "fr": {
        Intent.TAKEN: "1|un|pris|Prise|je l'ai pris|j’ai pris mon médicament|taken",
        Intent.SKIP: "2|deux|sauter|sauté|passer|pas pris",
        Intent.LATER: "3|plus tard|après|Tout à l'heure",
        Intent.YES: "oui|d'accord|j'accepte",
        Intent.NO: "non|non merci",
        Intent.STOP: "arrêt|Arrêter|stop svp|désabonner",
        Intent.HELP: "aide|AIDE",
        Intent.UNKNOWN: "je n'ai pas pris|pris deux|uno",
    },
    "pt": {
        Intent.TAKEN: "1|um|tomei|Já tomei|tomado, obrigada",
        Intent.SKIP: "2|dois|pular|não tomei",
        Intent.LATER: "3|três|depois|mais tarde",
        Intent.YES: "sim|aceito",
        Intent.NO: "não|nao",
        Intent.STOP: "parar|sair|PARE|cancelar",
        Intent.START: "começar|voltar",
        Intent.HELP: "ajuda",
        Intent.UNKNOWN: "tomei dois|tomei metade",
    },
    "sw": {
        Intent.TAKEN: "1|moja|nimekunywa|Nimemeza dawa|nimekunywa dawa yangu, asante",
        Intent.SKIP: "2|mbili|ruka|sijakunywa",
        Intent.LATER: "3|tatu|baadaye|ngoja",
        Intent.YES: "ndiyo|Ndio|nakubali",
        Intent.NO: "hapana",
        Intent.STOP: "simama|acha|sitisha ujumbe|STOP",
        Intent.START: "anza|endelea",
        Intent.HELP: "msaada|Msaada tafadhali",
        Intent.UNKNOWN: "nimekunywa mbili|habari",
    },
}
ROWS = [
    (language, text, intent)
    for language, table in TEXTS.items()
    for intent, texts in table.items()
    for text in texts.split("|")
]


@pytest.mark.parametrize(("language", "text", "intent"), ROWS)
def test_a_text_is_understood(language: str, text: str, intent: Intent) -> None:
    assert read(text, language) == intent


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert read("taken", "de") == Intent.TAKEN
    assert read("genommen", "de") == Intent.UNKNOWN


def test_choices_are_letters() -> None:
    assert [choice_of(text) for text in ("a", " B.", "c!", "D")] == [0, 1, 2, 3]


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_means_two_things(code: str) -> None:
    table = {intent: set(words.split(", ")) for intent, words in VOCABULARY[code].items()}
    assert not any(a & b for a, b in combinations(table.values(), 2))
    # A word that stops everything in one language must not be an answer in another.
    answers = set().union(*(words for i, words in table.items() if i not in EVERYWHERE))
    for other in LANGUAGES:
        stops = set(VOCABULARY[other][Intent.STOP].split(", "))
        assert other == code or not stops & answers


def test_vocabulary_and_courtesies_are_plain_words_of_every_language() -> None:
    assert set(VOCABULARY) == set(BESIDE) == set(LANGUAGES)
    everything = [w for table in VOCABULARY.values() for words in table.values() for w in words]
    everything += [letter for words in BESIDE.values() for letter in words]
    assert set(everything) <= set("abcdefghijklmnopqrstuvwxyz, ")
