"""Inputs whose voxels are ids or classes: one channel, and which of its values are objects."""

from __future__ import annotations

from typing import Any

from objclass.data.foreground import Foreground
from objclass.engine.look import Look, Unknown
from objclass.errors import FieldSetting, ObjclassError, advise
from objclass.io.chosen import ArrayChoice
from objclass.io.formats import vouch
from objclass.io.header import FileHeader
from objclass.io.image import Crop, Layout, layout_of
from objclass.io.source import Source, WrittenPath
from objclass.schema.foreground import NONZERO

MASKS = ("segmentation", "label_image")


def foreground_of(look: Look, role: str, file: FileHeader, given: Foreground | str) -> Any:
    """Return the :class:`Foreground` of a segmentation; None where objects are what is not 0.

    In a file that stores white as 0 the white voxels are the objects, unless the workflow
    says which are.
    """
    if role != "segmentation":
        if given != NONZERO:
            role_setting = FieldSetting("role", "segmentation", verb="write")
            fix = advise("leave it out, or ", role_setting)
            what = "foreground is for segmentations"
            look.problem("foreground", what, got=f"role: {role}", fix=fix)
        return None
    if isinstance(given, Foreground):
        return given
    if file.black is None:
        return None
    what = f"the file is MinIsWhite, so 0 (white) is the object and {file.black} the background"
    look.note(f"{what}; if not, write foreground: {file.black}")
    return Foreground(below=file.black)


def mask_crop(
    look: Look,
    file: FileHeader,
    axes: str | None,
    crop: Crop | None,
    source: Source,
    named: WrittenPath,
    chosen: ArrayChoice,
) -> Crop | None:
    """Return the crop of a mask, which takes one channel where all channels say the same.

    A crop to the first channel of a file that has but one, as one with a palette, is left out.

    Raises
    ------
    InputError
        As :func:`objclass.io.image.layout_of`.
    """
    letters = axes or file.axes
    if crop and letters and "c" not in letters and crop.get("c") in (0, (0, 1)):
        look.note("crop of axis c has no effect: the file has one channel")
        crop = {letter: wanted for letter, wanted in crop.items() if letter != "c"}
    layout = layout_of(file, axes, crop)
    if layout.channels > 1 and _one_channel(look, file, source, named, axes, chosen, layout):
        return {**(crop or {}), "c": layout.range_of("c")[0]}
    return crop


def _one_channel(
    look: Look,
    file: FileHeader,
    source: Source,
    named: WrittenPath,
    axes: str | None,
    chosen: ArrayChoice,
    layout: Layout,
) -> bool:
    """Return whether the channels say the same; worked out once per state of the files."""

    def look_at_voxels() -> bool:
        from objclass.io.one_channel import one_channel

        return one_channel(source, file.dtype, axes, chosen, layout)

    ranges = [list(span) for span in layout.ranges]
    key = ["one channel", named, layout.axes, ranges, *source.key, *chosen.key]
    try:
        return bool(look.settings.memo(key, vouch(source), look_at_voxels))
    except ObjclassError as error:
        raise look.passed_on(error, "path") from None


def refused_channels(look: Look, role: str, layout: Layout) -> Unknown:
    """Report a mask whose channels differ, and return what to raise."""
    count = layout.channels
    fix = "give its axes, or take one channel with crop: {c: 0}"
    if count in (3, 4) and layout.axes.endswith("c"):
        kind = "a label image" if role == "label_image" else "a grey picture"
        fix = f"colours are no values: save it as {kind}, or take one channel with crop: {{c: 0}}"
    got = f"{count} channels that differ"
    return look.problem("role", f"a {role} has one channel", got=got, fix=fix)
