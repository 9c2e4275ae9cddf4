"""The questionnaires as data: items, what a score means, LOINC codes.

PHQ-9: Kroenke, Spitzer, Williams. J Gen Intern Med 2001;16:606-613,
doi:10.1046/j.1525-1497.2001.016009606.x
GAD-7: Spitzer, Kroenke, Williams, Löwe. Arch Intern Med 2006;166:1092-1097,
doi:10.1001/archinte.166.10.1092
Both may be used without permission or fee.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.core.problems import FieldError
from backend.wire.problems import Code
from backend.wire.questionnaire import Answers

CHOICES = ("Not at all", "Several days", "More than half the days", "Nearly every day")
REACH_OUT = (
    "You told us of thoughts of not being alive or of harm. You do not have to face them alone."
    " Please call your care team, or your local emergency number if you are in danger now."
)


@dataclass(frozen=True, slots=True)
class Item:
    """One question; its answer is the number of a choice, 0 to 3."""

    text: str
    loinc: str


@dataclass(frozen=True, slots=True)
class Band:
    """What scores from `least` up mean, for the patient."""

    least: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire whose score is the sum of its answers."""

    code: str
    title: str
    loinc: str
    score_loinc: str
    items: Mapping[str, Item]
    bands: tuple[Band, ...]
    alarms: Mapping[str, str] = field(default_factory=dict)  # item: what to say if it is not 0

    def problems_of(self, answers: Answers) -> list[FieldError]:
        """Every item that is missing, unknown or not a number from 0 to 3."""
        found = [
            FieldError(f"answers.{item}", Code.REQUIRED, "This question has no answer.")
            for item in self.items
            if item not in answers
        ]
        for item, choice in answers.items():
            if item not in self.items:
                detail = "This questionnaire has no such question."
                found.append(FieldError(f"answers.{item[:20]}", Code.UNKNOWN_FIELD, detail))
            elif type(choice) is not int or not 0 <= choice < len(CHOICES):
                detail = "An answer is a number from 0 to 3."
                code = Code.OUT_OF_RANGE if type(choice) is int else Code.WRONG_TYPE
                found.append(FieldError(f"answers.{item}", code, detail))
        return found

    def score_of(self, answers: Mapping[str, int]) -> int:
        """The sum."""
        return sum(answers.values())

    def meaning_of(self, answers: Mapping[str, int]) -> str:
        """Plain words for the patient; an answer that needs a person comes first."""
        score = self.score_of(answers)
        band = [b.meaning for b in self.bands if b.least <= score][-1]
        alarms = [words for item, words in self.alarms.items() if answers[item] > 0]
        return " ".join([*alarms, band])


def _items(*rows: tuple[str, str]) -> dict[str, Item]:
    return {f"q{number}": Item(text, loinc) for number, (loinc, text) in enumerate(rows, 1)}


PHQ_9 = Instrument(
    code="phq-9",
    title="Mood (PHQ-9): how often in the last 2 weeks?",
    loinc="44249-1",
    score_loinc="44261-6",
    items=_items(
        ("44250-9", "Little interest or pleasure in doing things"),
        ("44255-8", "Feeling down, depressed, or hopeless"),
        ("44259-0", "Trouble falling or staying asleep, or sleeping too much"),
        ("44254-1", "Feeling tired or having little energy"),
        ("44251-7", "Poor appetite or overeating"),
        (
            "44258-2",
            "Feeling bad about yourself, or that you are a failure"
            " or have let yourself or your family down",
        ),
        (
            "44252-5",
            "Trouble concentrating on things, such as reading the newspaper or watching television",
        ),
        (
            "44253-3",
            "Moving or speaking so slowly that other people could have noticed? Or the opposite:"
            " being so fidgety or restless that you have been moving around a lot more than usual",
        ),
        (
            "44260-8",
            "Thoughts that you would be better off dead, or of hurting yourself in some way",
        ),
    ),
    bands=(
        Band(0, "Few or no signs of low mood."),
        Band(5, "Mild signs of low mood."),
        Band(10, "Moderate signs of low mood. Talk about them with your care team."),
        Band(15, "Strong signs of low mood. Please talk with your care team soon."),
        Band(20, "Very strong signs of low mood. Please talk with your care team now."),
    ),
    alarms={"q9": REACH_OUT},
)

GAD_7 = Instrument(
    code="gad-7",
    title="Worry (GAD-7): how often in the last 2 weeks?",
    loinc="69737-5",
    score_loinc="70274-6",
    items=_items(
        ("69725-0", "Feeling nervous, anxious or on edge"),
        ("68509-9", "Not being able to stop or control worrying"),
        ("69733-4", "Worrying too much about different things"),
        ("69734-2", "Trouble relaxing"),
        ("69735-9", "Being so restless that it is hard to sit still"),
        ("69689-8", "Becoming easily annoyed or irritable"),
        ("69736-7", "Feeling afraid as if something awful might happen"),
    ),
    bands=(
        Band(0, "Few or no signs of worry that gets in the way."),
        Band(5, "Mild signs of worry."),
        Band(10, "Moderate signs of worry. Talk about them with your care team."),
        Band(15, "Strong signs of worry. Please talk with your care team soon."),
    ),
)

INSTRUMENTS: Mapping[str, Instrument] = {i.code: i for i in (PHQ_9, GAD_7)}
