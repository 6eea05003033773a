"""How a file of results is laid out: all that decides on its content beside what is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import Literal

from objclass.data.dataclass import dataclass
from objclass.nodes.export.origin import Origin

Dialect = Literal["ilastik", "cytomining"]
"""Whose names, columns and axes files have instead of ours."""
OF_IMAGES: frozenset[Dialect] = frozenset({"ilastik"})
"""Those that say how images are laid out too; the others are about tables alone."""
Names = tuple[str, ...]
Frames = Mapping[str, Names]
"""Image to the texts of ``{t}`` in its files."""
TimeStep = tuple[float, str]
"""Value and unit of the time between two frames."""


@dataclass(frozen=True)
class ExportLayout:
    """How a file is laid out; an output adds what it alone has.

    What is None is not in the recipe: the file has nothing of it.

    Parameters
    ----------
    origin
        What results are written of; not in the recipe, which holds what is read of it.
    images
        Image to its names, for every image in the file.
    names
        Whose names, columns and axes the file has.
    classes, colors
        Of the predictions.
    frame_names, time_step
        What is known of the frames.
    """

    origin: Origin
    images: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Dialect | None = None
    classes: Names | None = None
    colors: Names | None = None
    frame_names: Frames | None = None
    time_step: TimeStep | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """What enters the recipe, as JSON."""
        known = {name: value for name, value in vars(self).items() if value is not None}
        del known["origin"]
        known["images"] = [[image, dict(names)] for image, names in self.images.items()]
        return {name: _plain(value) for name, value in known.items()}


def _plain(value: object) -> object:
    """Return a value with lists and dicts, as JSON has them."""
    if isinstance(value, str | int | float):  # most are; to ask for a mapping takes longer
        return value
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple) and all(type(each) is str for each in value):
        return _texts(value)
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else value


@lru_cache(64)
def _texts(value: tuple[str, ...]) -> list[str]:
    """Return texts as a list, which thousands of images of the same columns share."""
    return list(value)
