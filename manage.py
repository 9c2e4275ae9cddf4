#!/usr/bin/env python3
"""Django's entry, and the operator's.

`--data DIR` finds the running system of that folder, for every command alike; it has to be known
before settings are read.
"""

import os
import sys

from django.core.management import execute_from_command_line

# Commands on files alone start with their room only: the whole house takes longer than their work.
ALONE = {
    "score_genome": "backend.omics.alone",
    "call_pgx": "backend.omics.alone",
    "load_pgx": "backend.omics.alone",
}


def take_data_folder(arguments: list[str]) -> list[str]:
    """The arguments without `--data`, which goes to the environment."""
    left = list(arguments)
    for i, argument in enumerate(arguments[:-1]):
        if argument == "--data":
            os.environ["EVENKEEL_DATA"] = arguments[i + 1]
            del left[i : i + 2]
            return left
    for argument in arguments:
        if argument.startswith("--data="):
            os.environ["EVENKEEL_DATA"] = argument.removeprefix("--data=")
            left.remove(argument)
            return left
    return left


if __name__ == "__main__":
    settings = ALONE.get("".join(sys.argv[1:2]), "backend.settings")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    execute_from_command_line(take_data_folder(sys.argv))
