"""What a batch says to programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from objclass.cli import json_document

if TYPE_CHECKING:
    from objclass.batch import Batch, ImageDone
    from objclass.batch.counting import ImageCounts
    from objclass.batch.old_files import OldFile
    from objclass.errors import Problem


def image_facts(done: ImageDone) -> dict[str, Any]:
    """Return what became of an image; one that failed has no counts, which is not 0."""
    return {
        "name": done.image.name,
        "state": "failed" if done.failed else "done",
        "kept": done.kept,
        "objects": done.objects,
        "results": {
            name: _counts(counted)
            for name, counted in ({} if done.failed else done.results).items()
        },
        "written": done.written,
        "problems": [json_document.problem_parts(each) for each in done.problems],
        "notes": done.notes,
        "shift": str(done.shift) if done.shift else None,
        "shift_distance": _distance(done),
    }


def _counts(counted: ImageCounts) -> dict[str, Any]:
    """Return the objects of a result; ``not_selected`` is None where its classifier is for all."""
    return {
        "objects": counted.objects,
        "classes": counted.classes,
        "not_selected": counted.not_selected,
    }


def _distance(done: ImageDone) -> float | None:
    """Return how far an image lies outside of training; None of one that failed."""
    if done.failed:
        return None
    return done.shift.distance if done.shift else 0.0


def add_batch(batch: Batch, done: Sequence[ImageDone]) -> None:
    """Add the images that were worked off, and those that were not reached."""
    if not json_document.asked():
        return
    from objclass.batch.quality import standing_out

    failed = sum(each.failed for each in done)
    reached = {each.image.name for each in done}
    json_document.add(
        out=batch.request.out,
        images=[image_facts(each) for each in done],
        done=len(done) - failed,
        failed=failed,
        stands_out=standing_out(done),
        not_done=[name for name in _asked_for(batch) if name not in reached],
    )


def add_plates(batch: Batch, done: Sequence[ImageDone]) -> None:
    """Add the rows of the tables about wells, with the result that each is of."""
    if not json_document.asked():
        return
    from objclass.batch.plates import tables_of
    from objclass.wells.well_table import control_columns

    tables = tables_of(batch, done)
    wells = [row for name, table in tables.items() for row in _rows(name, table.wells)]
    judged = {name: control_columns(table.controls) for name, table in tables.items()}
    controls = [row for name, columns in judged.items() for row in _rows(name, columns)]
    json_document.add(wells=wells, controls=controls)


def _rows(result: str, columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    values = zip(*columns.values(), strict=True)
    return [{"result": result, **dict(zip(columns, row, strict=True))} for row in values]


def add_old(batch: Batch, old: Sequence[OldFile]) -> None:
    """Add the files of an earlier batch, and what became of them."""
    json_document.add(old_files=[each.path for each in old], old_files_are=batch.request.old_files)


def add_foreseen(batch: Batch, seen: Sequence[ImageDone], problems: Sequence[Problem]) -> None:
    """Add the images that a batch would work off, and what would go wrong."""
    if not json_document.asked():
        return
    states = {False: "planned", True: "would fail"}
    unknown = {"shift_distance": None}
    images = [image_facts(each) | unknown | {"state": states[each.failed]} for each in seen]
    json_document.add(out=batch.request.out, images=images, failed=sum(e.failed for e in seen))
    json_document.add_problems(problems)


def _asked_for(batch: Batch) -> list[str]:
    """Return the names of the images of a batch, of a shard those that are its own."""
    from objclass.batch.choice import chosen

    images = chosen(batch) if batch.request.shard else batch.images
    return [image.name for image in images]
