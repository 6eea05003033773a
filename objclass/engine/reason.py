"""Why a step runs or does not: frozen data, put into words at the edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from objclass.data.dataclass import dataclass

Because = Literal[
    "first run",
    "changed",
    "upstream",
    "version",
    "content missing",
    "forced",
    "file missing",
    "file edited",
    "file replaced",
    "blocked",
    "file changed",
]

SHOWN = 4
"""Changes a sentence names; further ones are counted."""

LONG = 120
"""Characters from which a value is not shown: it is a whole table, and no one reads it."""

CONTENT = "content"
"""Key of a parameter that stands for a file's parsed content: ``{"content": digest}``."""


@dataclass(frozen=True)
class Change:
    """One parameter that moved from an old value to a new one."""

    field: str
    old: Any
    new: Any

    @property
    def pair(self) -> tuple[Any, Any]:
        """Old and new value."""
        return self.old, self.new

    def __str__(self) -> str:
        if any(isinstance(value, Mapping) and set(value) == {CONTENT} for value in self.pair):
            return f"{self.field} changed"
        old, new = (show(value) for value in self.pair)
        is_long = max(len(old), len(new)) > LONG
        if _is_nothing(self.old):
            return f"{self.field} is new" if is_long else f"{self.field} {new} is new"
        if _is_nothing(self.new):
            return f"{self.field} is gone" if is_long else f"{self.field} {old} is gone"
        return f"{self.field} changed" if is_long else f"{self.field} {old} -> {new}"


def _is_nothing(value: Any) -> bool:
    """Return True for None, and for a pixel size that nobody has said."""
    return value is None or (isinstance(value, list | tuple) and [*value] == [None])


@dataclass(frozen=True)
class Reason:
    """Why: a word, the changes behind it, and where needed a sentence of the node's own.

    ``ways`` are the ways on after a stop: what to type or to do, and what that does. In a
    command ``{workflow}`` stands for the workflow's file, ``{node}`` for the option that names
    a node where that is needed.
    """

    because: Because
    changes: tuple[Change, ...] = ()
    upstream: tuple[str, ...] = ()
    says: str = ""
    details: tuple[str, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if self.says:
            return self.says
        words = [str(change) for change in self.changes[:SHOWN]]
        more = len(self.changes) - len(words)
        words += [f"{more} more changes"] if more > 0 else []
        words += [f"{name} changed" for name in self.upstream]
        return ", ".join(words) or self.because


FORCED = Reason("forced", says="forced")
"""A person asks for it."""


def show(value: Any) -> str:
    """Return a parameter as a person wrote it: ``0.5``, ``{y: 1, x: 1}``, ``[a, b]``."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        value = {key: each for key, each in value.items() if each is not None}
        if set(value) == {"path"}:
            return show(value["path"])
        return "{" + ", ".join(f"{k}: {show(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        same = len(value) > 0 and all(v == value[0] for v in value)
        return show(value[0]) if same else "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Reason:
    """Explain why `new` (the pre-image of a recipe) is not `old`.

    Both are what :func:`objclass.engine.recipe.preimage` makes: kind, version, parameters
    and the digests read.
    """
    if old["kind"] != new["kind"] or old["version"] != new["version"]:
        return Reason("version", says=f"{new['kind']} version {old['version']} -> {new['version']}")
    before, after = old["parameters"], new["parameters"]
    changes = changed_fields(before, after)
    changes += _find_moves(old.get("place") or (0,) * 4, new.get("place") or (0,) * 4)
    reads = {**old["reads"], **new["reads"]}
    moved = [n for n in reads if old["reads"].get(n) != new["reads"].get(n)]
    wires = {**old.get("wires", {}), **new.get("wires", {})}
    upstream = tuple(dict.fromkeys(str(wires.get(n, n)) for n in moved))
    because: Because = "changed" if changes else "upstream" if upstream else "content missing"
    return Reason(because, changes, upstream)


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return in what two mappings of parameters differ; entries of mappings in them by name."""
    return tuple(_changes("", old, new))


def _changes(name: str, old: Any, new: Any) -> Iterator[Change]:
    """Yield what differs; of mappings, the entries that differ: ``nuclei.threshold``."""
    if old == new:
        return
    both = isinstance(old, Mapping) and isinstance(new, Mapping)
    if not both or CONTENT in old:
        yield Change(name, old, new)
        return
    for key in {**old, **new}:
        inner = f"{name}.{key}" if name else str(key)
        yield from _changes(inner, old.get(key), new.get(key))


def _find_moves(old: Sequence[int], new: Sequence[int]) -> tuple[Change, ...]:
    """Say along which axes the crop starts elsewhere: ``first y 0 -> 16``."""
    axes = zip("tzyx", old, new, strict=True)
    return tuple(Change(f"first {axis}", a, b) for axis, a, b in axes if a != b)
