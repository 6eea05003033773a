"""What an export can write: the contract that every output keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Read, View
from objclass.engine.summary import Summary
from objclass.io.label_group import LABELS
from objclass.io.output_formats import HDF5_TABLES, writable_suffixes
from objclass.io.picture_write import SUFFIXES as PICTURES
from objclass.nodes.export.control_field import NamedControls
from objclass.nodes.export.layout import Dialect, ExportLayout, Frames, TimeStep
from objclass.nodes.export.origin import Origin
from objclass.nodes.export.target import Target
from objclass.nodes.frames import frame_names, time_step
from objclass.schema.fields import Use

Options = TypeVar("Options", bound=Target)
OptionalField = Literal["columns", "counts_by", "audit", "controls", "names"]
"""Fields of an export that some outputs take and others do not."""


@dataclass(frozen=True)
class Sort:
    """A sort of files.

    Parameters
    ----------
    name
        Such as ``image``.
    suffixes
        The formats that it can have.
    usual
        The suffix where nobody says another one.
    """

    name: str
    suffixes: tuple[str, ...]
    usual: str


TABLE = Sort("table", (".csv", ".parquet"), ".csv")
OBJECT_TABLE = Sort("table", (*TABLE.suffixes, *HDF5_TABLES), ".csv")
IMAGE = Sort("image", writable_suffixes(), ".tif")
PICTURE = Sort("picture", PICTURES, ".png")


@dataclass(frozen=True)
class ExportRequest:
    """What a workflow asks of one output, for one image.

    Parameters
    ----------
    look
        Of the export node.
    target
        The file, with the options that the output declares.
    origin
        What results are written of.
    from_, image, columns, counts_by, audit, controls, names
        The fields of the node.
    written
        The paths of all that the node writes, as written, by output.
    """

    look: Look
    target: Target
    origin: Origin
    from_: Wire
    image: Wire | None = None
    columns: Use = ()
    counts_by: tuple[str, ...] | None = None
    audit: str | None = None
    controls: NamedControls | None = None
    names: Dialect | None = None
    written: Mapping[str, str] = field(default_factory=dict)

    def options(self, model: type[Options]) -> Options:
        """Return the target as the options that an output declares."""
        assert isinstance(self.target, model)
        return self.target

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes; None where nothing is predicted."""
        found = self.origin.prediction
        return None if found is None else tuple(found.classes)

    @property
    def colors(self) -> tuple[str, ...] | None:
        """The colours of the classes; None where nothing is predicted."""
        found = self.origin.prediction
        return None if found is None else tuple(found.colors)

    @property
    def frame_names(self) -> Frames | None:
        """The names of frames, as far as they are known; ilastik's files have none."""
        if self.names is not None:
            return None
        return frame_names(self.look, self.origin.labels.grid, self.look.settings.images)

    @property
    def time_step(self) -> TimeStep | None:
        """The time between frames, where it is known; ilastik's files say nothing of it."""
        return None if self.names else time_step(self.look, self.origin.labels.grid)


class ExportOutput(ABC):
    """One thing that an export can write. An output is a file here and a line in ``OUTPUTS``.

    Attributes
    ----------
    name
        What ``write`` calls it.
    sort
        The formats of its files.
    options
        What may be said of its file.
    takes
        The fields of the node that it takes.
    ending
        What its files are called in a batch, after the image.
    result_type
        What ``{result_type}`` stands for in paths.
    ilastik_ending
        What its files are called in a batch with ilastik's names.
    default_path
        Where it is written when nobody says what to write; None for not then.
    needs_image
        True where it shows the raw image.
    joins_images
        True where it is one file of all images, unless its path names them.
    tells
        What is told of its file.
    group
        Where it lies inside an OME-Zarr image.
    of_batch
        True where a batch makes one file of its own about all images, instead of one an image.
    in_batch
        False where it is about all images of a run, which a batch does not hold together.
    of_wells
        True where it is about wells, of which a project knows nothing without images.
    explains
        The output whose columns it explains, without which a batch does not write it.
    gathered
        What a batch calls one file of all images that it makes of those of each; empty for none.
    """

    name: str
    sort: ClassVar[Sort]
    options: ClassVar[type[Target]] = Target
    takes: ClassVar[frozenset[OptionalField]] = frozenset()
    ilastik_ending: ClassVar[str] = "{result_type}"
    default_path: ClassVar[str | None] = None
    needs_image: ClassVar[bool] = False
    joins_images: ClassVar[bool] = False
    of_batch: ClassVar[bool] = False
    in_batch: ClassVar[bool] = True
    of_wells: ClassVar[bool] = False
    explains: ClassVar[str | None] = None
    gathered: ClassVar[str] = ""
    group: ClassVar[str] = LABELS
    tells: ClassVar[type[Summary] | None] = None

    @property
    def ending(self) -> str:
        """What its files are called in a batch, after the image."""
        return self.name

    @property
    def result_type(self) -> str:
        """What ``{result_type}`` stands for in paths."""
        return self.name

    def made_of(self, origin: Node, objects: Node) -> bool:
        """Return whether the results of a node, with objects of another one, have it."""
        return True

    def check_file(self, asked: ExportRequest, suffix: str) -> None:
        """Report options and formats that do not go together."""
        return

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse, by raising, what lacks something that is written."""
        return

    @abstractmethod
    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Return what is read; nothing else is given to :meth:`write`."""

    def layout(self, asked: ExportRequest) -> ExportLayout:
        """Return what decides on the content of the file beside what is read."""
        return ExportLayout(asked.origin)

    @abstractmethod
    def write(self, path: Path, view: View) -> Made:
        """Write the file; its layout is what the part holds."""


@dataclass(frozen=True)
class RowsWritten(Summary):
    """How many rows a table has."""

    kind: ClassVar[str] = "table file"

    rows: int


@dataclass(frozen=True)
class ShapeWritten(Summary):
    """The shape of an image or a picture."""

    kind: ClassVar[str] = "image file"

    shape: Sequence[int]
