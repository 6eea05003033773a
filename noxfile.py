"""Every developer command: ``nox -l`` lists them, ``nox -s tests`` runs one."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint", "types"]
nox.options.default_venv_backend = "venv"
LOCKED = ("-c", "constraints.txt", "-e", ".[test]")


@nox.session
def tests(session: nox.Session) -> None:
    """The default tests, in under ten minutes on two cores."""
    session.install(*LOCKED)
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("-c", "constraints.txt", "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types of the package, strictly."""
    session.install(*LOCKED)
    session.run("mypy", "--strict", "objclass")


@nox.session
def oldest(session: nox.Session) -> None:
    """Kernels with the oldest numba that is declared, and the numpy that goes with it."""
    session.install("-e", ".[test]", "numba==0.63.*")
    session.run("pytest", "tests/unit/data", *session.posargs)


@nox.session
def laws(session: nox.Session) -> None:
    """Property tests with examples that nobody has seen before, then those at length."""
    session.install(*LOCKED)
    new = ("--hypothesis-profile", "new examples", "-p", "no:cacheprovider")
    session.run("pytest", "tests/property", *new, *session.posargs)
    session.run("pytest", "-m", "slow", *new, *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Build the documentation as a site into build/site, strictly."""
    session.install("-c", "constraints.txt", "zensical")
    session.run("python", "docs/site.py")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """CPU time and memory of kernels and commands."""
    session.install(*LOCKED)
    session.run("pytest", "-m", "benchmark", "-s", "-n", "0", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Generate the reference pages and the schema from the code."""
    session.install(*LOCKED)
    session.run("python", "docs/generate.py", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Test the tagged commit in a clone of its own and build it into dist; upload nothing."""
    session.run("python", "release.py")
    session.install("build", "twine")
    clone = Path(session.create_tmp(), "clone")
    shutil.rmtree(clone, ignore_errors=True)
    session.run("git", "clone", "-q", ".", str(clone), external=True)
    with session.chdir(clone):
        wholly = {"PYTEST_ADDOPTS": "--refuse-skips"}
        session.run("bash", ".ci/run", env=wholly, external=True)
        session.run("python", "-m", "build")  # the wheel is built from the sdist
        built = sorted(str(path) for path in Path("dist").absolute().iterdir())
        session.run("twine", "check", "--strict", *built)
        pytest = (".venv/bin/pytest", "-n", "0", "-m", "slow", "tests/e2e/test_wheel.py")
        session.run(*pytest, env={**wholly, "OBJCLASS_DIST": "dist"}, external=True)
        session.run("python", "release.py")  # the tests left nothing behind
    shutil.rmtree("dist", ignore_errors=True)
    shutil.copytree(clone / "dist", "dist")
    session.log(f"tested and built: {', '.join(sorted(map(str, Path('dist').iterdir())))}")
