"""Whether arrays from anywhere are trees that one can walk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.classification.array_checks import out_of_range, wrong_shapes
from objclass.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]


def tree_problems(arrays: Arrays, columns: int, classes: int, owner: str) -> Iterator[Problem]:
    """Yield what makes arrays unfit to walk.

    A walk over arrays that pass ends and reads only inside them: children come after their
    parent, every node has at most one parent, and all indices and thresholds are in range.
    """
    for found in (
        _lengths(arrays, classes, owner),
        _links(arrays, columns, owner),
        _numbers(arrays, owner),
    ):
        told = list(found)
        yield from told
        if told:
            return


def _lengths(arrays: Arrays, classes: int, owner: str) -> Iterator[Problem]:
    """Shapes that must agree."""
    nodes = len(arrays["feature"])
    shapes = dict.fromkeys(("threshold", "left", "right"), (nodes,))
    wanted: dict[str, tuple[int, ...]] = {**shapes, "value": (nodes, classes)}
    yield from wrong_shapes(arrays, wanted, owner)
    if len(arrays["root"]) == 0:
        yield Problem(f"the {owner} has no tree")


def _links(arrays: Arrays, columns: int, owner: str) -> Iterator[Problem]:
    """Every index is inside its array, and every walk goes forward."""
    import numpy as np

    feature, root, left, right = (
        _integers(arrays, n) for n in ("feature", "root", "left", "right")
    )
    nodes = len(feature)
    index = np.arange(nodes)
    inner = feature >= 0
    yield from out_of_range("feature", feature, (feature >= -1) & (feature < columns), owner)
    yield from out_of_range("root", root, (root >= 0) & (root < nodes), owner)
    for side, child in (("left", left), ("right", right)):
        right_place = np.where(inner, (child > index) & (child < nodes), child == -1)
        yield from out_of_range(side, child, right_place, owner)


def _integers(arrays: Arrays, name: str) -> NDArray[np.int32]:
    import numpy as np

    return np.asarray(arrays[name], np.int32)


def _numbers(arrays: Arrays, owner: str) -> Iterator[Problem]:
    """One parent per node, finite thresholds."""
    import numpy as np

    inner = _integers(arrays, "feature") >= 0
    left, right, root = (_integers(arrays, name) for name in ("left", "right", "root"))
    parents = np.bincount(np.concatenate([left[inner], right[inner], root]), minlength=len(inner))
    yield from out_of_range("left, right and root", parents, parents <= 1, owner)
    threshold = np.asarray(arrays["threshold"], np.float64)
    yield from out_of_range("threshold", threshold, np.isfinite(threshold), owner)
