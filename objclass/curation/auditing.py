"""Draws an audit: random objects as rows without a class, and cut-outs to class them by, blind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from objclass.annotations.match import in_image
from objclass.annotations.outcome import adopt
from objclass.annotations.sample import Choice
from objclass.annotations.text import new_table
from objclass.audit.sample import LEAST, draw
from objclass.audit.table import SIMPLE, STRATIFIED, AuditKey, population_digest, with_design
from objclass.curation.annotated_objects import (
    AnnotatedObjects,
    Place,
    chosen_classifier,
    find_ground,
    whole,
)
from objclass.curation.close_up import close_up, fit_size
from objclass.curation.png import write_picture
from objclass.curation.selected_objects import SelectedObjects, find_selected
from objclass.curation.starting import HEADER_LINES, INK, channel_legend, place_text
from objclass.curation.tiles import Tile, sheet
from objclass.curation.view import PlaneCutter
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import Prediction
from objclass.errors import Problem, RunError, list_some
from objclass.io.new_file import all_or_none, check_new, write_new
from objclass.io.tables import check_text_name
from objclass.nodes.export import ExportNode
from objclass.nodes.export.counts import CountsOutput
from objclass.nodes.registry import KINDS
from objclass.run import Request, prepare
from objclass.schema.workflow import Workflow, load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.image import Image

    Picture = NDArray[np.uint8]

COUNT = 150
Stratify = Literal["class", "none"]
Calls = Mapping[Place, Mapping[int, int]]
"""Image and frame to object to the number of the class that it is called by."""


@dataclass(frozen=True)
class NewAudit:
    """What was written.

    Parameters
    ----------
    table, picture
        The audit and its cut-outs.
    drawn, total
        Number of rows, and of objects that could be drawn.
    strata
        How many there are; 1 of a simple audit.
    export
        The export whose counts it corrects; None where there is none.
    named
        True where that names the file already.
    counts
        True where it writes counts, which the audit corrects.
    notes
        What was done otherwise than asked.
    """

    table: Path
    picture: Path
    drawn: int
    total: int
    strata: int
    export: str | None
    named: bool
    notes: tuple[str, ...] = ()
    counts: bool = True


@dataclass(frozen=True)
class Drawable:
    """An object that may be drawn: how it is known, and where it lies."""

    key: AuditKey
    place: Place
    row: int
    number: int


def audit(
    path: Path,
    request: Request | None = None,
    *,
    count: int = COUNT,
    seed: int = 0,
    stratify: Stratify = "none",
    output: Path | None = None,
    node: str | None = None,
) -> NewAudit:
    """Draw objects at random over all images and write them as an audit, with cut-outs.

    Objects that a person annotated for training are left out. Neither the table nor the
    picture says what an object is called by the classifier.

    Parameters
    ----------
    path
        The workflow.
    request
        Overrides and options.
    count
        How many objects; all where there are fewer.
    seed
        Another seed draws others.
    stratify
        ``class`` draws by what objects are called and by what counts are grouped by, so that
        rare classes are seen; ``none`` draws a simple sample.
    output
        Where to write; by default what the export names as its audit.
    node
        The classifier, where several learn.

    Raises
    ------
    InputError
        Where the file exists already, or the workflow has problems.
    RunError
        Where there are no objects, or nothing is predicted to stratify by.
    """
    request = request or Request()
    workflow = load(path, KINDS, request.sets)
    name = chosen_classifier(workflow, node)[0]
    export = counting_export(workflow, name)
    named = export[1].audit if export else None
    own = workflow.file.parent / (named or f"{workflow.file.stem}.audit.csv")
    target = output or own
    check_new(target, "class its empty rows, or draw another audit elsewhere with -o")
    check_text_name(target, "my.audit.csv")
    found = find_ground(path, request, name)
    selected = _selected(found)
    by = (export[1].counts_by or ("image",)) if export else ("image",)
    calls = called(path, request, found) if stratify == "class" else None
    made = whole(found.job.store, lambda: _write(found, selected, target, count, seed, calls, by))
    return replace(
        made,
        export=export[0] if export else None,
        named=bool(named) and target == own,
        counts=export is None or CountsOutput.name in (export[1].write or {}),
    )


def counting_export(workflow: Workflow, classifier: str) -> tuple[str, ExportNode] | None:
    """Return the export that counts what a classifier predicts, one that writes counts first."""
    nodes: Mapping[str, Any] = workflow.nodes
    exports = [
        (name, node)
        for name, node in nodes.items()
        if isinstance(node, ExportNode) and _is_of(nodes, node, classifier)
    ]
    counting = [each for each in exports if CountsOutput.name in (each[1].write or {})]
    return next(iter([*counting, *exports]), None)


def _is_of(nodes: Mapping[str, Any], export: ExportNode, classifier: str) -> bool:
    predicting = nodes[export.from_.node].predicts if export.from_.node in nodes else None
    return predicting is not None and predicting.classifier.node == classifier


def called(path: Path, request: Request, found: AnnotatedObjects) -> Calls:
    """Return what every object is called by the classifier.

    Raises
    ------
    RunError
        Where nothing is predicted.
    """
    nodes = found.job.graph.nodes
    of = (
        n for n, e in nodes.items() if e.predicts and e.predicts.classifier.node == found.classifier
    )
    name = next(of, None)
    fix = "add --stratify none"
    if name is None:
        raise RunError(Problem(f"nothing is predicted by '{found.classifier}'", fix=fix))
    job = prepare(path, replace(request, until=name))
    outcomes = [o for o in job.run() if o.step.node == name]
    lacking = [o for o in outcomes if o.known is None]
    if lacking:
        reason = next((str(o.reason) for o in lacking if o.reason), "it failed")
        raise RunError(Problem(f"'{name}' could not be predicted: {reason}", fix=fix))
    calls: dict[Place, dict[int, int]] = {}
    for each in outcomes:
        assert each.known is not None
        said: Prediction = job.store.load(each.known.artifact, each.step.part.header)
        most = said.probability.argmax(1)
        calls[each.step.image or "", each.step.t] = dict(
            zip(said.ids.tolist(), most.tolist(), strict=True)
        )
    return calls


def _write(
    found: AnnotatedObjects,
    selected: SelectedObjects | None,
    target: Path,
    count: int,
    seed: int,
    calls: Calls | None,
    by: Sequence[str],
) -> NewAudit:
    import numpy as np

    everything = sorted(drawables(found, selected), key=lambda each: each.key)
    taken = _annotated(found)
    objects = [each for each in everything if (each.place, each.number) not in taken]
    if not objects:
        what = "there are no objects to audit" + (" beside those annotated" if everything else "")
        raise RunError(Problem(what, fix=f"look at the objects of '{found.classifier}'"))
    names = {image.name: image.names for image in found.job.graph.images}
    strata, notes = stratified(names, objects, calls, by, min(count, len(objects)))
    chosen = draw(np.array(strata), count, seed).tolist()
    indexes: dict[str, dict[int | None, Any]] = {}
    for (image, t), labels in found.labels.items():
        indexes.setdefault(image, {})[t] = labels.index
    text = audit_text(
        everything, objects, strata, chosen, seed,
        lambda rows: new_table(rows, indexes, found.grids, found.digest, found.frame_names),
    )  # fmt: skip
    where = write_audit(target, text, _cut_outs(found, [objects[k] for k in chosen]))
    number = max(strata) + 1
    return NewAudit(
        target, where, len(chosen), len(objects), number, None, named=False, notes=notes
    )


def write_audit(target: Path, text: str, picture: Picture) -> Path:
    """Write the table of an audit and its cut-outs, both or none; return where these are."""
    with all_or_none() as written:
        write_new(target, text, None)
        written.append(target)
        return write_picture(target.with_name(f"{target.stem}_numbers.png"), picture)


def _choice(each: Drawable) -> Choice:
    return (*each.place, each.row)


def audit_text(
    population: Sequence[Drawable],
    objects: Sequence[Drawable],
    strata: Sequence[int],
    chosen: Sequence[int],
    seed: int,
    table: Callable[[Sequence[Choice]], str],
) -> str:
    """Return the table of an audit.

    Parameters
    ----------
    population, objects
        All objects, and those that could be drawn.
    strata
        The stratum of each that could be drawn.
    chosen
        Rows of `objects`, in the order of the table.
    seed
        Of the numbers that strata go by.
    table
        Returns the table of annotations of objects.
    """
    import numpy as np

    sizes = np.bincount(strata)
    shown = np.random.default_rng(seed).permutation(len(sizes)) + 1  # their order tells no class
    return with_design(
        table([_choice(objects[k]) for k in chosen]),
        STRATIFIED if len(sizes) > 1 else SIMPLE,
        population_digest(each.key for each in population),
        [(int(shown[strata[k]]), int(sizes[strata[k]])) for k in chosen],
    )


def _selected(found: AnnotatedObjects) -> SelectedObjects | None:
    """Return which objects the classifier is for: an audit speaks of no others."""
    selected = find_selected(found.job, found.classifier)
    if selected is not None and selected.why:
        node = selected.selected.predictions.node
        what = f"'{node}' could not be predicted, which says what '{found.classifier}' is for"
        raise RunError(Problem(what, got=selected.why, fix=f"audit the classifier of '{node}'"))
    return selected


def drawables(
    found: AnnotatedObjects, selected: SelectedObjects | None = None
) -> Iterator[Drawable]:
    """Yield every object of every image and frame that the classifier is for."""
    for place, labels in found.labels.items():
        among = selected.among(place, labels.index.ids) if selected else None
        yield from drawables_in(place, labels, among)


def drawables_in(
    place: Place, labels: LabelImage, among: NDArray[np.bool_] | None = None
) -> Iterator[Drawable]:
    """Yield every object of one frame, or those where `among` (n,) is true."""
    t = (place[1] or 0) + labels.header.grid.first_frame
    index = labels.index
    for row, stamp in enumerate(index.stamp.tolist()):
        if among is None or among[row]:
            key = AuditKey(place[0], t, stamp.decode())
            yield Drawable(key, place, row, int(index.ids[row]))


def _annotated(found: AnnotatedObjects) -> set[tuple[Place, int]]:
    """Return the objects that were annotated for training, also those that were followed."""
    return {
        ((image, match.frame), match.object)
        for image, matches in found.matches.items()
        for match in adopt(matches, found.outcomes.get(image, ())).used
    }


def stratified(
    names: Mapping[str, Mapping[str, str]],
    objects: Sequence[Drawable],
    calls: Calls | None,
    by: Sequence[str],
    size: int,
) -> tuple[list[int], tuple[str, ...]]:
    """Return the stratum of every object, counted from 0, and what a person should know.

    Strata are calls within groups where `size` leaves enough for each, else calls, else one.
    """
    if calls is None:
        return [0] * len(objects), ()
    call = [calls[each.place].get(each.number, -1) for each in objects]
    group = [
        tuple(
            {"image": o.key.image, **names[o.key.image], "t": str(o.key.t)}.get(name, "")
            for name in by
        )
        for o in objects
    ]
    fine = list(zip(group, call, strict=True))
    if LEAST * len(set(fine)) <= size:
        return _numbered(fine), ()
    few = f"{size} objects are too few for {len(set(fine))} strata of class and {list_some(by)}"
    if LEAST * len(set(call)) <= size:
        return _numbered(call), (f"{few}: drawn by class alone",)
    return [0] * len(objects), (f"{few}: drawn as a simple sample",)


def _numbered(keys: Sequence[Any]) -> list[int]:
    numbers = {key: k for k, key in enumerate(sorted(set(keys)))}
    return [numbers[key] for key in keys]


def _cut_outs(found: AnnotatedObjects, objects: Sequence[Drawable]) -> Picture:
    """Return a sheet of the objects, each outlined in the same colour, with its line."""
    viewer = PlaneCutter()
    tiles = []
    for number, each in enumerate(objects, HEADER_LINES + 1):
        labels, raw = found.labels[each.place], found.raw(each.place)
        voxel = in_image(labels.index.inside[each.row], labels.header.grid)
        words = place_text(found, each.place, voxel[0])
        tiles.append(cut_out(viewer, each, raw, labels, number, words))
    return sheet(tiles, channel_legend(found.raw(objects[0].place)))


def cut_out(
    viewer: PlaneCutter,
    drawn: Drawable,
    raw: Image | None,
    labels: LabelImage,
    number: int,
    words: str,
) -> Tile:
    """Return the tile of one object: outlined, with its line and where it lies."""
    voxel = in_image(labels.index.inside[drawn.row], labels.header.grid)
    shown = close_up(viewer, drawn.place, raw, labels, drawn.number, voxel)
    remark = "  ".join(word for word in (words, shown.remark) if word)
    return Tile(fit_size(shown, [INK]), str(number), remark)
