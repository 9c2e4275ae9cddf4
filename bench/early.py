"""Early warning on simulated illness: sensitivity at equal false alarms, their rate, and spikes.

False alarms are alarm nights of healthy people, as NightSignal's paper counts them, and the other
charts' limits are set so that they have as many in all. EWMA and CUSUM see the same nights.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from backend.science import early_warning as ew
from backend.science.nightsignal import night_signal
from bench.house import Running
from bench.illness_world import BARE, Floats, Habits, Illness, World
from bench.results import Result

PEOPLE = 400
WORLDS = 4
FOR_RATE = 2000
LEARNT = 84  # nights before anything is judged
WATCHED = 84
ONSET = (LEARNT + 30, LEARNT + 50)
SEED = 7
CLIP, SMOOTH, ALLOWANCE = 2.0, 0.6, 1.25  # of the EWMA and the CUSUM, the best of those tried
Alarms = NDArray[np.bool_]
Nights = tuple[Floats, Floats]  # the heart's nights, and what the other streams add


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    return [*sensitivity(), *false_alarms(), spikes()]


def judged(world: World, streams: Floats) -> Nights:
    """What early_warning scores, of all people at once; tagged nights are set aside."""
    z = np.full(streams.shape, np.nan)
    for n, grain in enumerate(ew.LEAST_SPREAD):
        values = np.where(world.tagged, np.nan, streams[n])
        if np.isfinite(values).any():
            z[n], _ = ew.deviations(values, world.weekend, np.full((world.people, 1), grain))
    return z[0], ew.added(z[1:]).sum(axis=0)


def alarms(nights: Nights, every_nights: float = ew.EVERY_NIGHTS) -> Alarms:
    """Nights in alarm, each fortnight by a limit from the eight weeks before it."""
    score = ew.scores(*nights)
    found = np.zeros(score.shape, np.bool_)
    for start in range(LEARNT, score.shape[1], ew.JUDGED):
        fortnight, before = slice(start, start + ew.JUDGED), slice(start - ew.BASELINE, start)
        limit = ew.limits(nights[0][:, before], nights[1][:, before], every_nights)
        found[:, fortnight] = score[:, fortnight] > limit[:, None]
    return found[:, LEARNT:]


def night_signals(rates: Floats) -> NDArray[np.int64]:
    """NightSignal's states, from all nights so far, as the watched nights have them."""
    found = np.zeros(rates.shape, np.int64)
    for who, row in enumerate(rates):
        known = np.flatnonzero(np.isfinite(row))
        for night in night_signal(known.tolist(), [int(rate) for rate in row[known]]):
            found[who, night.day] = night.state
    return found[:, LEARNT:]


def ewma(nights: Nights) -> Floats:
    """Of clipped sums; -inf where a night is not known."""
    return _chart(nights[0] + nights[1], lambda z, last: SMOOTH * z + (1 - SMOOTH) * last)


def cusum(nights: Nights) -> Floats:
    return _chart(nights[0] + nights[1], lambda z, last: np.maximum(0.0, last + z - ALLOWANCE))


def _chart(total: Floats, step: Callable[[Floats, Floats], Floats]) -> Floats:
    last, found = np.zeros(len(total)), np.full(total.shape, -np.inf)
    for night in range(total.shape[1]):
        known = np.isfinite(total[:, night])
        z = np.clip(np.nan_to_num(total[:, night]), -CLIP, CLIP)
        last = np.where(known, step(z, last), last)
        found[known, night] = last[known]
    return found[:, LEARNT:]


def as_rare(healthy: Nights, share: float) -> float:
    """The target, in nights, with which this share of healthy nights is in alarm."""
    often, seldom = 8.0, 120.0
    for _ in range(10):
        middle = (often + seldom) / 2
        if alarms(healthy, middle).mean() > share:
            often = middle
        else:
            seldom = middle
    return seldom


def compared(world: World, level: int = 2) -> dict[str, float]:
    """Shares of ill people seen: by NightSignal at this state or above, and by the others."""
    illness = world.fall_ill(ONSET)
    later = Illness(illness.onset - LEARNT, illness.nights, illness.beats, illness.felt)
    well, ill = world.streams(), world.streams(illness)
    before, after = judged(world, well), judged(world, ill)
    share = float((night_signals(well[0]) >= level).mean())
    found = {"nightsignal": float(later.seen(night_signals(ill[0]) >= level).mean())}
    found["ours"] = float(later.seen(alarms(after, as_rare(before, share))).mean())
    for name, chart in (("ewma", ewma), ("cusum", cusum)):
        calm, sick = chart(before), chart(after)
        limit = np.quantile(calm, 1 - share, method="higher")
        found[name] = float(later.seen(sick > limit).mean())
    return found | {"alarm_night_in": 1 / share}


def sensitivity() -> list[Result]:
    """In lives with habits and tags, and in bare ones: means over some worlds."""
    rows = []
    for name, habits in (("early_sensitivity", Habits()), ("early_sensitivity_bare", BARE)):
        worlds = [
            compared(World(PEOPLE, LEARNT + WATCHED, SEED + 100 * n, habits)) for n in range(WORLDS)
        ]
        found = {key: float(np.mean([one[key] for one in worlds])) for key in worlds[0]}
        ours, theirs = found["ours"], found["nightsignal"]
        detail = {key: round(value, 3) for key, value in found.items()} | {"people": PEOPLE}
        detail["points_gained"] = round(100 * (ours - theirs), 1)
        detail["points_least"] = round(100 * min(w["ours"] - w["nightsignal"] for w in worlds), 1)
        rows.append(Result(name, 100 * ours, "%", "NightSignal", ours / theirs, WORLDS, detail))
    return rows


def false_alarms(people: int = FOR_RATE) -> list[Result]:
    """Nights from one false alarm to the next, over the target."""
    rows = []
    for name, habits in (("early_false_alarms", Habits()), ("early_false_alarms_bare", BARE)):
        world = World(people, LEARNT + WATCHED, SEED + 1, habits)
        begun = ew.alarms_begun(alarms(judged(world, world.streams())))
        nights = 1 / float(begun.mean())
        against = f"{ew.EVERY_NIGHTS:g} nights wanted"
        ratio = nights / ew.EVERY_NIGHTS
        rows.append(Result(name, nights, "nights", against, ratio, 1, {"people": people}))
    return rows


def spiked(people: int, habits: Habits) -> tuple[float, float, float]:
    """Shares of single lifted nights that alarm: tagged as people do, untagged, and by chance."""
    world = World(people, LEARNT + WATCHED, SEED + 2, habits)
    rng = np.random.default_rng(SEED)
    who, night = np.arange(people), rng.integers(*ONSET, people)
    near = (night - LEARNT)[:, None] + np.arange(3)

    def share(streams: Floats) -> float:
        return float(alarms(judged(world, streams))[who[:, None], near].any(axis=1).mean())

    streams = world.streams()
    chance = share(streams)
    streams[0, who, night] += rng.uniform(5, 12, people)
    untagged = share(streams)
    world.tagged[who, night] |= rng.random(people) < habits.tagged
    return share(streams), untagged, chance


def spikes() -> Result:
    """Wine, a vaccine: one night that is lifted by 5 to 12 beats a minute."""
    tagged, untagged, chance = spiked(FOR_RATE, Habits())
    _, bare, bare_chance = spiked(FOR_RATE, BARE)
    detail = {
        "untagged": untagged,
        "by_chance": chance,
        "bare_untagged": bare,
        "bare_by_chance": bare_chance,
    }
    shown = {name: round(100 * value, 1) for name, value in detail.items()}
    return Result("early_spikes", 100 * tagged, "%", "5 % allowed", tagged / 0.05, 1, shown)
