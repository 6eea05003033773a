"""The package as people install it: built, installed alone into an empty environment, and run."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
pytestmark = pytest.mark.slow
HEAVY = {".nbi", ".nbc", ".pyc"}
"""What a computer makes for itself."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources as they are."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    (built,) = folder.glob("objclass-*.whl")
    return built


def run(*words: object, cwd: Path | None = None) -> str:
    """Run a program, away from this environment, and return what it printed."""
    away = {"PYTHONPATH", "VIRTUAL_ENV", "OBJCLASS_CACHE", "NUMBA_CACHE_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in away}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def metadata(wheel: Path) -> Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_it_is_one_file_for_every_computer_and_needs_no_compiler(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [name for name in names if Path(name).suffix in HEAVY] == []
    needed = {"py.typed", "page/static/index.html", "painting/fonts/DejaVuSans.ttf"}
    assert {f"objclass/{name}" for name in needed} <= set(names)
    for licence in ("LICENSE", "objclass/painting/fonts/LICENSE"):
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names)
    assert wheel.stat().st_size < 5_000_000


def test_it_says_what_it_is(wheel: Path) -> None:
    said = metadata(wheel)
    assert (said["Name"], said["Version"]) == ("objclass", PROJECT["version"])
    assert (said["License-Expression"], said["Requires-Python"]) == ("BSD-3-Clause", ">=3.11")
    assert said["Description-Content-Type"] == "text/markdown"
    assert "Classify whole objects" in str(said.get_payload())
    kinds = {line.partition(" :: ")[0] for line in said.get_all("Classifier", [])}
    assert {"Development Status", "Intended Audience", "Programming Language", "Topic"} <= kinds
    extras = set(said.get_all("Provides-Extra", []))
    assert {"ui", "dask", "remote", "imagej", "anndata"} <= extras


@pytest.mark.timeout(1800)
def test_installed_alone_it_shows_itself(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel)
    said = run(programs / "objclass", "demo", cwd=tmp_path)
    assert "280 objects; 148 epithelium, 132 stroma" in said
    assert (tmp_path / "objclass-demo/results/ihc_overlay.png").stat().st_size > 100_000
    home = run(programs / "python", "-c", "import objclass; print(objclass.__file__)", cwd=tmp_path)
    assert (tmp_path / "venv") in Path(home.strip()).parents
