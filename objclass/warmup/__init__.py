"""Compiles all kernels beforehand, by running small drawn images through every workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.engine.outcome import StepOutcome
from objclass.errors import InputError, Problem
from objclass.run import Request, prepare
from objclass.warmup.likeness import write_likeness
from objclass.warmup.samples import DrawnSample
from objclass.warmup.texts import ilastik_text, raw_text, workflow_text

TYPES = ("uint8", "uint16", "float32")
"""Types of raw voxels that machine code is made for; another one compiles what depends on it."""


@dataclass(frozen=True)
class Warmed:
    """What there is machine code of now.

    Parameters
    ----------
    kernels
        Number of kernels that have machine code.
    compiled
        Number of those that were compiled just now.
    kept
        Number of those whose machine code lies on a disk; the others are compiled again.
    folders
        Where it lies.
    left
        What could not be tried on drawn images, and why; its kernels are compiled when it runs.
    """

    kernels: int
    compiled: int
    kept: int
    folders: tuple[Path, ...]
    left: tuple[str, ...] = ()


def warm(tell: Callable[[Any], None] = lambda event: None) -> Warmed:
    """Compile every kernel that workflows use, in 2D and 3D, and keep the machine code on disk.

    Parameters
    ----------
    tell
        Called with steps as they start and outcomes as they end.

    Raises
    ------
    OSError
        If the temporary folder takes no files.
    """
    with _counted() as done:
        for sample, text in _workflows():
            _run(sample, text, tell)
    return done()


def warm_workflow(workflow: Path | str, request: Request | None = None) -> Warmed:
    """Compile what one workflow uses, on drawn images like those that it names.

    Nothing is read of its images but their headers, and nothing is written where it writes.

    Parameters
    ----------
    workflow
        The workflow's file.
    request
        Overrides, whether plugins are trusted, and who is told of steps.

    Raises
    ------
    InputError
        For what is wrong with the workflow, and where it cannot be tried on drawn images.
    OSError
        If the temporary folder takes no files.
    """
    request = request or Request()
    with _counted() as done, TemporaryDirectory() as name:
        folder = Path(name)
        job = prepare(workflow, replace(request, cache=folder / "cache"))
        (folder / "drawn").mkdir()
        outcomes = _tried(write_likeness(job, folder / "drawn"), request, workflow)
    bad = [each for each in outcomes if each.status not in ("ran", "cached")]
    return replace(done(), left=tuple(f"{each.step.key}: {each.reason}" for each in bad))


def _tried(file: Path, request: Request, workflow: Path | str) -> tuple[StepOutcome, ...]:
    """Run a workflow on drawn images."""
    drawn = Request(cache=file.parent / "cache", workers=1, tell=request.tell, trust_plugins=True)
    try:
        return prepare(file, drawn).run()
    except InputError as error:
        first = error.problems[0]
        problem = Problem(
            f"{workflow} cannot be tried on drawn images",
            got=first.what,
            fix="objclass warm, which compiles all kernels",
        )
        raise InputError(problem) from None


@contextmanager
def _counted() -> Iterator[Callable[[], Warmed]]:
    """Give a function that says what was compiled since."""
    from objclass.data.kernel import kernels_compiled, machine_code_homes

    before = kernels_compiled()

    def done() -> Warmed:
        homes = machine_code_homes()
        kept = [home for home in homes if home is not None]
        folders = tuple(dict.fromkeys(kept))
        return Warmed(len(homes), kernels_compiled() - before, len(kept), folders)

    yield done


def _workflows() -> Iterator[tuple[DrawnSample, str]]:
    """Yield images and what is done with them."""
    for axes in ("yx", "zyx"):
        samples = [DrawnSample(axes, dtype) for dtype in TYPES]
        yield samples[0], workflow_text(samples[0])
        yield from ((each, raw_text(each)) for each in samples[1:])
        yield samples[0], ilastik_text(samples[0])


def _run(sample: DrawnSample, text: str, tell: Callable[[Any], None]) -> None:
    """Run a workflow in a folder that is gone afterwards."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        sample.write(folder)
        file = folder / "warm.yaml"
        file.write_text(text, encoding="utf-8")
        outcomes = prepare(file, Request(cache=folder / "cache", workers=1, tell=tell)).run()
    bad = [outcome for outcome in outcomes if outcome.status not in ("ran", "cached")]
    if bad:
        raise RuntimeError(f"{bad[0].step.key}: {bad[0].reason}")
