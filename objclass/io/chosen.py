"""What a person says of how the array of a file is read, where the file does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.errors import FieldSetting, InputError, Problem, advise
from objclass.io.header import FileHeader, Reader, known_axes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLOUR = (3, 4)
"""Lengths of a last axis that is colour, in pages without names of axes."""


@dataclass(frozen=True)
class ArrayChoice:
    """How the array of one file is read.

    Parameters
    ----------
    sizes
        Length per letter, for files whose pages are frames, planes and channels in turn: the
        first axis is unfolded.
    mask
        True where the voxels are ids or classes; see :func:`objclass.io.formats.describe`.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    mask: bool = False

    @property
    def key(self) -> list[object]:
        """What tells two readings of one file apart; empty for a file that is read as it says."""
        return [[letter, length] for letter, length in self.sizes.items()]


AS_PAGES = advise(
    FieldSetting("axes", "tcyx", verb="write", example=True),
    " ",
    FieldSetting("sizes", "{t: 3, c: 2}", verb="and"),
)
"""What a person may write of pages that are frames, planes and channels in turn."""
PLAIN = ArrayChoice()
"""A file is read as it says."""


@dataclass(frozen=True)
class UnfoldedAxis:
    """The first axis of a file as several: their letters and lengths, the last one fastest."""

    axes: str
    lead: tuple[int, ...]


def unfold(
    file: FileHeader, chosen: ArrayChoice, axes: str | None, name: object
) -> UnfoldedAxis | None:
    """Return how the pages of a file unfold; None where nobody asked.

    Parameters
    ----------
    file
        The header as the file gives it.
    chosen
        Its `sizes`; one length may be left out.
    axes
        The user's letters, whose order is that of the file: the last one before the page
        changes fastest. Without them the order of `sizes` counts.
    name
        Of the file, for messages.

    Raises
    ------
    InputError
        Where the pages do not divide, or the letters fit no array.
    """
    if not chosen.sizes:
        return None
    axes = axes or "".join(chosen.sizes) + _page_axes(file)
    leading = axes[: len(axes) - len(file.shape) + 1]
    strange = [letter for letter in chosen.sizes if letter not in leading]
    if strange or not leading or known_axes(axes, len(axes)) is None:
        raise InputError(
            Problem(
                f"{name}: sizes and axes do not fit each other",
                got=f"sizes of {', '.join(chosen.sizes)}, axes {axes}, shape {file.shape}",
                expected="sizes of the axes that stand before those of one page",
                fix=AS_PAGES,
            )
        )
    return UnfoldedAxis(axes, _lengths(file.shape[0], leading, chosen.sizes, name))


def _page_axes(file: FileHeader) -> str:
    """Return the letters of one page: ``yx``, or ``yxc`` for colour."""
    if file.axes is not None:
        return file.axes[1:]
    return "yxc" if len(file.shape) == 4 and file.shape[-1] in COLOUR else "yx"


def _lengths(pages: int, leading: str, sizes: Mapping[str, int], name: object) -> tuple[int, ...]:
    """Return the lengths of the leading axes, whose product is the number of pages."""
    known = prod(sizes.values())
    left = [letter for letter in leading if letter not in sizes]
    if len(left) > 1 or pages % known or (not left and pages != known):
        said = " x ".join(f"{letter} {length}" for letter, length in sizes.items())
        raise InputError(
            Problem(
                f"{name}: its pages do not divide into {said}",
                got=f"{pages} pages",
                expected=f"a multiple of {known}" if left else f"{known} pages",
                fix="give the sizes that the file has; one of them may be left out",
            )
        )
    rest = dict.fromkeys(left, pages // known)
    return tuple({**sizes, **rest}[letter] for letter in leading)


def with_lead(file: FileHeader, found: UnfoldedAxis | None) -> FileHeader:
    """Return the header of the unfolded array."""
    if found is None:
        return file
    shape = (*found.lead, *file.shape[1:])
    names = file.channels if "c" not in found.axes[: len(found.lead)] else None
    chunks = (*[1] * len(found.lead), *file.chunks[1:]) if file.chunks else None
    return replace(file, shape=shape, axes=found.axes, channels=names, chunks=chunks)


class UnfoldingReader:
    """Reads an array whose first axis stands for several."""

    def __init__(self, reader: Reader, lead: tuple[int, ...]) -> None:
        self._reader = reader
        self._lead = lead

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`, in the order of the unfolded axes."""
        import numpy as np

        count = len(self._lead)
        picks = [_places(item, n) for item, n in zip(index[:count], self._lead, strict=True)]
        pages = [
            self._reader.read((int(np.ravel_multi_index(place, self._lead)), *index[count:]))
            for place in product(*picks)
        ]
        kept = [len(p) for p, item in zip(picks, index, strict=False) if isinstance(item, slice)]
        return np.stack(pages).reshape(*kept, *pages[0].shape)

    def close(self) -> None:
        """Close the reader below."""
        self._reader.close()


def _places(item: slice | int, length: int) -> range:
    return range(item, item + 1) if isinstance(item, int) else range(*item.indices(length))
