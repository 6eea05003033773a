"""The audit of a batch: drawn over its images, and its counts corrected by what a person said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.annotations.text import new_table
from objclass.audit.sample import draw
from objclass.audit.table import AuditKey, read_audit
from objclass.batch.count_table import counts_columns
from objclass.batch.folder import BatchFolder
from objclass.batch.group_scales import with_scales
from objclass.batch.image_done import ImageDone
from objclass.batch.preparing import resume
from objclass.batch.reports import told
from objclass.batch.work import Batch
from objclass.curation.auditing import (
    Drawable,
    NewAudit,
    audit_text,
    cut_out,
    drawables_in,
    stratified,
    write_audit,
)
from objclass.curation.starting import HEADER_LINES
from objclass.curation.tiles import Tile, sheet
from objclass.curation.view import PlaneCutter
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import NOT_SELECTED, Prediction, PredictionHeader
from objclass.engine.look import ImageKey
from objclass.engine.memory import MemoryStore
from objclass.errors import InputError, Problem, RunError, list_some, raise_all
from objclass.io.aside import written_aside
from objclass.io.tables import read_rows, write_table
from objclass.nodes.export.corrected import share_columns
from objclass.results import Result
from objclass.run import Job

if TYPE_CHECKING:
    from objclass.audit.correction import AuditCorrection, CountedObjects
    from objclass.data.image import Image

AUDIT, COUNTS, OBJECTS = "audit.csv", "counts_audited.csv", "audit.npz"
Place = tuple[str, int | None]


@dataclass(frozen=True)
class AuditedCounts:
    """The corrected counts of a batch.

    Parameters
    ----------
    table
        Where they were written.
    shares
        Class to share, low and high among all objects; empty where they are not corrected.
    audited
        Audited objects.
    method
        How they were estimated, or why not.
    notes
        What a person should know.
    """

    table: Path
    shares: Mapping[str, tuple[float, float, float]]
    audited: int
    method: str
    notes: tuple[str, ...]


@dataclass
class _Population:
    """All objects of a batch, and what they are called."""

    classes: tuple[str, ...] = ()
    objects: list[Drawable] = field(default_factory=list)
    probability: dict[Place, Any] = field(default_factory=dict)
    labels: dict[Place, LabelImage] = field(default_factory=dict)
    indexes: dict[str, dict[int | None, Any]] = field(default_factory=dict)


def audit_batch(out: Path, *, count: int, seed: int, stratify: str, **more: Any) -> NewAudit:
    """Draw objects over the images of a batch that are done, and write them as ``audit.csv``.

    Parameters
    ----------
    out
        The folder of the batch.
    count, seed, stratify
        As :func:`objclass.curation.auditing.audit`.
    more
        ``plugins``, for :func:`objclass.batch.preparing.resume`.

    Raises
    ------
    InputError
        Where no batch was begun there.
    RunError
        Where there is no object, or an image cannot be read any more.
    """
    import numpy as np

    batch = resume(out, **more)
    result = counted_result(batch)
    images, left = _images_done(batch)
    batch = with_scales(batch, images)
    found = _Population()
    for image in images:
        _gather(found, result, image, batch.job(image, MemoryStore()))
    objects = sorted(found.objects, key=lambda each: each.key)
    if not objects:
        raise RunError(Problem(f"batch {out} has no objects to audit"))
    names = {image.name: image.names for image in images}
    calls = _calls(found) if stratify == "class" else None
    by = result.counts_by or ("image",)
    strata, notes = stratified(names, objects, calls, by, min(count, len(objects)))
    chosen = draw(np.array(strata), count, seed).tolist()
    grids = {image: labels.header.grid for (image, _), labels in found.labels.items()}
    text = audit_text(
        objects, objects, strata, chosen, seed,
        lambda rows: new_table(rows, found.indexes, grids, lambda image, t: ""),
    )  # fmt: skip
    picture = sheet(_tiles(batch, result, images, [objects[k] for k in chosen]))
    where = write_audit(out / AUDIT, text, picture)
    _keep(_objects_file(batch), found, objects)
    notes = (*notes, *left)
    return NewAudit(
        out / AUDIT,
        where,
        len(chosen),
        len(objects),
        max(strata) + 1,
        None,
        named=True,
        notes=notes,
    )


def _calls(found: _Population) -> dict[Place, dict[int, int]]:
    """Return the number of the class that every object is called, by frame and id."""
    return {
        place: {int(i): int(k) for i, k in zip(ids, p.argmax(1), strict=True)}
        for place, (ids, p) in found.probability.items()
    }


def counted_result(batch: Batch) -> Result:
    """Return the result of a batch that is predicted, one that is counted first."""
    nodes = batch.nodes
    found = [each for each in batch.results if nodes[each.wire.node].predicts is not None]
    if not found:
        raise InputError(Problem("nothing is predicted in this batch, so nothing is to be audited"))
    return next((each for each in found if each.counts_by), found[0])


def _images_done(batch: Batch) -> tuple[list[ImageKey], tuple[str, ...]]:
    """Return the images that are done as they are now, and a note on the others."""
    done = [i for i in batch.images if batch.folder and batch.folder.done(i) is not None]
    names = {image.name for image in done}
    others = [f"'{image.name}'" for image in batch.images if image.name not in names]
    if not done:
        fix = f"objclass batch --resume {batch.request.out}"
        raise InputError(Problem("no image of the batch is done", fix=fix))
    what = f"{list_some(others, 4)} failed or not done: the audit does not speak of them"
    return done, (what,) if others else ()


def _made(result: Result, job: Job) -> tuple[PredictionHeader, dict[Any, Any], dict[Any, Any]]:
    """Run one image; return its label images and predictions by frame."""
    outcomes = job.run(scheduler="serial")
    predicted = [o for o in outcomes if o.step.node == result.wire.node and o.known]
    if not predicted:
        problems = [p for o in outcomes for p in o.problems]
        raise RunError(*(problems or [Problem("an image of the batch cannot be made again")]))
    header = predicted[0].step.part.header
    assert isinstance(header, PredictionHeader)
    wire = header.objects
    labels = [o for o in outcomes if (o.step.node, o.step.part.name) == (wire.node, wire.part)]

    def load(each: Any) -> Any:
        from objclass.curation.annotated_objects import loaded

        if each.step.part.source is not None:
            return loaded(job, each.step, each.known)
        return job.store.load(each.known.artifact, each.step.part.header)

    return (
        header,
        {each.step.t: load(each) for each in labels},
        {each.step.t: load(each) for each in predicted},
    )


def _gather(found: _Population, result: Result, image: ImageKey, job: Job) -> None:
    """Add the objects of one image."""
    header, labels, predictions = _made(result, job)
    found.classes = header.classes
    for t, frame in labels.items():
        place = (image.name, t)
        said: Prediction = predictions[t]
        inside = said.code != NOT_SELECTED
        found.objects += drawables_in(place, frame, inside)
        found.probability[place] = (said.ids[inside], said.probability[inside])
        found.labels[place] = frame
        found.indexes.setdefault(image.name, {})[t] = frame.index


def _tiles(
    batch: Batch, result: Result, images: Sequence[ImageKey], drawn: Sequence[Drawable]
) -> list[Tile]:
    """Return the cut-outs, in the order of the rows; each image is made once."""
    tiles: dict[int, Tile] = {}
    for image in images:
        mine = [(k, each) for k, each in enumerate(drawn) if each.place[0] == image.name]
        if not mine:
            continue
        job, viewer = batch.job(image, MemoryStore()), PlaneCutter()
        header, labels, _ = _made(result, job)
        for k, each in mine:
            t = each.place[1]
            words = image.name if t is None else f"{image.name}  t {each.key.t}"
            raw = _raw(job, header, image.name, t)
            tiles[k] = cut_out(viewer, each, raw, labels[t], k + HEADER_LINES + 1, words)
    return [tiles[k] for k in sorted(tiles)]


def _raw(job: Job, header: PredictionHeader, image: str, t: int | None) -> Image | None:
    """Return the image that the objects are measured on, where it is a file."""
    nodes = job.graph.nodes
    predicting = (node.predicts for node in nodes.values() if node.predicts)
    tables = (nodes[each.features.node].measures for each in predicting)
    wires = (
        each.image
        for each in tables
        if each and each.image and each.objects.node == header.objects.node
    )
    wire = next(wires, None)
    if wire is None:
        return None
    part = job.graph.part(wire.node, wire.part or nodes[wire.node].main or "", image)
    if part.source is None:
        return None
    raw: Image = part.source.open(t if part.times != (None,) else None, lambda: None)
    return raw


def _objects_file(batch: Batch) -> Path:
    folder = batch.folder
    assert isinstance(folder, BatchFolder)
    return folder.root / OBJECTS


def _keep(path: Path, found: _Population, objects: Sequence[Drawable]) -> None:
    """Keep what all objects are called, so that counts are corrected without making them again."""
    import numpy as np

    rows = {
        place: {int(i): k for k, i in enumerate(ids)}
        for place, (ids, _) in found.probability.items()
    }
    probability = [found.probability[o.place][1][rows[o.place][o.number]] for o in objects]
    with written_aside(path) as aside, aside.open("wb") as file:
        np.savez_compressed(
            file,
            classes=np.array(found.classes),
            image=np.array([o.key.image for o in objects]),
            t=np.array([o.key.t for o in objects]),
            stamp=np.array([o.key.stamp for o in objects]),
            probability=np.array(probability, np.float64),
        )


def corrected_batch(out: Path, **more: Any) -> AuditedCounts:
    """Correct the counts of a batch by its audit, and write them as ``counts_audited.csv``.

    Raises
    ------
    InputError
        Where the audit or the batch cannot be used.
    """
    from objclass.audit.correction import correct

    batch = resume(out, **more)
    result = counted_result(batch)
    table = read_rows(out / AUDIT)
    audit = read_audit(str(out / AUDIT), table.header, table.rows)
    by = result.counts_by or ("image",)
    done, _ = _images_done(batch)
    columns = counts_columns(result, told(batch))
    groups = [tuple(map(str, key)) for key in zip(*(columns[n] for n in by), strict=True)]
    classes, counted = _counted(batch, done, by, groups)
    left_out = _left_out(result, told(batch), classes)
    found = correct(counted, audit, classes, len(groups), left_out)
    write_table(out / COUNTS, {**columns, **share_columns(found, classes, left_out)})
    return _told(out / COUNTS, classes, found)


def _left_out(result: Result, done: Sequence[ImageDone], classes: Sequence[str]) -> list[str]:
    """Return the classes that counts leave out, as the counts of the images know them."""
    counts = [each.results[result.name] for each in done if result.name in each.results]
    if all(each.not_counted is None for each in counts):
        return []
    counted = {name for each in counts for name in each.classes}
    return [name for name in classes if name not in counted]


def _told(table: Path, classes: Sequence[str], found: AuditCorrection) -> AuditedCounts:
    whole = found.whole.shares
    shares = {
        name: (each.share, each.low, each.high) for name, each in zip(classes, whole, strict=False)
    }
    audited = whole[0].audited if whole else 0
    return AuditedCounts(table, shares, audited, found.whole.method, found.notes)


def _counted(
    batch: Batch, done: Sequence[ImageKey], by: Sequence[str], groups: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], CountedObjects]:
    """Return the classes and all objects, as they were when the audit was drawn."""
    import numpy as np

    from objclass.audit.correction import UNKNOWN, CountedObjects

    path = _objects_file(batch)
    if not path.is_file():
        what = f"{batch.request.out / AUDIT} was drawn from another batch in this folder"
        raise InputError(Problem(what, fix="move it away and draw another"))
    with np.load(path, allow_pickle=False) as kept:
        images, times, stamps = kept["image"].tolist(), kept["t"].tolist(), kept["stamp"].tolist()
        classes, probability = tuple(kept["classes"].tolist()), kept["probability"]
    raise_all(_changed(batch, done, images))
    names = {image.name: {"image": image.name, **image.names} for image in done}
    number = {group: k for k, group in enumerate(groups)}
    places = list(zip(images, times, strict=True))
    group_of = {
        (i, t): number[tuple({**names[i], "t": str(t)}.get(name, "") for name in by)]
        for i, t in set(places)
    }
    group = [group_of[place] for place in places]
    keys = tuple(map(AuditKey, images, times, stamps))
    known = np.full(len(keys), UNKNOWN)
    return classes, CountedObjects(keys, np.array(group, np.int64), probability, known)


def _changed(batch: Batch, done: Sequence[ImageKey], images: Sequence[str]) -> Iterator[Problem]:
    """Report images that the audit was not drawn from, or that changed since."""
    now, then = {image.name for image in done}, set(images)
    gone = [f"'{name}'" for name in sorted(then - now)]
    new = [f"'{name}'" for name in sorted(now - then)]
    fix = f"move {batch.request.out / AUDIT} away and draw another"
    if gone:
        what = f"images {list_some(gone, 4)} changed or lack since the audit was drawn"
        yield Problem(what, fix=f"objclass batch --resume {batch.request.out}, or {fix}")
    if new and _has_objects(batch, new):
        what = f"images {list_some(new, 4)} were done after the audit was drawn"
        yield Problem(what, fix=fix)


def _has_objects(batch: Batch, names: Sequence[str]) -> bool:
    result = counted_result(batch)
    done = [each for each in told(batch) if f"'{each.image.name}'" in names]
    return any((counts := each.results.get(result.name)) and counts.objects for each in done)
