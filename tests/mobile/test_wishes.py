"""Choices that the server keeps: they hold at once, wait without a network, and the newest wins."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from mobile.presenters import meals, nudges, today
from mobile.presenters.nudges import NudgeFacts
from mobile.store.database import keep_setting
from mobile.sync import wishes
from mobile.sync.reminders import plan
from mobile.sync.transport import Answer, NoConnection
from mobile.sync.wishes import BUSY, MEALS, NUDGES
from mobile.sync.worker import is_confirmed
from mobile.words import load
from tests.mobile import house
from tests.mobile.house import BERLIN
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

KNOWN = {"off": False, "tone": "plain", "a_week": None, "busy_with": "", "busy_until": None}
TIMES = {"breakfast": "08:00", "lunch": "12:30", "supper": "19:00", "bedtime": "22:00"}


@dataclass
class Keeper:
    """The part of a server that keeps choices; `status` answers every change."""

    kept: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            NUDGES: dict(KNOWN),
            MEALS: dict(TIMES),
            "surveys": {},
            "privacy": {},
            "goal": {},
            "messages": {},
        }
    )
    status: int | None = 200
    calls: list[tuple[str, str]] = field(default_factory=list)
    meanwhile: Any = None

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        assert token == "good"
        what = path.removeprefix("/api/v1/")
        self.calls.append((method, what))
        if self.meanwhile is not None:
            self.meanwhile()
        if self.status is None:
            raise NoConnection
        if method == "PUT" and self.status != 200:
            return Answer(self.status, {"code": "out_of_range"})
        kept = self.kept[what.partition("/")[0]]
        if body is not None:
            kept |= json.loads(body)
        return Answer(200, dict(kept))

    def close(self) -> None:
        pass


def send(phone: Phone, keeper: Keeper) -> None:
    wishes.carry_out(phone.db, keeper, "good", now=phone.clock())


@pytest.fixture
def keeper(phone: Phone) -> Keeper:
    """A server that this phone has heard of once."""
    made = Keeper()
    send(phone, made)
    made.calls.clear()
    return made


def test_what_the_server_has_is_asked_for_now_and_then(phone: Phone) -> None:
    keeper = Keeper()
    assert wishes.standing(phone.db, NUDGES) == "unknown"
    send(phone, keeper)
    send(phone, keeper)
    assert keeper.calls == [("GET", what) for what in wishes.ASKED]
    assert wishes.chosen(phone.db, NUDGES) == KNOWN
    phone.clock.move(hours=7)
    send(phone, keeper)
    assert len(keeper.calls) == 2 * len(wishes.ASKED)


def test_a_wish_holds_at_once_and_waits_without_a_network(phone: Phone, keeper: Keeper) -> None:
    keeper.status = None
    wishes.wish(phone.db, NUDGES, off=True)
    wishes.wish(phone.db, NUDGES, tone="warm")
    with pytest.raises(NoConnection):
        send(phone, keeper)
    assert wishes.chosen(phone.db, NUDGES) == KNOWN | {"off": True, "tone": "warm"}
    assert (wishes.waiting(phone.db), wishes.standing(phone.db, NUDGES)) == (1, "waits")
    phone.killed()
    keeper.status = 200
    send(phone, keeper)
    assert keeper.kept[NUDGES]["off"] is True
    assert (wishes.waiting(phone.db), wishes.standing(phone.db, NUDGES)) == (0, "held")


def test_while_a_choice_waits_nothing_is_called_confirmed(phone: Phone, keeper: Keeper) -> None:
    from_server = house.profile()
    give(phone, profile=[from_server])
    keep_setting(phone.db, "confirmed_ms", 1)
    keep_setting(phone.db, "confirmed_writes", 0)
    assert is_confirmed(phone.db)
    wishes.wish(phone.db, NUDGES, off=True)
    assert not is_confirmed(phone.db)


def test_chosen_anew_while_the_first_is_on_its_way_the_second_goes_too(
    phone: Phone, keeper: Keeper
) -> None:
    def change_her_mind() -> None:
        keeper.meanwhile = None
        wishes.wish(phone.db, NUDGES, tone="coach")

    wishes.wish(phone.db, NUDGES, tone="warm")
    keeper.meanwhile = change_her_mind
    send(phone, keeper)
    assert wishes.chosen(phone.db, NUDGES)["tone"] == "coach"
    send(phone, keeper)
    assert keeper.kept[NUDGES]["tone"] == "coach"
    assert wishes.waiting(phone.db) == 0


@pytest.mark.parametrize(
    ("status", "waits", "standing"), [(400, 0, "refused"), (404, 0, "refused"), (503, 1, "waits")]
)
def test_a_refusal_is_told_and_a_busy_server_is_asked_again(
    phone: Phone, keeper: Keeper, status: int, waits: int, standing: str
) -> None:
    keeper.status = status
    wishes.wish(phone.db, NUDGES, tone="warm")
    send(phone, keeper)
    assert wishes.waiting(phone.db) == waits
    assert wishes.standing(phone.db, NUDGES) == standing
    assert wishes.chosen(phone.db, NUDGES)["tone"] == ("plain" if waits == 0 else "warm")


def test_a_pause_that_is_over_is_not_sent_any_more(phone: Phone, keeper: Keeper) -> None:
    until = (START + timedelta(hours=1)).isoformat()
    wishes.wish(phone.db, BUSY, busy_with="resting", busy_until=until)
    assert wishes.is_left_alone(phone.db, now=START)
    phone.clock.move(hours=1)
    assert not wishes.is_left_alone(phone.db, now=phone.clock())
    send(phone, keeper)
    assert ("PUT", BUSY) not in keeper.calls
    assert wishes.waiting(phone.db) == 0


def test_in_the_car_the_server_is_told_once_and_again_when_it_goes_on(
    phone: Phone, keeper: Keeper
) -> None:
    for driving in (None, False, True, True):
        wishes.note_driving(phone.db, driving, now=phone.clock())
        send(phone, keeper)
    assert keeper.calls == [("PUT", BUSY)]
    assert keeper.kept[NUDGES]["busy_with"] == "driving"
    phone.clock.move(minutes=20)
    wishes.note_driving(phone.db, True, now=phone.clock())
    send(phone, keeper)
    assert len(keeper.calls) == 2
    wishes.note_driving(phone.db, False, now=phone.clock())
    send(phone, keeper)
    assert keeper.kept[NUDGES]["busy_until"] is None


@pytest.fixture
def nudged(phone: Phone, keeper: Keeper) -> Phone:
    give(
        phone,
        profile=[house.profile()],
        notices=[house.notice("n", START, key="nudge:a:b"), house.notice("lab", START)],
    )
    return phone


def test_off_means_that_a_nudge_already_here_neither_rings_nor_shows(nudged: Phone) -> None:
    assert len(plan(nudged.db, now=START)[0]) == 2
    wishes.wish(nudged.db, NUDGES, off=True)
    assert [a.key for a in plan(nudged.db, now=START)[0]] == ["notice:lab"]
    assert [m.is_nudge for m in today.read(nudged.db, now=START).messages] == [False]


def test_a_pause_lets_it_stand_but_not_ring(nudged: Phone) -> None:
    until = (START + timedelta(hours=1)).isoformat()
    wishes.wish(nudged.db, BUSY, busy_with="resting", busy_until=until)
    assert [a.key for a in plan(nudged.db, now=START)[0]] == ["notice:lab"]
    assert len(today.read(nudged.db, now=START).messages) == 2


def test_each_nudge_offers_to_stop_them(nudged: Phone) -> None:
    state = today.present(today.read(nudged.db, now=START), words=load("en"), now=START)
    found = {
        card.tag: [choice.label for choice in card.choices]
        for section in state.sections
        for card in section.cards
    }
    assert found[f"notice:{house.id_of('n')}"] == ["Got it", "Hide", "No more tips"]
    assert found[f"notice:{house.id_of('lab')}"] == ["Got it", "Hide"]


def asked(facts: NudgeFacts) -> dict[str, list[str]]:
    shown = nudges.present(facts, words=load("en"), zone=BERLIN, now=START)
    return {one.key: [o.value for o in one.options if o.chosen] for one in shown}


def test_the_page_asks_only_what_still_matters() -> None:
    assert asked(NudgeFacts(None)) == {}
    assert asked(NudgeFacts(off=True)) == {"nudges:off": ["yes"]}
    assert asked(NudgeFacts(False, "coach", 5)) == {
        "nudges:off": ["no"], "nudges:tone": ["coach"], "nudges:a_week": ["5"],
        "nudges:pause": ["0"],
    }  # fmt: skip
    busy = NudgeFacts(False, "plain", None, START + timedelta(hours=2))
    assert asked(busy)["nudges:pause"] == [""]
    assert asked(busy)["nudges:a_week"] == ["10"]


@pytest.mark.parametrize(
    ("key", "value", "wished"),
    [
        ("nudges:off", "yes", (NUDGES, {"off": True})),
        ("nudges:tone", "warm", (NUDGES, {"tone": "warm"})),
        ("nudges:a_week", "2", (NUDGES, {"a_week": 2})),
        ("nudges:pause", "0", (BUSY, {"busy_with": "resting", "busy_until": None})),
        (
            "nudges:pause",
            "4",
            (BUSY, {"busy_with": "resting", "busy_until": "2026-11-23T13:00:00+00:00"}),
        ),
        ("nudges:pause", "", None),
    ],
)
def test_a_tap_asks_for_what_it_says(key: str, value: str, wished: object) -> None:
    assert nudges.wished(key, value, now=START) == wished


def test_meals_move_by_a_quarter_and_stay_in_order(phone: Phone, keeper: Keeper) -> None:
    draft = meals.read(phone.db)
    assert draft is not None
    assert meals.asked(draft.moved("lunch", 1)) == TIMES | {"lunch": "12:45"}
    later = draft
    for _ in range(60):
        later = later.moved("breakfast", 1)
    assert meals.asked(later)["breakfast"] == "12:15"
    assert meals.asked(draft.moved("bedtime", -12)) == TIMES  # that is supper's time
    words = load("en")
    assert meals.note(later, draft, words) == "Not saved yet."
    wishes.wish(phone.db, MEALS, **meals.asked(later))
    waits = meals.read(phone.db)
    assert waits is not None
    assert waits.minutes == later.minutes
    assert meals.note(waits, waits, words).startswith("It holds from now on.")
    send(phone, keeper)
    assert keeper.kept[MEALS]["breakfast"] == "12:15"


def test_meals_are_not_shown_before_the_server_has_told(phone: Phone) -> None:
    assert meals.read(phone.db) is None
