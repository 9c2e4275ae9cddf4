"""`make faults`: promises kept under kills, crashes and a bad network, as one table.

With --out FILE also JSON. Ends with an error if a promise was broken, or if a run that must break
one did not.
"""

import argparse
import logging
import signal
import sys
import tempfile
from pathlib import Path

from django.utils.module_loading import import_string

from bench.faults_house import house
from bench.results import Result, table, write

PARTS = {"reminders": "bench.faults_reminders", "sync": "bench.faults_sync"}


def main() -> None:
    """Start a house, let faults befall it, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the results as JSON here too")
    parser.add_argument("--only", nargs="*", metavar="PART", choices=PARTS, default=list(PARTS))
    parser.add_argument(
        "--small", action="store_true", help="a few minutes instead of half an hour"
    )
    options = parser.parse_args()
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # lost connections are the point
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that all is put away
    results: list[Result] = []
    broken = []
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="ekf-") as folder:
            Path(folder).chmod(0o711)
            with house(Path(folder)) as running:
                # Only now: models can be imported once Django knows its database.
                found = import_string(f"{PARTS[name]}.measure")(running, small=options.small)
                holds = import_string(f"{PARTS[name]}.holds")
        results += found
        broken += [result.name for result in found if not holds(result.detail)]
    print(table(results))
    if options.out:
        write(results, options.out)
    if broken:
        sys.exit(f"Not kept: {', '.join(broken)}.")


if __name__ == "__main__":
    main()
