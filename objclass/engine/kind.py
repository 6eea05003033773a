"""What a kind of node does, as others ask for it: no class of a kind is known outside its room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire
from objclass.schema.base import Fields
from objclass.schema.image_choice import ImageChoice
from objclass.schema.names import ClassName
from objclass.schema.selection import Choice, Measurement


@dataclass(frozen=True)
class ImageReading:
    """A node refers to files that are images.

    Parameters
    ----------
    path
        The pattern of their paths, as written.
    role
        Such as ``raw``.
    """

    path: str
    role: str


@dataclass(frozen=True)
class Measuring:
    """A node measures objects.

    Parameters
    ----------
    objects, image
        What is measured, and in which image; None without one.
    measure
        The selection of features.
    """

    objects: Wire
    image: Wire | None = None
    measure: Sequence[Choice | Measurement] = ()


@dataclass(frozen=True)
class Learning:
    """A node learns from annotated objects, or hands out what was learned before.

    Parameters
    ----------
    features
        The table it learns from.
    annotations, project
        The file of one or the other, as written.
    follows
        True where annotations follow objects that changed, one to one.
    classes
        The classes that the workflow names; None where annotations do.
    holds_out
        The images that it scores only; None where it learns from all.
    """

    features: Wire
    annotations: str | None = None
    project: str | None = None
    follows: bool = False
    classes: tuple[ClassName, ...] | None = None
    holds_out: ImageChoice | None = None


@dataclass(frozen=True)
class Predicting:
    """A node predicts; two that predict the same give one result.

    Parameters
    ----------
    features, classifier
        From what, and by what.
    min_probability
        Objects below are unclassified.
    coverage
        Wanted share of each class whose sets hold it; None where no sets are predicted.
    pieces
        What decides on the pieces that objects are judged by; empty where they are whole.
    """

    features: Wire
    classifier: Wire
    min_probability: float = 0.0
    coverage: float | None = None
    pieces: tuple[object, ...] = ()


class NodeKind(Fields):
    """What others ask of a node, whatever its kind; a kind overrides what it does."""

    @property
    def reads_image(self) -> ImageReading | None:
        """The image it refers to; None where it refers to no file."""
        return None

    @property
    def measures(self) -> Measuring | None:
        """What it measures; None where it measures nothing."""
        return None

    @property
    def embeds(self) -> bool:
        """True where it gives objects numbers that are no measurements of a family."""
        return False

    @property
    def learns(self) -> Learning | None:
        """What it learns from; None where it learns nothing."""
        return None

    @property
    def predicts(self) -> Predicting | None:
        """What it predicts from; None where it predicts nothing."""
        return None

    @property
    def asks(self) -> tuple[tuple[str, str], ...]:
        """Further files that people edit and this reads, each with what it is."""
        return ()

    @property
    def writes(self) -> tuple[str, ...]:
        """The paths it writes, with the names of images in braces."""
        return ()

    @property
    def assesses(self) -> Wire | None:
        """The predictions whose classifier it writes everything of; None where it does not."""
        return None

    def located(self, folder: Path) -> Self:
        """Return the node with the files beside images that it names as seen from a folder."""
        return self

    @property
    def cuts(self) -> Mapping[str, int] | None:
        """The execution block per axis, for itself and all above it; None where it says none."""
        return None
