#!/usr/bin/env python3
"""Django's entry, and the operator's.

`--data DIR` finds the running system of that folder, for every command alike; it has to be known
before settings are read.
"""

import os
import sys

from django.core.management import execute_from_command_line, load_command_class

# Commands on files alone start without the house, which takes longer than their work.
ALONE = {"score_genome", "call_pgx", "load_pgx"}


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


def main(arguments: list[str]) -> None:
    """One command."""
    if len(arguments) > 1 and arguments[1] in ALONE:
        os.environ["DJANGO_SETTINGS_MODULE"] = "backend.omics.alone"
        load_command_class("backend.omics", arguments[1]).run_from_argv(arguments)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main(take_data_folder(sys.argv))
