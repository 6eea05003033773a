"""Objects as points: any two features, or the two directions in which most features differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from objclass.choosing.scaling import learn_scaling
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.session.answers import ObjectRef, ScatterPoints
from objclass.session.frames import SessionFrame
from objclass.session.ground import SessionGround
from objclass.session.object_pool import raw_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 50_000
"""Points that are shown."""


def scatter(
    ground: SessionGround, frames: Sequence[SessionFrame], x: str, y: str, most: int = MOST
) -> ScatterPoints:
    """Return two features of the objects of some frames.

    Parameters
    ----------
    ground, frames
        Where they are.
    x, y
        Names of columns.
    most
        Where there are more objects, so many are drawn by chance.

    Raises
    ------
    InputError
        For a column that does not exist.
    """
    units = {column.name: column.unit for column in ground.table.columns}
    for name in (x, y):
        if name not in units:
            close = nearest(name, units)
            fix = f"did you mean {close}?" if close else None
            raise InputError(Problem(f"there is no feature '{name}'", fix=fix))
    refs, points = _drawn(ground, frames, (x, y), most)
    titles = [f"{name} ({units[name]})" if units[name] else name for name in (x, y)]
    return ScatterPoints(titles[0], titles[1], refs, points)


def principal_components(
    ground: SessionGround, frames: Sequence[SessionFrame], most: int = MOST
) -> ScatterPoints:
    """Return the first two principal components of the features that are learned from.

    Features are standardised first; a missing one counts as the mean. The sign of a component
    is such that its largest loading is positive.
    """
    refs, raw = _drawn(ground, frames, ground.columns, most)
    z = learn_scaling([raw], raw.shape[1]).standardize(raw)
    covariance = z.T @ z / max(1, len(z))
    values, vectors = np.linalg.eigh(covariance)
    axes = vectors[:, ::-1][:, :2]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])])
    points = z @ axes
    if points.shape[1] < 2:  # one feature has one direction
        points = np.column_stack([points, np.zeros(len(points))])
    total = max(float(values.sum()), 1e-300)
    explained = [float(v) / total for v in values[::-1][:2]]
    named = [f"component {k + 1} ({100 * share:.0f} %)" for k, share in enumerate(explained)]
    return ScatterPoints(named[0], (*named, "nothing more")[1], refs, points, tuple(explained))


def _drawn(
    ground: SessionGround, frames: Sequence[SessionFrame], columns: Sequence[str], most: int
) -> tuple[tuple[ObjectRef, ...], NDArray[np.float64]]:
    """Return objects of frames, as many of each as its share of all, and their features."""
    selected = [_selected(frame) for frame in frames]
    total = sum(map(len, selected))
    if not total:
        raise InputError(
            Problem(f"there are no objects to draw as points in {list_some(ground.images, 3)}")
        )
    chance = np.random.default_rng(0)
    refs: list[ObjectRef] = []
    parts = []
    for frame, some in zip(frames, selected, strict=True):
        count = len(some) if total <= most else len(some) * most // total
        rows = some[np.sort(chance.permutation(len(some))[:count])]
        parts.append(raw_features(frame, columns, rows))
        t = ground.time(frame.place)
        refs += [ObjectRef(frame.place[0], t, int(number)) for number in frame.ids[rows].tolist()]
    return tuple(refs), np.concatenate(parts)


def _selected(frame: SessionFrame) -> NDArray[np.intp]:
    """Return the rows of the objects that the classifier is for."""
    return np.arange(len(frame.ids)) if frame.selected is None else np.flatnonzero(frame.selected)
