"""The object table in the words of Cytomining: ``Metadata_Well``, ``Nuclei_AreaShape_…``.

The names are those of CellProfiler, by which pycytominer tells metadata from features and
compartments from each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from objclass.data.objects import Column

if TYPE_CHECKING:
    from objclass.nodes.export.rows import Columns

METADATA = "Metadata_"
PLACES = {
    "plate": "Plate", "well": "Well", "site": "Site", "field": "Site", "image": "Image",
    "t": "Time", "object": "ObjectNumber",
}  # fmt: skip
"""Our title → that of Cytomining; other ones keep theirs in capitals."""
COMPARTMENTS = (("nucle", "Nuclei"), ("cyto", "Cytoplasm"), ("cell", "Cells"))
CATEGORIES = {"location": "Location", "shape": "AreaShape", "intensity": "Intensity"}
"""Group of a feature → its category, unless its family has one of its own."""
OF_FAMILIES = {
    "texture": "Texture", "own_range_texture": "Texture", "spherical_texture": "Texture",
    "neighbors": "Neighbors", "parent": "Parent", "colocalization": "Correlation",
}  # fmt: skip


def cytomining_pieces(
    pieces: Iterator[Columns], features: Sequence[Column], objects: str, images: Sequence[str]
) -> Iterator[Columns]:
    """Yield the object table with its columns renamed, a piece per frame.

    Parameters
    ----------
    pieces
        Of the object table.
    features
        Its feature columns.
    objects
        The node that found the objects, after which the compartment is called.
    images
        All images; their numbers, from 1, stand in ``Metadata_ImageNumber``.
    """
    numbers = {image: number for number, image in enumerate(images, 1)}
    compartment = compartment_of(objects)
    titles = {column.name: feature_title(column, compartment) for column in features}
    for piece in pieces:
        found: Columns = {f"{METADATA}ImageNumber": [numbers[image] for image in piece["image"]]}
        for name, values in piece.items():
            found[titles.get(name) or metadata_title(name)] = values
        yield found


def compartment_of(objects: str) -> str:
    """Return the compartment that objects are, by the name of their node.

    >>> compartment_of("nuclei"), compartment_of("cytoplasm"), compartment_of("grains")
    ('Nuclei', 'Cytoplasm', 'Cells')
    """
    return next((name for part, name in COMPARTMENTS if part in objects.lower()), "Cells")


def metadata_title(name: str) -> str:
    """Return what a column is called that is no feature.

    >>> metadata_title("well"), metadata_title("predicted_class"), metadata_title("probability-G1")
    ('Metadata_Well', 'Metadata_PredictedClass', 'Metadata_Probability_G1')
    """
    if name in PLACES:
        return f"{METADATA}{PLACES[name]}"
    first, dash, rest = name.partition("-")
    return f"{METADATA}{_joined(first)}{'_' if dash else ''}{rest}"


def feature_title(column: Column, compartment: str) -> str:
    """Return what a feature is called: compartment, category, feature, and its channel."""
    category = OF_FAMILIES.get(column.family) or CATEGORIES[column.group]
    name, _, channel = column.name.partition("-")
    feature = _joined(name.removeprefix(f"{column.family}_"))
    if column.family not in OF_FAMILIES and column.family not in ("size", "intensity"):
        feature = _joined(name)
    return "_".join(part for part in (compartment, category, feature, channel) if part)


def _joined(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"_", name))
