"""Chooses objects of a workflow that nobody annotated yet, by a strategy or by the best one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from objclass.annotations.rows import rows_of
from objclass.annotations.sample import Choice, draw_lots
from objclass.choosing.candidates import Candidates
from objclass.choosing.strategies import TRAINED, UNTRAINED
from objclass.choosing.strategies.contract import Strategy
from objclass.curation.annotated_objects import AnnotatedObjects, Place
from objclass.curation.measured_objects import MeasuredObjects, untaught
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index
from objclass.data.model import ModelHeader
from objclass.errors import InputError, Problem, RunError, list_some, nearest
from objclass.run import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

Indexes = Mapping[str, Mapping[int | None, Index]]


@dataclass(frozen=True)
class ChoiceRequest:
    """How to choose.

    Parameters
    ----------
    count
        How many objects.
    seed
        Start of the random numbers.
    strategy
        None for the best there is: one needs a trained classifier, another does without.
    word
        What stands after the colon of the strategy.
    """

    count: int
    seed: int = 0
    strategy: Strategy | None = None
    word: str = ""

    @property
    def measured(self) -> bool:
        """True where features are needed."""
        return self.strategy is None or self.strategy.features

    @property
    def trained(self) -> bool:
        """True where a classifier is needed, or used where there is one."""
        return self.strategy is None or self.strategy.model


@dataclass(frozen=True)
class Choices:
    """Objects that were chosen.

    Parameters
    ----------
    chosen
        By image, frame and row of the index.
    says
        How they were chosen, in words.
    notes
        What else a person should know.
    """

    chosen: tuple[Choice, ...]
    says: str
    notes: tuple[str, ...] = ()


def choose_objects(measured: MeasuredObjects, indexes: Indexes, request: ChoiceRequest) -> Choices:
    """Choose objects that nobody annotated yet.

    Parameters
    ----------
    measured
        All objects.
    indexes
        Image to frame to the objects that are not annotated.
    request
        How many and how.

    Raises
    ------
    InputError
        Where the strategy needs a classifier and none can be trained, or its word names no
        class or object.
    RunError
        Where there is nothing to choose from.
    """
    found, model = measured.found, measured.model
    strategy = request.strategy or (TRAINED if model is not None else UNTRAINED)
    if strategy.model and model is None:
        raise InputError(_untrained(strategy, found.classifier, measured.untrained))
    target = _target(measured, request) if strategy.word == "OBJECT" else None
    pool = list(_pool(found, indexes))
    if not pool:
        raise RunError(_nothing_left(found))
    candidates = _candidates(measured, pool, strategy, request.seed, target)
    chosen = strategy.choose(candidates, request.count, request.word)
    ends = np.cumsum([len(index) for _, index in pool])
    picked = sorted(_choices(pool, ends, chosen.rows), key=lambda c: (c[0], c[1] or 0, c[2]))
    all_of_them = len(chosen.rows) == len(candidates)
    says = "all that nobody has annotated" if all_of_them else chosen.says
    return Choices(tuple(picked), says, tuple(_notes(measured, request, strategy)))


def check_request(job: Job, classifier: str, request: ChoiceRequest) -> None:
    """Raise for a choice that cannot be made, as far as that is known before anything runs.

    Raises
    ------
    InputError
        Where there is nothing to learn from and that is needed, or a word names no class or
        no image.
    """
    strategy = request.strategy
    if strategy is not None and strategy.model and (why := untaught(job, classifier)):
        raise InputError(_untrained(strategy, classifier, why))
    if strategy is not None and strategy.word == "OBJECT":
        object_named(job, request.word)
    elif strategy is not None and strategy.word:
        _check_class(job, classifier, request.word)


def _check_class(job: Job, classifier: str, word: str) -> None:
    header = next(
        part.header
        for part in next(iter(job.graph.parts[classifier].values()))
        if isinstance(part.header, ModelHeader)
    )
    if word not in header.classes:
        raise InputError(_no_class(word, header.classes))


def object_named(job: Job, word: str, what: str = "") -> tuple[Place, int]:
    """Return image, frame and id of an object from ``12``, ``image:12`` or ``image:t:12``.

    Parameters
    ----------
    job, word
        The workflow and the text.
    what
        How a person said it; by default the option of the command.

    Raises
    ------
    InputError
        Where the text is none of these, or there is no such image or frame.
    """
    images = {image.name: image for image in job.graph.images}
    rest, _, number = word.rpartition(":")
    name, frame = (rest, "") if rest in images else _image_and_frame(rest)
    what = what or f"--choose like:{word}"
    if not number.isdecimal() or (frame and not frame.isdecimal()):
        fix = "the column object of a table, or objclass look --numbers, has the ids"
        raise InputError(Problem(what, got=word, expected="such as 12, image:12 or image:t:12",
                                 fix=fix))  # fmt: skip
    if not name and len(images) == 1:
        (name,) = images
    if name not in images:
        close = nearest(name, images)
        fix = f"did you mean like:{close}:{number}?" if close else "name its image"
        raise InputError(Problem(f"{what}: which image?", expected=list_some(images), fix=fix))
    return (name, int(frame) if frame else None), int(number)


def _image_and_frame(text: str) -> tuple[str, str]:
    """Split what stands before the id: an image, a frame, or both."""
    name, colon, frame = text.rpartition(":")
    return (name, frame) if colon or frame.isdecimal() else (text, "")


def _no_class(word: str, classes: tuple[str, ...]) -> Problem:
    close = nearest(word, classes)
    fix = f"did you mean class:{close}?" if close else None
    return Problem(f"--choose class:{word}: there is no such class", expected=list_some(classes),
                   fix=fix)  # fmt: skip


def _untrained(strategy: Strategy, classifier: str, why: str) -> Problem:
    return Problem(
        f"--choose {strategy.form} needs a trained classifier; '{classifier}' is not: {why}",
        fix=f"annotate objects of two classes first, chosen with --choose {UNTRAINED.name}",
    )


def _nothing_left(found: AnnotatedObjects) -> Problem:
    """Say whether there are no objects, or all are annotated."""
    total = sum(len(labels.index) for labels in found.labels.values())
    if total and found.file.unclassed:
        what = f"all {total} objects are chosen already; there is none left to choose"
        said = rows_of(found.file.unclassed)
        return Problem(what, fix=f"fill in the class of {said} in {found.file.name}")
    if total:
        what = f"all {total} objects are annotated; there is none left to choose"
        return Problem(what, fix="add images to the paths of the inputs")
    fix = f"look at the node that makes the objects of '{found.classifier}'"
    return Problem("there are no objects to choose from", fix=fix)


Pool = list[tuple[Place, Index]]


def _pool(found: AnnotatedObjects, indexes: Indexes) -> Iterator[tuple[Place, Index]]:
    """Yield the frames that have objects which are not annotated."""
    for image, t in found.labels:
        index = indexes[image][t]
        if len(index):
            yield (image, t), index


def _candidates(
    measured: MeasuredObjects,
    pool: Pool,
    strategy: Strategy,
    seed: int,
    target: NDArray[np.float64] | None,
) -> Candidates:
    """Return the objects of the frames one after the other."""
    lots = np.concatenate([draw_lots(place[0], index, seed) for place, index in pool])
    said = None
    if strategy.model:
        said = np.concatenate([measured.probability(place, index.ids) for place, index in pool])
    classes = measured.model.classes if measured.model else ()
    return Candidates(lots, _reader(measured, pool), said, classes, seed, target)


def _reader(
    measured: MeasuredObjects, pool: Pool
) -> Callable[[NDArray[np.intp]], NDArray[np.float64]]:
    """Return a function that reads the features of objects, frame by frame."""
    ends = np.cumsum([len(index) for _, index in pool])

    def features(rows: NDArray[np.intp]) -> NDArray[np.float64]:
        frame = np.searchsorted(ends, rows, side="right")
        made = np.zeros((len(rows), len(measured.columns)))
        for number in np.unique(frame):
            place, index = pool[number]
            mine = frame == number
            local = rows[mine] - (ends[number] - len(index))
            made[mine] = measured.features(place, index.ids[local])
        return made

    return features


def _choices(pool: Pool, ends: NDArray[np.integer], rows: NDArray[np.intp]) -> Iterator[Choice]:
    for row in rows.tolist():
        number = int(np.searchsorted(ends, row, side="right"))
        (image, t), index = pool[number]
        yield image, t, int(row - (ends[number] - len(index)))


def _target(measured: MeasuredObjects, request: ChoiceRequest) -> NDArray[np.float64]:
    """Return the features of the object that others shall be like."""
    found, word = measured.found, request.word
    (image, said), number = object_named(found.job, word)
    place = image, _frame(found, image, said, word)
    ids = found.labels[place].index.ids
    if number not in ids:
        what = f"--choose like:{word}: there is no such object"
        expected = f"one of {len(ids)}, from {ids[0]} to {ids[-1]}" if len(ids) else "none is there"
        workflow = found.job.request.typed(found.job.workflow.file)
        fix = f"objclass look {workflow} --numbers draws the ids"
        raise InputError(Problem(what, expected=expected, fix=fix))
    features = measured.features(place, np.array([number], np.uint64))
    return features.reshape(-1)


def _frame(found: AnnotatedObjects, image: str, said: int | None, word: str) -> int | None:
    """Return the frame of an image that a person means; frames count in the uncropped image."""
    frames = [frame for name, frame in found.labels if name == image]
    if frames == [None] and said in (None, 0):
        return None
    first = found.grids[image].first_frame
    known = [first + (frame or 0) for frame in frames]
    if said is None and len(known) == 1:
        return frames[0]
    if said not in known or frames == [None]:
        fix = f"such as like:{image}:{known[0]}:{word.rpartition(':')[2]}"
        raise InputError(Problem(f"--choose like:{word}: which frame?",
                                 expected=list_some(map(str, known)), fix=fix))  # fmt: skip
    return said - first


def _notes(measured: MeasuredObjects, request: ChoiceRequest, strategy: Strategy) -> Iterator[str]:
    """Yield what kept objects from being chosen as one might expect."""
    file = measured.found.file
    if request.strategy is None and measured.model is None and file.exists:
        yield f"nothing is trained: {measured.untrained}"
    if strategy.features and not measured.scaling.varied:
        yield "every feature is the same for all objects, so chance chose; measure others"
