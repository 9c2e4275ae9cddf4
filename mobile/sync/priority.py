"""Where two sources measure the same, which one counts: what is agreed, or what the patient chose.

A choice holds on this phone from the tap on; the server tells all days anew once it hears of it.
"""

import sqlite3
from collections import defaultdict
from typing import Any

from backend.wire.measures import MEASURES
from mobile.store import shadow
from mobile.sync import wishes
from mobile.sync.connections import connections


def path_of(kind: str) -> str:
    """Where the server is told."""
    return f"streams/{kind}/sources"


def order_of(db: sqlite3.Connection, kind: str, plan: dict[str, Any] | None) -> list[str]:
    """The sources in the order in which they count; the patient's own word while it waits."""
    order = plan.get("sources") if plan else ()
    if wishes.is_waiting(db, path_of(kind)):
        order = wishes.chosen(db, path_of(kind)).get("sources")
    return [str(name) for name in order] if isinstance(order, list) else []


def orders(db: sqlite3.Connection) -> dict[str, list[str]]:
    """By kind."""
    plans = {row["kind"]: row for row in shadow.rows(db, "plans")}
    return {kind: order for kind in MEASURES if (order := order_of(db, kind, plans.get(kind)))}


def rivals(db: sqlite3.Connection) -> dict[str, list[str]]:
    """By source, the kinds that another one of this phone's sources measures too."""
    named = {_tag(db, one.source): one.source for one in connections(db)}
    rows = db.execute(
        "SELECT DISTINCT kind, source FROM item WHERE sort = 'upload' AND state != 'refused'"
    ).fetchall()
    sources: dict[str, set[str]] = defaultdict(set)
    for kind, source in rows:
        sources[kind].add(source)
    found: dict[str, list[str]] = defaultdict(list)
    for kind in MEASURES:
        at_work = sources.get(_tag(db, kind), set())
        for tag in at_work if len(at_work) > 1 else ():
            if tag in named:
                found[named[tag]].append(kind)
    return dict(found)


def put_first(db: sqlite3.Connection, source: str) -> None:
    """This source counts first for all that it and another one measure."""
    now = orders(db)
    for kind in rivals(db).get(source, []):
        rest = [name for name in now.get(kind, []) if name != source]
        if now.get(kind, [""])[:1] != [source]:
            wishes.wish(db, path_of(kind), sources=[source, *rest])


def _tag(db: sqlite3.Connection, name: str) -> Any:
    """As names lie in the sealed store."""
    return db.execute("SELECT tag(?)", (name,)).fetchone()[0]
