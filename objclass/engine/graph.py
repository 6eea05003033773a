"""The graph of a run: nodes in order, their checked parts per image, and the steps.

Joined parts split the nodes into stages; inside a stage images are worked off one after
the other, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from graphlib import TopologicalSorter
from operator import is_

from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire
from objclass.engine.look import Findings, ImageKey, Look, Unknown, WorkflowSettings
from objclass.engine.node import Node, Part, Read, find_part
from objclass.engine.role import PartRole
from objclass.schema.wires import wires

Address = tuple[str, str, str | None, int | None]
"""node, part, image, t of one artifact."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: a part of a node, for an image and a frame (None where joined)."""

    node: str
    part: Part
    image: str | None
    t: int | None

    @property
    def address(self) -> Address:
        """Where its artifact is found."""
        return self.node, self.part.name, self.image, self.t

    @property
    def key(self) -> str:
        """A name that stays the same from run to run."""
        return f"{self.node}.{self.part.name}|{self.image or ''}|{'' if self.t is None else self.t}"


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order and their parts: ``parts[node][image]``."""

    nodes: Mapping[str, Node]
    order: tuple[str, ...]
    images: tuple[ImageKey, ...]
    parts: Mapping[str, Mapping[str, tuple[Part, ...]]]
    findings: Findings
    wanted: frozenset[str]

    @cached_property
    def reads(self) -> Mapping[tuple[str, str], tuple[Read, ...]]:
        """``(node, part)`` to everything that the part reads for some image."""
        found: dict[tuple[str, str], dict[Read, None]] = {}
        for node, by_image in self.parts.items():
            for parts in by_image.values():
                for part in parts:
                    found.setdefault((node, part.name), {}).update(dict.fromkeys(part.reads))
        return {address: tuple(reads) for address, reads in found.items()}

    @cached_property
    def demanded(self) -> frozenset[tuple[str, str]]:
        """``(node, part)`` to be made: those asked for and those read by them."""
        found: set[tuple[str, str]] = set()
        for node in reversed(self.order):
            for part in reversed(self._any_image(node)):
                if (part.asked and node in self.wanted) or (node, part.name) in found:
                    found.add((node, part.name))
                    found.update(_provider(read) for read in self.reads[node, part.name])
        return frozenset(found | self._eager(found))

    def _eager(self, found: set[tuple[str, str]]) -> set[tuple[str, str]]:
        return {
            (node, part.name)
            for node in self.order
            for part in self._any_image(node)
            if part.eager and all(_provider(r) in found for r in self.reads[node, part.name])
        }

    @cached_property
    def subtrees(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """For parts that refer to files: the subtrees somebody reads."""
        read: dict[tuple[str, str], dict[str, None]] = {}
        for address in sorted(self.demanded):
            for each in self.reads[address]:
                names = read.setdefault(_provider(each), {})
                names.update(dict.fromkeys(each.subtrees or ()))
        return {address: tuple(names) for address, names in read.items()}

    def _any_image(self, node: str) -> tuple[Part, ...]:
        return next(iter(self.parts[node].values()), ())

    def steps(self) -> Iterator[Step]:
        """Yield every demanded step, each after all it reads."""
        for stage in self.stages():
            if self._joins(stage[0]):
                yield from self._steps_of(stage[0], self.images[0])
                continue
            for image in self.images:
                for node, name in stage:
                    yield from self._steps_of((node, name), image)

    def stages(self) -> list[list[tuple[str, str]]]:
        """Return demanded parts grouped so that a part joining images stands alone."""
        groups: list[list[tuple[str, str]]] = []
        for node in self.order:
            for part in self._any_image(node):
                address = (node, part.name)
                if address not in self.demanded:
                    continue
                alone = self._joins(address)
                if alone or not groups or self._joins(groups[-1][0]):
                    groups.append([address])
                else:
                    groups[-1].append(address)
        return groups

    def _joins(self, address: tuple[str, str]) -> bool:
        return "image" in self.part(*address, self.images[0].name).joins

    def part(self, node: str, name: str, image: str) -> Part:
        """Return a part of a node for an image."""
        return next(part for part in self.parts[node][image] if part.name == name)

    def of_role(self, node: str, role: PartRole, image: str | None = None) -> Part | None:
        """Return the part of a node that is for this; by default that of any image."""
        by_image = self.parts[node]
        parts = by_image[image] if image else next(iter(by_image.values()), ())
        return find_part(parts, role)

    def provider(self, address: Address) -> Part:
        """Return the part that makes an artifact."""
        return self.part(address[0], address[1], address[2] or self.images[0].name)

    def _steps_of(self, address: tuple[str, str], image: ImageKey) -> Iterator[Step]:
        part = self.part(*address, image.name)
        name = None if "image" in part.joins else image.name
        times = (None,) if "t" in part.joins else part.times
        for t in times:
            yield Step(address[0], part, name, t)

    def addresses(self, step: Step, read: Read) -> list[Address]:
        """Return the artifacts a step reads over one wire, by image and frame."""
        node, name = read.wire.node, read.wire.part or ""
        images = [step.image] if step.image else [image.name for image in self.images]
        found: list[Address] = []
        for image in images:
            part = self.part(node, name, image)
            if "image" in part.joins:
                return [(node, name, None, None)]
            found += [(node, name, image, t) for t in self._times(step, part)]
        return found

    def _times(self, step: Step, provider: Part) -> Sequence[int | None]:
        if "t" in provider.joins:
            return (None,)
        if "t" in step.part.joins or step.t is None:
            return provider.times
        return (step.t,) if step.t in provider.times else provider.times


def build(
    nodes: Mapping[str, Node],
    settings: WorkflowSettings,
    until: str | None = None,
    checked: Checked | None = None,
) -> Graph:
    """Check every node for every image and return the graph; problems are in its findings.

    Parameters
    ----------
    nodes
        The validated nodes by name.
    settings
        Images, folder, memo and options of the run.
    until
        Make only this node and what it needs.
    checked
        What the checks of other images of this workflow found.
    """
    order = ordered(nodes)
    findings = Findings()
    checked = checked or Checked()
    parts: dict[str, dict[str, tuple[Part, ...]]] = {name: {} for name in order}
    for image in settings.images:
        made: dict[str, tuple[Part, ...]] = {}
        for name in order:
            look = Look(name, nodes[name], image, settings, made, nodes, findings)
            try:
                made[name] = checked.parts(look)
            except Unknown:
                continue
            parts[name][image.name] = made[name]
    wanted = frozenset([until] if until else order)
    return Graph(nodes, order, tuple(settings.images), parts, findings, wanted)


class Checked:
    """Checks nodes, and hands out the parts of the image before where its headers are alike.

    A thousand images of one kind are then checked once. A batch, whose graphs have one image
    each, keeps one for all of them; another process begins with none.
    """

    def __init__(self) -> None:
        self._above: dict[str, list[str]] = {}
        self._last: dict[str, _Check] = {}

    def __reduce__(self) -> tuple[type[Checked], tuple[()]]:
        return Checked, ()

    def parts(self, look: Look) -> tuple[Part, ...]:
        """Return the parts of a node for an image, and tell what its check noted."""
        if not look.node.alike:
            return look.node.check(look)
        if look.name not in self._above:
            self._above[look.name] = sorted(above(look.nodes, look.name))
        names = self._above[look.name]
        nodes = [look.node, *(look.nodes[name] for name in names)]
        shape = [[_shape(part) for part in look.made.get(name, ())] for name in names]
        last = self._last.get(look.name)
        if last is None or not last.is_of(nodes, shape):
            return self._check(look, nodes, shape)
        look.findings.notes.update(last.notes)
        return last.parts

    def _check(self, look: Look, nodes: list[Node], shape: object) -> tuple[Part, ...]:
        own = Findings(known=look.findings.known)
        try:
            found = look.node.check(replace(look, findings=own))
        finally:
            look.findings.problems += own.problems
            look.findings.notes.update(own.notes)
        if not own.problems:  # a problem belongs to its image
            self._last[look.name] = _Check(nodes, shape, found, own.notes)
        return found


@dataclass(frozen=True)
class _Check:
    """What a node was checked for, its parts and the notes."""

    nodes: Sequence[Node]
    shape: object
    parts: tuple[Part, ...]
    notes: Mapping[str, None]

    def is_of(self, nodes: Sequence[Node], shape: object) -> bool:
        """Return True for the same nodes above images of the same kind."""
        return all(map(is_, self.nodes, nodes)) and self.shape == shape


def _shape(part: Part) -> tuple[object, ...]:
    """Return what the header tells of a part, without what it is made of."""
    return part.name, part.header, part.times, part.joins


def above(nodes: Mapping[str, Node], name: str) -> set[str]:
    """Return every node that a node reads from, near or far."""
    found: set[str] = set()
    waiting = [wire.node for wire in sources(nodes[name])]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [wire.node for wire in sources(nodes[node])]
    return found


def _provider(read: Read) -> tuple[str, str]:
    return read.wire.node, read.wire.part or ""


def ordered(nodes: Mapping[str, Node]) -> tuple[str, ...]:
    """Return node names so that each comes after what it reads; ties in file order."""
    places = {name: number for number, name in enumerate(nodes)}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, node in nodes.items():
        sorter.add(name, *(wire.node for wire in sources(node)))
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=places.__getitem__)
        order += ready
        sorter.done(*ready)
    return tuple(order)


def sources(node: Node) -> list[Wire]:
    """Return the wires a node names in its fields."""
    return list(wires(node).values())


def blocks_above(nodes: Mapping[str, Node]) -> dict[str, Mapping[str, int]]:
    """Return the execution block of every node above a ``blockwise`` node."""
    found: dict[str, Mapping[str, int]] = {}
    for name, node in nodes.items():
        if (block := node.cuts) is not None:
            for each in (name, *above(nodes, name)):
                found.setdefault(each, block)
    return found
