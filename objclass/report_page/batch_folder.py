"""Gathers what the folder of a batch tells: its tables, its failures, and its project."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from objclass.batch.folder import BatchFolder, find, reports_of
from objclass.batch.foreseen import FAILURES, MANIFEST, SUMMARY
from objclass.batch.plates import CONTROLS
from objclass.errors import InputError, Problem, list_some
from objclass.io.project import read
from objclass.io.tables import read_rows
from objclass.lineage.provenance import Provenance, SourceFile
from objclass.report.project import title_of
from objclass.report_page.batch_galleries import with_galleries
from objclass.report_page.content import (
    ObjectCounts,
    PagePicture,
    PlateHeatMap,
    ReportContent,
    Table,
)
from objclass.report_page.embedded import embed
from objclass.report_page.heat_maps import plates_of
from objclass.report_page.overview import MOST, SMALL_SIDE
from objclass.report_page.trained import classifiers_of, project_provenance
from objclass.wells.well_table import COUNT, SCORE, SHARE

WELL, PLATE = "well", "plate"
AUDITED = "counts_audited.csv"
OBJECTS, NOT_DONE = "objects", "not done"
PICTURES = (".png", ".jpg", ".jpeg")
Cells = dict[str, list[str]]
"""Title to the cells of its column, as they are written."""


def batch_content(out: Path) -> ReportContent:
    """Return everything that the folder of a batch tells.

    Nothing is computed but a few of its images, for cut-outs of their objects.

    Raises
    ------
    InputError
        Where no batch was begun there, it has written no summary yet, or a file that it wrote
        is not as it wrote it.
    """
    folder = find(out)
    if folder is None:
        fix = "name the folder that objclass batch --out wrote to"
        raise InputError(Problem(f"{out}: no batch was begun there", fix=fix))
    if not (out / SUMMARY).is_file():
        fix = f"let it end: objclass batch --resume {out}"
        raise InputError(Problem(f"{out}: the batch has written no {SUMMARY} yet", fix=fix))
    project = read(folder.project) if folder.project.suffix.lower() != ".ilp" else None
    summary = table_of(out / SUMMARY, "image")
    known = project_provenance(project) if project else _of_ilastik(folder)
    classifiers = list(classifiers_of(project)) if project else []
    colors = {name: color for each in classifiers for name, color in each.classes.items()}
    classifiers, cut_outs = with_galleries(folder, classifiers, colors)
    pictures = list(_pictures(out))
    names = {name for image in folder.plan.images for name in image.names}
    counts = _corrected(out, list(counts_of(summary, colors, names)))
    titles, *rows = zip(*([title, *cells] for title, cells in summary.items()), strict=True)
    return ReportContent(
        title=(title_of(project) if project else None) or out.resolve().name,
        subject=f"batch {out.resolve().name} with {Path(folder.plan.project[0]).name}",
        images=len(summary.get("image", ())),
        provenance=_with_files(known, folder),
        notes=tuple(_left(summary)),
        remarks=(cut_outs,),
        pictures=pictures,
        pictures_of=f"Overlays that the batch wrote, the first {MOST}." if pictures else "",
        counts=counts,
        classifiers=tuple(classifiers),
        plates=tuple(_plates(out, folder, counts)),
        controls=dict(_controls(out, folder)),
        table=(titles, rows),
        failures=tuple(_failures(out)),
    )


def _changed(out: Path, name: str, got: str) -> InputError:
    """Return what to say of a file of the batch that is not as it was written."""
    what = f"{out / name}: is not as the batch wrote it"
    fix = f"move it away and let it be written again: objclass batch --resume {out}"
    return InputError(Problem(what, got=got, fix=fix))


def table_of(path: Path, *needed: str) -> Cells:
    """Return a table of ours column by column, as text; it has the columns that are needed."""
    found = read_rows(path)
    gone = [title for title in needed if title not in found.header]
    if gone:
        raise _changed(path.parent, path.name, f"no column {list_some(gone)}")
    rows = [cells for _, cells in found.rows]
    return {title: [row[k] for row in rows] for k, title in enumerate(found.header)}


def _of_ilastik(folder: BatchFolder) -> Provenance:
    return Provenance({"objclass": folder.plan.version}, {}, "")


def _with_files(known: Provenance, folder: BatchFolder) -> Provenance:
    """Return the provenance of a project with the files of the batch."""
    path, digest = folder.plan.project
    images = (
        SourceFile(node, str(written if isinstance(written, str) else written[0]), "", image.name)
        for image in folder.plan.images
        for node, (_, written) in image.files.items()
    )
    files = (SourceFile("project", Path(path).name, digest), *images)
    return Provenance(
        {**known.versions, "objclass": folder.plan.version}, known.nodes, known.workflow,
        known.finding, files, known.models, known.columns,
    )  # fmt: skip


def _left(summary: Cells) -> Iterator[str]:
    left = summary.get("status", []).count(NOT_DONE)
    if left:
        yield f"{left} images are not done yet and are in no count."


def counts_of(
    summary: Cells, colors: Mapping[str, str], image_names: Collection[str] = ()
) -> Iterator[ObjectCounts]:
    """Yield the counts of every result; names of images may begin as columns of classes do."""
    summary = {title: cells for title, cells in summary.items() if title not in image_names}
    for prefix in _prefixes(summary):
        title, start = prefix + OBJECTS, prefix + COUNT
        names = [each.removeprefix(start) for each in summary if each.startswith(start)]
        rows = [
            (image, number_of(summary[title][k]),
             {n: number_of(summary[start + n][k]) for n in names})
            for k, image in enumerate(summary["image"])
        ]  # fmt: skip
        classes = {name: colors.get(name, "#BBBBBB") for name in names}
        yield ObjectCounts(prefix.rstrip("_") or "objects", classes, rows)


def _prefixes(summary: Cells) -> list[str]:
    """Return how the columns of every result begin; a class may be called objects, too."""
    if OBJECTS in summary:
        return [""]
    found = [title.removesuffix(OBJECTS) for title in summary if title.endswith(f"_{OBJECTS}")]
    return [each for each in found if each not in {other + COUNT for other in found}]


def _corrected(out: Path, counts: Sequence[ObjectCounts]) -> list[ObjectCounts]:
    """Return the counts, with what an audit of the batch corrected; it speaks of one result."""
    if len(counts) != 1 or not (out / AUDITED).is_file():
        return list(counts)
    table = table_of(out / AUDITED)
    by = [title for title in table if title.startswith(("share_", "low_", "high_"))]
    facts = [title for title in table if title in ("image", WELL, PLATE, OBJECTS, "audited")]
    titles = [*facts, *by]
    rows = list(zip(*(table[title] for title in titles), strict=True))
    method = next(iter(table.get("method", ())), "") or "an audit"
    said = f"Shares of classes were corrected by {method}"
    return [replace(counts[0], method=said, corrected=(titles, rows))]


def number_of(cell: str) -> int | None:
    """Return a count; an empty cell is an image without a result."""
    return int(cell) if cell.isdecimal() else None


def _plates(
    out: Path, folder: BatchFolder, counts: Sequence[ObjectCounts]
) -> Iterator[PlateHeatMap]:
    """Yield shares and scores of wells: from tables about wells, else from the summary."""
    tables = [name for name in reports_of(folder.root) if name.endswith("wells.csv")]
    found = [table_of(out / name) for name in tables if (out / name).is_file()]
    if not found:
        yield from plates_of(folder.plan.images, counts)
    for table in found:
        plates = table.get(PLATE) or [""] * len(table.get(WELL, ()))
        for plate in dict.fromkeys(plates):
            for title in table:
                if title.startswith((SHARE, SCORE)) or title == OBJECTS:
                    wells = dict(_wells(table, plates, plate, title))
                    if wells:
                        yield PlateHeatMap(f"{plate} {said(title)}".strip(), wells)


def _controls(out: Path, folder: BatchFolder) -> Iterator[tuple[str, Table]]:
    """Yield how the controls of every result are told apart, as the batch wrote it."""
    for name in reports_of(folder.root):
        stem = Path(name).stem
        if (stem == CONTROLS or stem.endswith(f"_{CONTROLS}")) and (out / name).is_file():
            table = table_of(out / name, "class")
            rows = list(zip(*table.values(), strict=True))
            yield stem.removesuffix(CONTROLS).rstrip("_"), (tuple(table), rows)


def said(title: str) -> str:
    """Return what a column of a table about wells is called by people."""
    if title.startswith(SHARE):
        return f"% {title.removeprefix(SHARE)}"
    if title.startswith(SCORE):
        return f"enrichment of {title.removeprefix(SCORE)}"
    return title


def _wells(
    table: Cells, plates: Sequence[str], plate: str, title: str
) -> Iterator[tuple[str, float]]:
    for well, mine, cell in zip(table.get(WELL, ()), plates, table[title], strict=False):
        if mine == plate and well and cell:
            yield well, float(cell)


def _failures(out: Path) -> list[tuple[str, str]]:
    """Return image and what was wrong; no file, no failure."""
    if not (out / FAILURES).is_file():
        return []
    table = table_of(out / FAILURES, "image", "problem")
    return list(zip(table["image"], table["problem"], strict=True))


def _pictures(out: Path) -> Iterator[PagePicture]:
    """Yield the first overlays that the batch wrote, made small enough for a page."""
    import numpy as np
    from PIL import Image

    for image, name in islice(_overlays(out), MOST):
        try:
            with Image.open(out / name) as picture:
                small = picture.convert("RGB")
        except OSError as error:
            raise _changed(out, name, error.strerror or "no picture") from None
        small.thumbnail((SMALL_SIDE, SMALL_SIDE))
        yield embed(np.asarray(small), image, name)


def _overlays(out: Path) -> Iterator[tuple[str, str]]:
    """Yield image and file of every overlay in the manifest."""
    if not (out / MANIFEST).is_file():
        return
    try:
        images = json.loads((out / MANIFEST).read_text("utf-8"))["images"]
    except (ValueError, KeyError, TypeError):
        raise _changed(out, MANIFEST, "no images in it") from None
    for each in images:
        for name in each["files"]:
            path = out / name
            drawn = "overlay" in path.stem and path.suffix.lower() in PICTURES
            if drawn and path.is_file():
                yield each["image"], name
