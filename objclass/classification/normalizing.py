"""Features as robust z-scores within a group of images, such as a plate.

The median of the group's own objects is taken off and the rest divided by their median absolute
deviation, scaled as the standard deviation of a normal distribution. The usual cure of plate
effects; see Caicedo et al., Nature Methods 14, 849 (2017), https://doi.org/10.1038/nmeth.4397.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from objclass.classification.examples import absent
from objclass.data.dataclass import dataclass
from objclass.errors import Problem, RunError, list_some

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

NORMAL: Final = 1.4826
"""Median absolute deviations in a standard deviation of a normal distribution."""
ROUNDING: Final = 1e-12
"""A deviation this much below the largest value is an error of rounding."""
ENOUGH: Final = 20
"""Objects from which on their median says something of their group."""


@dataclass(frozen=True)
class GroupScale:
    """Where the objects of a group lie, column by column.

    Parameters
    ----------
    columns
        Names of the f columns.
    center
        float64 (f,), their medians; 0 for a column without any value.
    spread
        float64 (f,), 1.4826 times their median absolute deviations; 0 where more than half of
        the objects share one value, or none has a value.
    """

    columns: tuple[str, ...]
    center: NDArray[np.float64]
    spread: NDArray[np.float64]

    def normalize(self, X: Floats) -> NDArray[np.float64]:
        """Return rows (n, f) as z-scores; missing values stay missing.

        A column without spread tells nothing of a group that another plate would not tell
        otherwise: it is 0 for every object.
        """
        import numpy as np

        found = np.empty(X.shape)
        for k, column in enumerate(X.T):
            found[:, k] = self._z_scores(column, k)
        return found

    def _z_scores(self, column: NDArray[Any], k: int) -> NDArray[np.float64]:
        import numpy as np

        values = np.asarray(column, np.float64)
        if not self.spread[k]:
            return np.where(absent(values), values, 0.0)
        with np.errstate(invalid="ignore", over="ignore"):
            found: NDArray[np.float64] = (values - self.center[k]) / self.spread[k]
        return found

    def normalize_columns(
        self, values: Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[np.float64]]:
        """Return columns (n,) by name as z-scores; those that the group does not know are left."""
        known = {
            name: self._z_scores(values[name], k)
            for k, name in enumerate(self.columns)
            if name in values
        }
        return {**values, **known}


@dataclass(frozen=True)
class KnownScale:
    """Where the group of an image lies, from somebody who has seen all its images.

    Parameters
    ----------
    scale
        Medians and spreads.
    warnings
        What a person should know of the group.
    """

    scale: GroupScale
    warnings: tuple[str, ...] = ()


def learn_scale(values: Sequence[Floats], columns: Sequence[str]) -> GroupScale:
    """Return where the objects of a group lie.

    Medians need every value: the result is that of all rows together, and depends neither on
    their order nor on how they are spread over images.

    Parameters
    ----------
    values
        Floats (n, f) of every image of the group.
    columns
        Names of the f columns.
    """
    import numpy as np

    found = [_center_and_spread([rows[:, k] for rows in values]) for k in range(len(columns))]
    center, spread = np.array(found, np.float64).reshape(-1, 2).T
    return GroupScale(tuple(columns), center, spread)


def _center_and_spread(column: Sequence[Floats]) -> tuple[float, float]:
    import numpy as np

    every = np.concatenate([np.empty(0), *(np.asarray(part, np.float64) for part in column)])
    usable = every[~absent(every)]
    if not len(usable):
        return 0.0, 0.0
    center = float(np.median(usable))
    deviation = float(np.median(np.abs(usable - center)))
    rounding = ROUNDING * float(np.abs(usable).max())
    return center, NORMAL * deviation if deviation > rounding else 0.0


def check_told_apart(X: Floats, by: str) -> None:
    """Raise a :class:`RunError` where rows of z-scores are 0 altogether: no group has a spread."""
    if len(X) and not X[~absent(X)].any():
        what = f"every feature of the annotated objects is the same for most objects of their {by}"
        fix = f"normalize by a name with more objects than {by} has, or leave normalize out"
        raise RunError(Problem(what, fix=fix))


def scale_warnings(by: str, groups: Mapping[str, tuple[GroupScale, int]]) -> tuple[str, ...]:
    """Say which groups have few objects, and which columns tell nothing within a group.

    Parameters
    ----------
    by
        Name of the images.
    groups
        Value of that name to the scale of its objects and their number.
    """
    few = [f"{group} ({n})" for group, (_, n) in groups.items() if 0 < n < ENOUGH]
    flat: dict[str, None] = {}
    where: list[str] = []
    for group, (found, n) in groups.items():
        names = [c for c, s in zip(found.columns, found.spread.tolist(), strict=True) if not s]
        if n >= ENOUGH and names:
            flat |= dict.fromkeys(names)
            where.append(group)
    said = []
    if few:
        said.append(
            f"normalize: fewer than {ENOUGH} objects in {by} {list_some(few, 4)}: medians of so few"
            " say little of a group"
        )
    if flat:
        said.append(
            f"normalize: most objects of {by} {list_some(where, 4)} share one value of "
            f"{list_some(flat, 4)}, which counts as 0 there"
        )
    return tuple(said)
