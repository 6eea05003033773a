"""Where the groups of a batch lie: measured in all images of one before any is classified.

What was measured is kept beside the records of the batch, by image and the states of its files,
so that shards, processes and whoever goes on with the batch find the same.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.batch.image_record import input_states
from objclass.classification.normalizing import KnownScale, learn_scale, scale_warnings
from objclass.data.digest import of_value
from objclass.data.model import NORMALIZED_BY
from objclass.engine.look import ImageKey
from objclass.engine.memory import MemoryStore
from objclass.engine.role import PartRole
from objclass.errors import InputError, ObjclassError, Problem, list_some, nearest
from objclass.io.aside import written_aside
from objclass.nodes.placeholder import image_names
from objclass.report.summary import summarize
from objclass.run import Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.batch.work import Batch

    Values = Mapping[str, NDArray[np.float64]]
    """Classifier to the values (n, f) of the objects of an image."""

FOLDER, ARRAY = "values", "values"
Scales = Mapping[str, Mapping[str, KnownScale]]
"""Image to classifier to where the group of the image lies."""
Group = tuple[str, str, str]
"""Classifier, name of images, and a value of it."""


def normalizing(batch: Batch) -> dict[str, str]:
    """Return the classifiers that learned from z-scores of groups, and the name that groups."""
    found = {
        n: each.model.facts.get(NORMALIZED_BY) for n, each in batch.project.classifiers.items()
    }
    return {n: by for n, by in found.items() if isinstance(by, str) and n in batch.nodes}


def groups_of(batch: Batch) -> dict[Group, list[ImageKey]]:
    """Return the images of every group that has several; one alone knows all of its group."""
    found: dict[Group, list[ImageKey]] = {}
    for classifier, by in normalizing(batch).items():
        for image in batch.images:
            group = image_names(image).get(by, image.name)
            found.setdefault((classifier, by, group), []).append(image)
    return {group: images for group, images in found.items() if len(images) > 1}


def name_problems(batch: Batch) -> Iterator[Problem]:
    """Report names that group images and that an image of the batch does not have."""
    for by in dict.fromkeys(normalizing(batch).values()):
        known = [image_names(image) for image in batch.images]
        if len(known) > 1 and (lacking := [names for names in known if by not in names]):
            close = nearest(by, lacking[0])
            fix = f"did you mean {{{close}}}? " if close else ""
            yield Problem(
                f"the project compares objects within one {by}, and no image has a name '{by}'",
                expected=list_some(lacking[0]),
                fix=f"{fix}put {{{by}}} into the patterns",
            )


def scale_notes(batch: Batch) -> Iterator[str]:
    """Say what a person would wonder about: work that is done twice, and how shards are cut."""
    names = list_some(dict.fromkeys(by for _, by, _ in groups_of(batch)))
    if not names:
        return
    cure = "" if batch.request.cache else "; --cache FOLDER keeps what was made"
    yield (
        f"objects are measured in all images of a {names} before any is classified, so that "
        f"images are worked on twice{cure}"
    )
    if batch.request.shard:
        yield f"shards keep all images of a {names} together"


def together(batch: Batch) -> list[list[ImageKey]]:
    """Return the images in lots that no shard may split, by their first images."""
    lot_of = {image.name: number for number, image in enumerate(batch.images)}
    for images in groups_of(batch).values():
        joined = {lot_of[image.name] for image in images}
        lot_of = {n: min(joined) if lot in joined else lot for n, lot in lot_of.items()}
    lots: dict[int, list[ImageKey]] = {}
    for image in batch.images:
        lots.setdefault(lot_of[image.name], []).append(image)
    return list(lots.values())


def with_scales(
    batch: Batch, wanted: Sequence[ImageKey], tell: Callable[[str], None] = lambda line: None
) -> Batch:
    """Return a batch that knows where the groups of these images lie; measures what is not known.

    An image that cannot be measured has no objects: it is told, and counts in no group. `tell` is
    called with a line for every image that was measured now.
    """
    names = {image.name for image in wanted}
    groups = {
        group: images
        for group, images in groups_of(batch).items()
        if not names.isdisjoint(image.name for image in images)
    }
    if not groups:
        return batch
    known: dict[Group, KnownScale | None] = {}
    lacking: dict[Group, list[ImageKey]] = {}
    for group, images in groups.items():  # one after the other: the values of all are many
        values = _values_of(batch, group, images, {})
        left = [each for each in images if values[each.name] is None and not each.problems]
        if left:
            lacking[group] = left
        else:
            known[group] = _scale_of(batch, group, values)
    several = {image.name: image for left in lacking.values() for image in left}
    measured = _measured(batch, list(several.values()), tell)
    for group in lacking:
        known[group] = _scale_of(batch, group, _values_of(batch, group, groups[group], measured))
    found: dict[str, dict[str, KnownScale]] = {}
    for group, images in groups.items():
        for image in images:
            scale = known[group]
            if scale is not None:
                found.setdefault(image.name, {})[group[0]] = scale
    scaled = replace(batch, scales=found)
    return replace(scaled, scales=_with_stale(scaled, groups, names)) if batch.folder else scaled


Known = dict[str, "NDArray[np.float64] | None"]
"""Image to the values of its objects; None where it is not known."""


def _values_of(
    batch: Batch, group: Group, images: Sequence[ImageKey], measured: Mapping[str, Values]
) -> Known:
    return {image.name: _values(batch, image, group[0], measured) for image in images}


def _scale_of(batch: Batch, group: Group, known: Known) -> KnownScale | None:
    """Return where a group lies; None where nothing of it was measured."""
    classifier, by, value = group
    rows = [each for each in known.values() if each is not None]
    if not rows:
        return None
    scale = learn_scale(rows, batch.project.classifiers[classifier].model.columns)
    told = scale_warnings(by, {value: (scale, sum(map(len, rows)))})
    failed = [name for name, each in known.items() if each is None]
    if failed:
        told += (f"normalize: {by} {value} without the objects of {list_some(failed, 4)}: failed",)
    return KnownScale(scale, told)


def _with_stale(batch: Batch, groups: Mapping[Group, Sequence[ImageKey]], now: set[str]) -> Scales:
    """Return the scales, with a warning of images that were classified by others."""
    found = {name: dict(each) for name, each in batch.scales.items()}
    for (classifier, by, value), images in groups.items():
        others = [image for image in images if image.name not in now]
        stale = [
            i.name for i in others if batch.folder and batch.folder.done(i) and not batch.done(i)
        ]
        for image in images if stale else ():
            known = found[image.name][classifier]
            said = (
                f"normalize: {list_some(stale, 4)} of {by} {value} were classified before its "
                f"objects changed: objclass batch --resume {batch.request.out} does them again"
            )
            found[image.name][classifier] = replace(known, warnings=(*known.warnings, said))
    return found


def scales_digest(scales: Mapping[str, KnownScale]) -> str:
    """Return a digest of where the groups of an image lie; empty where nobody says."""
    told = {
        name: [each.scale.center.tolist(), each.scale.spread.tolist()]
        for name, each in scales.items()
    }
    return of_value(told) if told else ""


def _measured(
    batch: Batch, images: Sequence[ImageKey], tell: Callable[[str], None]
) -> dict[str, Values]:
    """Measure images; keep what was found in the folder, or return it where there is none."""
    if batch.folder is not None:
        for number, each in enumerate(replace(batch, measuring=True).working(images), 1):
            state = "could not be measured" if each.failed else "measured"
            tell(f"{number}/{len(images)}  {each.image.name}  {state}")
        return {}
    found: dict[str, Values] = {}
    for image in images:
        with suppress(ObjclassError):  # told when the image is worked off
            found[image.name] = measure(batch, batch.job(image, MemoryStore()))
    return found


def measure(batch: Batch, job: Job) -> Values:
    """Return the values of all objects of the image of a job, by classifier.

    Raises
    ------
    InputError
        Where they cannot be measured.
    """
    names = normalizing(batch)
    parts = {
        name: {
            image: tuple(replace(part, asked=part.role is PartRole.VALUES) for part in each)
            for image, each in job.graph.parts[name].items()
        }
        for name in names
    }
    graph = replace(job.graph, parts={**job.graph.parts, **parts}, wanted=frozenset(names))
    job = replace(job, graph=graph)
    outcomes = job.run(scheduler="serial")
    report = summarize(job, outcomes)
    if report.exit_code:
        raise InputError(*report.problems)
    made = [o for o in outcomes if o.step.part.role is PartRole.VALUES]
    return {
        o.step.node: job.store.load(o.known.artifact, o.step.part.header).arrays[ARRAY]
        for o in made
        if o.known is not None
    }


def keep(batch: Batch, image: ImageKey, values: Values) -> None:
    """Keep the values of an image in the folder of the batch."""
    import numpy as np

    for classifier, array in values.items():
        with written_aside(_file(batch, image, classifier)) as aside, aside.open("wb") as file:
            np.savez(file, values=array)


def _values(
    batch: Batch, image: ImageKey, classifier: str, measured: Mapping[str, Values]
) -> NDArray[np.float64] | None:
    """Return the values of an image; None where it could not be measured."""
    import numpy as np

    if batch.folder is None:
        return measured.get(image.name, {}).get(classifier)
    with suppress(OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        with _file(batch, image, classifier).open("rb") as file, np.load(file) as found:
            values: NDArray[np.float64] = found[ARRAY]
        return values
    return None


def _file(batch: Batch, image: ImageKey, classifier: str) -> Path:
    assert batch.folder is not None
    key = of_value([image.name, classifier, input_states(image)])
    return batch.folder.root / FOLDER / f"{key}.npz"
