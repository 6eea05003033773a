"""Compares the annotation files of several people, and merges them into a new one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.annotations.matches import Matches
from objclass.annotations.merge import (
    OPEN,
    SETTLINGS,
    MergedAnnotations,
    RatedObject,
    merge,
    merged_text,
    rated_objects,
)
from objclass.annotations.outcome import adopt
from objclass.annotations.rows import Row
from objclass.curation.annotated_objects import (
    AnnotatedObjects,
    chosen_classifier,
    find_ground,
    whole,
)
from objclass.curation.close_up import close_up, fit_size
from objclass.curation.png import free_path, write_picture
from objclass.curation.starting import INK, channel_legend, place_text
from objclass.curation.tiles import Tile, sheet
from objclass.curation.view import PlaneCutter
from objclass.data.dataclass import dataclass
from objclass.data.delimited import quote
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.evaluation.agreement import (
    ClassAgreement,
    Kappa,
    agreement_table,
    class_agreement,
    cohen_kappa,
)
from objclass.io.new_file import all_or_none, check_new, write_new
from objclass.io.reading import check_present
from objclass.io.tables import check_text_name
from objclass.nodes.registry import KINDS
from objclass.run import Request
from objclass.schema.workflow import load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

MOST_TILES = 96
"""Disagreements that the picture shows."""
AXES = (1, 2, 3, 4)
"""Where t, z, y, x stand in the list of disagreements."""


@dataclass(frozen=True)
class AnnotatorPair:
    """Two annotators on the objects that both gave one class.

    Parameters
    ----------
    first, second
        Their numbers, from 0.
    classes
        The classes that either gave.
    table
        Objects by class of the first (rows) and of the second (columns).
    kappa
        Agreement beyond chance.
    per_class
        Agreement on each class.
    """

    first: int
    second: int
    classes: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    kappa: Kappa
    per_class: tuple[ClassAgreement, ...]

    @property
    def objects(self) -> int:
        """How many objects both gave one class."""
        return sum(map(sum, self.table))

    @property
    def alike(self) -> int:
        """How many of them they gave the same."""
        return sum(row[k] for k, row in enumerate(self.table))


@dataclass(frozen=True)
class AnnotatorComparison:
    """What several annotation files of one workflow say.

    Parameters
    ----------
    names
        The files, as seen from the workflow.
    found
        For each, the objects and rows.
    objects
        The annotated objects, with what each says of them.
    pairs
        Every two annotators.
    """

    names: tuple[str, ...]
    found: tuple[AnnotatedObjects, ...]
    objects: tuple[RatedObject, ...]
    pairs: tuple[AnnotatorPair, ...]

    @property
    def disagreements(self) -> tuple[RatedObject, ...]:
        """The objects whose rows do not say one class."""
        return tuple(rated for rated in self.objects if not rated.agreed)

    @property
    def unclassed(self) -> tuple[int, ...]:
        """For each file, its rows without a class; they stay behind."""
        return tuple(found.file.unclassed for found in self.found)

    def rows(self, annotator: int) -> tuple[tuple[str, Row], ...]:
        """Return image and row of all rows of a file, in its order."""
        found = self.found[annotator]
        here = [(image, row) for image, rows in found.file.rows.items() for row in rows]
        here += [(each.row.image or each.made_on, each.row) for each in found.file.foreign]
        return tuple(sorted(here, key=lambda each: (each[1].file, each[1].line)))

    def unmatched(self, annotator: int) -> int:
        """Return how many rows of a file found no object to compare."""
        matched = sum(len(rated.ratings[annotator]) for rated in self.objects)
        return len(self.rows(annotator)) - matched


@dataclass(frozen=True)
class MergedFile:
    """What was written: the merged table, and disagreements as a table and as a picture."""

    table: Path
    disagreements: Path | None
    picture: Path | None
    merged: MergedAnnotations


def compare_annotators(
    path: Path,
    files: Sequence[Path],
    request: Request | None = None,
    node: str | None = None,
) -> AnnotatorComparison:
    """Match several annotation files with the objects of a workflow; writes nothing.

    Rows find their objects as in a run: by position, by id where ids last, and after a change
    of the objects as ``annotations reattach`` finds them.

    Parameters
    ----------
    path
        The workflow; it is run as far as its objects.
    files
        Two files or more, each what one annotator says; ``anna_{name}.csv`` are the files of
        one who has one for each image.
    request
        Overrides and options.
    node
        The classifier, where several learn.

    Raises
    ------
    InputError
        Where there are not two files, or one is missing or wrong.
    """
    request = request or Request()
    _check_files(files)
    name = chosen_classifier(load(path, KINDS, request.sets), node)[0]
    names = tuple(_from_workflow(path, file) for file in files)
    found = tuple(_of_file(path, request, name, file) for file in names)
    objects = rated_objects([_with_followed(each) for each in found])
    pairs = tuple(_pair(objects, a, b) for a, b in combinations(range(len(files)), 2))
    return AnnotatorComparison(names, found, objects, pairs)


def _check_files(files: Sequence[Path]) -> None:
    if len(files) < 2:
        what = "merging takes two annotation files or more"
        raise InputError(Problem(what, got=list_some(map(str, files)) or "none"))
    seen: dict[Path, Path] = {}
    for file in files:
        if "{" not in file.name:  # else one for each image
            check_present(file, "an annotation file", "name the file of each annotator")
        if file.resolve() in seen:
            what = f"{file} is given twice; a file agrees with itself"
            raise InputError(Problem(what, fix="name the file of each annotator"))
        seen[file.resolve()] = file


def _from_workflow(path: Path, file: Path) -> str:
    """Return a file as the workflow would name it."""
    relative = os.path.relpath(file, path.parent)
    return Path(relative).as_posix() if not relative.startswith("..") else str(file.resolve())


def _of_file(path: Path, request: Request, node: str, file: str) -> AnnotatedObjects:
    """Return the rows of one file with their objects, as if the workflow named it."""
    said = f"{node}.annotations={json.dumps(file, ensure_ascii=False)}"
    found = find_ground(path, replace(request, sets=(*request.sets, said)), node)
    if not found.file.exists:
        raise InputError(Problem(f"there is no file {file}", fix="its names are those of images"))
    return found


def _with_followed(found: AnnotatedObjects) -> Mapping[str, Matches]:
    return {
        image: adopt(matches, found.outcomes.get(image, ()))
        for image, matches in found.matches.items()
    }


def _pair(objects: Sequence[RatedObject], first: int, second: int) -> AnnotatorPair:
    """Compare two annotators."""
    said = [(rated.class_of(first), rated.class_of(second)) for rated in objects]
    both = [(a, b) for a, b in said if a is not None and b is not None]
    classes = tuple(sorted({name for pair in both for name in pair}))
    table = agreement_table([a for a, _ in both], [b for _, b in both], classes)
    rows = tuple(tuple(row) for row in table.tolist())
    return AnnotatorPair(first, second, classes, rows, cohen_kappa(table), class_agreement(table))


def settling_named(text: str, files: Sequence[Path]) -> str | int:
    """Return how disagreements are settled: a word, or the number of a file that is right.

    Raises
    ------
    InputError
        Where it is neither.
    """
    names = [str(file) for file in files]
    if text in names:
        return names.index(text)
    if text in SETTLINGS:
        return text
    close = nearest(text, (*SETTLINGS, *names))
    fix = f"did you mean {close}?" if close else None
    expected = list_some((*SETTLINGS, *names), 12)
    raise InputError(Problem(f"--disagreements {text}: not known", expected=expected, fix=fix))


def check_output(output: Path) -> None:
    """Raise where merged annotations cannot be written to a file."""
    check_new(output)
    check_new(_beside(output), "move it away, or choose another name with -o")
    check_text_name(output, "both.csv")


def _beside(output: Path) -> Path:
    return output.with_name(f"{output.stem}_disagreements.csv")


def write_merged(
    compared: AnnotatorComparison, output: Path, settling: str | int = OPEN
) -> MergedFile:
    """Write the merged table, and where annotators disagree, those objects and their cut-outs.

    Parameters
    ----------
    compared
        What :func:`compare_annotators` returned.
    output
        A new file; the others stand beside it.
    settling
        As :func:`objclass.annotations.merge.merge` takes it.

    Raises
    ------
    InputError
        Where a file is there already.
    """
    check_output(output)
    rows = [compared.rows(annotator) for annotator in range(len(compared.names))]
    merged = merge(rows, compared.objects, settling)
    listed = picture = None
    with all_or_none() as written:
        write_new(output, merged_text(merged.rows))
        written.append(output)
        if compared.disagreements:
            listed = _beside(output)
            write_new(listed, disagreement_text(compared))
            written.append(listed)
            drawn = whole(compared.found[0].job.store, lambda: draw_disagreements(compared))
            picture = write_picture(free_path(listed.with_suffix(".png")), drawn)
    return MergedFile(output, listed, picture, merged)


def disagreement_cells(compared: AnnotatorComparison) -> list[list[str]]:
    """Return the disagreements as a table: titles first, then one line an object.

    Of every annotator there are two columns: the lines of the rows, and the classes. Axes
    that no row has are left out.
    """
    titles = ["image", "t", "z", "y", "x", "object"]
    titles += [title for name in compared.names for title in (f"{name} line", name)]
    rows = [_disagreement(rated) for rated in compared.disagreements]
    kept = [k for k in range(len(titles)) if k not in AXES or any(row[k] for row in rows)]
    return [[row[k] for k in kept] for row in (titles, *rows)]


def _disagreement(rated: RatedObject) -> list[str]:
    place = (*rated.place, rated.object)
    cells = [rated.image, *("" if value is None else str(value) for value in place)]
    for annotator, matches in enumerate(rated.ratings):
        lines = (str(match.row.line) for match in matches)
        cells += [" ".join(lines), " / ".join(rated.said(annotator))]
    return cells


def disagreement_text(compared: AnnotatorComparison) -> str:
    """Return the disagreements as CSV."""
    return "".join(",".join(map(quote, row)) + "\n" for row in disagreement_cells(compared))


def draw_disagreements(compared: AnnotatorComparison) -> Picture:
    """Return a sheet of the objects that annotators disagree on, with what each says."""
    found = compared.found[0]
    viewer = PlaneCutter()
    shown = compared.disagreements[:MOST_TILES]
    tiles = [_tile(found, rated, viewer) for rated in shown]
    return sheet(tiles, channel_legend(found.raw((shown[0].image, shown[0].frame))))


def _tile(found: AnnotatedObjects, rated: RatedObject, viewer: PlaneCutter) -> Tile:
    place, voxel = (rated.image, rated.frame), rated.voxel or (0, 0, 0)
    labels, raw = found.labels[place], found.raw(place)
    picture = close_up(viewer, place, raw, labels, rated.object, voxel)
    said = [f"{m.row.line} {m.row.class_}" for m in rated.matches]
    words = (place_text(found, place, voxel[0]), picture.remark)
    return Tile(
        fit_size(picture, [INK]), " | ".join(said), "  ".join(word for word in words if word)
    )
