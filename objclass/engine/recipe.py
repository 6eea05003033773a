"""The recipe of a step: everything that decides its result, and nothing else.

Comments, key order, defaults written out, paths, block size, workers, hosts and times are
not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from objclass.data.digest import of_value
from objclass.engine.artifact import EMPTY, Artifact
from objclass.engine.node import Part, Read


def preimage(
    kind: str,
    part: Part,
    reads: Mapping[str, Sequence[tuple[str | None, Artifact]]],
    t: int | None = None,
) -> dict[str, Any]:
    """Return what the recipe is the digest of.

    Parameters
    ----------
    kind
        Kind of the node.
    part
        The part to make.
    reads
        For every read its artifacts in order, each with the name of its image (joins only).
    t
        The frame, for parts whose results hold time points.
    """
    name = f"{part.recipe_kind or kind}.{part.name}" + (f"@{part.variant}" if part.variant else "")
    return {
        "kind": name,
        "version": part.version,
        "parameters": dict(part.parameters),
        "reads": {read.name: _digests(read, reads[read.name]) for read in part.reads},
        **({"place": [part.place[0] + (t or 0), *part.place[1:]]} if part.place else {}),
    }


def recipe(image: Mapping[str, Any]) -> str:
    """Return the digest of a pre-image."""
    return of_value(image)


def _digests(read: Read, artifacts: Sequence[tuple[str | None, Artifact]]) -> list[str]:
    if read.subtrees == ():  # looked at by the gate alone
        return []
    found = [subset(artifact, read.subtrees) for _, artifact in artifacts]
    return sorted(d for d in found if d != EMPTY) if read.as_set else found


def subset(artifact: Artifact, subtrees: tuple[str, ...] | None) -> str:
    """Return the digest of an artifact, or of the named subtrees alone."""
    if subtrees is None or artifact.digest == EMPTY:
        return artifact.digest
    return of_value([artifact.subtrees[name] for name in subtrees])
