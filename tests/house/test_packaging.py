"""What is installed is what is declared, and nothing in the repository names a host to install it from."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions, requires, version

import pytest
from packaging.requirements import Requirement

from tests.house.source import ROOT, modules, packages, project

LOCKS = ("requirements.lock", "requirements-dev.lock")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*, extras: bool = True) -> dict[str, Requirement]:
    table = project()["project"]
    texts = list(table["dependencies"])
    if extras:
        texts += [text for extra in table["optional-dependencies"].values() for text in extra]
    return {canonical(r.name): r for r in map(Requirement, texts)}


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonical(n): v for n, v in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, flags=re.MULTILINE)}


def apart() -> set[str]:
    """Libraries of the environments that ``scripts/spark.sh`` makes; the product runs without them."""
    texts = [(ROOT / "scripts" / f"{engine}.txt").read_text(encoding="utf-8") for engine in ("spark", "sail")]
    return {canonical(Requirement(line).name) for text in texts for line in text.splitlines()}


def test_every_library_the_product_imports_is_declared() -> None:
    owners = packages_distributions()
    known = {*declared(), "pydantic-core"}  # part of pydantic, pinned by it
    elsewhere = {*apart(), *packages(), *sys.stdlib_module_names}
    missing = set()
    for module in modules():
        for node in ast.walk(module.tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for top in {name.split(".")[0] for name in names} - elsewhere:
                if not known & {canonical(owner) for owner in owners.get(top, [])}:
                    missing.add(f"{module.name}: {top}")
    assert not missing, "\n".join(sorted(missing))


def test_every_declared_library_is_imported() -> None:
    """``psycopg`` is named by the ledger's URL and ``tzdata`` read by ``zoneinfo``; the rest is imported."""
    imported = {
        name.split(".")[0]
        for module in modules()
        for node in ast.walk(module.tree)
        for name in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    owners = packages_distributions()
    used = {canonical(owner) for top in imported for owner in owners.get(top, [])}
    assert set(declared()) - used - {"psycopg", "tzdata"} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_satisfies_what_is_declared(lock: str) -> None:
    pins = pinned(lock)
    wrong = [str(r) for name, r in declared().items() if name not in pins or not r.specifier.contains(pins[name])]
    assert wrong == []


def test_both_locks_agree_and_are_what_runs_here() -> None:
    runtime, development = (pinned(lock) for lock in LOCKS)
    assert {n: v for n, v in runtime.items() if development.get(n) != v} == {}
    assert {n: (v, version(n)) for n, v in runtime.items() if n != "colorama" and version(n) != v} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_carries_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_no_lock_and_no_configuration_names_a_host() -> None:
    names = (*LOCKS, "pyproject.toml", "Makefile", ".ci/run", "scripts/lock.sh")
    host = re.compile(r"(https?|ftp|file)://|--(extra-)?index-url[ =]|--find-links[ =]|--trusted-host")
    found = [n for n in names if host.search((ROOT / n).read_text(encoding="utf-8").replace("(https?|file)://", ""))]
    assert found == []
    assert not [p.name for n in ("pip.conf", "uv.toml", ".pypirc") if (p := ROOT / n).exists()]


def test_the_editable_install_is_this_project() -> None:
    assert distribution("rajaus").version == project()["project"]["version"]
    assert {canonical(Requirement(r).name) for r in requires("rajaus") or []} == set(declared())


def test_the_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {"demo", "test"} <= named <= targets | {"and"}


def test_the_build_server_runs_what_people_run() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert "make test" in text
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0
