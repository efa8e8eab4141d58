"""The built wheel is whole: it runs away from the checkout, beside the libraries of the runtime lock alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.house.source import ROOT, packages, project


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's ``bin``: the wheel, and links to what the runtime lock pins; nothing of the checkout."""
    home = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    (site,) = (home / "lib").glob("python3*/site-packages")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, marker in re.findall(r"^([A-Za-z0-9._-]+)==[^\s;]+( ;[^\\]*)?", lock, flags=re.MULTILINE):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            assert marker, f"{name} is pinned for this platform and not installed"
            continue
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(distribution(name).locate_file(top))
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=300)
    return home / "bin"


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run with a bare environment, as a user's shell would have it."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR", "HOME"}}
    return subprocess.run(
        [program, *arguments], check=False, cwd=cwd, env=kept, capture_output=True, text=True, timeout=600
    )


def test_the_wheel_holds_every_file_the_product_reads(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for package in packages()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    sample = {f"register/sample/data/{path.name}" for path in (ROOT / "data" / "sample").iterdir()}
    assert sample
    assert (wanted | sample) - held == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    held = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert held == {*packages(), f"rajaus-{project()['project']['version']}.dist-info"}
    assert wheel.stat().st_size < 20_000_000


def test_the_program_runs_from_the_wheel_and_not_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    version = run(installed / "rajaus", "--version", cwd=tmp_path)
    assert (version.returncode, version.stdout.split()[-1]) == (0, project()["project"]["version"]), version.stderr
    where = run(installed / "python", "-c", "import core, ledger; print(core.__file__)", cwd=tmp_path)
    assert where.stdout.startswith(str(installed.parent)), where.stdout + where.stderr
    absent = run(installed / "python", "-c", "import pytest", cwd=tmp_path)
    assert "ModuleNotFoundError" in absent.stderr


def test_a_store_is_made_and_looked_at_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    for arguments in (("init",), ("doctor", "--json"), ("register", "status", "--json")):
        done = run(installed / "rajaus", *arguments, cwd=tmp_path)
        assert done.returncode in ({0, 4} if arguments[0] == "register" else {0}), done.stderr + done.stdout
    assert (tmp_path / "rajaus-home" / "ledger.db").is_file()


def test_the_demo_runs_from_the_wheel_in_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "rajaus", "demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert any(tmp_path.iterdir()), "the demo says where its files lie; they lie here"
