"""What a feature family is: a pure function from whole objects to columns.

A family declares its columns from a :class:`Setting` (known without voxels) and measures
them on a :class:`ObjectBatch` of whole objects. It never sees a cut object, never reads a file
and never keeps state; a value may depend only on the object, its ring and what the batch
says of the whole image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any, SupportsIndex

from objclass.data.dataclass import dataclass
from objclass.data.objects import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.measure.batches import ReadBoxes
    from objclass.measure.frame import Frame
    from objclass.measure.hulls import Hulls
    from objclass.measure.runs import ObjectRuns


@dataclass(frozen=True)
class Setting:
    """What a family knows before voxels are read.

    Parameters
    ----------
    dimensions
        2 or 3.
    channels
        Names of the channels to measure, in order (already selected).
    dtypes
        numpy dtype name per channel.
    ranges
        ``(low, high)`` per channel where declared or known from the dtype, else None.
    spacing
        Voxel size per axis of the image, ``(y, x)`` or ``(z, y, x)``; None without a unit.
    unit
        Unit of `spacing`; None means values are in voxels.
    options
        The entry's own options, already validated.
    only
        Names of the columns asked for; empty means all. A family whose values cost much one by
        one may leave out the others, others need not look.
    """

    dimensions: int
    channels: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float] | None, ...] = ()
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    only: frozenset[str] = frozenset()

    def asks(self, column: str) -> bool:
        """Whether a column is asked for."""
        return not self.only or column in self.only

    @property
    def voxel(self) -> tuple[float, ...]:
        """Voxel size per axis; ones where no unit is known."""
        return self.spacing or (1.0,) * self.dimensions


@dataclass(frozen=True)
class ObjectBatch:
    """Some whole objects of one frame and all a family may look at.

    Parameters
    ----------
    labels
        Label image crop ``(y, x)`` or ``(z, y, x)``, any unsigned dtype; holds other objects too.
    ids
        uint64 (n,), ascending: the objects to measure, each wholly inside the crop.
    start, stop
        int32 (n, d): their boxes in voxels of the crop.
    size
        int64 (n,): their voxel counts.
    images
        One array per channel of the setting, each of the crop's shape, file dtype.
    origin
        int tuple (d,): first voxel of the crop in the uncropped image.
    border
        Per axis ``(low, high)``: whether that face of the crop is the image's border.
    setting
        As given to ``columns``.
    where
        The voxels to measure where they are known already: shared between families, or a
        region such as a ring around each object. None: the objects' own.
    layers
        Crops of other label images by name, such as parents.
    extent
        ``(smallest, largest)`` voxel value of all objects of the frame per channel, for
        families that ask for it.
    """

    labels: NDArray[np.generic]
    ids: NDArray[np.uint64]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    size: NDArray[np.int64]
    images: tuple[NDArray[np.generic], ...]
    origin: tuple[int, ...]
    border: tuple[tuple[bool, bool], ...]
    setting: Setting
    where: ObjectRuns | None = None
    layers: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    extent: tuple[tuple[float, float], ...] | None = None

    @cached_property
    def runs(self) -> ObjectRuns:
        """The voxels to measure, object after object, found once for all families."""
        from objclass.measure.runs import runs_of

        return self.where or runs_of(self.labels, self.ids)

    def part(self, begin: int, end: int) -> ObjectBatch:
        """The same crop with the objects from `begin` to `end` (not inside) only."""
        rows = slice(begin, end)
        return replace(
            self,
            ids=self.ids[rows],
            start=self.start[rows],
            stop=self.stop[rows],
            size=self.size[rows],
            where=self.runs.part(begin, end),
        )

    def parts(self, halo: tuple[int, ...], most: int = 1 << 22) -> Iterator[ObjectBatch]:
        """Yield the objects in order, a few at a time.

        The boxes of a part, grown by `halo` (d,), hold about `most` voxels, so that what is
        found around the objects stays small beside the crop.
        """
        import numpy as np

        windows = np.prod(self.stop - self.start + 2 * np.array(halo), axis=1, dtype=np.int64)
        part = np.cumsum(windows) // most
        cuts = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(windows)]
        for begin, end in pairwise(cuts):
            yield self if end - begin == len(windows) else self.part(begin, end)

    @cached_property
    def start_zyx(self) -> NDArray[np.int64]:
        """int64 (n, 3): the boxes' first voxels as z, y, x; z is 0 in 2D."""
        import numpy as np

        n, d = self.start.shape
        return np.concatenate([np.zeros((n, 3 - d), np.int64), self.start], axis=1, dtype=np.int64)

    @cached_property
    def stop_zyx(self) -> NDArray[np.int64]:
        """int64 (n, 3): the boxes' ends as z, y, x, not inside; z is 1 in 2D."""
        import numpy as np

        n, d = self.stop.shape
        return np.concatenate([np.ones((n, 3 - d), np.int64), self.stop], axis=1, dtype=np.int64)

    @property
    def voxel_zyx(self) -> NDArray[np.float64]:
        """float64 (3,): the voxel size as z, y, x in the setting's unit; z is 1 in 2D."""
        import numpy as np

        size = self.setting.voxel
        return np.array((1.0,) * (3 - len(size)) + tuple(size), np.float64)

    @cached_property
    def hulls(self) -> Hulls:
        """The convex hull of every object, made once."""
        from objclass.measure.hulls import hulls_of

        return hulls_of(self)


# Named functions, not lambdas: a family goes with a step to another process.


def no_ring(setting: Setting) -> int | tuple[int, ...]:
    """Look at nothing beyond an object's box."""
    return 0


def no_extent(setting: Setting) -> bool:
    """Ask for no range of values."""
    return False


def nothing_left_out(setting: Setting) -> Mapping[str, str]:
    """Make every column, whatever the images."""
    return {}


def no_levels(setting: Setting) -> int:
    """Divide no range of values."""
    return 0


def no_layers(setting: Setting) -> tuple[str, ...]:
    """Need no other label image."""
    return ()


@dataclass(frozen=True)
class Family:
    """One feature family.

    Parameters
    ----------
    name
        Used in column names and selections.
    columns
        Every column the family makes under a setting, in order.
    measure
        Column name to values (n,), for exactly those columns, rows as ``batch.ids``.
    version
        Raised when results change.
    reads_image
        False for families that need the label image only.
    ring
        Voxels that the family looks at beyond an object's box, for all axes or per axis.
    wrapped
        Name of the library whose version enters the recipe, for thin wrappers.
    extent
        Whether it asks for the range of values over all objects of the frame.
    reach
        For families that must see more than a ring: what to read for every object.
    regional
        True where the family also makes sense on a region such as a ring: it measures
        ``batch.runs`` only.
    uses_spacing
        False for families whose values do not depend on the size of a voxel: their recipes
        do not hold it.
    needs_image
        False for families that read an image and measure some columns without one: those
        whose channel is None.
    left_out
        Features that a setting leaves out, by full name, and why: told to who asks for them.
    levels
        Equal steps that it divides the range of a channel into; 0 for a family that does not.
    home
        Module in which another process finds it by name, where it cannot be sent as it is:
        the functions of plugins are known only under the name of what they were turned into.
    """

    name: str
    columns: Callable[[Setting], tuple[Column, ...]]
    measure: Callable[[ObjectBatch], Mapping[str, NDArray[np.generic]]]
    version: int = 1
    reads_image: bool = True
    ring: Callable[[Setting], int | tuple[int, ...]] = no_ring
    wrapped: str | None = None
    extent: Callable[[Setting], bool] = no_extent
    reach: Callable[[Frame, Setting], ReadBoxes] | None = None
    regional: bool = False
    uses_spacing: bool = True
    needs_image: bool = True
    left_out: Callable[[Setting], Mapping[str, str]] = nothing_left_out
    levels: Callable[[Setting], int] = no_levels
    home: str = ""

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Send where the family is found, or all that it is."""
        if self.home:
            return family_of_module, (self.home, self.name)
        return super().__reduce_ex__(protocol)


def family_of_module(home: str, name: str) -> Family:
    """Return the family of that name which a module makes."""
    families = (value for value in vars(import_module(home)).values() if isinstance(value, Family))
    return replace(next(each for each in families if each.name == name), home=home)


@dataclass(frozen=True)
class TableFamily:
    """A family about objects among others: neighbours, parents.

    It measures a whole frame, by block where it reads voxels, and its values may depend on
    other objects (never on their ids).

    Parameters
    ----------
    name, columns, version
        As for :class:`Family`.
    measure
        ``(frame, setting, block)`` → column name to values (n,), rows as ``frame.index``;
        the same for every block shape.
    layers
        Names of the other label images it needs under a setting, as keys of ``frame.layers``.
    uses_spacing
        As for :class:`Family`.
    """

    name: str
    columns: Callable[[Setting], tuple[Column, ...]]
    measure: Callable[[Frame, Setting, tuple[int, ...] | None], Mapping[str, NDArray[np.generic]]]
    version: int = 1
    layers: Callable[[Setting], tuple[str, ...]] = no_layers
    uses_spacing: bool = True
