"""What a session answers: frozen values that know neither files nor a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Validity = Literal["valid", "invalid", "conflict", "elsewhere"]
"""Of an annotation: learned from; its object changed; contradicted; outside of what is seen."""


@dataclass(frozen=True, order=True)
class ObjectRef:
    """An object, as tables call it.

    Parameters
    ----------
    image
        Name of its image.
    t
        Its time point in the uncropped image, None without time.
    object
        Its id.
    """

    image: str
    t: int | None
    object: int


@dataclass(frozen=True)
class Plane:
    """A plane of a frame: all voxels with one coordinate; of a 2D image the only one.

    Parameters
    ----------
    axis
        ``z`` for the plane yx, ``y`` for zx, ``x`` for zy.
    index
        The coordinate, in voxels of the frame (after cropping).
    """

    axis: Literal["z", "y", "x"] = "z"
    index: int = 0


@dataclass(frozen=True)
class SessionImage:
    """One image of a workflow, from its header.

    Parameters
    ----------
    name, names
        What it is called, and its names, such as plate and well.
    shape
        Axis to length, after cropping: ``{"y": 48, "x": 64}``, with z in front for a volume.
    origin
        Voxel ``(z, y, x)`` of the uncropped image at which the frame begins.
    spacing, unit
        Size of a voxel ``(z, y, x)``; None where nobody said.
    times
        Its time points in the uncropped image; ``(None,)`` without time.
    channels, dtype, rgb
        Of the image that the objects are measured on; no channels where there is none.
    objects
        How many objects its frames hold; None while some have not been looked at.
    annotated
        How many of them are annotated.
    """

    name: str
    names: Mapping[str, str]
    shape: Mapping[str, int]
    origin: tuple[int, int, int]
    spacing: tuple[float, float, float] | None
    unit: str | None
    times: tuple[int | None, ...]
    channels: tuple[str, ...]
    dtype: str
    rgb: bool
    objects: int | None
    annotated: int


@dataclass(frozen=True)
class SessionClass:
    """A class: its name and colour ``#rrggbb``, and how many objects are annotated and predicted.

    Predicted are the objects of the frames that were looked at so far.
    """

    name: str
    color: str
    annotated: int
    predicted: int


@dataclass(frozen=True)
class SessionChange:
    """What an edit did.

    Parameters
    ----------
    version
        Of the session, after it.
    says
        What was done, such as ``3 objects are mitotic``.
    objects
        The objects it is about.
    told
        What a person should know besides, such as that somebody else edited the file.
    """

    version: int
    says: str
    objects: tuple[ObjectRef, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class ObjectStyles:
    """What is shown of n objects of a frame; codes count the classes of the session from 1.

    Parameters
    ----------
    ids
        uint64 (n,), as they were asked for.
    predicted
        uint16 (n,), class code; 0 where nothing is predicted or the object is not selected, 65535
        where the class is left open because its probability is too low.
    probability
        float32 (n,), of that class.
    uncertainty
        float32 (n,), 1 − (p1 − p2).
    annotated
        uint16 (n,), class code; 0 for none, 65535 for ``ignore``.
    valid
        bool (n,), true where the annotation is learned from.
    model
        Number of the model that predicted; 0 for none.
    asked
        float32 (n,), probability of the class that was asked for; else that of the predicted.
    """

    ids: NDArray[np.uint64]
    predicted: NDArray[np.uint16]
    probability: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    annotated: NDArray[np.uint16]
    valid: NDArray[np.bool_]
    model: int
    asked: NDArray[np.float32]


@dataclass(frozen=True)
class GalleryPage:
    """Objects to be shown together.

    Parameters
    ----------
    objects
        In the order in which they are shown.
    says
        How they were chosen, in words.
    total
        How many there are of this kind among what was looked at.
    images_seen, images
        How many images they were chosen from, and how many there are.
    """

    objects: tuple[ObjectRef, ...]
    says: str
    total: int
    images_seen: int
    images: int


@dataclass(frozen=True)
class AnnotationRow:
    """One annotation, as the explorer lists it.

    Parameters
    ----------
    line
        Where it stands in the file.
    object
        The object under it; None where there is none.
    image
        Its image.
    class_
        What it says.
    validity, why
        Whether it is learned from, and if not, why not.
    predicted
        What a model that has not seen it says; empty where nothing is known.
    agrees
        Whether that is its class; None where nothing is known.
    """

    line: int
    object: ObjectRef | None
    image: str
    class_: str
    validity: Validity
    why: str
    predicted: str = ""
    agrees: bool | None = None


@dataclass(frozen=True)
class FeatureStanding:
    """A feature of an object, and where that stands among the annotated objects of each class.

    Parameters
    ----------
    name, unit, definition
        What was measured.
    value
        NaN where it is missing.
    quantiles
        Class to the share of its annotated objects that have less, from 0 to 1.
    used
        True where the classifier learns from it.
    """

    name: str
    unit: str
    definition: str
    value: float
    quantiles: Mapping[str, float]
    used: bool


@dataclass(frozen=True)
class ObjectDetails:
    """All that is known of an object.

    Parameters
    ----------
    ref
        The object.
    position
        Its deepest voxel ``(z, y, x)`` in the uncropped image.
    box
        First and last-but-one voxel ``(z, y, x)`` of its box, in voxels of the frame.
    size, stamp, touches_border
        Of the label image.
    features
        What was measured.
    probabilities
        Class to probability; empty where nothing is predicted.
    predicted, uncertainty
        The class, and 1 − (p1 − p2).
    annotated
        The class a person gave, ``ignore`` included; empty for none.
    row
        Its line in the annotation file; None where it has none.
    selected
        False for an object that the classifier is not for; see ``select``.
    """

    ref: ObjectRef
    position: tuple[int, int, int]
    box: tuple[tuple[int, int, int], tuple[int, int, int]]
    size: int
    stamp: str
    touches_border: bool
    features: tuple[FeatureStanding, ...]
    probabilities: Mapping[str, float] = field(default_factory=dict)
    predicted: str = ""
    uncertainty: float | None = None
    annotated: str = ""
    row: int | None = None
    selected: bool = True


@dataclass(frozen=True)
class SessionScore:
    """How well objects are told apart that were not learned from.

    Parameters
    ----------
    how
        ``by_image``, ``out_of_bag`` or ``cross_validation``; empty where there is no score.
    balanced_accuracy, interval
        From 0 to 1, with its 95 % interval; None where there is no score.
    chance
        What guessing reaches.
    is_chance
        True where the score is no better than chance.
    says
        The same in words, or why there is no score.
    by_image
        Image to the share of its annotations that are predicted right.
    held_back
        Why ``objclass run`` would not train on these annotations; empty where it would.
    """

    how: str
    balanced_accuracy: float | None
    interval: tuple[float, float] | None
    chance: float
    is_chance: bool
    says: str
    by_image: Mapping[str, float] = field(default_factory=dict)
    held_back: str = ""


@dataclass(frozen=True)
class ScatterPoints:
    """Objects as points.

    Parameters
    ----------
    x, y
        What the axes are called, with units.
    objects
        The n objects.
    points
        float64 (n, 2).
    explained
        Of principal components, the shares of variance; empty for features.
    """

    x: str
    y: str
    objects: tuple[ObjectRef, ...]
    points: NDArray[np.float64]
    explained: tuple[float, ...] = ()


@dataclass(frozen=True)
class Invalidation:
    """What a change of the objects would do to annotations.

    Parameters
    ----------
    would_invalidate, of
        How many of how many valid ones.
    reattach
        How many of those follow their objects one to one.
    says
        The same in words.
    """

    would_invalidate: int
    reattach: int
    of: int
    says: str


@dataclass(frozen=True)
class ThresholdPreview:
    """What other settings would find.

    Parameters
    ----------
    ids
        The label image (rows, columns) of the region asked for.
    objects, before
        How many objects the frame would hold, and holds now.
    invalidation
        What would become of annotations.
    """

    ids: NDArray[np.uint32]
    objects: int
    before: int
    invalidation: Invalidation
