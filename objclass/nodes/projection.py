"""The principal components that an embedding keeps: learned in a run, kept in its project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from objclass.data.digest import of_array, of_tree
from objclass.data.wire import Wire
from objclass.engine.artifact import Content, FactsHeader, Record
from objclass.engine.look import Look
from objclass.engine.node import JoinedInput, Made, Part, Read, View
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole
from objclass.errors import InputError, list_some
from objclass.nodes.placeholder import image_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.classification.projection import PrincipalAxes

VALUES: Final = "values"
"""The part that holds all numbers; the part that is called after the node has its columns."""
AXES, MEAN, EXPLAINED = "axes", "mean", "explained"
"""A part, and the arrays it holds."""
OUTSIDE: Final = "outside"
"""The parameter with the images whose objects have no part in the axes."""
PROJECTIONS: Final = "projections"
"""The run option that holds the axes of a project."""


def axes_part(look: Look, keep: int | None, width: int) -> tuple[Part, ...]:
    """Return the part that hands out the axes; none where all numbers are kept."""
    if keep is None:
        return ()
    if keep > width:
        what = f"{keep} components of {width} numbers"
        raise look.problem("keep", what, expected=f"at most {width}", fix="remove keep")
    known = look.once("kept axes", lambda: kept_axes(look))
    return (
        look.once((AXES, keep), lambda: _known(look, known, keep, width) or _learn(look, keep)),
    )


def _learn(look: Look, keep: int) -> Part:
    """Return the part that learns from the objects of all images."""
    outside = _held_out(look)
    return Part(
        AXES,
        FactsHeader(AXES),
        {"keep": keep, **({OUTSIDE: outside} if outside else {})},
        (Read(VALUES, Wire(look.name, VALUES), as_set=True),),
        joins=frozenset({"image", "t"}),
        asked=False,
        role=PartRole.PROJECTION,
    )


def _held_out(look: Look) -> list[str]:
    """Return the images that a classifier which learns from this node keeps for scoring alone."""
    mine = [
        node.learns.holds_out
        for node in look.nodes.values()
        if node.learns is not None and _leads_to(look, node.learns.features.node)
    ]
    names = {image.name: image_names(image) for image in look.settings.images}
    return sorted(n for n in names if any(held and held.holds(names[n]) for held in mine))


def _known(look: Look, known: PrincipalAxes | None, keep: int, width: int) -> Part | None:
    """Return the part that hands out axes which a project holds."""
    if known is None:
        return None
    if known.axes.shape != (keep, width):
        here, there = f"{keep} of {width}", "{} of {}".format(*known.axes.shape)
        what = "the project keeps other components"
        raise look.problem("keep", what, got=here, expected=there, fix="train again: objclass run")
    arrays = {AXES: of_array(known.axes), MEAN: of_array(known.mean)}
    return Part(
        AXES,
        FactsHeader(AXES),
        {AXES: {CONTENT: of_tree(arrays)}},
        joins=frozenset({"image", "t"}),
        asked=False,
        role=PartRole.PROJECTION,
        payload=known,
    )


def kept_axes(look: Look) -> PrincipalAxes | None:
    """Return the axes of the project that is used, None where they are learned here.

    A batch uses one; so does a workflow in which a classifier is taken from one.
    """
    options: Mapping[str, Any] = look.settings.options.get(PROJECTIONS, {})
    if look.settings.trained:
        return options.get(look.name)
    found = dict(_of_projects(look))
    if len(found) > 1:
        what = "its classifiers are of projects that keep other components"
        raise look.problem("keep", what, got=list_some(found), fix="make one node for each project")
    return next(iter(found.values()), None)


def _of_projects(look: Look) -> Iterator[tuple[str, PrincipalAxes]]:
    """Yield the axes that projects hold whose classifiers learned from this node."""
    from objclass.io.project import read

    for node in look.nodes.values():
        learns = node.learns
        if learns is None or learns.project is None or not _leads_to(look, learns.features.node):
            continue
        path = Path(learns.project)
        try:
            project = read(path if path.is_absolute() else look.settings.folder / path)
        except InputError:  # the classifier says what is wrong with it
            continue
        mine = project.projections.get(look.name)
        only = next(iter(project.projections.values()), None)
        if mine or len(project.projections) == 1:
            yield learns.project, mine or only  # type: ignore[misc]


def _leads_to(look: Look, table: str) -> bool:
    """Return True where a table is this one, or holds it."""
    from objclass.schema.wires import wires

    return table == look.name or look.name in {w.node for w in wires(look.nodes[table]).values()}


def axes(view: View) -> Made:
    """Learn the axes from the numbers of all objects, or hand out those of a project."""
    from objclass.classification.projection import PrincipalAxes, learn_projection

    known = view.part.held_if(PrincipalAxes)
    if known is not None:
        return Made(Content(record=_packed(known)))
    given = sorted(view.all(VALUES), key=lambda each: each.artifact.digest)
    keep: int = view.parameters["keep"]
    outside = view.parameters.get(OUTSIDE, ())
    found = learn_projection(lambda: (_values(each, outside) for each in given), keep)
    warnings: tuple[str, ...] = ()
    if not found.axes.any(axis=1).all():
        real = int(found.axes.any(axis=1).sum())
        warnings = (f"embeddings vary along {real} axes only: the other components are 0",)
    return Made(Content(record=_packed(found)), warnings=warnings)


def _values(each: JoinedInput, outside: Sequence[str]) -> NDArray[np.floating]:
    found: NDArray[np.floating] = each.load().arrays[VALUES]
    return found[:0] if each.image in outside else found


def _packed(found: PrincipalAxes) -> Record:
    return Record({AXES: found.axes, MEAN: found.mean, EXPLAINED: found.explained})


def projection_in(record: Record) -> PrincipalAxes:
    """Return the axes that a record holds."""
    from objclass.classification.projection import PrincipalAxes

    arrays: Any = record.arrays
    return PrincipalAxes(arrays[MEAN], arrays[AXES], arrays[EXPLAINED])
