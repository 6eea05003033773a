"""Cut-outs of objects of a batch: a few of its images are worked off again, and not kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from objclass.batch.folder import BatchFolder
from objclass.batch.group_scales import with_scales
from objclass.batch.plan import resumed
from objclass.batch.preparing import prepare
from objclass.batch.work import Batch, file_bytes
from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire
from objclass.engine.look import ImageKey
from objclass.engine.memory import MemoryStore
from objclass.errors import InputError, ObjclassError, Problem
from objclass.io.disk import size_text
from objclass.preview.target import PreviewTarget
from objclass.report_page.asking import report_graph, targets_of
from objclass.report_page.content import ClassifierFacts, CutOutGallery, PagePicture
from objclass.report_page.gallery_pool import RANDOM, UNCERTAIN, GalleryPool
from objclass.report_page.predicted import PredictedObjects, predictions_of
from objclass.report_page.tiles import FrameShelf

MOST_IMAGES = 6
"""Images that are worked off again."""
MOST_BYTES = 2**27
"""Bytes of their files: what is worked off again stays in memory until its objects are drawn."""


@dataclass(frozen=True)
class ImageAgain:
    """An image that was worked off again: what was predicted, and its frames."""

    found: Sequence[PredictedObjects]
    shelf: FrameShelf


def with_galleries(
    folder: BatchFolder, classifiers: Sequence[ClassifierFacts], colors: Mapping[str, str]
) -> tuple[list[ClassifierFacts], str]:
    """Return what is told of classifiers with cut-outs of objects, and what of, in words.

    Where images cannot be worked off again, the words say why.

    Parameters
    ----------
    folder
        Of the batch.
    classifiers
        As its project tells them.
    colors
        Class to colour.
    """
    try:
        found = again(folder)
    except ObjclassError as error:
        return list(classifiers), f"There are no cut-outs of objects: {error.problems[0]}"
    if not found:
        return list(classifiers), "There are no cut-outs of objects: none has a class."
    known = {each.name: each for each in classifiers}
    for name, galleries in _galleries(found).items():
        plain = ClassifierFacts(name, {g.class_: colors.get(g.class_, "") for g in galleries}, {})
        known[name] = replace(known.get(name, plain), galleries=tuple(galleries))
    images = "1 image" if len(found) == 1 else f"{len(found)} images"
    return list(known.values()), f"Cut-outs of objects are of {images} of the batch."


def again(folder: BatchFolder) -> list[ImageAgain]:
    """Work off a few images of a batch again; nothing is written.

    They are spread over all that are done, as many as are small enough together.

    Raises
    ------
    InputError
        Where the batch cannot go on, for example without its plugins, or no image can be worked
        off again as it was.
    """
    batch = replace(prepare(resumed(folder.plan, folder.out), folder), folder=folder)
    done = [image for image in batch.images if folder.done(image)]
    if not done:
        raise InputError(Problem("no image is done whose files are as they were then"))
    images = list(_few(done))
    if not images:
        most = size_text(MOST_BYTES)
        raise InputError(Problem(f"the files of each image have more than {most}"))
    batch = with_scales(batch, images, lambda line: None)
    return [found for image in images if (found := _worked_off(batch, image)).found]


def _few(done: Sequence[ImageKey]) -> Iterator[ImageKey]:
    count = min(MOST_IMAGES, len(done))
    left = MOST_BYTES
    for k in range(count):
        image = done[k * (len(done) - 1) // max(1, count - 1)]
        size = file_bytes(image)
        if size <= left:
            left -= size
            yield image


def _worked_off(batch: Batch, image: ImageKey) -> ImageAgain:
    job = batch.job(image, MemoryStore())
    targets = replace(targets_of(job.graph), learning=())  # what learned is in the project
    job = replace(job, graph=report_graph(job.graph, targets))
    outcomes = job.run(scheduler="serial")
    found = predictions_of(outcomes, targets.predicting)
    return ImageAgain(found, FrameShelf(job, outcomes, named=True))


def _galleries(images: Sequence[ImageAgain]) -> dict[str, list[CutOutGallery]]:
    """Return classifier to the galleries of the objects it classified."""
    found: dict[str, list[CutOutGallery]] = {}
    for first in images[0].found:
        same = [(each, mine) for each in images for mine in each.found if mine.node == first.node]
        model = first.header.model.node
        found.setdefault(model, []).extend(_of_node(first, same))
    return found


def _of_node(
    first: PredictedObjects, same: Sequence[tuple[ImageAgain, PredictedObjects]]
) -> Iterator[CutOutGallery]:
    target = PreviewTarget(first.node, first.header.objects, Wire(first.node, first.part))
    loaded = [mine.load(each.shelf.job) for each, mine in same]
    places = [place for _, mine in same for place in mine.places]
    shelves = [each.shelf for each, mine in same for _ in mine.places]
    pool = GalleryPool.of([one for each in loaded for one in each], tuple(first.header.classes))
    for k, class_ in enumerate(pool.classes, start=1):
        for what, rows in pool.chosen(k, (RANDOM, UNCERTAIN)):
            tiles: list[PagePicture] = []
            for row in rows:
                shelf = shelves[int(pool.at[row])]
                tiles += shelf.tiles(target, [pool.wanted(places, row)])
            if tiles:
                yield CutOutGallery(what, class_, tuple(tiles))
