"""Node kinds that do arithmetic: small enough to see what the engine makes of them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from objclass.data.digest import of_array
from objclass.data.objects import FilesHeader
from objclass.engine.artifact import Content, FactsHeader, Record
from objclass.engine.decide import RunHistory
from objclass.engine.execute import Execution
from objclass.engine.graph import Graph, build
from objclass.engine.look import ImageKey, Look, WorkflowSettings
from objclass.engine.memory import MemoryStore
from objclass.engine.node import DigestedFile, FileGroup, JoinedInput, Made, Node, Part, Read, View
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome
from objclass.engine.plan import Planned, plan
from objclass.engine.reading import readings
from objclass.engine.reason import Reason
from objclass.engine.store import Store
from objclass.engine.summary import Summary
from objclass.errors import Problem, RunError
from objclass.schema.fields import WireField

HEADER = FactsHeader("a number")

computed: Counter[str] = Counter()
"""How often each step was computed: ``node.part|image|t``."""


@dataclass(frozen=True)
class NumberTold(Summary):
    """The number, and which tags its step knew."""

    kind: ClassVar[str] = "number"

    value: float
    knew: Sequence[str] | None = None


@dataclass(frozen=True)
class NumbersWritten(Summary):
    """How many numbers are in a file."""

    kind: ClassVar[str] = "numbers"

    numbers: int


def made(view: View, node: str, value: float) -> Made:
    """A number as what a step makes."""
    where = f"{view.image or ''}|{'' if view.t is None else view.t}"
    computed[f"{node}.{view.part.name}|{where}"] += 1
    record = Record({"x": np.array([value], np.float64)}, {"sign": value >= 0})
    return Made(Content(record=record), NumberTold(value))


def number(given: JoinedInput) -> float:
    """The number behind a wire."""
    return float(given.load().arrays["x"][0])


class Number(Node):
    """A number, the same for every image unless one is named."""

    main: ClassVar[str | None] = "value"
    kind: Literal["number"] = "number"
    value: float
    for_image: dict[str, float] = Field(default_factory=dict)
    frames: int | None = None
    note: str = ""

    def check(self, look: Look) -> tuple[Part, ...]:
        value = self.for_image.get(look.image.name, self.value)
        times = (None,) if self.frames is None else tuple(range(self.frames))
        return (Part("value", HEADER, {"value": value}, times=times, tells=NumberTold),)

    def compute(self, part: Part, view: View) -> Made:
        return made(view, "number", view.parameters["value"])


class Sum(Node):
    """The sum of numbers, and what is left of it modulo two."""

    version: ClassVar[int] = 1
    main: ClassVar[str | None] = "total"
    kind: Literal["sum"] = "sum"
    of: tuple[WireField, ...]
    plus: float = 0.0
    fails_on: str = ""

    def check(self, look: Look) -> tuple[Part, ...]:
        wires = [w if w.part else type(w)(w.node, look.nodes[w.node].main) for w in self.of]
        reads = tuple(Read(f"of{k}", wire) for k, wire in enumerate(wires))
        times = look.part(wires[0]).times
        fails = {"fails": True} if self.fails_on == look.image.name else {}
        return (
            Part(
                "total",
                HEADER,
                {"plus": self.plus, **fails},
                reads,
                times,
                version=self.version,
                tells=NumberTold,
            ),
            Part(
                "parity",
                HEADER,
                {},
                reads,
                times,
                version=self.version,
                asked=False,
                tells=NumberTold,
            ),
        )

    def compute(self, part: Part, view: View) -> Made:
        if view.parameters.get("fails"):
            raise RunError(Problem(f"cannot add up '{view.image}'"))
        total = sum(number(g) for given in view.given.values() for g in given)
        if part.name == "parity":
            return made(view, "sum", total % 2)
        return made(view, "sum", total + view.parameters["plus"])


class Join(Node):
    """The sum over all images and frames."""

    main: ClassVar[str | None] = "all"
    kind: Literal["join"] = "join"
    of: WireField
    as_set: bool = False
    most: float = float(2**40)

    def check(self, look: Look) -> tuple[Part, ...]:
        read = Read("of", look.wire("of"), as_set=self.as_set)
        joins: Any = frozenset({"image", "t"})
        return (Part("all", HEADER, {}, (read,), joins=joins, tells=NumberTold, payload=self.most),)

    def gate(self, part: Part, given: Mapping[str, tuple[JoinedInput, ...]]) -> Reason | None:
        high = [g.image for g in given["of"] if g.told(NumberTold).value > part.held(float)]
        return Reason("blocked", says=f"too high in {', '.join(high)}") if high else None

    def compute(self, part: Part, view: View) -> Made:
        return made(view, "join", sum(number(g) for g in view.all("of")))


class Placed(Node):
    """A number that holds the time point it stands at."""

    main: ClassVar[str | None] = "value"
    kind: Literal["placed"] = "placed"
    of: WireField
    first: int = 0

    def check(self, look: Look) -> tuple[Part, ...]:
        reads = (Read("of", look.wire("of")),)
        times = look.part(look.wire("of")).times
        return (
            Part("value", HEADER, {}, reads, times, place=(self.first, 0, 0, 0), tells=NumberTold),
        )

    def compute(self, part: Part, view: View) -> Made:
        return made(view, "placed", number(view.all("of")[0]) + 100 * (self.first + view.t))


class Text(Node):
    """A number as a text file; `broken` writes half of it and stops."""

    kind: Literal["text"] = "text"
    of: WireField
    path: str
    one_file: bool = False
    broken: bool = False

    def check(self, look: Look) -> tuple[Part, ...]:
        look.header("of", FactsHeader)
        path = look.settings.folder / self.path.replace("{image}", look.image.name)
        joins: Any = frozenset({"image", "t"} if self.one_file else {"t"})
        reads = (Read("of", look.wire("of")),)
        return (
            Part(
                "text",
                FilesHeader("text", str(path)),
                {},
                reads,
                joins=joins,
                output=path,
                tells=NumbersWritten,
            ),
        )

    def compute(self, part: Part, view: View) -> Made:
        assert part.output is not None
        computed[f"text|{view.image or ''}"] += 1
        if self.broken:
            raise RunError(Problem("no room left"))
        part.output.parent.mkdir(parents=True, exist_ok=True)
        part.output.write_text(" ".join(str(number(g)) for g in view.all("of")))
        return Made(summary=NumbersWritten(len(view.all("of"))))


@dataclass(frozen=True)
class NumbersFile:
    """A JSON file of numbers, one a frame."""

    path: Path
    times: tuple[int | None, ...]
    sign: int = 1
    meddle: Callable[[Path], None] | None = field(default=None, compare=False)

    @property
    def pieces(self) -> tuple[FileGroup, ...]:
        key, files = {"path": self.path.name, "sign": self.sign}, (self.path,)
        return (FileGroup(key, files, self.times, files),)

    def uncropped(self) -> Any:
        raise NotImplementedError

    def numbers(self) -> list[float]:
        computed[f"read {self.path.name}"] += 1
        return [self.sign * float(value) for value in json.loads(self.path.read_text())]

    def digest(self, t: int | None, subtree: str) -> DigestedFile:
        value = self.numbers()[t or 0]
        warnings = (f"{self.path.name} holds a negative number",) if value < 0 else ()
        if subtree == "index":
            content = Content(record=Record({"x": np.array([value])}))
            return DigestedFile(content.artifact().digest, content, warnings)
        return DigestedFile(of_array(np.array([value])), warnings=warnings)

    def told(self, t: int | None) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        computed[f"close {self.path.name}"] += 1

    def open(self, t: int | None, record: Callable[[], Any]) -> Record:
        value = self.numbers()[t or 0]
        if self.meddle is not None:
            self.meddle(self.path)
        return Record({"x": np.array([value]), "index": record}, {})


class Numbers(Node):
    """Refer to a JSON file of numbers."""

    main: ClassVar[str | None] = "file"
    kind: Literal["numbers"] = "numbers"
    path: str
    frames: int | None = None
    sign: int = 1
    meddle: Any = None

    def check(self, look: Look) -> tuple[Part, ...]:
        times = (None,) if self.frames is None else tuple(range(self.frames))
        path = look.settings.folder / self.path.replace("{image}", look.image.name)
        source: Any = NumbersFile(path, times, self.sign, self.meddle)
        return (Part("file", HEADER, times=times, source=source, asked=False),)


class Double(Node):
    """Twice the number of a file; `index` also reads what is kept of it."""

    main: ClassVar[str | None] = "value"
    kind: Literal["double"] = "double"
    of: WireField
    index: bool = False

    def check(self, look: Look) -> tuple[Part, ...]:
        subtrees = ("value", "index") if self.index else ("value",)
        reads = (Read("of", look.wire("of"), subtrees),)
        return (
            Part("value", HEADER, {}, reads, look.part(look.wire("of")).times, tells=NumberTold),
        )

    def compute(self, part: Part, view: View) -> Made:
        record = view.one("of")
        value = float(record.arrays["x"][0])
        if self.index:
            assert float(record.arrays["index"]().arrays["x"][0]) == value
        return made(view, "double", 2 * value)


def graph_of(
    nodes: Mapping[str, Node],
    images: Sequence[str] = ("a",),
    folder: Path = Path(),
    until: str | None = None,
) -> Graph:
    """Check nodes and return their graph."""
    settings = WorkflowSettings(
        folder=folder,
        place=lambda node, field: None,
        memo=lambda key, files, make: make(),
        images=[ImageKey(name) for name in images],
    )
    graph = build(nodes, settings, until)
    assert graph.findings.problems == []
    return graph


def execute(graph: Graph, store: Store | None = None, **options: Any) -> dict[str, StepOutcome]:
    """Run a graph and return outcomes by step key."""
    computed.clear()
    found = Execution(graph, store or MemoryStore(), Options("toy", **options)).run()
    return {outcome.step.key: outcome for outcome in found}


def planned(graph: Graph, store: Store, forced: Sequence[str] = ()) -> dict[str, Planned]:
    """Plan a graph and return decisions by step key."""
    found = plan(
        graph, store, RunHistory(store.last("toy"), frozenset(forced), None, readings(store, "toy"))
    )
    return {each.step.key: each for each in found}


def statuses(outcomes: Mapping[str, StepOutcome]) -> dict[str, str]:
    """Step key to status."""
    return {key: outcome.status for key, outcome in outcomes.items()}


def told_of(outcome: StepOutcome) -> NumberTold:
    """What a step told."""
    told = outcome.told(NumberTold)
    assert told is not None
    return told


def value(outcome: StepOutcome) -> float:
    """The number a step made."""
    return float(told_of(outcome).value)


class Killer(Node):
    """A number whose step kills its process, if that is a worker, the first times it is made."""

    main: ClassVar[str | None] = "value"
    kind: Literal["killer"] = "killer"
    folder: str
    times: int
    spared: int

    def check(self, look: Look) -> tuple[Part, ...]:
        return (Part("value", HEADER, {"image": look.image.name}),)

    def compute(self, part: Part, view: View) -> Made:
        left = Path(self.folder)
        first = view.image == "b" and len(list(left.iterdir())) < self.times
        if first and os.getpid() != self.spared:
            (left / str(os.getpid())).touch()
            os.kill(os.getpid(), 9)
        return made(view, "killer", float(ord(view.image or "")))


def never_ready() -> None:
    """A setup that works nowhere."""
    raise RunError
