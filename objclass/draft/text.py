"""The text of a drafted workflow: every field with a remark on what it is."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from objclass.data.object_channel import object_channel
from objclass.data.value_range import suggested_range, written_range
from objclass.draft.input import DraftInput
from objclass.errors import list_some
from objclass.io.extent import ValuesSeen
from objclass.io.header import FileHeader
from objclass.measure.families import BUILT_IN
from objclass.schema.scalars import plain_or_quoted

DEFAULT_FAMILIES = ("size", "axes", "intensity")
SCHEMA = "workflow.schema.json"
COLUMN = 40
HIGHEST = {f"{'u' * u}int{bits}": 2 ** (bits - 1 + u) - 1 for bits in (16, 32, 64) for u in (0, 1)}
HIGHEST["int8"] = 127
"""The value of integers that stands for a probability of 1."""


def workflow_lines(inputs: Sequence[DraftInput], name: str, images: int) -> Iterator[str]:
    """Yield the lines of the workflow."""
    (raw, given), typed = inputs, shlex.quote(name)
    yield f"# yaml-language-server: $schema={SCHEMA}"
    yield "# Drafted by 'objclass init' from the headers of the files: look through it, change it."
    yield "# What stands behind a # is a remark, or a field that is not needed yet."
    yield "#"
    yield f"#   objclass annotations new {typed}    choose 30 objects; then fill in classes"
    yield f"#   objclass run {typed}                run it; again: everything is cached"
    yield "version: 1"
    yield "# title: what it is for, in a few words"
    yield ""
    yield "nodes:"
    yield from _input(raw, f"the image that is measured: {_shape(raw)}", given)
    yield ""
    yield from _input(given, f"{CALLED[given.role]}: {_shape(given)}", raw)
    yield ""
    if given.role != "label_image":
        yield from _objects(given)
        yield ""
    objects = "cells" if given.role == "label_image" else "nuclei"
    yield from _learning(objects, name)
    yield ""
    yield from _export(raw, images, Path(name).stem)


CALLED = {
    "prediction_map": "a probability per voxel and channel",
    "segmentation": "0 is background, everything else is object",
    "label_image": "ids of objects, 0 is background",
}


def _shape(given: DraftInput) -> str:
    """Shape, axes and type in words: ``512 x 512 x 3 (yxc), uint8``."""
    return f"{' x '.join(map(str, given.file.shape))} ({given.axes}), {given.file.dtype}"


def _field(text: str, remark: str = "", indent: int = 4) -> str:
    line = " " * indent + text
    return f"{line.ljust(COLUMN - 2)}  # {remark}" if remark else line


def _input(given: DraftInput, remark: str, other: DraftInput) -> Iterator[str]:
    """Yield an input node; what its file does not say, the other one may."""
    yield _field(f"{given.node}:", remark, 2)
    yield _field("kind: input")
    yield _field(f"path: {plain_or_quoted(given.path)}")
    if given.series is not None:
        yield _field(f"series: {plain_or_quoted(given.series)}", "the file holds several images")
    if given.given:
        yield _field(f"axes: {given.given}", "the file does not name its axes")
    if given.role != "raw":
        yield _field(f"role: {given.role}")
    yield from _channels(given)
    yield from _foreground(given)
    yield from _values(given)
    yield from _sizes(given, other)


def _channels(given: DraftInput) -> Iterator[str]:
    """Yield what there is to say about channels."""
    count, named = given.length("c"), given.file.channels
    if given.role in ("segmentation", "label_image"):
        if count > 1:
            yield _field("crop: {c: 0}", f"the file has {count} channels; the first is used")
    elif named and count > 1:
        names = ", ".join(map(plain_or_quoted, named))
        yield _field(f"# channels: [{names}]", "as the file names them")
    elif given.role == "prediction_map" and count > 1:
        names = ", ".join(map(plain_or_quoted, channel_names(given)))
        yield _field(f"channels: [{names}]", "a guess: name them in file order")
    elif count > 1:
        names = ", ".join(f"channel{k}" for k in range(count))
        yield _field(f"# channels: [{names}]", "names, in file order")


def _foreground(given: DraftInput) -> Iterator[str]:
    """Yield which of two values of a mask without any 0 is the object."""
    if len(given.values) == 2 and 0 not in given.values:
        low, high = given.values
        says = f"the mask holds {low} and {high}: if objects are {low}, write {low}"
        yield _field(f"foreground: {high}", says)


def _values(given: DraftInput) -> Iterator[str]:
    """Yield the range of voxels whose type does not tell it."""
    dtype = given.file.dtype
    if given.seen is not None:
        yield _range_seen(dtype, given.seen)
    if given.role == "prediction_map" and not given.file.value_range and dtype in HIGHEST:
        yield _field(f"value_range: [0, {HIGHEST[dtype]}]", "the values that mean 0 and 1")


def _range_seen(dtype: str, seen: ValuesSeen) -> str:
    """Return the range of raw voxels, with the values it comes from."""
    extent = seen.extent
    span = suggested_range(dtype, extent.low, extent.high) if extent else None
    if extent is None or span is None:
        return _field("# value_range: [0, 1]", "no finite value was seen; say what they span")
    some = "" if extent.whole else "a sample of "
    of = f" of {seen.looked} of {seen.images} images" if seen.images > 1 else ""
    values = f"{some}voxels{of}: {extent.low:.6g} to {extent.high:.6g}"
    return _field(f"value_range: {written_range(span)}", f"{values}; for histograms and texture")


def _sizes(given: DraftInput, other: DraftInput) -> Iterator[str]:
    """Yield voxel size and time step as remarks."""
    letters = [letter for letter in "zyx" if letter != "z" or given.length("z") > 1]
    own, others = (_spacing(each.file, letters) for each in (given, other))
    if own:
        says = "as the file says" if given.file.unit else "the file says so, without a unit"
        yield _field(f"# pixel_size: {own}", says)
    elif others:
        yield _field(f"# pixel_size: {others}", f"as the file of {other.node} says")
    else:
        like = "{z: 2 um, y: 0.65 um, x: 0.65 um}" if "z" in letters else "0.65 um"
        yield _field(f"# pixel_size: {like}", "then lengths and areas are measured in um")
    if given.role == "raw" and given.length("t") > 1:
        yield _field("# time_step: 5 min")


def _spacing(file: FileHeader, letters: Sequence[str]) -> str:
    """Return the voxel size that a file names, as the workflow says it; empty for none."""
    sizes = file.spacing or {}
    if not all(letter in sizes for letter in letters):
        return ""
    unit = file.unit or "um"
    said = ", ".join(f"{letter}: {sizes[letter]:.6g} {unit}" for letter in letters)
    return f"{{{said}}}"


def channel_names(given: DraftInput) -> tuple[str, ...]:
    """Return names for the channels of a prediction map: the file's, or a guess."""
    count = given.length("c")
    if given.file.channels:
        return given.file.channels
    if count == 1:
        return ("0",)
    return ("background", "nucleus", *(f"other{k}" for k in range(2, count)))


def _objects(given: DraftInput) -> Iterator[str]:
    """Yield the node that finds objects."""
    yield _field("nuclei:", "the objects, numbered 1 to n", 2)
    if given.role == "segmentation":
        yield _field("kind: components")
        yield _field("image: seg")
        yield _field("min_size: 0", "smaller objects are dropped, in voxels")
        return
    yield _field("kind: threshold")
    yield _field("image: prob")
    if given.length("c") > 1:
        names = channel_names(given)
        yield _field(
            f"channel: {plain_or_quoted(object_channel(names))}", f"one of {list_some(names)}"
        )
    yield _field("sigma: 1.0", "smoothing in voxels")
    yield _field("threshold: 0.5", "voxels at or above it belong to objects")
    yield _field("min_size: 10", "smaller objects are dropped, in voxels")


def _learning(objects: str, name: str) -> Iterator[str]:
    """Yield features, classifier and predictions."""
    more = [family for family in BUILT_IN if family not in DEFAULT_FAMILIES]
    yield _field("feats:", "what is measured of every object", 2)
    yield _field("kind: features")
    yield _field("image: raw")
    yield _field(f"objects: {objects}")
    families = f"measure: [{', '.join(DEFAULT_FAMILIES)}]"
    yield _field(families, f"also: {list_some(more)}" if more else "")
    yield ""
    yield _field("classes:", "learns from annotated objects", 2)
    yield _field("kind: classifier")
    yield _field("features: feats")
    file = plain_or_quoted(f"{Path(name).stem}.annotations.csv")
    yield _field(f"annotations: {file}", f"made by: objclass annotations new {shlex.quote(name)}")
    yield _field("# classes: [first, second]", "your classes in order; else alphabetical")
    yield ""
    yield _field("result:", "class and probabilities of every object", 2)
    yield _field("kind: predict", "blockwise: the same by block, in less memory")
    yield _field("features: feats")
    yield _field("classifier: classes")


def _export(raw: DraftInput, images: int, stem: str) -> Iterator[str]:
    """Yield the node that writes files, in a folder that no other workflow writes to."""
    each = "{image}_" if images > 1 else ""
    folder = f"{stem}_results"
    yield _field("save:", "the suffix is the format", 2)
    yield _field("kind: export")
    yield _field("from: result")
    yield _field("image: raw")
    yield _field("write:")
    yield _field(f"table: {plain_or_quoted(f'{folder}/objects.csv')}", indent=6)
    yield _field(f"overlay: {plain_or_quoted(f'{folder}/{each}overlay.png')}", indent=6)
    yield _field(f"# predictions: {plain_or_quoted(f'{folder}/{each}classes.tif')}", indent=6)
    if raw.length("t") > 1:
        yield _field(f"# counts: {plain_or_quoted(f'{folder}/per_frame.csv')}", indent=6)
        yield _field("# counts_by: [t]")
