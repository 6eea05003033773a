"""Features that exist, but not for these images: what to say to who asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from objclass.data.objects import Column
from objclass.engine.look import Look
from objclass.errors import list_some
from objclass.measure.family import Family
from objclass.nodes.families import ILASTIK, FamilyPart
from objclass.schema.fields import Measurement
from objclass.schema.selection import Entry


def check_absent(
    look: Look, entries: Sequence[Entry], plans: Sequence[FamilyPart], columns: Sequence[Column]
) -> None:
    """Refuse entries that name a feature which is not defined for these images, saying why.

    Parameters
    ----------
    look
        Of a features node.
    entries
        Its ``measure``.
    plans
        What may be measured.
    columns
        All columns there are.
    """
    there = {column.feature for column in columns}
    for position, entry in enumerate(entries):
        if not isinstance(entry, Measurement) and any(map(entry.test(), columns)):
            continue
        for plan in plans:
            missing = [feature for feature in _named(entry, plan) if feature not in there]
            reasons = absences(plan) if missing else {}
            for feature in missing:
                if feature in reasons:
                    known = dict.fromkeys(c.feature for c in plan.columns)
                    names = list_some(name.removeprefix(f"{plan.family.name}_") for name in known)
                    what = f"{feature} {reasons[feature]}"
                    raise look.problem(f"measure.{position}", what, expected=names)


def absences(plan: FamilyPart) -> dict[str, str]:
    """Return the features that a family has, but not under its setting, and why."""
    if plan.family.name == ILASTIK:  # which says itself what it has in 2D and in 3D
        return {}
    others = 5 - plan.setting.dimensions
    spacing = plan.setting.spacing and (1.0,) * others
    other = replace(plan.setting, dimensions=others, spacing=spacing)
    found = {c.feature: f"is measured in {others}D only" for c in plan.family.columns(other)}
    own = plan.family.left_out(plan.setting) if isinstance(plan.family, Family) else {}
    return {**found, **own}


def _named(entry: Entry, plan: FamilyPart) -> Iterator[str]:
    """Yield the features that an entry names, in full."""
    if not isinstance(entry, Measurement):
        yield entry.name
    elif entry.family == plan.family.name:
        yield from (f"{entry.family}_{f.removeprefix(f'{entry.family}_')}" for f in entry.features)
