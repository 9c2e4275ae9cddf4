"""The nine CMAs of one person, fill by fill and day by day, as AdhereR's manual tells them."""

from math import inf, nan

CARRY = ("cma5", "cma6", "cma7", "cma8", "cma9")


def carried_through(fills, end, *, same=False, by_dose=False):
    """(fill, interval, gap, carried into it) of fills (day, days, dose, medicine) in order."""
    found, carry = [], 0.0
    for n, (day, days, dose, medicine) in enumerate(fills):
        following = fills[n + 1] if n + 1 < len(fills) else None
        interval = (following[0] if following else end) - day
        left = days + carry - interval
        found.append(((day, days), interval, max(0.0, -left), carry))
        carry = max(0.0, left)
        if following and same and following[3] != medicine:
            carry = 0.0
        elif following and by_dose:
            carry = carry * dose / following[2]
    return found


def slow_cmas(fills, start, end, *, same=False, by_dose=False, until=None):
    """All nine of one person's fills; nan where there is none."""
    fills = sorted(fills, key=lambda fill: fill[0])
    rules = dict(same=same, by_dose=by_dose)
    inside = [fill for fill in fills if start <= fill[0] <= end]
    one = two = five = six = nan
    if inside:
        to_last, to_end = inside[-1][0] - inside[0][0], end - inside[0][0]
        walked = carried_through(inside, end, **rules)
        if to_last:
            one = sum(fill[1] for fill in inside[:-1]) / to_last
            five = 1 - sum(step[2] for step in walked[:-1]) / to_last
        if to_end:
            two = sum(fill[1] for fill in inside) / to_end
            six = 1 - sum(step[2] for step in walked) / to_end
    seven = _seven(fills, start, end, rules)
    eight = _eight(fills, start, end, rules)
    nine = _nine(fills, start, end, rules, until)
    return (one, two, min(one, 1.0), min(two, 1.0), five, six, seven, eight, nine)


def _seven(fills, start, end, rules):
    """Day by day would do for whole days; spells of supply do for any."""
    known = [fill for fill in fills if fill[0] <= end]
    if not known or end <= start:
        return nan
    lacking = max(0.0, min(known[0][0], end) - start)
    for (day, _), interval, gap, _ in carried_through(known, end, **rules):
        # The gap is the end of the interval: what was at hand is used first.
        lacking += max(0.0, day + interval - max(start, day + interval - gap))
    return 1 - lacking / (end - start)


def _eight(fills, start, end, rules):
    known = [fill for fill in fills if fill[0] <= end]
    ends = [
        day + days + carry
        for (day, days), _, _, carry in carried_through(known, end, **rules)
        if day < start
    ]
    begins = max([start, *ends])
    return _seven(fills, begins, begins + round(end - begins), rules)


def _nine(fills, start, end, rules, until):
    horizon = max(end, fills[-1][0]) if until is None else until
    fills = [fill for fill in fills if fill[0] <= horizon]
    if not fills or fills[0][0] > end:
        return nan
    weighed = 0.0
    for (day, _), interval, gap, _ in carried_through(fills, horizon, **rules):
        within = min(day + interval, end, inf) - max(day, start)
        if within > 0:
            weighed += within * (1 - gap / interval)
    return weighed / (end - start)
