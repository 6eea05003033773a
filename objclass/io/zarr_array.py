"""Which array of a Zarr or N5 hierarchy is meant, and what is known of it without its voxels."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count as counting
from itertools import takewhile
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.header import FileHeader, checked_shape, known_axes, plain_axes, voxel_type
from objclass.io.multiscale import Level, Multiscale, multiscale_of, ome_part
from objclass.io.n5_metadata import n5_facts, n5_levels
from objclass.io.plate import fields_of, plate_of
from objclass.io.zarr_metadata import (
    N5,
    ZARR2,
    KeyValueStore,
    MetadataNode,
    absent,
    as_mapping,
    as_numbers,
    images_below,
    node_at,
)

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class ChosenArray:
    """One array, and the level of the pyramid that it is.

    Parameters
    ----------
    node
        The array.
    pyramid, level
        The image it belongs to; None for a plain array.
    others
        Every image and array of a group that is no image.
    """

    node: MetadataNode
    pyramid: Multiscale | None = None
    level: Level | None = None
    others: tuple[str, ...] = ()


def choose_array(store: KeyValueStore, path: str, level: int | None) -> ChosenArray:
    """Return the array behind a path: itself, a level of an image, or the only one of a group.

    Raises
    ------
    InputError
        Where there is nothing, metadata are broken, the level is missing, or it is not clear
        which array is meant.
    """
    node = find_node(store, path)
    if node is None:
        raise InputError(absent(store, path))
    path = node.path
    if node.kind == "array":
        return _plain(store, node, level)
    pyramid = multiscale_of(node.attributes, name_of(store, path))
    if pyramid is not None:
        return _level_of(store, path, pyramid, level)
    if node.format == N5:
        scales = n5_levels(store, path)
        if scales:
            return ChosenArray(_nth(scales, level, name_of(store, path)))
    return _inside(store, node, level)


def find_node(store: KeyValueStore, path: str) -> MetadataNode | None:
    """Return the group or array at a path, in which a well may be called by its name."""
    return node_at(store, path) or _in_plate(store, path)


def _in_plate(store: KeyValueStore, path: str) -> MetadataNode | None:
    """Return what lies in a well that is called by its name, ``B03`` for ``B/03``."""
    root = node_at(store, "") if path else None
    plate = plate_of(root.attributes, store) if root else None
    well, _, below = path.partition("/")
    if plate is None or well not in plate.wells:
        return None
    return node_at(store, f"{plate.wells[well]}/{below}".strip("/"))


def name_of(store: KeyValueStore, path: str) -> str:
    """Return a path below the root as a person writes it."""
    return f"{store}/{path}" if path else str(store)


def _plain(store: KeyValueStore, node: MetadataNode, level: int | None) -> ChosenArray:
    """Return an array that was named itself; where it is a level of an image, that says more."""
    if level:
        fix = "name the image instead of one of its arrays, or remove level"
        what = f"{name_of(store, node.path)} is one array and has no levels"
        raise InputError(Problem(what, f"level {level}", fix=fix))
    parts = node.path.split("/")
    for count in range(len(parts) - 1, -1, -1):
        above, below = "/".join(parts[:count]), "/".join(parts[count:])
        with suppress(InputError):  # named for want of metadata that can be read, perhaps
            group = node_at(store, above) if node.path else None
            pyramid = multiscale_of(group.attributes, above) if group else None
            found = next((each for each in _levels(pyramid) if each.path == below), None)
            if found is not None and pyramid is not None:
                _check_axes(store, node, pyramid)
                return ChosenArray(node, pyramid, found)
    return ChosenArray(node)


def _levels(pyramid: Multiscale | None) -> tuple[Level, ...]:
    return pyramid.levels if pyramid else ()


def _level_of(
    store: KeyValueStore, path: str, pyramid: Multiscale, number: int | None
) -> ChosenArray:
    level = pyramid.level(number, name_of(store, path))
    node = node_at(store, f"{path}/{level.path}" if path else level.path)
    if node is None or node.kind != "array":
        what = f"{name_of(store, path)}: the array of level {number or 0} is missing"
        fix = "the image may be copied or written in part: copy it again, or name another level"
        raise InputError(Problem(what, expected=f"an array '{level.path}'", fix=fix))
    _check_axes(store, node, pyramid)
    return ChosenArray(node, pyramid, level)


def _check_axes(store: KeyValueStore, node: MetadataNode, pyramid: Multiscale) -> None:
    shape = shape_of(node)
    if len(shape) != len(pyramid.axes):
        what = f"{name_of(store, node.path)}: its axes do not fit its array"
        got = f"axes {pyramid.axes}, shape {shape}"
        raise InputError(Problem(what, got, fix="name the array with its axes: axes: …"))


def _nth(levels: Sequence[MetadataNode], number: int | None, where: str) -> MetadataNode:
    if (number or 0) < len(levels):
        return levels[number or 0]
    expected = f"0 to {len(levels) - 1}"
    raise InputError(Problem(f"{where} has no level {number}", expected=expected))


def _inside(store: KeyValueStore, node: MetadataNode, level: int | None) -> ChosenArray:
    """Return the only image or array of a group that is no image itself."""
    path, where = node.path, name_of(store, node.path)
    plate, fields = plate_of(node.attributes, where), fields_of(node.attributes, where)
    if plate is not None:
        got = f"{len(plate.wells)} wells: {list_some(plate.wells, 4)}"
        fix = f"write {where}/{{well}}/{{field}} for all of its images"
        raise InputError(Problem(f"{where} is a plate, not one image", got, fix=fix))
    if fields is not None:
        got = f"{len(fields)} fields: {list_some(fields, 4)}"
        fix = f"write for example {where}/{fields[0] if fields else 0}"
        raise InputError(Problem(f"{where} is a well, not one image", got, fix=fix))
    series = tuple(f"{path}/{name}".strip("/") for name in series_of(store, node))
    images = series or tuple(images_below(store, path))
    if len(images) == 1:
        return replace(choose_array(store, images[0], level), others=images)
    raise InputError(_unclear(where, path, images))


def series_of(store: KeyValueStore, node: MetadataNode) -> tuple[str, ...]:
    """Return the images of a file that bioformats2raw converted."""
    if "bioformats2raw.layout" not in ome_part(node.attributes):
        return ()
    below = node_at(store, f"{node.path}/OME".strip("/"))
    said = ome_part(below.attributes).get("series") if below else None
    if isinstance(said, list) and said:
        return tuple(str(name).strip("/") for name in said)
    names = map(str, range(len(store.children(node.path))) if store.lists else counting())
    there = lambda name: node_at(store, f"{node.path}/{name}".strip("/")) is not None
    return tuple(filter(there, names) if store.lists else takewhile(there, names))


def _unclear(where: str, path: str, names: Sequence[str]) -> Problem:
    """The problem of a group in which nothing, or more than one thing, may be meant."""
    if not names:
        fix = "name the array inside it, if there is one"
        expected = "an image (multiscales) or an array of voxels"
        return Problem(f"{where} holds no image", "a group without arrays", expected, fix)
    inner = [name.removeprefix(f"{path}/") for name in names]
    return Problem(
        f"{where} holds {len(names)} images",
        got=list_some(inner, 4),
        expected="one, or a path inside the folder",
        fix=f"write for example {where}/{inner[0]}",
    )


def shape_of(node: MetadataNode) -> tuple[int, ...]:
    """Return the lengths of an array in C order."""
    if node.format == N5:
        return n5_facts(node.facts).shape
    return as_numbers(node.facts.get("shape"))


def chunks_of(node: MetadataNode, dimensions: int) -> tuple[int, ...] | None:
    """Return the edges of what is decoded at once, of a shard its own chunks; None if unsaid."""
    if node.format == N5:
        found = n5_facts(node.facts).blocks
    elif node.format == ZARR2:
        found = as_numbers(node.facts.get("chunks"))
    else:
        found = _zarr3_chunks(node)
    return found if len(found) == dimensions and min(found) > 0 else None


def _zarr3_chunks(node: MetadataNode) -> tuple[int, ...]:
    codecs = node.facts.get("codecs")
    first = as_mapping(codecs[0]) if isinstance(codecs, list) and codecs else {}
    sharded = first.get("name") == "sharding_indexed"
    cut = first if sharded else as_mapping(node.facts.get("chunk_grid"))
    return as_numbers(as_mapping(cut.get("configuration")).get("chunk_shape"))


def dtype_of(node: MetadataNode) -> np.dtype[np.generic]:
    """Return the type of an array's voxels as stored.

    Raises
    ------
    TypeError
        For what numpy does not know.
    """
    import numpy as np

    said = node.facts.get("dtype") if node.format == ZARR2 else node.facts.get("data_type")
    if node.format == N5:
        said = n5_facts(node.facts).dtype
    return np.dtype([("table", "i1")]) if isinstance(said, list) else np.dtype(str(said))


def header_of(found: ChosenArray, where: str) -> FileHeader:
    """Return the header of a chosen array; raise where it is no image that can be classified."""
    node = found.node
    name = f"{where}/{node.path}" if node.path else where
    try:
        dtype = voxel_type(dtype_of(node), name)
    except TypeError:
        said = node.facts.get("data_type", node.facts.get("dtype"))
        got = as_mapping(said).get("name", said)
        what = f"{name}: voxels of this type cannot be classified"
        raise InputError(Problem(what, str(got), "whole numbers and floats")) from None
    shape = checked_shape(shape_of(node), name)
    header = FileHeader(
        shape,
        dtype,
        axes=_plain_axes(node, len(shape)),
        inner=node.path or None,
        datasets=found.others,
        chunks=chunks_of(node, len(shape)),
    )
    return _described(found, header)


def _described(found: ChosenArray, header: FileHeader) -> FileHeader:
    """Return a header with what the image, or N5, says of it."""
    if found.pyramid is not None and found.level is not None:
        spacing, unit = found.pyramid.pixel_size(found.level)
        return replace(
            header,
            axes=found.pyramid.axes,
            channels=found.pyramid.channels,
            spacing=spacing,
            unit=unit,
            time_step=found.pyramid.time_step(found.level),
            notes=found.pyramid.notes,
        )
    if found.node.format == N5:
        facts = n5_facts(found.node.facts)
        return replace(header, spacing=facts.spacing, unit=facts.unit)
    return header


def _plain_axes(node: MetadataNode, dimensions: int) -> str | None:
    """Return the axes of a plain array: those it names, as Zarr 3, xarray and N5 write them."""
    if node.format == N5:
        return n5_facts(node.facts).axes or plain_axes(dimensions)
    said = node.facts.get("dimension_names") or node.attributes.get("_ARRAY_DIMENSIONS")
    letters = "".join(map(str, said)).lower() if isinstance(said, list) else ""
    return known_axes(letters, dimensions) or plain_axes(dimensions)
