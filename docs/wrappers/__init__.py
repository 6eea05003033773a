"""What other systems need to run objclass, made from its command line: containers and wrappers."""

from __future__ import annotations

from collections.abc import Callable

from wrappers import biomero, container, fractal, galaxy, nextflow, snakemake

FILES: dict[str, Callable[[], str]] = {
    f"wrappers/{name}": make
    for room in (container, fractal, biomero, galaxy, nextflow, snakemake)
    for name, make in room.FILES.items()
}
"""Path in the repository to what makes its text."""
