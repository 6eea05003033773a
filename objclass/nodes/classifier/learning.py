"""What a classifier computes: matches, examples, the model and how good it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from objclass.annotations import adopt, in_order, outcome, outside_problems
from objclass.annotations.match import match, stamp_at
from objclass.annotations.matches import ImageExamples, Matches
from objclass.annotations.readings import doubt
from objclass.annotations.reattach import reattach
from objclass.classification import Examples, fit
from objclass.classification.estimators import read_settings
from objclass.classification.gathering import TableOf, gathered, join, rows
from objclass.classification.normalizing import check_told_apart
from objclass.classification.shift import quantiles
from objclass.data.dataclass import dataclass
from objclass.data.digest import of_value
from objclass.data.labels import LabelImage
from objclass.data.model import NORMALIZED_BY, Model
from objclass.data.objects import ObjectTable
from objclass.engine.artifact import EMPTY, Content, Record, pack_model
from objclass.engine.node import JoinedInput, Made, View
from objclass.engine.pin import Pin
from objclass.engine.reason import difference
from objclass.errors import RunError
from objclass.evaluation.grouping import Grouping, by_image
from objclass.evaluation.quality import evaluation as assessed
from objclass.nodes.annotated import ImageAnnotations
from objclass.nodes.classifier.embedded import reprojection
from objclass.nodes.classifier.scored_apart import HELD_OUT
from objclass.nodes.classifier.selecting import SELECT
from objclass.nodes.classifier.summary import (
    EvaluationSummary,
    ExampleSummary,
    MatchSummary,
    ModelSummary,
)
from objclass.nodes.earlier_label_images import EarlierLabelImages, pin_of, preimages
from objclass.nodes.kept import kept_matches, kept_rows
from objclass.nodes.meaning import DEFINITIONS
from objclass.nodes.scaled import read_scale
from objclass.nodes.tables import TABLE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.classification.examples import Rule
    from objclass.classification.normalizing import GroupScale


def matches(view: View) -> Made:
    """Find the object of every annotation of one image, and where changed ones went."""
    held = view.part.held(ImageAnnotations)
    said, header, whole = held.rows, held.header, held.whole
    if not said:
        return Made(Content(empty=True), MatchSummary())
    frames = frames_of(view.all("objects"))
    found = match(said, frames, header, whole)
    odd, cure = doubt(found, frames, header, whole)
    problems = outside_problems(found, whole, held.frame_names, f"{odd}; {cure}" if odd else "")
    if problems:
        raise RunError(*problems)
    earlier = EarlierLabelImages(view.pins, view.shelf)
    outcomes = reattach(found, frames, partial(_labels, earlier))
    plain, became = found.plain(), outcome.plain(found, outcomes)
    kept = {"rows": kept_rows(in_order(said)), "stamps": find_stamps(found, frames)}
    record = Record({}, {"matches": plain, "outcomes": became, **kept})
    because, back = _because(view, found, earlier), _back(view, found)
    doubts = (odd, cure) if odd else None
    summary = MatchSummary(plain, became, because, back, doubts)
    return Made(Content(record=record), summary, pins=_pins(found, view.all("objects")))


def frames_of(given: Sequence[JoinedInput]) -> Callable[[int | None], LabelImage]:
    """Return a function that opens the label image of a frame once."""
    by_time = {each.t: each for each in given}
    opened: dict[int | None, LabelImage] = {}

    def frame(t: int | None) -> LabelImage:
        if t not in opened:
            opened[t] = by_time[t].load()
        return opened[t]

    return frame


def _labels(earlier: EarlierLabelImages, stamp: str) -> LabelImage | None:
    old = earlier.of(stamp)
    return old.labels if old else None


def find_stamps(found: Matches, frames: Callable[[int | None], LabelImage]) -> dict[str, str]:
    """Return the stamp of every object an annotation found, by frame and id."""
    indexes = {each.frame: frames(each.frame).index for each in found.matches if each.object}
    return {
        f"{each.frame or 0}|{each.object}": stamp_at(indexes[each.frame], each.object)
        for each in found.matches
        if each.object
    }


def _pins(found: Matches, given: Sequence[JoinedInput]) -> tuple[Pin, ...]:
    """Pin every label image in which annotations are valid."""
    by_time = {each.t: each for each in given}
    stamps: dict[int | None, list[str]] = {}
    for each in found.of("valid"):
        stamps.setdefault(each.frame, []).append(each.row.stamp)
    return tuple(pin_of(by_time[t], names) for t, names in stamps.items())


def _because(view: View, found: Matches, earlier: EarlierLabelImages) -> str:
    """Say which change made annotations invalid, where the old label image is known."""
    now = {each.t: each for each in view.all("objects")}
    for each in found.of("invalid"):
        old = earlier.of(each.row.stamp) if each.row.stamp else None
        if old is not None and old.preimage and now[each.frame].preimage:
            given = now[each.frame]
            return f"{given.wire.node}: {difference(old.preimage, given.preimage)}"
    return ""


def _back(view: View, found: Matches) -> list[str] | None:
    """Return with which other settings of the objects all rows were valid, as digests.

    None where no row holds a stamp, so that any settings will do. Settings do not help where
    the image changed too, nor where some rows were brought up to date since.
    """
    now = {each.t: each for each in view.all("objects")}
    asked = [m for m in found.matches if m.row.stamp and m.status not in ("cropped", "outside")]
    if not asked:
        return None
    fits = [
        {
            of_value(old["parameters"])
            for old in preimages(view.pins.values(), view.shelf, each.row.stamp)
            if _settings_differ(old, now[each.frame].preimage)
        }
        for each in asked
    ]
    return sorted(set.intersection(*fits))


def _settings_differ(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """True where nothing but settings differs, if anything, of how objects were made."""
    if not old or not new:
        return False
    reason = difference(old, new)
    return not reason.upstream and reason.because in ("changed", "content missing")


def examples(view: View) -> Made:
    """Gather the feature rows of the annotated objects of one image."""
    if "matches" not in view.given or view.all("matches")[0].artifact.digest == EMPTY:
        return Made(Content(empty=True), ExampleSummary())
    record: Record = view.one("matches")
    used = _find_used(record.facts, view.parameters["if_objects_changed"] == "reattach")
    if not len(used.classes):
        return Made(Content(empty=True), ExampleSummary())
    tables = [_tables(view.all(name)) for name in view.given if name.startswith(TABLE)]
    asked = view.parameters
    stamps = record.facts["stamps"]
    scale = read_scale(view)
    found = example_record(used, stamps, tables, asked["use"], asked["classes"], scale)
    return Made(Content(record=found), ExampleSummary(len(used.classes)))


def example_record(
    used: ImageExamples,
    stamps: Mapping[str, str],
    tables: Sequence[TableOf],
    columns: Sequence[str],
    classes: Sequence[str],
    scale: GroupScale | None = None,
) -> Record:
    """Return the examples of one image as they are kept; their digest orders the images.

    Parameters
    ----------
    used
        The annotated objects, n in all.
    stamps
        Those of all objects that annotations found, by frame and id; see :func:`find_stamps`.
    tables
        Feature tables by frame, which together hold all `columns`.
    columns, classes
        What is learned from, and what `y` counts in.
    scale
        Where the group of the image lies, where features are z-scores of one.

    Returns
    -------
    Record
        ``X`` float64 (n, f), ``y`` int64 (n,), ``position`` int64 (n, 4), ``object`` uint64 (n,)
        and ``stamp`` S11 (n,).
    """
    import numpy as np

    X, y = gathered(used, tables, columns, classes)
    X = X if scale is None else scale.normalize(X)
    pairs = zip(used.frames.tolist(), used.ids.tolist(), strict=True)
    known = np.array([stamps.get(f"{frame}|{number}", "") for frame, number in pairs], "S11")
    return Record(
        {"X": X, "y": y, "position": used.position, "object": used.ids, "stamp": known}, {}
    )


def _find_used(facts: Mapping[str, Any], follow: bool) -> Any:
    """Return the examples of an image from what matching kept, following objects if asked."""
    found, outcomes = kept_matches(facts)
    return (adopt(found, outcomes) if follow else found).examples()


def _tables(given: Sequence[JoinedInput]) -> Callable[[int], ObjectTable]:
    by_time = {each.t or 0: each for each in given}
    return lambda frame: by_time[frame].load()


def ranges(view: View) -> Made:
    """Tell where all objects of an image that was learned from lie, column by column."""
    import numpy as np

    given = [view.all(name) for name in view.given if name.startswith(TABLE)]
    tables = [_tables(each) for each in given]
    times = sorted({each.t or 0 for joined in given for each in joined})
    if not tables:
        return Made(Content(empty=True))
    columns: list[str] = view.parameters["use"]
    frames = [rows(tables, t, tables[0](t).ids, columns) for t in times]
    X, scale = np.concatenate(frames), read_scale(view)
    X = X if scale is None else scale.normalize(X)
    return Made(Content(record=Record({"quantiles": quantiles(X)}, {"objects": len(X)})))


def learned_images(given: Sequence[JoinedInput]) -> list[JoinedInput]:
    """Return the examples of every image that has some, in the order they are learned from.

    Images are ordered by the digest of their examples, never by name or by the order of
    files, so that the model is the same however the files are called.
    """
    some = [each for each in given if each.told(ExampleSummary).examples]
    return sorted(some, key=lambda each: each.artifact.digest)


@dataclass(frozen=True)
class LearnedRows:
    """The examples of all images and where each comes from.

    Parameters
    ----------
    examples
        The rows, image after image.
    image
        Name of the image of each row (n).
    position
        int64 (n, 4), a voxel of each object: t, z, y, x.
    object
        Its id (n).
    stamp
        S11 (n,), its stamp.
    """

    examples: Examples
    image: tuple[str, ...]
    position: NDArray[np.int64]
    object: tuple[int, ...]
    stamp: NDArray[np.bytes_]

    @property
    def origin(self) -> list[dict[str, Any]]:
        """Image, position and object of each row as JSON."""
        places = zip(self.image, self.position.tolist(), self.object, strict=True)
        return [{"image": i, "position": place, "object": number} for i, place, number in places]


def joined_rows(
    given: Sequence[JoinedInput],
    columns: Sequence[str],
    units: Sequence[str] = (),
    missing: Rule = "zero",
    *,
    choose: bool = False,
) -> LearnedRows:
    """Return the examples of all images as one table, in the order they are learned from."""
    import numpy as np

    learned = learned_images(given)
    records = [each.load().arrays for each in learned]
    pairs = list(zip(learned, records, strict=True))
    images = [(each.artifact.digest, r["X"], r["y"]) for each, r in pairs]
    named = (f"{n} of '{each.image}'" for each, r in pairs for n in r["object"])
    return LearnedRows(
        replace(join(images, columns, units, missing), names=tuple(named), choose=choose),
        tuple(each.image for each, r in pairs for _ in r["y"]),
        np.concatenate([np.empty((0, 4), np.int64), *(r["position"] for r in records)]),
        tuple(int(number) for r in records for number in r["object"]),
        np.concatenate([np.empty(0, "S11"), *(r["stamp"] for r in records)]),
    )


def joined(view: View, name: str = "examples") -> LearnedRows:
    asked = view.parameters
    choose = asked.get("choose", False)
    found = joined_rows(
        view.all(name), asked["use"], asked["units"], asked["missing"], choose=choose
    )
    anew = reprojection(view, found.image, found.position, found.object)
    return replace(found, examples=replace(found.examples, reprojection=anew))


def grouping(view: View, learned: LearnedRows) -> Grouping:
    """Return which examples are scored together: those of an image, or of a name it has."""
    import numpy as np

    groups: Mapping[str, str] = view.parameters.get("groups", {})
    image = learned.examples.image
    if not groups or image is None:
        return by_image(learned.examples)
    of_image: dict[int, str] = {}  # an image that is given twice counts as one
    for number, name in zip(image.tolist(), learned.image, strict=True):
        of_image.setdefault(number, groups[name])
    names = [of_image[number] for number in image.tolist()]
    codes = np.unique(names, return_inverse=True)[1]
    return Grouping(view.parameters["group"], codes.astype(np.int64))


def model(view: View) -> Made:
    """Train the classifier, or hand out one that was trained before."""
    if "examples" not in view.given:
        return Made(Content(record=pack_model(view.part.held(Model))))
    learned = joined(view)
    found = learned.examples
    classes = view.parameters["classes"]
    trained = train(found, view.parameters)
    record = pack_model(trained)
    counts = {name: int((found.y == k).sum()) for k, name in enumerate(classes)}
    summary = ModelSummary(counts, len(trained.columns), learned.origin)
    small = [f"{name}: {n} example{'' if n == 1 else 's'}" for name, n in counts.items() if n < 10]
    return Made(Content(record=record), summary, tuple(small))


def train(examples: Examples, parameters: Mapping[str, Any]) -> Model:
    """Return what a classifier learns from examples, with the parameters of its part ``model``.

    Raises
    ------
    RunError
        Where nothing can be learned; see :func:`objclass.classification.fit`.
    """
    settings = read_settings(parameters["estimator"])
    if (by := parameters.get(NORMALIZED_BY)) is not None:
        check_told_apart(examples.X, by)
    trained = fit(examples, parameters["classes"], settings, parameters["seed"])
    said = (DEFINITIONS, NORMALIZED_BY, SELECT)
    kept = {name: parameters[name] for name in said if name in parameters}
    return replace(trained, facts={**trained.facts, **kept})


def evaluation(view: View) -> Made:
    """Say how well the classifier does on examples that a tree has not seen.

    Beside the scores it keeps what those trees say of every example, and the digest of the
    examples that the row belongs to, by which one image finds its own.
    """
    import numpy as np

    learned = joined(view)
    held = joined(view, HELD_OUT).examples if HELD_OUT in view.given else None
    groups = grouping(view, learned)
    scored = assessed(view.one("model"), learned.examples, groups=groups, held_out=held)
    if held is not None:
        where = {"where": view.parameters["hold_out"], "images": held.images}
        score = {**scored.facts["hold_out"], **where}
        scored = replace(scored, facts={**scored.facts, "hold_out": score})
    given = learned_images(view.all("examples"))
    counts = [each.told(ExampleSummary).examples for each in given]
    digests = np.repeat(np.array([each.artifact.digest for each in given], "S"), counts)
    arrays = {"unseen": scored.unseen, "examples": digests}
    return Made(Content(record=Record(arrays, scored.facts)), EvaluationSummary(scored.facts))
