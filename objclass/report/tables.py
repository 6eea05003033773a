"""What a features node measured, as a table for people who go on in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from objclass.data.objects import Column, ObjectTable, TableHeader
from objclass.engine.outcome import StepOutcome
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.run import Job

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("image", "t", "object")


def table(job: Job, outcomes: Sequence[StepOutcome], node: str) -> pd.DataFrame:
    """Return what a node measured in all images and frames.

    Parameters
    ----------
    job, outcomes
        The job, and what its run returned.
    node
        A node of kind ``features``.

    Returns
    -------
    pandas.DataFrame
        One row an object, by ``image``, ``t`` (0 without frames) and ``object`` (its id in the
        label image); one column a feature. ``attrs["units"]`` and ``attrs["definitions"]`` hold
        unit and meaning of every column.

    Raises
    ------
    InputError
        For a node that measured nothing in this run.
    """
    import pandas as pd

    found = [o for o in outcomes if o.known and isinstance(o.step.part.header, TableHeader)]
    mine = [outcome for outcome in found if outcome.step.node == node]
    if not mine:
        raise InputError(_no_table(node, list(dict.fromkeys(o.step.node for o in found))))
    frames: dict[tuple[str, int], list[pd.DataFrame]] = {}
    for outcome in mine:
        image, t = outcome.step.image or "", outcome.step.t or 0
        frames.setdefault((image, t), []).append(_part(job, outcome, image, t))
    rows = [pd.concat(parts, axis=1) for parts in frames.values()]
    made = pd.concat(rows)
    columns = _columns(mine)
    made.attrs["units"] = {column.name: column.unit for column in columns}
    made.attrs["definitions"] = {column.name: column.definition for column in columns}
    return made


def _part(job: Job, outcome: StepOutcome, image: str, t: int) -> pd.DataFrame:
    """Return what one part measured in one frame."""
    import pandas as pd

    assert outcome.known is not None
    found: ObjectTable = job.store.load(outcome.known.artifact, outcome.step.part.header)
    index = pd.MultiIndex.from_product([[image], [t], found.ids], names=KEYS)
    return pd.DataFrame(dict(found.columns), index=index)


def _columns(outcomes: Sequence[StepOutcome]) -> list[Column]:
    headers = [outcome.step.part.header for outcome in outcomes]
    tables = [header for header in headers if isinstance(header, TableHeader)]
    return list({c.name: c for header in tables for c in header.columns}.values())


def _no_table(node: str, known: list[str]) -> Problem:
    what = f"'{node}' has measured nothing in this run"
    close = nearest(node, known)
    fix = f"did you mean {close}?" if close else "name a node of kind features that ran"
    return Problem(what, expected=list_some(known) or "a node of kind features", fix=fix)
