"""Why a node ran, in words: the reasons of its steps, each change said once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from objclass.engine.graph import Step
from objclass.engine.node import Part
from objclass.engine.reason import Change, Reason
from objclass.engine.role import PartRole
from objclass.errors import list_some
from objclass.nodes.annotated import ImageAnnotations

LONG = 6
"""Entries of a list from which on only its changes are told."""
FRAMES = "frame_names."
"""Field that holds the names of the frames of an image."""
FIRST = "first run"
"""What a step says that never ran before."""


NAMES: Mapping[str, str] = {}


def name_parts(parts: Iterable[Part]) -> dict[str, str]:
    """Return what a person calls the parts of a node that are not called so."""
    return {part.name: "annotations" for part in parts if part.role is PartRole.MATCHES}


def in_words(
    reasons: Sequence[Reason], own: Collection[str] = (), called: Mapping[str, str] = NAMES
) -> tuple[str, ...]:
    """Return why a node ran or stopped, in sentences.

    Parameters
    ----------
    reasons
        Of its steps.
    own
        The node's own parts: that one of them changed is no news.
    called
        Part of the node to what a person calls it.
    """
    says = dict.fromkeys(reason.says for reason in reasons if reason.says)
    others = [reason for reason in reasons if not reason.says]
    changes = {str(change): change for r in others for change in map(condense, r.changes)}
    if any(change.field == "use" for change in changes.values()):  # units change with columns
        changes = {text: change for text, change in changes.items() if change.field != "units"}
    new = (name for r in others for name in r.upstream if name not in own)
    upstream = dict.fromkeys(called.get(name, name) for name in new)
    merged = Reason("changed", tuple(changes.values()), tuple(upstream))
    if others and (changes or upstream or not says):
        return (*says, str(merged if changes or upstream else _called(others[0], called)))
    return tuple(says)


def _called(reason: Reason, called: Mapping[str, str]) -> Reason:
    """Return a reason that calls parts as a person does."""
    return replace(reason, upstream=tuple(called.get(name, name) for name in reason.upstream))


def condense(change: Change) -> Change:
    """Return a change of a long list as what is new in it, and what is gone.

    A whole node that is new or gone is told by its kind.
    """
    if change.field.startswith(FRAMES):
        change = _count(change)
    old, new = map(_by_kind, change.pair)
    change = replace(change, old=old, new=new) if (old, new) != change.pair else change
    both = isinstance(old, list) and isinstance(new, list)
    if not both or max(len(old), len(new)) <= LONG:
        return change
    gone, come = _without(old, new), _without(new, old)
    if not gone and not come:
        return replace(change, old="one order", new="another")
    return replace(change, old=_some(gone), new=_some(come))


def _count(change: Change) -> Change:
    """Return a change of the names of frames as one of their number, where that changed."""
    image = change.field.removeprefix(FRAMES)
    old, new = (len(names or ()) for names in change.pair)
    if old == new:
        return Change(f"files of {image}", "one name", "another")
    return Change(f"frames of {image}", old, new)


def _by_kind(value: Any) -> Any:
    is_node = isinstance(value, Mapping) and "kind" in value and len(value) > LONG
    return value["kind"] if is_node else value


def _without(values: Sequence[object], others: Sequence[object]) -> list[object]:
    return [value for value in values if value not in others]


def _some(values: Sequence[object]) -> str | None:
    return list_some((str(value) for value in values), 3) if values else None


def first_runs(reasons: Sequence[Reason], ran: Collection[str], cached: Collection[str]) -> str:
    """Return ``first run of hull`` where a node got new parts beside cached ones, else nothing."""
    is_new = bool(reasons) and all(reason.because == FIRST for reason in reasons)
    return (
        f"{FIRST} of {list_some(ran)}" if is_new and cached and not set(ran) & set(cached) else ""
    )


def tell(
    found: Sequence[tuple[str, Reason]],
    cached: Collection[str],
    called: Mapping[str, str] = NAMES,
) -> Iterator[str]:
    """Yield why a node ran or stopped.

    Parameters
    ----------
    found
        Part and reason of every step that tells.
    cached
        The node's parts that were cached.
    called
        Part of the node to what a person calls it.
    """
    ran = dict.fromkeys(part for part, _ in found)
    reasons = [reason for _, reason in found]
    special = first_runs(reasons, ran, cached)
    yield from (special,) if special else in_words(reasons, {*ran, *cached}, called)


def at_risk(waiting: Sequence[Step]) -> Iterator[str]:
    """Yield how many annotations wait for objects that are about to change.

    Parameters
    ----------
    waiting
        The steps of a classifier that wait.
    """
    matches = [s.part for s in waiting if s.part.role is PartRole.MATCHES and s.part.reads]
    held = [part.held(ImageAnnotations) for part in matches]
    count = sum(bool(row.stamp) for each in held for row in each.rows)
    if count:
        node = matches[0].reads[0].wire.node
        them = "1 annotation was" if count == 1 else f"{count} annotations were"
        yield f"{them} made on the present objects; run --until {node} tells how many stay valid"
