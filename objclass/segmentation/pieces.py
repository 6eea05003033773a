"""Components as runs with ids: what a block is worked on as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from objclass.data.dataclass import dataclass
from objclass.segmentation.components import run_components
from objclass.segmentation.hysteresis import touching
from objclass.segmentation.runs import Runs, painted, run_counts, runs
from objclass.segmentation.sizes import renumber

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ComponentRuns:
    """The components of a mask or of an integer image.

    Parameters
    ----------
    found
        Runs of foreground.
    ids
        uint32, the component of each run, 1…n by first voxel; 0 for those that were dropped.
    sizes
        int64 (n + 1,), voxels of each.
    """

    found: Runs
    ids: NDArray[np.uint32]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, values: NDArray[np.generic], connectivity: int = 1) -> ComponentRuns:
        """Find the components of a mask or of an integer image."""
        found = runs(values)
        ids, count = run_components(found, connectivity)
        return cls(found, ids, run_counts(found, ids, count))

    @property
    def count(self) -> int:
        return len(self.sizes) - 1

    @property
    def values(self) -> NDArray[np.uint64]:
        """What the voxels of each component hold, uint64 (n + 1,)."""
        out = np.zeros(len(self.sizes), np.uint64)
        out[self.ids] = self.found.value
        out[0] = 0
        return out

    def kept(self, keep: NDArray[np.bool_]) -> ComponentRuns:
        """Return only the kept ids, renumbered in order."""
        sizes = np.concatenate([np.zeros(1, np.int64), self.sizes[keep]])
        return ComponentRuns(self.found, renumber(keep)[self.ids], sizes)

    def held(self, cores: ComponentRuns) -> NDArray[np.uint32]:
        """Return pairs ``(core id, id)`` that share a voxel and a value, uint32 (m, 2)."""
        pairs = touching(self.found, self.ids, cores.found, cores.ids)
        return np.asarray(pairs[cores.values[pairs[:, 0]] == self.values[pairs[:, 1]]])

    def image(self) -> NDArray[np.uint32]:
        """Return the label image."""
        return painted(self.found, self.ids)
