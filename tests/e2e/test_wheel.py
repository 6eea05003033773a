"""The package as people install it: built, installed alone into an empty environment, and run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
pytestmark = pytest.mark.slow
HEAVY = {".nbi", ".nbc", ".pyc"}
"""What a computer makes for itself."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sdist and wheel: those to be released, or built of the sources."""
    if given := os.environ.get("OBJCLASS_DIST"):
        return Path(given).absolute()
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder)
    return folder


def build(sources: Path, folder: Path) -> None:
    """Build an sdist, and a wheel of what is in it."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, sources)


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    (found,) = built.glob("objclass-*.whl")
    return found


@pytest.fixture(scope="module")
def sdist(built: Path) -> set[str]:
    """Names of what is in the sdist, below its folder."""
    (found,) = built.glob("objclass-*.tar.gz")
    with tarfile.open(found) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


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
    assert (said["License-Expression"], said["Requires-Python"]) == (PROJECT["license"], ">=3.11")
    assert said["Description-Content-Type"] == "text/markdown"
    assert str(said.get_payload()).startswith("# objclass\n\n**Label thirty objects")
    kinds = {line.partition(" :: ")[0] for line in said.get_all("Classifier", [])}
    assert {"Development Status", "Intended Audience", "Programming Language", "Topic"} <= kinds
    extras = set(said.get_all("Provides-Extra", []))
    assert {"ui", "dask", "remote", "imagej", "anndata"} <= extras


def test_every_file_under_another_licence_is_told_by_the_expression(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        licences = [n for n in archive.namelist() if "/licenses/" in n]
        texts = [archive.read(name).decode() for name in licences]
    assert metadata(wheel)["License-Expression"] == "BSD-3-Clause AND Bitstream-Vera"
    assert [text.split("\n")[0] for text in sorted(texts)] == [
        "BSD 3-Clause License",
        "Fonts are (c) Bitstream (see below). DejaVu changes are in public domain.",
    ]


def test_the_sources_hold_what_tests_and_builds_them(sdist: Path) -> None:
    tracked = run("git", "ls-files", cwd=ROOT).split() if (ROOT / ".git").exists() else []
    expected = {name for name in tracked if not name.startswith(".")}
    assert sorted(expected - sdist) == []


def test_the_files_that_the_containers_copy_make_the_same_wheel(
    wheel: Path, tmp_path: Path
) -> None:
    definition = (ROOT / "wrappers/container/objclass.def").read_text(encoding="utf-8")
    copied = definition.split("%files\n")[1].split("\n\n")[0]
    for line in copied.splitlines():
        name = line.split()[0]
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "-o", tmp_path, tmp_path)
    (again,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert set(first.namelist()) == set(second.namelist())


OFFLINE = """
import sys

def refuse(event, given):
    if event == "socket.getaddrinfo" and given[0] not in ("127.0.0.1", "localhost", None):
        raise OSError(f"a network was asked for {given[0]}")

sys.addaudithook(refuse)
"""
"""What every program of the environment begins with, so that none reaches a network."""
PYTHONS = [line.split()[-1] for line in PROJECT["classifiers"] if "Python :: 3." in line]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("version", PYTHONS)
def test_installed_alone_it_shows_itself(wheel: Path, tmp_path: Path, version: str) -> None:
    python = python_of(version)
    programs = installed(wheel, tmp_path / "venv", python)
    said = run(programs / "objclass", "demo", "d", "--report", cwd=tmp_path)
    assert "280 objects; 148 epithelium, 132 stroma" in said
    assert (tmp_path / "d/results/ihc_overlay.png").stat().st_size > 100_000
    assert (tmp_path / "d/prediction_map.report.html").is_file()
    home = run(programs / "python", "-c", "import objclass; print(objclass.__file__)", cwd=tmp_path)
    assert (tmp_path / "venv") in Path(home.strip()).parents
    page = asked(programs / "objclass", "demo", "p", "--label", "--no-browser", cwd=tmp_path)
    assert "<title>objclass" in page
    assert '"epithelium"' in page


def python_of(version: str) -> str:
    """Return the interpreter of a version; skip where there is none, or a mere promise of one."""
    for folder in os.get_exec_path():
        found = shutil.which(f"python{version}", path=folder)
        tried = [found or "false", "-c", "import venv"]
        if found and subprocess.run(tried, capture_output=True).returncode == 0:
            return found
    pytest.skip(f"no python{version} on this machine")


def installed(wheel: Path, folder: Path, python: str) -> Path:
    """Install the wheel and what it needs as wheels, offline from then on; return the programs."""
    run(python, "-m", "venv", folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = (programs / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt")
    run(*pip, "--only-binary", ":all:", f"{wheel}[ui]")  # no compiler is asked for
    packages = run(programs / "python", "-c", PURELIB).strip()
    Path(packages, "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    return programs


def asked(*words: object, cwd: Path) -> str:
    """Run a program that serves a page, and return what the page says of the project first."""
    with subprocess.Popen(list(map(str, words)), cwd=cwd, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        lines = takewhile(lambda line: not line.startswith("ctrl-c"), it.stdout)
        [address] = [line.split()[1] for line in lines if line.startswith("open ")]
        try:
            return answer(address)
        finally:
            it.send_signal(signal.SIGINT)


def answer(address: str) -> str:
    """Return the page, and what it asks for first."""
    with (
        urlopen(address, timeout=300) as page,
        urlopen(f"{address}api/state", timeout=300) as state,
    ):
        return str(page.read().decode() + state.read().decode())


PURELIB = "import sysconfig; print(sysconfig.get_path('purelib'))"
