"""How good the classifier of a session is, on objects that it has not learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.engine.role import PartRole
from objclass.errors import ObjclassError
from objclass.evaluation.grouping import Grouping, by_image
from objclass.evaluation.quality import evaluation
from objclass.nodes.classifier.learning import LearnedRows
from objclass.nodes.placeholder import image_names
from objclass.session.answers import ObjectRef, SessionScore
from objclass.session.ground import SessionGround
from objclass.session.lesson import Lesson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.model import Model

WAYS = {
    "by_image": "on images it has not seen",
    "out_of_bag": "on objects that its trees have not seen",
    "cross_validation": "on objects that it has not seen",
}


@dataclass(frozen=True)
class Judgement:
    """What models that have not seen the examples say of them.

    Parameters
    ----------
    rows
        The examples.
    classes
        Their classes.
    facts
        The scores; see :class:`objclass.evaluation.quality.Evaluation`.
    unseen
        float64 (n, K), NaN where nothing is known.
    """

    rows: LearnedRows
    classes: tuple[str, ...]
    facts: Mapping[str, Any]
    unseen: NDArray[np.float64]


@dataclass(frozen=True)
class ScorePoint:
    """What the score was when so many objects were annotated.

    Parameters
    ----------
    annotations
        Objects that were learned from.
    how
        As :class:`objclass.session.answers.SessionScore` has it: scores of two ways are not
        comparable.
    balanced_accuracy, interval, chance
        As there.
    """

    annotations: int
    how: str
    balanced_accuracy: float
    interval: tuple[float, float] | None
    chance: float


def judge(ground: SessionGround, lesson: Lesson, model: Model) -> Judgement:
    """Score a model as a run does."""
    rows, held = lesson.rows, lesson.held_out
    out = lesson.held_out_rows.examples if held else None
    found = evaluation(model, rows.examples, groups=groups_of(ground, rows), held_out=out)
    return Judgement(rows, tuple(lesson.parameters["classes"]), found.facts, found.unseen)


def groups_of(ground: SessionGround, rows: LearnedRows) -> Grouping:
    """Return which examples are scored together, as the workflow says."""
    import numpy as np

    part = ground.job.graph.of_role(ground.classifier, PartRole.EVALUATION)
    name = part.parameters.get("group") if part else None
    image = rows.examples.image
    if name is None or image is None:
        return by_image(rows.examples)
    of_image: dict[int, str] = {}
    for number, called in zip(image.tolist(), rows.image, strict=True):
        of_image.setdefault(number, image_names(ground.keys[called])[name])
    names = [of_image[number] for number in image.tolist()]
    return Grouping(name, np.unique(names, return_inverse=True)[1].astype(np.int64))


def score_of(judgement: Judgement | None, untrained: str, held_back: str = "") -> SessionScore:
    """Return the score to go by, and say where it is no better than chance."""
    classes = len(judgement.classes) if judgement else 0
    how = str(judgement.facts["score"]) if judgement else ""
    if judgement is None or not how:
        why = untrained or "there is no score yet: annotate more objects of each class"
        return SessionScore("", None, None, 1 / max(1, classes), False, why, {}, held_back)
    found = judgement.facts[how]
    value, interval = found["balanced_accuracy"], found["balanced_interval"]
    if value is None:
        return SessionScore(
            how, None, None, 1 / classes, False, "no class is scored", {}, held_back
        )
    says = f"balanced accuracy {value:.2f} {WAYS[how]}"
    if found["at_chance"]:
        says += f"; this may be chance: guessing gets {found['chance']:.2f}"
    ends = (float(interval[0]), float(interval[1])) if interval else None
    right = accuracy_by_image(judgement)
    return SessionScore(
        how, float(value), ends, float(found["chance"]), bool(found["at_chance"]), says,
        right, held_back,
    )  # fmt: skip


def point_of(judgement: Judgement) -> ScorePoint | None:
    """Return the score beside the number of annotations; None where there is no score."""
    score = score_of(judgement, "")
    if score.balanced_accuracy is None:
        return None
    count = len(judgement.rows.examples.y)
    return ScorePoint(count, score.how, score.balanced_accuracy, score.interval, score.chance)


def accuracy_by_image(judgement: Judgement) -> dict[str, float]:
    """Return image to the share of its examples whose class is predicted unseen."""
    import numpy as np

    known = ~np.isnan(judgement.unseen[:, 0])
    right = judgement.unseen.argmax(axis=1) == judgement.rows.examples.y
    image = np.array(judgement.rows.image)
    names = dict.fromkeys(image[known].tolist())
    return {name: float(right[known & (image == name)].mean()) for name in names}


def said_unseen(ground: SessionGround, judgement: Judgement) -> dict[ObjectRef, str]:
    """Return object to the class that models say which have not seen it."""
    import numpy as np

    best = judgement.unseen.argmax(axis=1)
    known = ~np.isnan(judgement.unseen[:, 0])
    refs = refs_of(ground, judgement.rows)
    pairs = zip(refs, best.tolist(), known.tolist(), strict=True)
    return {ref: judgement.classes[k] for ref, k, there in pairs if there}


def refs_of(ground: SessionGround, rows: LearnedRows) -> list[ObjectRef]:
    """Return the objects that examples are of."""
    times = {name: ground.grid(name).frames is not None for name in dict.fromkeys(rows.image)}
    triples = zip(rows.image, rows.position[:, 0].tolist(), rows.object, strict=True)
    return [ObjectRef(name, t if times[name] else None, number) for name, t, number in triples]


def try_judging(ground: SessionGround, lesson: Lesson, model: Model) -> Judgement | None:
    """Score a model; None where too few examples keep it from being scored."""
    try:
        return judge(ground, lesson, model)
    except ObjclassError:
        return None
