"""Finds images inside folders of arrays by ``{name}``: fields of plates, label images, groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.address import not_listed
from objclass.io.pattern import Token
from objclass.io.plate import Plate, fields_of, plate_of
from objclass.io.zarr import store_of
from objclass.io.zarr_array import name_of, series_of
from objclass.io.zarr_metadata import KeyValueStore, MetadataNode, is_pyramid, label_names, node_at

Component = Sequence[Token]
"""A part of a path between two ``/``."""


@dataclass(frozen=True)
class InnerPath:
    """A path inside a folder.

    Parameters
    ----------
    path
        Where the image lies: ``B/03/0``.
    named
        What a pattern reads: ``B03/0``, since a well is called by its row and column.
    problem
        Why there is no image, though the metadata say so.
    """

    path: str = ""
    named: str = ""
    problem: Problem | None = None

    def below(self, path: str, named: str, problem: Problem | None = None) -> InnerPath:
        """Return a path further down."""
        path, named = f"{self.path}/{path}".strip("/"), f"{self.named}/{named}".strip("/")
        return InnerPath(path, named, problem or self.problem)


def inner_paths(folder: Path, parts: Sequence[Component]) -> Iterator[InnerPath]:
    """Yield the images inside a folder whose every component fits, as far as each can tell.

    Wells and fields are those of the metadata of plate and well; one that is listed and not
    there comes with that problem.
    """
    yield from _walk(store_of(folder), InnerPath(), parts)


def _walk(store: KeyValueStore, here: InnerPath, parts: Sequence[Component]) -> Iterator[InnerPath]:
    if not parts:
        if here.problem or _is_image(store, here.path):
            yield here
        return
    first, later = parts[0], parts[1:]
    for found in _entries(store, here, first):
        yield from _walk(store, found, later)


def _is_image(store: KeyValueStore, path: str) -> bool:
    node = node_at(store, path)
    return node is not None and fields_of(node.attributes, path) is None


def _entries(store: KeyValueStore, here: InnerPath, part: Component) -> Iterator[InnerPath]:
    """Yield what lies in a group and fits one component of a path."""
    text = "".join(token.text for token in part)
    node = None if here.problem else node_at(store, here.path)
    where = name_of(store, here.path)
    plate = plate_of(node.attributes, where) if node else None
    if all(token.text for token in part):
        yield here.below(plate.wells.get(text, text) if plate else text, text)
        return
    fits = re.compile("".join(re.escape(t.text) or ".+" if t.name else re.escape(t.text) or ".*"
                              for t in part)).fullmatch  # fmt: skip
    found = [here.below("0", "0")] if here.problem else _listed(store, here, node, plate)
    yield from (each for each in found if fits(each.named.rpartition("/")[2]))


def _listed(
    store: KeyValueStore, here: InnerPath, node: MetadataNode | None, plate: Plate | None
) -> list[InnerPath]:
    """Return what the metadata of a group list, or the folders in it where they list nothing."""
    where = name_of(store, here.path)
    if plate is not None:
        return [_well(store, here, name, folder) for name, folder in plate.wells.items()]
    fields = fields_of(node.attributes, where) if node else None
    if fields is not None:
        return [_field(store, here, field) for field in fields]
    if node is not None and is_pyramid(node):
        return []  # levels and the group of label images are parts of one image
    names = (series_of(store, node) or label_names(node)) if node else ()
    if not names and not store.lists:
        raise InputError(not_listed(f"{where}/…"))
    return [here.below(name, name) for name in names or store.children(here.path)]


def _well(store: KeyValueStore, here: InnerPath, name: str, folder: str) -> InnerPath:
    what = f"{name_of(store, here.path)} lists the well {name}, which is not there"
    return here.below(folder, name, _lacking(store, here.below(folder, name), what))


def _field(store: KeyValueStore, here: InnerPath, field: str) -> InnerPath:
    well = here.named.rpartition("/")[2]
    what = f"the well {well} lists the field {field}, which is not there"
    return here.below(field, field, _lacking(store, here.below(field, field), what))


def _lacking(store: KeyValueStore, found: InnerPath, what: str) -> Problem | None:
    if node_at(store, found.path) is not None:
        return None
    fix = "copy the plate again, or take it out of the metadata"
    return Problem(what, expected=f"a folder {name_of(store, found.path)}", fix=fix)


def nothing_inside(text: str, folders: Sequence[Path]) -> Problem:
    """The problem of a path inside folders that fits none of the images there."""
    what = f"no image fits '{text}'"
    if not folders:
        return Problem(what, fix="no folder fits the part before what is inside")
    store = store_of(folders[0])
    node = node_at(store, "")
    plate = plate_of(node.attributes, folders[0]) if node else None
    if plate is not None:
        got = f"{folders[0]} is a plate with the wells {list_some(plate.wells, 4)}"
        return Problem(what, got, fix=f"write for example {folders[0]}/{{well}}/{{field}}")
    return Problem(what, f"{folders[0]} holds {list_some(store.children(''), 4) or 'nothing'}")
