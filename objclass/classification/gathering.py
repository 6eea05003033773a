"""Gathering what is learned from: rows of matched objects, image by image, then joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from objclass.annotations.matches import ImageExamples as Matched
from objclass.classification.examples import Examples, Rule
from objclass.data.objects import ObjectTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TableOf: TypeAlias = Callable[[int], ObjectTable]
"""The feature table of a frame."""

OfImage: TypeAlias = "tuple[str, NDArray[np.float64], NDArray[np.int64]]"
"""Digest of the examples of an image, their rows (n, f) and their class numbers (n,)."""


def rows(
    tables: Iterable[TableOf], frame: int, ids: NDArray[np.uint64], columns: Sequence[str]
) -> NDArray[np.float64]:
    """Return the features (n, f) of objects of one frame; each column stands in one table."""
    import numpy as np

    values: dict[str, NDArray[np.generic]] = {}
    for table_of in tables:
        table = table_of(frame)
        at = np.searchsorted(table.ids, ids)
        values.update({name: array[at] for name, array in table.columns.items()})
    return np.stack([values[name] for name in columns], axis=1)


def gathered(
    matched: Matched, tables: Sequence[TableOf], columns: Sequence[str], classes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return features and class numbers of the annotated objects of one image.

    Parameters
    ----------
    matched
        The objects and their classes, as matching found them.
    tables
        Feature tables by frame; together they hold all `columns` of all these objects.
    columns
        Names of the f columns to learn from.
    classes
        Class names; those of `matched` are among them.

    Returns
    -------
    X
        float64 (n, f), in the order of `matched`.
    y
        int64 (n,), counted from 0.
    """
    import numpy as np

    X = np.empty((len(matched.ids), len(columns)))
    for frame in np.unique(matched.frames):
        here = matched.frames == frame
        X[here] = rows(tables, int(frame), matched.ids[here], columns)
    return X, np.array([classes.index(name) for name in matched.classes], np.int64)


def join(
    images: Sequence[OfImage],
    columns: Sequence[str],
    units: Sequence[str] = (),
    missing: Rule = "zero",
) -> Examples:
    """Return the examples of all images, in the order given.

    Images with the same examples (an image given twice) count as one image.
    """
    import numpy as np

    digests = sorted({digest for digest, _, _ in images})
    numbers = np.array([digests.index(digest) for digest, _, _ in images], np.int64)
    X = np.concatenate([np.empty((0, len(columns)))] + [X for _, X, _ in images])
    y = np.concatenate([np.empty(0, np.int64)] + [y for _, _, y in images])
    image = np.repeat(numbers, [len(y) for _, _, y in images])
    return Examples(X, y, tuple(columns), tuple(units), missing, image)
