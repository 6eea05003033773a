"""The parts of a classifier that learns from, and is asked about, z-scores of a group of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from objclass.classification.normalizing import GroupScale, KnownScale, learn_scale, scale_warnings
from objclass.data.digest import of_value
from objclass.data.model import NORMALIZED_BY, Model
from objclass.data.objects import Column, ObjectTable, TableHeader
from objclass.data.wire import Wire
from objclass.engine.artifact import Content, FactsHeader, Record
from objclass.engine.look import Look
from objclass.engine.node import JoinedInput, Made, Part, Read, View
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole
from objclass.nodes.classifier.scored_apart import check_image_name
from objclass.nodes.placeholder import image_names
from objclass.nodes.scaled import SCALE
from objclass.nodes.tables import TABLE, table_reads
from objclass.schema.base import Frozen
from objclass.schema.fields import Name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VALUES, SCALES = "values", "scales"
"""Parts: all values of an image; where each group lies. `SCALE` is of the group of an image."""


class Normalization(Frozen):
    """Whose objects an object is compared with before anything is learned from it."""

    by: Annotated[Name, Field(description="Name of images, such as plate: one value is a group.")]


def own_parts(
    look: Look, normalize: Normalization | None, table: TableHeader, columns: Sequence[Column]
) -> tuple[Part, ...]:
    """Return the parts of a classifier that is trained; none where it does not normalise."""
    if normalize is None:
        return ()
    by = normalize.by
    look.once(("normalize", by), lambda: check_image_name(look, "normalize", by))
    return _parts(look, by, table, columns)


def trained_parts(
    look: Look, table: TableHeader, model: Model, known: KnownScale | None
) -> tuple[Part, ...]:
    """Return the parts of a classifier that was trained before; `known` is the image's group.

    Where nobody knows, the group is made of the images of this workflow.
    """
    by = model.facts.get(NORMALIZED_BY)
    if not isinstance(by, str):
        return ()
    if len(look.settings.images) > 1:
        look.once(("normalize", by), lambda: check_image_name(look, None, by))
    elif by not in image_names(look.image):
        look.note(f"no {by} is known: objects are compared with those of their image")
    there = {column.name: column for column in table.columns}
    columns = [there[name] for name in model.columns if name in there]
    parts = _parts(look, by, table, columns)
    return parts if known is None else (*parts[:-1], _known(known))


def _known(known: KnownScale) -> Part:
    scale = known.scale
    told = [list(scale.columns), scale.center.tolist(), scale.spread.tolist()]
    return Part(
        SCALE,
        FactsHeader(SCALE),
        {SCALE: {CONTENT: of_value(told)}},
        joins=frozenset({"t"}),
        asked=False,
        role=PartRole.SCALE,
        payload=known,
    )


def _parts(look: Look, by: str, table: TableHeader, columns: Sequence[Column]) -> tuple[Part, ...]:
    names = [column.name for column in columns]
    group = group_of(image_names(look.image), by, look.image.name)
    values = Part(
        VALUES,
        FactsHeader(VALUES),
        {"use": names},
        table_reads(table, columns),
        joins=frozenset({"t"}),
        asked=False,
        role=PartRole.VALUES,
    )
    scale = Part(
        SCALE,
        FactsHeader(SCALE),
        {"use": names},
        (Read(SCALES, Wire(look.name, SCALES), (_array(group),)),),
        joins=frozenset({"t"}),
        asked=False,
        role=PartRole.SCALE,
        payload=_array(group),
    )
    return values, look.once(("scales", by, *names), lambda: _scales(look, by, names)), scale


def _scales(look: Look, by: str, names: Sequence[str]) -> Part:
    """Return the part that joins all images."""
    return Part(
        SCALES,
        FactsHeader(SCALES),
        {"use": list(names), "by": by, "groups": _groups(look, by)},
        (Read(VALUES, Wire(look.name, VALUES)),),
        joins=frozenset({"image", "t"}),
        asked=False,
    )


def groups(look: Look, normalize: Normalization | None) -> dict[str, str]:
    """Return image to the group that its objects are compared with; empty without any."""
    return {} if normalize is None else _groups(look, normalize.by)


def _groups(look: Look, by: str) -> dict[str, str]:
    images = look.settings.images
    return {image.name: group_of(image_names(image), by, image.name) for image in images}


def group_of(names: Mapping[str, str], by: str, image: str) -> str:
    """Return the group of an image; one without such a name is a group by itself."""
    return names.get(by, image)


def own_reads(look: Look, parts: Sequence[Part]) -> tuple[Read, ...]:
    """Return what a classifier's own parts read of these; nothing of none."""
    return (Read(SCALE, Wire(look.name, SCALE)),) if parts else ()


def _array(group: str) -> str:
    return f"group {group}"


def values(view: View) -> Made:
    """Keep the values of all objects of an image, frame after frame."""
    import numpy as np

    columns: list[str] = view.parameters["use"]
    frames: dict[int, dict[str, NDArray[Any]]] = {}
    for name in view.given:
        for each in view.all(name) if name.startswith(TABLE) else ():
            table: ObjectTable = each.load()
            frames.setdefault(each.t or 0, {}).update(table.columns)
    rows = [np.stack([f[n].astype(np.float64) for n in columns], axis=1) for f in frames.values()]
    return Made(Content(record=Record({VALUES: np.concatenate(rows)})))


def scales(view: View) -> Made:
    """Find where the objects of every group lie, from those of all its images."""
    columns: list[str] = view.parameters["use"]
    groups: Mapping[str, str] = view.parameters["groups"]
    images: dict[str, list[JoinedInput]] = {}
    for each in view.all(VALUES):
        images.setdefault(groups[each.image], []).append(each)
    arrays, told = {}, {}
    for group, given in images.items():
        rows = [each.load().arrays[VALUES] for each in given]
        known = learn_scale(rows, columns)
        arrays[_array(group)] = _packed(known)
        told[group] = known, sum(map(len, rows))
    return Made(
        Content(record=Record(arrays)), warnings=scale_warnings(view.parameters["by"], told)
    )


def scale(view: View) -> Made:
    """Hand out where the group of one image lies."""
    columns: list[str] = view.parameters.get("use", ())
    known = view.part.held_if(KnownScale)
    if known is not None:
        record = Record({SCALE: _packed(known.scale)}, {"columns": list(known.scale.columns)})
        return Made(Content(record=record), warnings=known.warnings)
    found = view.one(SCALES).arrays[view.part.held(str)]
    return Made(Content(record=Record({SCALE: found}, {"columns": columns})))


def _packed(scale: GroupScale) -> NDArray[np.float64]:
    import numpy as np

    return np.stack([scale.center, scale.spread])


MAKERS = {VALUES: values, SCALES: scales, SCALE: scale}
