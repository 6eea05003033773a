"""The classes of a session: those of the workflow, else those that rows say, at least two."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import count

from objclass.annotations.rows import IGNORE
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.nodes.classifier import class_colors
from objclass.session.ground import SessionGround
from objclass.session.standing import AnnotationStanding

LEAST = 2
OPEN, LEFT_OUT = 65535, 65535
"""Codes: of a predicted class that is left open, and of an annotation that is ``ignore``."""


def class_names(
    ground: SessionGround, standing: AnnotationStanding, seen: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the classes in the order in which a run would have them.

    Where the workflow names none, they are those of the rows, sorted, and as many new ones
    as two need. A class that rows said before (`seen`) does not vanish with its last row.
    """
    if ground.learning.classes is not None:
        return tuple(each.name for each in ground.learning.classes)
    said = {*standing.class_names, *seen}
    return tuple(sorted([*said, *_new(said)]))


def _new(said: Collection[str]) -> Iterator[str]:
    free = (name for name in map("class {}".format, count(1)) if name not in said)
    yield from (next(free) for _ in range(LEAST - len(said)))


def colors_of(ground: SessionGround, names: Sequence[str]) -> tuple[str, ...]:
    """Return ``#rrggbb`` of every class, as a run would paint them."""
    return tuple(map(str.lower, class_colors(ground.learning.classes, names)))


def check_class(name: str, names: Sequence[str]) -> None:
    """Refuse a class that there is not.

    Raises
    ------
    InputError
        Naming the classes.
    """
    if name in (*names, IGNORE):
        return
    close = nearest(name, names)
    fix = f"did you mean {close}?" if close else "add it first"
    raise InputError(Problem(f"there is no class '{name}'", expected=list_some(names), fix=fix))
