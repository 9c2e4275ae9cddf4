"""The questionnaires in other languages, as their authors' translations word them.

Wording is part of an instrument: these are not for the catalogues. After the translations at
www.phqscreeners.com; Swahili PHQ-9 after Omoro and others, J Affect Disord 2006.
A clinic compares them with the sheet that is in use there before it asks by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.surveys.instruments import CHOICES, INSTRUMENTS, REACH_OUT
from backend.wire.language import FALLBACK, language_of


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of one language: choices 0 to 3, items by questionnaire, what an alarm says."""

    choices: tuple[str, ...]
    items: Mapping[str, tuple[str, ...]]
    reach_out: str


def spoken_in(language: str) -> Spoken:
    """The language's words, else English."""
    return SPOKEN[language_of(language).code]


def question_of(survey: str, item: str, language: str) -> str:
    """One item of a questionnaire."""
    place = list(INSTRUMENTS[survey].items).index(item)
    return spoken_in(language).items[survey][place]


SPOKEN: Mapping[str, Spoken] = {
    FALLBACK: Spoken(
        CHOICES,
        {code: tuple(i.text for i in one.items.values()) for code, one in INSTRUMENTS.items()},
        REACH_OUT,
    ),
    "es": Spoken(
        ("Ningún día", "Varios días", "Más de la mitad de los días", "Casi todos los días"),
        {
            "phq-9": (
                "Poco interés o placer en hacer cosas",
                "Se ha sentido decaído(a), deprimido(a) o sin esperanzas",
                "Ha tenido dificultad para quedarse o permanecer dormido(a), o ha dormido"
                " demasiado",
                "Se ha sentido cansado(a) o con poca energía",
                "Sin apetito o ha comido en exceso",
                "Se ha sentido mal con usted mismo(a), o que es un fracaso o que ha quedado mal"
                " con usted mismo(a) o con su familia",
                "Ha tenido dificultad para concentrarse en ciertas actividades, tales como leer"
                " el periódico o ver la televisión",
                "Se ha movido o hablado tan lento que otras personas podrían haberlo notado? O"
                " lo contrario: muy inquieto(a) o agitado(a), moviéndose mucho más de lo normal",
                "Pensamientos de que estaría mejor muerto(a) o de lastimarse de alguna manera",
            ),
            "gad-7": (
                "Se ha sentido nervioso(a), ansioso(a) o con los nervios de punta",
                "No ha sido capaz de parar o controlar su preocupación",
                "Se ha preocupado demasiado por motivos diferentes",
                "Ha tenido dificultad para relajarse",
                "Se ha sentido tan inquieto(a) que no ha podido quedarse quieto(a)",
                "Se ha molestado o irritado fácilmente",
                "Ha tenido miedo de que algo terrible fuera a pasar",
            ),
        },
        "Nos ha contado que piensa en la muerte o en hacerse daño. No tiene que pasar por esto"
        " a solas. Llame a su equipo de salud, o al número de emergencias si está en peligro"
        " ahora.",
    ),
    "fr": Spoken(
        ("Jamais", "Plusieurs jours", "Plus de la moitié du temps", "Presque tous les jours"),
        {
            "phq-9": (
                "Peu d'intérêt ou de plaisir à faire les choses",
                "Être triste, déprimé(e) ou désespéré(e)",
                "Difficultés à s'endormir ou à rester endormi(e), ou dormir trop",
                "Se sentir fatigué(e) ou manquer d'énergie",
                "Avoir peu d'appétit ou manger trop",
                "Avoir une mauvaise opinion de soi-même, ou avoir le sentiment d'être nul(le), ou"
                " d'avoir déçu sa famille ou s'être déçu(e) soi-même",
                "Avoir du mal à se concentrer, par exemple, pour lire le journal ou regarder la"
                " télévision",
                "Bouger ou parler si lentement que les autres auraient pu le remarquer. Ou au"
                " contraire, être si agité(e) que vous avez eu du mal à tenir en place par rapport"
                " à d'habitude",
                "Penser qu'il vaudrait mieux mourir ou envisager de vous faire du mal d'une manière"
                " ou d'une autre",
            ),
            "gad-7": (
                "Un sentiment de nervosité, d'anxiété ou de tension",
                "Une incapacité à arrêter de s'inquiéter ou à contrôler ses inquiétudes",
                "Une inquiétude excessive à propos de différentes choses",
                "Des difficultés à se détendre",
                "Une agitation telle qu'il est difficile de tenir en place",
                "Une tendance à être facilement contrarié(e) ou irritable",
                "Un sentiment de peur comme si quelque chose de terrible risquait de se produire",
            ),
        },
        "Vous nous avez parlé d'idées de mort ou de vous faire du mal. Vous n'avez pas à"
        " affronter cela sans aide. Appelez votre équipe de soins, ou le numéro d'urgence si vous"
        " êtes en danger maintenant.",
    ),
    "pt": Spoken(
        ("Nenhuma vez", "Vários dias", "Mais da metade dos dias", "Quase todos os dias"),
        {
            "phq-9": (
                "Pouco interesse ou pouco prazer em fazer as coisas",
                "Se sentir para baixo, deprimido(a) ou sem perspectiva",
                "Dificuldade para pegar no sono ou permanecer dormindo, ou dormir mais do que de"
                " costume",
                "Se sentir cansado(a) ou com pouca energia",
                "Falta de apetite ou comendo demais",
                "Se sentir mal consigo mesmo(a), ou achar que você é um fracasso ou que decepcionou"
                " sua família ou você mesmo(a)",
                "Dificuldade para se concentrar nas coisas, como ler o jornal ou ver televisão",
                "Lentidão para se movimentar ou falar, a ponto das outras pessoas perceberem? Ou o"
                " oposto: estar tão agitado(a) ou irrequieto(a) que você fica andando de um lado"
                " para o outro muito mais do que de costume",
                "Pensar em se ferir de alguma maneira ou que seria melhor estar morto(a)",
            ),
            "gad-7": (
                "Sentir-se nervoso(a), ansioso(a) ou muito tenso(a)",
                "Não ser capaz de impedir ou de controlar as preocupações",
                "Preocupar-se muito com diversas coisas",
                "Dificuldade para relaxar",
                "Ficar tão agitado(a) que se torna difícil permanecer sentado(a)",
                "Ficar facilmente aborrecido(a) ou irritado(a)",
                "Sentir medo como se algo horrível fosse acontecer",
            ),
        },
        "Você nos contou que pensa na morte ou em se ferir. Você não precisa passar por isso sem"
        " ajuda. Ligue para sua equipe de saúde, ou para o número de emergência se estiver em"
        " perigo agora.",
    ),
    "sw": Spoken(
        ("Hapana kabisa", "Siku kadhaa", "Zaidi ya nusu ya siku hizo", "Karibu kila siku"),
        {
            "phq-9": (
                "Kutokuwa na hamu au raha ya kufanya kitu",
                "Kujisikia tabu sana au kukata tamaa",
                "Shida ya kupata usingizi au kulala mno",
                "Kujisikia kuchoka au kutokuwa na nguvu",
                "Kutokuwa na hamu ya kula au kula sana",
                "Kujisikia vibaya kuhusu hali yako, au kujisikia kuwa umeshindwa kabisa au"
                " umejiangusha au kuiangusha familia yako",
                "Matatizo ya kuwa makini, kwa mfano unaposoma gazeti au kuangalia televisheni",
                "Kutembea au kuongea taratibu sana mpaka watu wakaona tofauti? Au kinyume chake,"
                " kwamba unahangaika na kutembea sana kuliko kawaida",
                "Mawazo kuwa ni afadhali ufe au ujidhuru kwa namna fulani",
            ),
            "gad-7": (
                "Kujisikia kuwa na wasiwasi, hofu au mashaka",
                "Kutoweza kuacha au kudhibiti wasiwasi",
                "Kuwa na wasiwasi mno kuhusu mambo mbalimbali",
                "Shida ya kutulia",
                "Kuhangaika sana kiasi kwamba ni vigumu kukaa kimya",
                "Kukasirika au kuudhika kwa urahisi",
                "Kuhisi hofu kana kwamba jambo baya linaweza kutokea",
            ),
        },
        "Umetuambia kuwa unafikiria kufa au kujidhuru. Huhitaji kuyapitia haya peke yako."
        " Tafadhali pigia timu yako ya afya, au nambari ya dharura ikiwa uko hatarini sasa.",
    ),
}
