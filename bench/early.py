"""Early warning on simulated illness: sensitivity at equal false alarms, their rate, and spikes.

False alarms are alarm nights of healthy people, as NightSignal's paper counts them, and the charts'
limits, each person's own by block bootstrap, are set so that they have as many in all. All charts
see the same nights.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science import early_warning as ew
from backend.science import night_charts as nc
from backend.science.night_charts import Chart
from backend.science.nightsignal import night_signal
from bench.house import Running
from bench.illness_world import BARE, WITH_VARIABILITY, Floats, Habits, Illness, World
from bench.results import Result

PEOPLE = 400
WORLDS = 4
FOR_RATE = 2000
LEARNT = 84  # nights before anything is judged
WATCHED = 84
ONSET = (LEARNT + 30, LEARNT + 50)
FOR_EWMA = 500
SEED = 5007  # the charts' constants were chosen on other worlds
WORLDS_OF = (
    ("early_sensitivity", Habits(), nc.CHARTS),
    ("early_sensitivity_variability", WITH_VARIABILITY, (ew.CHART,)),
    ("early_sensitivity_bare", BARE, (ew.CHART,)),
)
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


class Limits:
    """A chart over everybody's nights; each fortnight's limits come from the eight weeks before."""

    def __init__(self, nights: Nights, chart: Chart = ew.CHART):
        self.score, self.chart = chart.scores(*nights), chart
        self.fortnights = []
        for start in range(LEARNT, self.score.shape[1], ew.JUDGED):
            heart, others = (part[:, start - ew.BASELINE : start] for part in nights)
            begun = nc.begun_on_paths(chart, heart, others)
            self.fortnights.append((slice(start, start + ew.JUDGED), begun, heart))

    def alarms(self, every_nights: float = nc.EVERY_NIGHTS) -> Alarms:
        """The watched nights in alarm."""
        found = np.zeros(self.score.shape, np.bool_)
        for fortnight, begun, heart in self.fortnights:
            limit = nc.limits_of(self.chart, begun, heart, every_nights)
            found[:, fortnight] = self.score[:, fortnight] > limit[:, None]
        return found[:, LEARNT:]

    def as_rare(self, share: float) -> float:
        """The target, in nights, with which this share of healthy nights is in alarm."""
        often, seldom = 4.0, 400.0
        for _ in range(12):
            middle = (often * seldom) ** 0.5
            if self.alarms(middle).mean() > share:
                often = middle
            else:
                seldom = middle
        return seldom


def night_signals(rates: Floats) -> NDArray[np.int64]:
    """NightSignal's states, from all nights so far, as the watched nights have them."""
    found = np.zeros(rates.shape, np.int64)
    for who, row in enumerate(rates):
        known = np.flatnonzero(np.isfinite(row))
        for night in night_signal(known.tolist(), [int(rate) for rate in row[known]]):
            found[who, night.day] = night.state
    return found[:, LEARNT:]


def compared(world: World, level: int = 2, charts: Sequence[Chart] = nc.CHARTS) -> dict[str, float]:
    """Shares of ill people seen: by NightSignal at this state or above, and by each chart."""
    illness = world.fall_ill(ONSET)
    later = Illness(illness.onset - LEARNT, illness.nights, illness.beats, illness.felt)
    well, ill = world.streams(), world.streams(illness)
    before, after = judged(world, well), judged(world, ill)
    share = float((night_signals(well[0]) >= level).mean())
    found = {"nightsignal": float(later.seen(night_signals(ill[0]) >= level).mean())}
    for chart in charts:
        every_nights = Limits(before, chart).as_rare(share)
        found[chart.name] = float(later.seen(Limits(after, chart).alarms(every_nights)).mean())
    return found | {"alarm_night_in": 1 / share}


def sensitivity() -> list[Result]:
    """In lives with habits and tags, with variability too, and in bare ones: over some worlds."""
    rows = []
    for name, habits, charts in WORLDS_OF:
        worlds = [
            compared(World(PEOPLE, LEARNT + WATCHED, SEED + 100 * n, habits), charts=charts)
            for n in range(WORLDS)
        ]
        found = {key: float(np.mean([one[key] for one in worlds])) for key in worlds[0]}
        ours, theirs = found[ew.CHART.name], found["nightsignal"]
        detail = {key: round(value, 3) for key, value in found.items()} | {"people": PEOPLE}
        detail["points_gained"] = round(100 * (ours - theirs), 1)
        detail["points_least"] = round(
            100 * min(w[ew.CHART.name] - w["nightsignal"] for w in worlds), 1
        )
        rows.append(Result(name, 100 * ours, "%", "NightSignal", ours / theirs, WORLDS, detail))
    return rows


def false_alarms(people: int = FOR_RATE) -> list[Result]:
    """Nights from one false alarm to the next, over the target."""
    rows = []
    for name, habits in (("early_false_alarms", Habits()), ("early_false_alarms_bare", BARE)):
        world = World(people, LEARNT + WATCHED, SEED + 1, habits)
        begun = nc.alarms_begun(Limits(judged(world, world.streams())).alarms())
        nights = 1 / float(begun.mean())
        against = f"{nc.EVERY_NIGHTS:g} nights wanted"
        ratio = nights / nc.EVERY_NIGHTS
        rows.append(Result(name, nights, "nights", against, ratio, 1, {"people": people}))
    return rows


def spiked(people: int, habits: Habits, chart: Chart = ew.CHART) -> tuple[float, float, float]:
    """Shares of single lifted nights that alarm: tagged as people do, untagged, and by chance."""
    world = World(people, LEARNT + WATCHED, SEED + 2, habits)
    rng = np.random.default_rng(SEED)
    who, night = np.arange(people), rng.integers(*ONSET, people)
    near = (night - LEARNT)[:, None] + np.arange(3)

    def share(streams: Floats) -> float:
        alarms = Limits(judged(world, streams), chart).alarms()
        return float(alarms[who[:, None], near].any(axis=1).mean())

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
    ewma = spiked(FOR_EWMA, Habits(), nc.EWMA)[1]
    shares = {
        "untagged": untagged,
        "by_chance": chance,
        "ewma_untagged": ewma,
        "bare_untagged": bare,
        "bare_by_chance": bare_chance,
    }
    detail = {name: round(100 * value, 1) for name, value in shares.items()}
    detail |= {"people": FOR_RATE, "ewma_people": FOR_EWMA}
    return Result("early_spikes", 100 * tagged, "%", "5 % allowed", tagged / 0.05, 1, detail)
