"""The words of an answer, by language. All are written without accents, as they are compared.

STOP, START and HELP are understood in every language, the rest in the patient's and in English.
"""

from collections.abc import Mapping
from enum import StrEnum


class Intent(StrEnum):
    """What a text means; the last two are never in the vocabulary."""

    TAKEN = "taken"
    SKIP = "skip"
    LATER = "later"
    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    HELP = "help"
    CHOICE = "choice"  # A to D, of a questionnaire
    UNKNOWN = "unknown"


EVERYWHERE = frozenset({Intent.STOP, Intent.START, Intent.HELP})

DIGITS: Mapping[str, Intent] = {"1": Intent.TAKEN, "2": Intent.SKIP, "3": Intent.LATER}

VOCABULARY: Mapping[str, Mapping[Intent, str]] = {
    "en": {
        Intent.TAKEN: "one, taken, took, done, had, swallowed",
        Intent.SKIP: "two, skip, skipped, skipping, miss, missed",
        Intent.LATER: "three, later, wait, snooze, remind me later",
        Intent.YES: "yes, yeah, yep, y, agree, agreed",
        Intent.NO: "no, n, nope, refuse",
        Intent.STOP: "stop, stopall, stop all, unsubscribe, cancel, end, quit, opt out, optout",
        Intent.START: "start, unstop, resume, begin, subscribe, opt in, optin",
        Intent.HELP: "help, info, information, menu",
    },
    "es": {
        Intent.TAKEN: "uno, tome, tomo, tomado, tomada, tomadas, tomados, hecho, listo, ya",
        Intent.SKIP: "dos, omitir, omito, omitida, saltar, salto, saltada, no tomada, no tomado",
        Intent.LATER: "tres, despues, luego, mas tarde, espera, esperar",
        Intent.YES: "si, acepto, vale, de acuerdo",
        Intent.NO: "no, rechazo",
        Intent.STOP: "alto, no mas, parar, para, pare, baja, cancelar, detener, basta, salir",
        Intent.START: "inicio, iniciar, empezar, comenzar, alta, reanudar, seguir",
        Intent.HELP: "ayuda, informacion",
    },
    "fr": {
        Intent.TAKEN: "un, pris, prise, prises, fait, ok pris",
        Intent.SKIP: "deux, sauter, saute, sautee, passer, passe, non pris, pas pris",
        Intent.LATER: "trois, plus tard, apres, attendre, tout a l heure",
        Intent.YES: "oui, accepte, j accepte, d accord",
        Intent.NO: "non, refuse, je refuse",
        Intent.STOP: "arret, arreter, arretez, arrete, desinscrire, desabonner, fin, annuler",
        Intent.START: "commencer, debut, demarrer, reprendre, recommencer",
        Intent.HELP: "aide, aidez, aidez moi, renseignements",
    },
    "pt": {
        Intent.TAKEN: "um, tomei, tomado, tomada, tomados, tomadas, feito, pronto, ja",
        Intent.SKIP: "dois, pular, pulei, pulo, saltar, saltei, nao tomei, nao tomado",
        Intent.LATER: "tres, depois, mais tarde, logo, esperar, espera",
        Intent.YES: "sim, aceito, concordo, de acordo",
        Intent.NO: "nao, recuso",
        Intent.STOP: "parar, pare, para, sair, cancelar, basta, terminar, remover",
        Intent.START: "iniciar, inicio, comecar, comeco, voltar, retomar, continuar",
        Intent.HELP: "ajuda, informacao, informacoes",
    },
    "sw": {
        Intent.TAKEN: "moja, nimekunywa, nimemeza, nimetumia, nimemaliza, tayari",
        Intent.SKIP: "mbili, ruka, nimeruka, sikunywa, sijakunywa, sikumeza",
        Intent.LATER: "tatu, baadaye, badae, baadae, subiri, ngoja",
        Intent.YES: "ndiyo, ndio, naam, nakubali",
        Intent.NO: "hapana, la, sikubali, nakataa",
        Intent.STOP: "simama, simamisha, acha, sitisha, ondoa, komesha",
        Intent.START: "anza, anzisha, endelea, rudisha",
        Intent.HELP: "msaada, saidia, usaidizi, maelezo",
    },
}

# Said beside an answer, they change nothing. Never a word that could turn one round.
BESIDE: Mapping[str, str] = {
    "en": "ok okay please pls thanks thank you i it have ive my the dose medicine medicines meds"
    " pill pills tablet tablets all texts texting text messages message sms me now just sir madam",
    "es": "ok gracias por favor la el las los lo me he mi mis dosis medicina medicinas medicamento"
    " pastilla pastillas mensajes mensaje sms ahora todo todas",
    "fr": "ok merci svp s il vous te plait je j ai l la le les mon ma mes dose medicament"
    " medicaments comprime comprimes messages message sms maintenant tout bien c est",
    "pt": "ok obrigado obrigada por favor a o as os eu meu minha meus minhas dose remedio remedios"
    " medicamento comprimido comprimidos mensagens mensagem sms agora tudo",
    "sw": "ok asante tafadhali dawa yangu zangu kidonge vidonge dozi ujumbe sms sasa yote zote",
}
