"""What a project of ilastik holds, in its own words and without its caches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Variant = Literal["prediction_map", "segmentation", "label_image"]
Method = Literal["simple", "hysteresis", "dont_merge"]


@dataclass(frozen=True)
class InputInfo:
    """One input of one lane.

    Parameters
    ----------
    role
        As ilastik calls it, such as ``Prediction Maps``.
    files
        Paths as stored, perhaps with a path inside the file behind them; several make a stack.
    axes
        Axis letters in file order; empty where the project does not say.
    shape
        Lengths in file order; empty where the project does not say.
    nickname
        What ilastik calls the data set.
    drange
        ``(low, high)`` that its values span, where given.
    display_mode
        How it is shown.
    subvolume
        First and one past the last voxel in file order, for a crop of old projects.
    kind
        ilastik's class of data set, such as ``RelativeFilesystemDatasetInfo``.
    inside
        Path inside the project where the data are copied into it.
    """

    role: str
    files: tuple[str, ...] = ()
    axes: str = ""
    shape: tuple[int, ...] = ()
    nickname: str = ""
    drange: tuple[float, float] | None = None
    display_mode: str = "default"
    subvolume: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    kind: str = ""
    inside: str | None = None

    @property
    def stacked(self) -> str:
        """The axis along which several files are stacked; empty for one file."""
        if len(self.files) < 2 and not any("*" in file for file in self.files):
            return ""
        return self.axes[0] if self.axes[:1] in ("t", "z") else "c" if "c" in self.axes else "z"

    @property
    def file_axes(self) -> str:
        """Axis letters of one file."""
        return self.axes.replace(self.stacked, "") if self.stacked else self.axes

    def length(self, letter: str) -> int | None:
        """Return the length of an axis; 1 where there is none, None where nobody knows."""
        if not self.axes:
            return None
        if letter not in self.axes:
            return 1
        return self.shape[self.axes.index(letter)] if self.shape else None


@dataclass(frozen=True)
class Lane:
    """One image of the project: its inputs by role; roles without data are missing."""

    inputs: Mapping[str, InputInfo] = field(default_factory=dict)


@dataclass(frozen=True)
class ThresholdSettings:
    """The applet "Threshold and Size Filter".

    Parameters
    ----------
    method
        ``simple``, ``hysteresis``, or hysteresis that does not merge objects.
    channel, core_channel
        Channels of the objects and of their cores.
    low, high
        Levels of the objects (the only one of ``simple``) and of the cores.
    sigma
        Smoothing per axis x, y, z in voxels.
    min_size, max_size
        Limits in voxels, both inclusive.
    """

    method: Method = "simple"
    channel: int = 0
    core_channel: int = 0
    low: float = 0.5
    high: float = 0.8
    sigma: tuple[float, float, float] = (1.0, 1.0, 1.0)
    min_size: int = 10
    max_size: int = 1_000_000


@dataclass(frozen=True)
class StoredFeature:
    """One feature of the applet "Object Feature Selection".

    Parameters
    ----------
    id
        Its name in the file.
    text
        Its display text when the project was saved; tables show the present one.
    margin
        Neighbourhood in voxels along x, y (, z); empty where it has none.
    """

    id: str
    text: str = ""
    margin: tuple[int, ...] = ()


Features = Mapping[str, Mapping[str, StoredFeature]]
"""Plugin → id → feature."""


@dataclass(frozen=True)
class StoredTree:
    """One tree of a vigra forest: ``topology`` int32 (n,) and ``parameters`` float64 (m,)."""

    topology: NDArray[np.int32]
    parameters: NDArray[np.float64]


@dataclass(frozen=True)
class StoredForest:
    """One vigra forest as stored.

    Parameters
    ----------
    columns
        Number of feature columns.
    class_numbers
        ilastik's class number (from 1) of each probability.
    trees
        Its trees.
    rows
        Number of examples it was trained on; 0 where not said.
    weighted
        True where leaves count by their number of examples.
    """

    columns: int
    class_numbers: tuple[int, ...]
    trees: tuple[StoredTree, ...]
    rows: int = 0
    weighted: bool = False


@dataclass(frozen=True)
class TableSettings:
    """What the table export writes.

    Parameters
    ----------
    file_type
        ``csv`` or ``h5``.
    path
        Pattern of the path, such as ``{dataset_dir}/{nickname}.csv``.
    features
        Ids or display texts of the features to export.
    margin
        Voxels around an object in the crops of an HDF5 table.
    include_raw
        Write the whole raw image into an HDF5 table.
    """

    file_type: str = "csv"
    path: str = "{dataset_dir}/{nickname}.csv"
    features: tuple[str, ...] = ()
    margin: int = 0
    include_raw: bool = False


@dataclass(frozen=True)
class ExportSettings:
    """The applet "Object Information Export"; what is not set is None.

    Parameters
    ----------
    filename_format, format, internal_path, dtype, axis_order
        As ilastik names them.
    region
        First and one past the last voxel of a cut; None inside stands for all.
    renormalize
        ``(in low, in high, out low, out high)``.
    """

    filename_format: str | None = None
    format: str | None = None
    internal_path: str | None = None
    dtype: str | None = None
    axis_order: str | None = None
    region: tuple[tuple[int | None, ...], tuple[int | None, ...]] | None = None
    renormalize: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class BlockwiseSettings:
    """Block and halo in voxels along x, y, z."""

    block: tuple[int, int, int] = (512, 512, 512)
    halo: tuple[int, int, int] = (64, 64, 64)


@dataclass(frozen=True)
class IlastikClass:
    """A class: its name as stored and its colour as ``#rrggbb``."""

    name: str
    color: str


@dataclass(frozen=True)
class IlastikProject:
    """An object classification project of ilastik.

    Parameters
    ----------
    path
        The file.
    version
        Version of ilastik that saved it, empty where not said.
    workflow
        Name of the workflow as stored.
    variant
        What objects come from.
    roles
        Input roles in order.
    lanes
        The images that were trained on.
    threshold
        Only for ``prediction_map``.
    measured
        Features that are computed.
    selected
        Those of them that the classifier uses.
    classes
        In the order of their numbers, which count from 1.
    annotations
        ``(lane, t)`` → object id → class number.
    object_counts
        ``(lane, t)`` → number of objects when features were last computed, where stored.
    forests
        The classifier; empty where none was up to date when the project was saved.
    blockwise, export, table
        Settings of these applets; ``table`` is None where no table was set up.
    notes
        What was taken differently from how it is stored, in sentences.
    """

    path: Path
    version: str
    workflow: str
    variant: Variant
    roles: tuple[str, ...]
    lanes: tuple[Lane, ...]
    threshold: ThresholdSettings | None
    measured: Features
    selected: Features
    classes: tuple[IlastikClass, ...]
    annotations: Mapping[tuple[int, int], Mapping[int, int]] = field(default_factory=dict)
    object_counts: Mapping[tuple[int, int], int] = field(default_factory=dict)
    forests: tuple[StoredForest, ...] = ()
    blockwise: BlockwiseSettings = BlockwiseSettings()
    export: ExportSettings = ExportSettings()
    table: TableSettings | None = None
    notes: tuple[str, ...] = ()

    @property
    def margin(self) -> tuple[int, ...]:
        """The neighbourhood of all features along x, y (, z): the largest per axis."""
        features = self.measured or self.selected
        margins = [f.margin for group in features.values() for f in group.values()]
        width = max((len(margin) for margin in margins), default=0)
        padded = [(*margin, *(0,) * (width - len(margin))) for margin in margins]
        return tuple(max(each) for each in zip(*padded, strict=True)) if width else ()

    @property
    def has_margin(self) -> bool:
        """False where ilastik measures no neighbourhood, though it may be selected."""
        return any(self.margin)

    @property
    def used(self) -> dict[str, tuple[str, ...]]:
        """Plugin → ids of the features that the classifier uses: selected and computed."""
        if not self.measured:
            return {plugin: tuple(group) for plugin, group in self.selected.items()}
        return {
            plugin: tuple(i for i in group if i in self.measured.get(plugin, {}))
            for plugin, group in self.selected.items()
        }

    def input(self, role: str) -> InputInfo | None:
        """Return an input of the last lane that has one: ilastik's model for other images."""
        found = [lane.inputs[role] for lane in self.lanes if role in lane.inputs]
        return found[-1] if found else None
