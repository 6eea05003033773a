"""Draws the rooms of the package as a picture in Mermaid: which room imports which.

The floors are those of the table on the page of the house; the arrows are read from the code.
An arrow is left out where a longer way leads to the same room, so that few are left to follow.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

FLOOR = re.compile(r"(?m)^ ?(\d+)  ((?:\w+ {1,2})*\w+)")


def draw(package: Path, page: str) -> str:
    """Return the picture of a package's rooms.

    Parameters
    ----------
    package
        Folder of the package.
    page
        Text that holds the table of floors: number, two blanks, rooms.
    """
    floors = {int(number): tuple(rooms.split()) for number, rooms in FLOOR.findall(page)}
    arrows = sorted(nx.transitive_reduction(imports(package)).edges)
    lines = ["```mermaid", "flowchart TB"]
    for number, rooms in sorted(floors.items(), reverse=True):
        lines.append(f'  subgraph floor{number}[" "]')
        lines += [f"    {identifier(room)}[{room}]" for room in rooms]
        lines.append("  end")
    lines += [f"  {identifier(a)} --> {identifier(b)}" for a, b in arrows]
    return "\n".join([*lines, "```"])


def identifier(room: str) -> str:
    """Return a room's name as Mermaid takes it."""
    return room.strip("_")


def imports(package: Path) -> nx.DiGraph[str]:
    """Return every import of one room by another, in functions and for types too."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    rooms = {path.stem for path in package.iterdir()} - {"__init__"}
    for path in package.rglob("*.py"):
        room = path.relative_to(package).with_suffix("").parts[0]
        used = _rooms_used(ast.parse(path.read_text(encoding="utf-8")), package.name)
        graph.add_edges_from((room, each) for each in used if each in rooms - {room})
    graph.remove_nodes_from(["__init__"])
    return graph


def _rooms_used(tree: ast.Module, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (n.split(".")[1] for n in names if n.startswith(f"{package}."))
