"""The images of a run: what the paths of the inputs, or a sheet, stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from objclass.engine.look import ImageKey
from objclass.engine.node import Node
from objclass.errors import InputError, ObjclassError, Place, Problem
from objclass.io.address import is_address
from objclass.io.join import ImageFiles, images_of, is_unnamed
from objclass.io.path_spelling import in_utf8, relative_path
from objclass.io.pattern import Pattern
from objclass.io.patterns import InputPath
from objclass.io.server import SERVED
from objclass.io.source import Source, Stack, WrittenPath
from objclass.schema.workflow import Workflow


def image_keys(
    workflow: Workflow,
    nodes: Mapping[str, Node],
    folder: Path,
    *,
    sheet: bool = True,
    results: Sequence[str] = (),
    out: Path | None = None,
    keep_unpaired: bool = False,
) -> list[ImageKey]:
    """Return the images that a workflow runs over.

    Parameters
    ----------
    workflow
        For its sheet of images and for places.
    nodes
        Its nodes, perhaps with other paths.
    folder
        Relative paths start here.
    sheet
        False to go by the paths alone, as batch does.
    results, out
        Paths of results beside those that the nodes name, and the folder they start at: files
        that are there from before are no images.
    keep_unpaired
        True to return files without partners as images with that problem, as batch does.

    Returns
    -------
    Every image; one whose files make none (a frame is missing) carries its problems.

    Raises
    ------
    InputError
        With every problem of the paths, placed in the workflow, where they concern more than
        some of the images.
    """
    SERVED.forget()
    inputs = {name: node.reads_image for name, node in nodes.items() if node.reads_image}
    paths = {name: node.path for name, node in inputs.items()}
    raw = next((name for name, node in inputs.items() if node.role == "raw"), None)
    try:
        if workflow.images is None or not sheet:
            written = [*_results(nodes), *results]
            found = images_of(paths, folder, raw, written, out, keep_unpaired=keep_unpaired)
        else:
            from objclass.io.sheet import from_sheet

            found = from_sheet(sheet_rows(folder / workflow.images), paths, folder, raw)
    except ObjclassError as error:
        raise InputError(*place(workflow, error.problems)) from None
    keys = [_key(image, raw or next(iter(inputs)), folder) for image in found]
    return [replace(key, problems=place(workflow, key.problems)) for key in keys]


AXIS_WORDS = {
    "c": ("ch", "chan", "channel", "channels", "wavelength", "stain"),
    "z": ("plane", "slice", "depth"),
    "t": ("time", "frame", "timepoint"),
}
"""Names that people give to what lies along an axis."""
ALONG = {"c": "channels", "z": "planes", "t": "frames"}


def axis_name_notes(nodes: Mapping[str, Node]) -> Iterator[str]:
    """Yield inputs whose names make images of what is probably one image in several files.

    They are told where another input has files for images and no such name, as the map or the
    mask of all channels has.
    """
    inputs = {name: node.reads_image for name, node in nodes.items() if node.reads_image}
    if len(inputs) < 2:
        return
    shared = [_names_of(node.path) for node in inputs.values()]
    for name, node in inputs.items():
        for each in _names_of(node.path):
            axis = next((a for a, words in AXIS_WORDS.items() if each.lower() in words), None)
            if axis and not all(each in names for names in shared):
                yield (
                    f"{name}: every {{{each}}} is an image of its own; {{{axis}}} in its place "
                    f"stacks the files as {ALONG[axis]} of one image"
                )


def _names_of(path: str) -> tuple[str, ...]:
    """Return the names in a path that tell images apart."""
    if is_address(path):  # whose folders are not listed; a sheet gives the names
        return Pattern.parse(path).shared_names
    return InputPath.parse(path, Path()).pattern.shared_names


def with_plate_map(keys: Sequence[ImageKey], path: Path) -> tuple[list[ImageKey], tuple[str, ...]]:
    """Return images with the conditions of a plate map as names, and what a person should know.

    Raises
    ------
    InputError
        As :func:`objclass.wells.plate_map.map_images`, and for what is no plate map.
    """
    from objclass.io.plate_map import read_plate_map
    from objclass.wells.plate_map import map_images

    mapped = map_images(read_plate_map(path), [key.names for key in keys])
    pairs = zip(keys, mapped.conditions, strict=True)
    return [replace(key, names={**key.names, **more}) for key, more in pairs], mapped.notes


def _results(nodes: Mapping[str, Node]) -> Iterator[str]:
    """Yield the paths of what the exports of a workflow write."""
    for node in nodes.values():
        yield from node.writes


def place(workflow: Workflow, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems of paths with their places in the workflow."""
    return tuple(p.at(_place(workflow, p.node), p.node) for p in problems)


def _place(workflow: Workflow, node: str | None) -> Place:
    return workflow.place(node, "path") if node else workflow.source.place(("images",))


def sheet_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a sheet of images, column to text."""
    from objclass.io.tables import read_rows

    table = read_rows(path)
    return [dict(zip(table.header, cells, strict=False)) for _, cells in table.rows]


def _key(image: ImageFiles, raw: str, folder: Path) -> ImageKey:
    files = {name: (source, _named(source, folder)) for name, source in image.sources.items()}
    main = image.sources.get(raw, next(iter(image.sources.values())))
    return ImageKey(
        name=in_utf8(image.name),
        names={name: in_utf8(value) for name, value in image.names.items()},
        files=files,
        nickname=in_utf8(image.name if isinstance(main, Stack) else is_unnamed(main)),
        folder=str(main.first.path.parent),
        problems=(*image.problems, *_no_text(image)),
    )


def _no_text(image: ImageFiles) -> Iterator[Problem]:
    """Yield the problems of files whose names are no UTF-8: no table or cache can hold them."""
    for node, source in image.sources.items():
        for path in source.files:
            if in_utf8(str(path)) != str(path):
                what = f"the name of {in_utf8(str(path))} is not UTF-8"
                yield Problem(what, fix="rename the file", node=node)


def _named(source: Source, folder: Path) -> WrittenPath:
    """Return paths as seen from the workflow, so that a moved folder keeps its cache."""
    if isinstance(source, Stack):
        return tuple(relative_path(str(member), folder) for member in source.members)
    return relative_path(str(source), folder)
