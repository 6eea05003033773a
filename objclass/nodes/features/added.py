"""The columns of another table of the same objects, which stand in a feature table beside its own.

They are not copied: the part names where they are made, and is itself never asked for.
"""

from __future__ import annotations

from typing import Final

from objclass.data.objects import TableHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.engine.node import Part, Read

ADDED: Final = "added"
"""What the part reads."""


def added_parts(look: Look) -> tuple[Part, ...]:
    """Return the part of the embedding that a feature table is joined with, if any."""
    wire: Wire | None = getattr(look.node, "with_", None)
    if wire is None:
        return ()
    table: TableHeader = look.header("with_", TableHeader)
    mine = look.wire("objects")
    made = dict.fromkeys(table.parts[column.name] for column in table.columns)
    if len(made) > 1 or next(iter(made)).node == look.name:
        what = f"'{wire}' is no embedding"
        raise look.problem("with_", what, expected="a node of kind embedding")
    if table.objects != mine:
        what = f"'{wire}' is of other objects"
        raise look.problem("with_", what, got=str(table.objects), expected=str(mine))
    source = next(iter(made))
    part = look.part(source)
    return (
        Part(
            str(source.part),
            table,
            reads=(Read(ADDED, source),),
            times=part.times,
            asked=False,
        ),
    )
