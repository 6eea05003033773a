"""Principal components of examples along axes that have not seen those which are held out.

Axes are learned without classes, but from the objects themselves: a score of objects that had a
part in them would be too kind. So they are learned anew for every part that is held out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from objclass.classification.normalizing import learn_scale
from objclass.classification.projection import PrincipalAxes, learn_projection
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embedded = tuple[NDArray[np.uint64], NDArray[np.floating]]


@dataclass(frozen=True)
class EmbeddedFrame:
    """All numbers of the objects of one frame.

    Parameters
    ----------
    image, t
        Whose they are; t is 0 where there is no time.
    load
        Gives ids uint64 (n,), ascending, and numbers (n, d).
    """

    image: str
    t: int
    load: Callable[[], Embedded]


@dataclass(frozen=True, eq=False)
class Reprojection:
    """The components of examples, along axes that are learned anew.

    Parameters
    ----------
    columns
        Column to the number of its component, counted from 0.
    keep
        Axes that are learned.
    frames
        Of all images, in the order that decides the last bits of the axes.
    image, t, ids
        Where each example is found, (n,).
    groups
        Image to the group whose z-scores its components become; empty where they stay as they are.
    outside
        Images whose objects never have a part in the axes.
    """

    columns: Mapping[str, int]
    keep: int
    frames: Sequence[EmbeddedFrame]
    image: Sequence[str]
    t: NDArray[np.integer]
    ids: NDArray[np.integer]
    groups: Mapping[str, str] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()
    _known: dict[bytes, NDArray[np.float64]] = field(default_factory=dict, repr=False)

    def components(self, held_out: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the components (n, keep) of all examples where some (n,) are held out.

        No object of an image of which every example is held out has a part in the axes; of
        other images the examples that are held out have none.
        """
        key = held_out.tobytes()
        if key not in self._known:
            axes = learn_projection(lambda: self._learned_from(held_out), self.keep)
            self._known[key] = self._projected(axes)
        return self._known[key]

    def _learned_from(self, held_out: NDArray[np.bool_]) -> Iterator[NDArray[np.floating]]:
        """Yield the numbers of the objects that have a part in the axes, frame by frame."""
        import numpy as np

        images = np.array(self.image)
        without = set(images[held_out].tolist()) - set(images[~held_out].tolist())
        for frame in self.frames:
            ids, values = frame.load()
            mine = held_out & (images == frame.image) & (self.t == frame.t)
            out = frame.image in without or frame.image in self.outside
            yield values[:0] if out else values[~np.isin(ids, self.ids[mine])]

    def _projected(self, axes: PrincipalAxes) -> NDArray[np.float64]:
        """Return the components of the examples, as z-scores of their groups where asked for."""
        import numpy as np

        images = np.array(self.image)
        found = np.zeros((len(images), self.keep))
        for frame in self.frames:
            rows = np.flatnonzero((images == frame.image) & (self.t == frame.t))
            if len(rows):
                ids, values = frame.load()
                found[rows] = axes.project(values[np.searchsorted(ids, self.ids[rows])])
        return self._scaled(axes, images, found) if self.groups else found

    def _scaled(
        self, axes: PrincipalAxes, images: NDArray[np.str_], found: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        import numpy as np

        names = [str(k) for k in range(self.keep)]
        group = np.array([self.groups[image] for image in images.tolist()])
        for name in dict.fromkeys(group.tolist()):
            mine = [each for each in self.frames if self.groups[each.image] == name]
            scale = learn_scale([axes.project(each.load()[1]) for each in mine], names)
            found[group == name] = scale.normalize(found[group == name])
        return found
