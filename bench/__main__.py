"""`make bench`: one table; with --out FILE also JSON."""

import argparse
import tempfile
from pathlib import Path

from django.utils.module_loading import import_string

from bench.house import house
from bench.results import table, write


def main() -> None:
    """Start a house, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the results as JSON here too")
    parser.add_argument(
        "--only", nargs="*", metavar="PART", help="ingest, storage, pump, science, genome"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ekb-") as folder:
        Path(folder).chmod(0o711)
        with house(Path(folder)) as running:
            # Only now: models can be imported once Django knows its database.
            measure = import_string("bench.suite.measure")
            results = measure(running, options.only)
    print(table(results))
    if options.out:
        write(results, options.out)


if __name__ == "__main__":
    main()
