"""An input node in the making: what its first file says of itself, and what its voxels hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from objclass.data.axes import FEW, example_axes
from objclass.data.dataclass import dataclass
from objclass.data.value_range import known_range
from objclass.errors import InputError, Problem
from objclass.io.chosen import ArrayChoice
from objclass.io.extent import ValuesSeen, seen_in
from objclass.io.formats import describe
from objclass.io.header import FileHeader
from objclass.io.image import layout_of
from objclass.io.source import Source
from objclass.io.stack import describe_source

MEANINGS = {"cyx": "channels", "zyx": "planes", "tyx": "time points"}
"""What the first of three axes may be, as a message says it."""


@dataclass(frozen=True)
class DraftInput:
    """An input node in the making.

    Parameters
    ----------
    node
        Its name.
    role
        What its voxels mean.
    path
        The path or pattern, as the workflow will say it.
    file
        What the first image's file says of itself.
    axes
        Letters of the array in file order.
    given
        The axes that the user named, which the workflow must repeat.
    seen
        The values that were seen in its voxels, where their range must be said.
    values
        What the voxels of a mask hold; none where they are many.
    series
        The image that is meant of a file that holds several.
    """

    node: str
    role: str
    path: str
    file: FileHeader
    axes: str
    given: str | None
    seen: ValuesSeen | None = None
    values: tuple[int, ...] = ()
    series: str | None = None

    def length(self, letter: str) -> int:
        """Number of voxels, channels or frames along an axis; 1 where there is none."""
        return self.file.shape[self.axes.index(letter)] if letter in self.axes else 1


def draft_input(
    node: str,
    role: str,
    path: str,
    source: Source,
    wanted: Mapping[str, str],
    series: str | None,
) -> DraftInput:
    """Return an input; of a mask also what its voxels hold."""
    mask = role in ("segmentation", "label_image")
    chosen = ArrayChoice(mask=mask)
    source = source.at(series)
    file, axes, given = _describe(node, source, wanted, chosen)
    if not mask:
        return DraftInput(node, role, path, file, axes, given, series=series)
    from objclass.io.mask_values import few_values, joined_channels

    file = joined_channels(source, file, axes, given, chosen)
    values = few_values(source, file, given, chosen) if role == "segmentation" else ()
    return DraftInput(node, role, path, file, axes, given, values=values, series=series)


def _describe(
    node: str, source: Source, wanted: Mapping[str, str], chosen: ArrayChoice
) -> tuple[FileHeader, str, str | None]:
    """Return the header of an input's first image, its axes, and those the user had to name."""
    alone = describe(source.first, mask=chosen.mask)
    given = wanted.get(node) or (wanted.get("") if alone.axes is None else None)
    if given is None and alone.axes is None:
        raise InputError(
            Problem(
                f"{source.first} does not name its axes",
                got=f"shape {alone.shape}",
                expected="letters of tczyx in file order",
                fix=_axes_option(node, alone.shape, mask=chosen.mask),
            )
        )
    file, axes = describe_source(source, given, chosen)
    return file, layout_of(file, axes).axes, given


def _axes_option(node: str, shape: Sequence[int], *, mask: bool) -> str:
    """Return the option that names axes; of one axis more than a plane has, for every meaning."""
    if len(shape) == 3 and shape[-1] > FEW:
        channels = shape[0] <= FEW and not mask
        meant = [letters for letters in MEANINGS if letters != "cyx" or channels]
        ways = [f"--axes {node}={letters} ({MEANINGS[letters]})" for letters in meant]
        return f"add {', '.join(ways[:-1])} or {ways[-1]}"
    return f"add for example --axes {node}={example_axes(shape)}"


def look_at(given: DraftInput, files: Sequence[Source]) -> ValuesSeen | None:
    """Look at voxels of raw images whose type does not tell their range."""
    told = given.role != "raw" or known_range(given.file.dtype, given.file.value_range)
    return None if told else seen_in([source.at(given.series) for source in files], given.given)
