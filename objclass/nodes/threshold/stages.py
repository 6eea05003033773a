"""The stages from a map to objects, and which fields of the node each of them reads.

A field says in its annotation which stages read it. That is its only declaration beside the
one of :class:`objclass.segmentation.settings.SegmentationSettings`: it stands in the recipe of
the layers that come through these stages, and reaches the settings by its name.
"""

from __future__ import annotations

from typing import Literal, get_args

from objclass.data.dataclass import dataclass
from objclass.engine.node import Node

Stage = Literal["maps", "core maps", "cores", "sizes", "levels", "hysteresis"]

STAGES: dict[str, frozenset[Stage]] = {
    "smoothed": frozenset({"maps"}),
    "cores": frozenset({"core maps", "cores"}),
    "cores_filtered": frozenset({"core maps", "cores", "sizes"}),
    "unfiltered": frozenset({"maps", "levels"}),
    "objects": frozenset({"maps", "levels", "sizes"}),
}
"""The stages of each layer; objects of hysteresis, filtered or not, come through all of them."""
LAYERS = tuple(STAGES)


@dataclass(frozen=True)
class ReadBy:
    """Stands in the annotation of a field: the stages that read it.

    Parameters
    ----------
    stages
        Of which a layer has at least one where the field is part of its recipe.
    added
        True for a field that is left out of recipes at its default, because results were
        made before there was such a field.
    """

    stages: frozenset[Stage]
    added: bool = False

    @classmethod
    def any_of(cls, *stages: Stage, added: bool = False) -> ReadBy:
        """Name the stages."""
        return cls(frozenset(stages), added)


DERIVED = dict.fromkeys(("scale", "factors"), ReadBy.any_of("maps", "core maps"))
"""What headers tell beside the fields: the range of the values, and the grid of ``like``."""


def stages_of(layer: str, method: str) -> frozenset[Stage]:
    """Return the stages that a layer comes through."""
    if method == "hysteresis" and "levels" in STAGES[layer]:
        return frozenset(get_args(Stage))
    return STAGES[layer]


def declared(kind: type[Node]) -> dict[str, ReadBy]:
    """Return the fields of a node kind that change what is found."""
    found = {
        name: [each for each in field.metadata if isinstance(each, ReadBy)]
        for name, field in kind.model_fields.items()
    }
    return {name: each[0] for name, each in found.items() if each}


def recipe_fields(kind: type[Node], layer: str, method: str) -> set[str]:
    """Return the names of what stands in the recipe of a layer."""
    stages = stages_of(layer, method)
    every = declared(kind) | DERIVED
    return {name for name, read_by in every.items() if read_by.stages & stages}


def as_written(node: Node) -> dict[str, object]:
    """Return the declared fields as a person wrote them; added ones only where they differ."""
    fields = type(node).model_fields
    return {
        name: getattr(node, name)
        for name, read_by in declared(type(node)).items()
        if not read_by.added or getattr(node, name) != fields[name].default
    }
