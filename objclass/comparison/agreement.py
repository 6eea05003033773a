"""How the pieces of one frame agree with its whole objects: counts on arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.nodes.piece_table import BLOCK, OBJECT, SIZE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class FrameAgreement:
    """How the pieces of one frame agree with its whole objects."""

    sizes: NDArray[np.int64]
    differs: NDArray[np.bool_]
    voxels_differ: int
    cut: int
    in_two_classes: int
    changes: Counter[tuple[int, int]] = field(default_factory=Counter)


def agreement(
    ids: NDArray[np.uint64],
    sizes: NDArray[np.int64],
    code: NDArray[np.uint8],
    pieces: Mapping[str, NDArray[np.generic]],
    piece_code: NDArray[np.uint8],
) -> FrameAgreement:
    """Return how the pieces of one frame agree with its objects.

    Parameters
    ----------
    ids, sizes, code
        The objects of the whole image, ids ascending: (n,).
    pieces
        What their table says of pieces: (m,) each.
    piece_code
        Their classes: (m,).
    """
    import numpy as np

    rows = np.searchsorted(ids, pieces[OBJECT])
    other = piece_code != code[rows]
    differs = np.zeros(len(ids), np.bool_)
    differs[rows[other]] = True
    moved = zip(rows[other].tolist(), piece_code[other].tolist(), strict=True)
    return FrameAgreement(
        sizes,
        differs,
        int(pieces[SIZE][other].sum()),
        _several(rows, pieces[BLOCK], len(ids)),
        _several(rows, piece_code, len(ids)),
        Counter((int(code[row]), new) for row, new in sorted(set(moved))),
    )


def _several(rows: NDArray[np.int64], values: NDArray[np.generic], count: int) -> int:
    """Return the number of objects whose pieces have several values."""
    import numpy as np

    pairs = np.unique(np.stack([rows, values.astype(np.int64)]), axis=1)
    return int((np.bincount(pairs[0], minlength=count) > 1).sum())
