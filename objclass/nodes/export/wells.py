"""``write: {wells: …}``: one row a well, with counts, shares and enrichment of every class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.engine.look import Look
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.io.pattern import Pattern
from objclass.nodes.export.counts import CountsLayout, Key, counts_columns
from objclass.nodes.export.output import (
    TABLE,
    ExportOutput,
    ExportRequest,
    OptionalField,
    RowsWritten,
)
from objclass.nodes.export.rows import Columns, write_rows
from objclass.wells.control_wells import ControlWells, control_problems
from objclass.wells.facts import varying_names, well_facts, well_order, well_titles
from objclass.wells.plate_map import Names, well_of

if TYPE_CHECKING:
    from objclass.wells.well_table import PlateTable


@dataclass(frozen=True)
class WellsLayout(CountsLayout):
    """How tables about wells are laid out: also which wells are controls; None for none."""

    positive: tuple[str, ...] | None = None
    negative: tuple[str, ...] | None = None


class WellsOutput(ExportOutput):
    """Objects per class and well, each well against its plate."""

    name = "wells"
    sort = TABLE
    tells: ClassVar[type[Summary] | None] = RowsWritten
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"controls"})
    joins_images: ClassVar[bool] = True
    of_batch: ClassVar[bool] = True
    of_wells: ClassVar[bool] = True

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse images without wells, and a file of each image; report what is no control."""
        look, field = asked.look, f"write.{self.name}"
        if not any(map(well_of, names_of_images(look))):
            what = "no image has a well"
            fix = "put {well}, or {row} and {column}, into the paths of the inputs"
            raise look.problem(field, what, fix=fix)
        if asked.controls is not None:
            look.once(("controls", field), lambda: _check_controls(asked))

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read ids and predictions."""
        return (asked.origin.index, *asked.origin.predicted)

    def layout(self, asked: ExportRequest) -> WellsLayout:
        """Return the classes, what is said of wells, and which are controls."""
        found, controls = asked.origin.prediction, asked.controls
        return WellsLayout(
            asked.origin,
            classes=asked.classes,
            counts_by=titles_of(asked.look),
            uncounted=(found.uncounted or None) if found else None,
            selected=True if found and found.selected else None,
            positive=(controls.positive or None) if controls else None,
            negative=(controls.negative or None) if controls else None,
        )

    def write(self, path: Path, view: View) -> Made:
        """Write one row a well, in the order of plates and wells."""
        return write_rows(path, [plates_of(view).wells])


def names_of_images(look: Look) -> list[Names]:
    """Return the names of every image of a run."""
    return [image.names for image in look.settings.images]


def titles_of(look: Look) -> tuple[str, ...]:
    """Return what is said of a well: what paths name tells its images apart, or conditions."""

    def found() -> tuple[str, ...]:
        images = [names for names in names_of_images(look) if well_of(names)]
        return well_titles(images, {*_path_names(look), *varying_names(images)})

    titles: tuple[str, ...] = look.once("titles of wells", found)
    return titles


def _path_names(look: Look) -> Iterator[str]:
    for node in look.nodes.values():
        if node.reads_image is not None:
            yield from Pattern.parse(node.reads_image.path).shared_names


def _check_controls(asked: ExportRequest) -> None:
    look, titles = asked.look, titles_of(asked.look)
    wells = [well_facts(names, titles) for names in names_of_images(look) if well_of(names)]
    assert asked.controls is not None
    for each in control_problems(asked.controls.wells, wells):
        place = look.settings.place(look.name, "controls")
        look.findings.problems.append(each.at(place, look.name))


def plates_of(view: View) -> PlateTable:
    """Return the table over all plates of a run."""
    from objclass.wells.well_table import plate_table

    layout = view.part.held(WellsLayout)
    controls = ControlWells(layout.positive or (), layout.negative or ())
    return plate_table(_counted(view), layout.counts_by, controls)


def _counted(view: View) -> Columns:
    """Return the counts of wells, in the order of what is said of them."""
    layout = view.part.held(WellsLayout)
    titles = layout.counts_by
    images: dict[Key, set[str]] = {}

    def group(given: JoinedInput, labels: LabelImage) -> Key | None:
        names = layout.images[given.image]
        if well_of(names) is None:
            return None
        key = tuple(well_facts(names, titles).values())
        images.setdefault(key, set()).add(given.image)
        return key

    counts = counts_columns(view, group)
    keys: list[Key] = list(zip(*(counts[title] for title in titles), strict=True))
    said = [dict(zip(titles, key, strict=True)) for key in keys]
    order = sorted(range(len(keys)), key=lambda k: well_order(said[k]))
    facts = {title: counts.pop(title) for title in titles}
    number = {"images": [len(images[key]) for key in keys], "failed": [0] * len(keys)}
    columns = {**facts, **number, **counts}
    return {title: [column[k] for k in order] for title, column in columns.items()}


OUTPUT = WellsOutput()
