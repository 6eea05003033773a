"""``--axes``: which letters the axes of files have that do not name them."""

from __future__ import annotations

from collections.abc import Sequence

from objclass.errors import InputError, Problem
from objclass.io.header import known_axes


def axes_given(texts: Sequence[str], nodes: Sequence[str]) -> dict[str, str]:
    """Return node to axes; the key ``""`` stands for every file that does not name its own."""
    found: dict[str, str] = {}
    for text in texts:
        node, _, letters = text.rpartition("=")
        if node and node not in nodes:
            fix = f"write {nodes[0]}={letters} or {nodes[1]}={letters}"
            raise InputError(Problem(f"--axes {text}: there is no such file", fix=fix))
        if not letters or known_axes(letters, len(letters)) is None:
            expected = "different letters of tczyx in file order, among them y and x"
            low = letters.lower()
            meant = letters != low and known_axes(low, len(low)) is not None
            way = f"write {low}" if meant else None
            raise InputError(Problem(f"--axes {text}", letters or None, expected, way))
        if found.get(node, letters) != letters:
            which = f" of {node}" if node else ""
            got = f"{found[node]} and {letters}"
            raise InputError(Problem(f"--axes{which} are given twice", got=got))
        found[node] = letters
    return found
