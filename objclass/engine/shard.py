"""Shards of a run: each makes the steps of some images, or frames, into one cache."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from objclass.data.dataclass import dataclass
from objclass.data.digest import of_value
from objclass.engine.decide import Blocked, Cached, KnownArtifact, RunHistory
from objclass.engine.files import stat
from objclass.engine.graph import Address, Graph, Step
from objclass.engine.plan import Planned, look_ahead
from objclass.engine.store import Store
from objclass.engine.texts import TextRead
from objclass.errors import InputError, Problem

_SAID = re.compile(r"(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of a run.

    Parameters
    ----------
    number
        Which one; the first is 1.
    count
        How many there are.
    """

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def read(cls, text: str) -> Shard:
        """Return the shard that ``3/60`` means."""
        found = _SAID.fullmatch(text)
        number, count = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= count:
            expected = "such as 3/60; the first is 1/60, the last 60/60"
            raise InputError(Problem("--shard: no such shard", got=repr(text), expected=expected))
        return cls(number, count)


def owner(step: Step, places: Mapping[str, int], count: int) -> int | None:
    """Return the number of the shard that makes a step; None for what joins all images.

    Images are dealt one by one; where there are fewer than shards, their frames are.

    Parameters
    ----------
    step
        The step.
    places
        Image to its place among all images.
    count
        How many shards there are.
    """
    if step.image is None:
        return None
    frame = step.t * len(places) if len(places) < count and step.t is not None else 0
    return (places[step.image] + frame) % count + 1


class OtherShards:
    """The steps of a run that are left to other shards.

    Parameters
    ----------
    graph, store
        Of the run.
    shard
        Which steps are made here; None for all.
    """

    def __init__(self, graph: Graph, store: Store, shard: Shard | None) -> None:
        self._graph = graph
        self._store = store
        self._shard = shard
        self._places = places_of(graph)
        self._left: set[Address] = set()

    def begin(self) -> None:
        """Forget what was left, as all steps are decided once more."""
        self._left.clear()

    def have(
        self, step: Step, known: Mapping[Address, KnownArtifact], last: Mapping[str, str]
    ) -> bool:
        """Return True for a step that another shard makes, or that waits for one it makes."""
        if self._shard is None:
            return False
        reads = (a for read in step.part.reads for a in self._graph.addresses(step, read))
        left = any(address in self._left for address in reads)
        if not left and owner(step, self._places, self._shard.count) != self._shard.number:
            decision = look_ahead(step, self._graph, known, self._store, RunHistory(last))
            left = not isinstance(decision, Cached)
        if left:
            self._left.add(step.address)
        return left


def places_of(graph: Graph) -> dict[str, int]:
    """Return image to its place among all images."""
    return {image.name: place for place, image in enumerate(graph.images)}


def dealt(graph: Graph, count: int) -> dict[int, list[str]]:
    """Return for every shard the images, or frames of images, whose steps it makes."""
    places = places_of(graph)
    found: dict[int, dict[str, None]] = {number: {} for number in range(1, count + 1)}
    for step in graph.steps():
        if number := owner(step, places, count):
            by_frame = step.t is not None and len(places) < count
            found[number][f"{step.image} t {step.t}" if by_frame else str(step.image)] = None
    return {number: list(names) for number, names in found.items()}


def fingerprint(graph: Graph, count: int, texts: Sequence[TextRead] = ()) -> str:
    """Return what tells this plan from others.

    Nodes, image files with their sizes and times, the bytes of files that people edit, such as
    annotations and plugins, and the number of shards.
    """
    nodes = {name: [node.kind, node.model_dump(mode="json")] for name, node in graph.nodes.items()}
    files = [
        [name, image, [[str(path) for path in piece.files], stat(piece.vouch)]]
        for name, by_image in graph.parts.items()
        for image, parts in by_image.items()
        for part in parts
        if part.source
        for piece in part.source.pieces
    ]
    edited = [[each.path.name, each.what, each.digest] for each in texts if each.what != WORKFLOW]
    return of_value([count, nodes, files, edited])


WORKFLOW = "the workflow"
"""What a text is that its nodes stand for: a comment in it makes no other plan."""


def check_plan(graph: Graph, count: int, texts: Sequence[TextRead], wanted: str | None) -> None:
    """Refuse a shard of another plan."""
    if wanted is None:
        return
    now = fingerprint(graph, count, texts)
    if wanted != now:
        what = "--plan: the workflow, its files or the number of shards are not those of this plan"
        fix = f"objclass plan --shards {count} says the plan of now; use it for all shards"
        raise InputError(Problem(what, got=wanted, expected=now, fix=fix))


def lacking(
    graph: Graph, planned: Sequence[Planned], count: int
) -> dict[int, dict[str, list[str]]]:
    """Return what shards have not made: shard to image to nodes.

    What joins images, and what reads that, belongs to no shard.

    Parameters
    ----------
    graph
        What is run.
    planned
        What is decided of its steps.
    count
        How many shards there are.
    """
    places, joined = places_of(graph), set[Address]()
    found: dict[int, dict[str, list[str]]] = {}
    for each in planned:
        step = each.step
        reads = (a for read in step.part.reads for a in graph.addresses(step, read))
        number = owner(step, places, count)
        if number is None or any(address in joined for address in reads):
            joined.add(step.address)
        elif not isinstance(each.decision, Cached | Blocked):
            name = str(step.image) + (f" t {step.t}" if step.t is not None else "")
            nodes = found.setdefault(number, {}).setdefault(name, [])
            nodes += [step.node] if step.node not in nodes else []
    return found
