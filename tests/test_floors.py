"""Each import contract of pyproject.toml fails on each import that it forbids.

A tree of tiny packages with the real names is planted with every forbidden import of one contract;
the linter, under the real configuration, must name each of them.
"""

import itertools
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, Any]] = {c["id"]: c for c in LINTER["contracts"]}
OURS = tuple(LINTER["root_packages"])

Import = tuple[str, str]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_each_forbidden_import_is_named(contract: dict[str, Any], tmp_path: Path) -> None:
    planted = sorted(set(forbidden_imports(contract)))
    assert planted
    leaves = plant(tmp_path, planted)
    code, report = lint(tmp_path, contract["id"])
    assert code == 1
    words = set(report.split())
    missed = [pair for pair, leaf in leaves.items() if leaf not in words]
    assert not missed


def test_a_tree_without_forbidden_imports_passes(tmp_path: Path) -> None:
    """Else the failures above would prove nothing; an import downward is allowed."""
    plant(tmp_path, [("backend.sync", "backend.patients"), ("backend.api", "backend.wire")])
    code, report = lint(tmp_path)
    assert code == 0, report


def forbidden_imports(contract: dict[str, Any]) -> Iterator[Import]:
    """Every (importer, imported) pair that the contract rules out."""
    if contract["type"] == "forbidden":
        yield from itertools.product(contract["source_modules"], contract["forbidden_modules"])
        return
    for container in contract.get("containers", [""]):
        layers = [list(members(layer, container)) for layer in contract["layers"]]
        for upper, lower in itertools.combinations(layers, 2):
            yield from itertools.product(lower, upper)
        for siblings in layers:
            yield from itertools.permutations(siblings, 2)


def members(layer: str, container: str) -> Iterator[str]:
    """The modules of one layer: 'a | b', '(optional)', relative to the container if any."""
    for name in layer.split("|"):
        yield ".".join(filter(None, [container, name.strip(" ()")]))


def plant(tree: Path, pairs: Iterable[Import]) -> dict[Import, str]:
    """Write the packages, and for each pair one module that makes the import; returns those."""
    shutil.copy(ROOT / "pyproject.toml", tree)
    for name in all_modules():
        grow(tree, name)
    leaves = {}
    for number, (importer, imported) in enumerate(pairs):
        leaf = tree.joinpath(*importer.split("."), f"plant{number}.py")
        grow(tree, importer)
        target = f"{imported}.quiet" if imported.split(".")[0] in OURS else imported
        leaf.write_text(f"import {target}\n")
        leaves[importer, imported] = f"{importer}.plant{number}"
    return leaves


def all_modules() -> set[str]:
    """Every module of ours that any contract names."""
    found = set(OURS)
    for contract in CONTRACTS.values():
        for pair in forbidden_imports(contract):
            found |= {name for name in pair if name.split(".")[0] in OURS}
    return found


def grow(tree: Path, name: str) -> None:
    """A package with a module that imports nothing."""
    folder = tree
    for part in name.split("."):
        folder /= part
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    (folder / "quiet.py").touch()


def lint(tree: Path, contract: str | None = None) -> tuple[int, str]:
    """Exit code and output of the linter."""
    only = ["--contract", contract] if contract else []
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *only]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"COLUMNS": "500"}
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout + done.stderr
