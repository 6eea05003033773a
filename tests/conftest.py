"""Fixtures that every room may use, and what holds for every test."""

from __future__ import annotations

import gc
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
LOADED = (
    "objclass.run", "objclass.engine.schedulers.processes", "objclass.io.tiff_write",
    "objclass.io.hdf5", "objclass.nodes.segmenting", "objclass.nodes.features.measuring",
    "objclass.measure.kernels.intensity", "objclass.nodes.classifier.learning",
    "objclass.nodes.classifier.assessing",
)  # fmt: skip
"""What a command has imported, about, when it starts workers."""
BENCHMARKS = "benchmark"
"""What is asked for where time is measured: all is as a person has it."""
CASES = HERE / "data" / "ilastik_cases"
SLOW_MACHINE = (HealthCheck.too_slow, HealthCheck.differing_executors)

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=SLOW_MACHINE, derandomize=True
)
settings.register_profile("new examples", settings.get_profile("any machine"), derandomize=False)
settings.load_profile("any machine")


MAY_SKIP = re.compile(
    r"reference data|is not in the reference|this system|the right to mount|is not allowed here"
    r"|root owns|another image than|no table of its training|before the signal|is not installed"
    r"|asks for"
)
"""Reasons for which no machine need run a test, so that a release does without it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which a release is tested."""
    what = "fail where tests were skipped that another machine would run"
    parser.addoption("--refuse-skips", action="store_true", help=what)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name the tests that were skipped, where they make the difference."""
    for place, why in refused(config):
        terminalreporter.write_line(f"skipped, and a release needs it: {place}: {why}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where tests were skipped that a release needs."""
    if refused(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def refused(config: pytest.Config) -> list[tuple[str, str]]:
    """Return where tests were skipped that a release needs, and why."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or not config.getoption("--refuse-skips"):
        return []
    skipped = (report.longrepr for report in reporter.stats.get("skipped", []))
    found = {(f"{path}:{line}", why) for path, line, why in skipped if not MAY_SKIP.search(why)}
    return sorted(found)


def pytest_collection_finish() -> None:
    """What is collected stays to the end: no search for garbage need go through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference cases and real data sets; tests that need it skip without it."""
    folder = HERE.parent.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference data beside the checkout is not here")
    return folder


@pytest.fixture(scope="session")
def ilastik_case(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a case that ilastik ran, by its name.

    All cases where the reference data lie beside the checkout, else those that travel with the
    tests; a test of any other case is skipped.
    """
    beside = HERE.parent.parent / "shared" / "reference" / "ilastik_cases"

    def folder(name: str) -> Path:
        if beside.is_dir():
            return beside / name
        if not (CASES / f"{name}.tar.xz").exists():
            pytest.skip("this case is only in the reference data, which are not here")
        return unpacked(name, tmp_path_factory.getbasetemp() / "ilastik_cases")

    return folder


def unpacked(name: str, into: Path) -> Path:
    """Unpack a case that travels with the tests, once, and return its folder."""
    if not (into / name).is_dir():
        with tarfile.open(CASES / f"{name}.tar.xz") as archive:
            archive.extractall(into, filter="data")
    return into / name


@pytest.fixture(scope="session", autouse=True)
def _trusted_plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests allow to run is not remembered in the home of who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("config")
        patch.setenv("OBJCLASS_TRUSTED_PLUGINS", str(folder / "trusted-plugins"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_worker() -> Iterator[None]:
    """Tests count what happens in their own process, unless they ask for workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBJCLASS_WORKERS", "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test writes need not outlive an outage: a flush asks for the file and is done.

    Commands in processes of their own flush as ever, and so do benchmarks.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.config.option.markexpr != BENCHMARKS:
            patch.setattr(os, "fsync", lambda handle: os.fstat(handle) and None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _workers_load_what_a_command_has(request: pytest.FixtureRequest) -> Iterator[None]:
    """Not what this process has: all that the tests before have imported and called.

    It takes seconds each time, which no command takes.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.config.option.markexpr != BENCHMARKS:
            patch.setattr("objclass.engine.nursery.loaded_modules", lambda: LOADED)
            patch.setattr("objclass.engine.nursery.loaded_kernels", list)
        yield
