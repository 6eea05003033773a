"""What a command line of ilastik and the project's own settings write of one image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem
from objclass.ilastik import outputs
from objclass.ilastik.contents import IlastikProject, TableSettings
from objclass.ilastik.headless import HeadlessArguments
from objclass.nodes.export.cutouts import Shown, TableTarget
from objclass.nodes.export.table import TableOutput
from objclass.nodes.export.target import END, ImageTarget, Target
from objclass.schema.space import Crop

AXES = "txyzc"
"""The order in which ilastik names the ends of a region."""
Extent = Mapping[str, tuple[int, int]]
"""First and one past the last voxel per axis, in the order of the axes."""
Writes = dict[str, dict[str, Target]]
"""End of an export node's name (empty for the first) to what it writes."""


def exports(
    arguments: HeadlessArguments,
    project: IlastikProject,
    raw: str,
    extent: Callable[[], Extent],
) -> Writes:
    """Return what is written of one image: an export node, or for a sequence one per plane.

    Parameters
    ----------
    arguments, project
        The command line goes before the project's settings.
    raw
        The raw image as given.
    extent
        Gives the extent of the image; asked only where names or planes need it.
    """
    table = _table(arguments, project, raw)
    if arguments.table_only:
        if not table:
            fix = "add --table_filename=NAME.csv"
            raise InputError(Problem("--table_only: the project exports no table", fix=fix))
        return {"": table}
    picture = _picture(arguments, project, raw, extent)
    if not picture.form.endswith(outputs.SEQUENCE):
        return {"": table | picture.targets({}, picture.region)}
    planes = picture.planes()
    first = {"": table} if table else {}
    return first | {
        f"_{number}": picture.targets({"slice_index": number}, region)
        for number, region in planes.items()
    }


def _table(arguments: HeadlessArguments, project: IlastikProject, raw: str) -> dict[str, Target]:
    if project.table is None and not arguments.table_filename:
        return {}
    settings = project.table or TableSettings()
    path = str(outputs.table_path(settings, raw, arguments.table_filename))
    target = TableTarget(path=path)
    if target.is_hdf5:
        shown: Shown = "whole" if settings.include_raw else "objects"
        target = TableTarget(path=path, images=shown, margin=settings.margin)
    return {TableOutput.name: target}


@dataclass(frozen=True)
class ImageExport:
    """The image to write: its format, the pattern of its name, and the part of the image."""

    arguments: HeadlessArguments
    project: IlastikProject
    raw: str
    form: str
    pattern: str
    region: Mapping[str, tuple[int, int]]
    extent: Callable[[], Extent]

    def targets(
        self, more: Mapping[str, str], region: Mapping[str, tuple[int, int]]
    ) -> dict[str, Target]:
        """Return the target, its name filled with `more` and with the ends of the region."""
        arguments, stored = self.arguments, self.project.export
        source = arguments.export_source
        base = None if arguments.output_filename_format else self.project.path.parent
        places = {**self._ends(region), **more}
        path = outputs.image_path(self.pattern, self.form, self.raw, source, base, places)
        inner = arguments.output_internal_path or stored.internal_path
        known = {**outputs.known_names(self.raw, source), **places}
        target = ImageTarget(
            path=str(path),
            dataset=outputs.fill(inner, known) if inner and path.suffix == ".h5" else None,
            dtype=cast(Any, arguments.export_dtype or stored.dtype),
            axes=arguments.output_axis_order or stored.axis_order,
            region=Crop(**region) if region else None,
            rescale=_ranges(arguments, self.project),
        )
        return {outputs.SOURCES[source]: target}

    def _ends(self, region: Mapping[str, tuple[int, int]]) -> dict[str, str]:
        """Return what the names of ends stand for, where the pattern has one."""
        inner = self.arguments.output_internal_path or ""
        if not outputs.names_places(self.pattern + inner):
            return {}
        order = self.arguments.output_axis_order or ""
        spans = {a: _clip(region.get(a), span) for a, span in self.extent().items()}
        return outputs.named_places({a: spans[a] for a in order or spans if a in spans})

    def planes(self) -> dict[str, dict[str, tuple[int, int]]]:
        """Return the region of every plane of a sequence by its number, as it is written."""
        extent = {a: _clip(self.region.get(a), s) for a, s in self.extent().items()}
        long = [a for a in "tz" if a in extent and extent[a][1] - extent[a][0] > 1]
        if len(long) > 1:
            fix = "cut out one of them with --cutout_subregion, or write --output_format=hdf5"
            raise InputError(Problem("a sequence has one axis", got="t and z", fix=fix))
        letter = long[0] if long else next((a for a in "tz" if a in extent), "")
        if not letter:
            return {"0": dict(self.region)}
        start, stop = extent[letter]
        width = len(str(stop))
        return {f"{k:0{width}d}": {**self.region, letter: (k, k + 1)} for k in range(start, stop)}


def _picture(
    arguments: HeadlessArguments,
    project: IlastikProject,
    raw: str,
    extent: Callable[[], Extent],
) -> ImageExport:
    stored = project.export
    form = arguments.output_format or stored.format or outputs.DEFAULT_FORMAT
    pattern = arguments.output_filename_format or stored.filename_format or outputs.DEFAULT_PATH
    if form.endswith(outputs.SEQUENCE) and "{slice_index}" not in pattern:
        pattern = outputs.number(pattern)
    region = arguments.cutout_subregion or stored.region
    return ImageExport(arguments, project, raw, form, pattern, _region(region), extent)


def _region(
    region: tuple[tuple[int | None, ...], tuple[int | None, ...]] | None,
) -> dict[str, tuple[int, int]]:
    """Return a region; an end that is not given is that of the image."""
    pairs = zip(AXES, *region, strict=True) if region else ()
    return {
        letter: (start or 0, END if stop is None else stop)
        for letter, start, stop in pairs
        if start is not None or stop is not None
    }


def _clip(part: tuple[int, int] | None, whole: tuple[int, int]) -> tuple[int, int]:
    return (part[0], min(part[1], whole[1])) if part else whole


def _ranges(
    arguments: HeadlessArguments, project: IlastikProject
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return from which range to which values are moved."""
    if arguments.pipeline_result_drange and arguments.export_drange:
        return arguments.pipeline_result_drange, arguments.export_drange
    stored = project.export.renormalize
    return (stored[:2], stored[2:]) if stored else None
