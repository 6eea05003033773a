"""Training examples: annotated feature rows, and what happens to their missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from objclass.data.dataclass import dataclass
from objclass.data.model import MAX_CLASSES, RULES
from objclass.errors import Problem, RunError, list_some

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.classification.reprojection import Reprojection

    Floats = NDArray[np.floating]

Rule = Literal["zero", "impute", "refuse"]
NAMED = 3
"""Objects that are named where values are missing."""


@dataclass(frozen=True)
class Examples:
    """Annotated objects, in an order that does not depend on files or time.

    Parameters
    ----------
    X
        float64 (n, f), one row an object, sorted by (image digest, t, position).
    y
        int (n,), index of the class of each row, counted from 0.
    columns
        Names of the f columns.
    units
        Their units; empty where nobody said.
    missing
        What NaN and ±inf become: ``zero``, the column's median (``impute``), or an error
        (``refuse``).
    image
        int64 (n,), the image of each row, counted from 0; None where all are of one.
    names
        What each row is called, such as ``3 of 'a'``; empty where nobody said.
    choose
        True to learn from a few of the columns, chosen anew by whoever learns.
    reprojection
        Gives columns along axes that have not seen what is held out; None where no column
        follows from other objects.
    """

    X: NDArray[np.float64]
    y: NDArray[np.integer]
    columns: tuple[str, ...]
    units: tuple[str, ...] = ()
    missing: Rule = "zero"
    image: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()
    choose: bool = False
    reprojection: Reprojection | None = None

    def __len__(self) -> int:
        return len(self.y)

    def only(self, columns: Sequence[str]) -> Examples:
        """Return the examples with some of the columns."""
        if tuple(columns) == self.columns:
            return self
        at = [self.columns.index(name) for name in columns]
        units = tuple(self.units[k] for k in at) if self.units else ()
        return replace(self, X=self.X[:, at], columns=tuple(columns), units=units)

    def rows_without(self, held_out: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return all rows (n, f) as they are where some examples (n,) have no part in them."""
        if self.reprojection is None or not held_out.any():
            return self.X
        numbers = self.reprojection.columns
        at = [k for k, name in enumerate(self.columns) if name in numbers]
        if not at:
            return self.X
        found = self.X.copy()
        chosen = [numbers[self.columns[k]] for k in at]
        found[:, at] = self.reprojection.components(held_out)[:, chosen]
        return found

    @property
    def images(self) -> int:
        """Number of images that have examples."""
        return min(len(self), 1) if self.image is None else len(set(self.image.tolist()))


def absent(X: Floats) -> NDArray[np.bool_]:
    """Return where `X` has no usable number: NaN, ±inf, or beyond the range of float32."""
    import numpy as np

    with np.errstate(over="ignore"):
        return ~np.isfinite(X.astype(np.float32, copy=False))


def medians(X: Floats) -> NDArray[np.float64]:
    """Return the median of the usable numbers of each column; 0 for a column without any."""
    import numpy as np

    missing = absent(X)
    return np.array(
        [
            np.median(X[~missing[:, k], k].astype(np.float64)) if not missing[:, k].all() else 0.0
            for k in range(X.shape[1])
        ],
        dtype=np.float64,
    )


def fill(
    X: Floats,
    rule: Rule,
    medians: NDArray[np.float64] | None = None,
    columns: Sequence[str] = (),
    rows: Sequence[str] = (),
) -> tuple[Floats, NDArray[np.int64]]:
    """Return `X` without missing values, and how many each column had.

    Parameters
    ----------
    X
        Floats (n, f); not changed.
    rule
        ``zero`` (ilastik's), ``impute`` (the column's median) or ``refuse``.
    medians
        float64 (f,), of the training examples; needed by ``impute``.
    columns
        Names for the message of ``refuse``.
    rows
        What the rows are called in it.

    Returns
    -------
    X
        Floats (n, f) of the same dtype, all finite as float32; the same array where nothing
        was missing.
    counts
        int64 (f,), missing values per column: NaN, ±inf and beyond the range of float32.

    Raises
    ------
    RunError
        Under ``refuse``, naming the columns and the rows.
    """
    import numpy as np

    missing = absent(X)
    counts = missing.sum(axis=0, dtype=np.int64)
    if not counts.any():
        return X, counts
    if rule == "refuse":
        raise RunError(_refuse(missing, columns, rows))
    replacement = medians if rule == "impute" and medians is not None else np.zeros(X.shape[1])
    return np.where(missing, replacement.astype(X.dtype), X), counts


def _refuse(missing: NDArray[np.bool_], columns: Sequence[str], rows: Sequence[str]) -> Problem:
    names = columns or [str(k) for k in range(missing.shape[1])]
    found = [missing_in(name, missing[:, k], rows) for k, name in enumerate(names)]
    return Problem(
        "features have missing or infinite values",
        got=list_some(filter(None, found)),
        expected="finite numbers, because of 'missing: refuse'",
        fix="leave these columns out with 'use', or set 'missing: zero' or 'missing: impute'",
    )


def missing_in(column: str, missing: NDArray[np.bool_], rows: Sequence[str] = ()) -> str:
    """Return a column with how many objects lack a value, and the first of them; empty for none."""
    count = int(missing.sum())
    if not count:
        return ""
    first = list_some([rows[k] for k in missing.nonzero()[0].tolist()], NAMED) if rows else ""
    return f"{column} ({count} of {len(missing)} objects{f': {first}' if first else ''})"


def check(examples: Examples, classes: Sequence[str]) -> None:
    """Raise a :class:`RunError` where nothing can be learned from the examples."""
    found = _shape_problems(examples, classes) or _content_problems(examples, classes)
    if found:
        raise RunError(*found)


def _shape_problems(examples: Examples, classes: Sequence[str]) -> list[Problem]:
    """What does not fit together; the caller made it, not the annotator."""
    shape = (len(examples.y), len(examples.columns))
    found = []
    if examples.X.shape != shape:
        found.append(Problem("shape of the examples", str(examples.X.shape), str(shape)))
    if len(classes) > MAX_CLASSES:
        found.append(
            Problem("too many classes", got=str(len(classes)), expected=f"at most {MAX_CLASSES}")
        )
    if len(set(classes)) < len(classes) or len(set(examples.columns)) < len(examples.columns):
        found.append(Problem("a class or column name stands twice", fix="rename one of them"))
    if examples.missing not in RULES:
        found.append(Problem("rule 'missing'", repr(examples.missing), " or ".join(RULES)))
    if len(examples) and not 0 <= int(examples.y.min()) <= int(examples.y.max()) < len(classes):
        found.append(Problem("an example has a class number that has no name"))
    return found


def _content_problems(examples: Examples, classes: Sequence[str]) -> list[Problem]:
    """What a person can mend with more annotations or other columns."""
    if not examples.columns:
        return [Problem("no feature columns to learn from", fix="measure or use at least one")]
    if len(classes) < 2:
        return [
            Problem(
                "a classifier needs two classes",
                got=list_some(classes) or "none",
                fix="annotate objects of a second class",
            )
        ]
    if len(examples) == 0:
        return [
            Problem(
                "no annotated objects to learn from", fix="annotate a few objects of each class"
            )
        ]
    present = sorted({int(k) for k in examples.y})
    if len(present) < 2:
        others = [name for k, name in enumerate(classes) if k not in present]
        return [
            Problem(
                f"all {len(examples)} annotated objects are of one class",
                got=classes[present[0]],
                fix=f"annotate objects of {list_some(others)} too",
            )
        ]
    return []


def check_varied(X: Floats, columns: Sequence[str]) -> None:
    """Raise a :class:`RunError` where no column of the filled `X` tells two objects apart."""
    if len(constant(X)) == X.shape[1]:
        raise RunError(
            Problem(
                "every feature has the same value in all annotated objects",
                got=list_some(columns),
                fix="measure other features, or annotate objects that differ in them",
            )
        )


def constant(X: Floats) -> list[int]:
    """Return the columns that hold one value only, as forests see them (float32)."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        as_seen = X.astype(np.float32, copy=False)
    return [k for k in range(X.shape[1]) if len(X) == 0 or (as_seen[:, k] == as_seen[0, k]).all()]
