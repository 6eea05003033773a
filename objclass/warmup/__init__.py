"""Compiles all kernels beforehand, by running small drawn images through every workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.run import Request, prepare
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
    """

    kernels: int
    compiled: int
    kept: int
    folders: tuple[Path, ...]


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
    from objclass.data.kernel import kernels_compiled, machine_code_homes

    before = kernels_compiled()
    for sample, text in _workflows():
        _run(sample, text, tell)
    homes = machine_code_homes()
    kept = [home for home in homes if home is not None]
    folders = tuple(dict.fromkeys(kept))
    return Warmed(len(homes), kernels_compiled() - before, len(kept), folders)


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
