"""Looking into an ONNX file before a runtime sees it: it is data, and may be built to do harm.

The file is walked by the lengths of its fields (Protocol Buffers); nothing is decoded but names
of operators and of files beside it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from objclass.data.digest import of_value
from objclass.errors import InputError, Problem, list_some
from objclass.io.reading import check_present, reading

LARGEST: Final = 2 * 2**30
"""Bytes of a file, and of each file beside it."""
DEEPEST: Final = 64
DOMAINS: Final = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Whose operators the runtime itself has."""
GRAPH, FUNCTIONS, OPSETS, IR_VERSION = 7, 25, 8, 1
NODE, INITIALIZER, SPARSE = 1, 5, 15
OP_TYPE, ATTRIBUTE, DOMAIN = 4, 5, 7
SUBGRAPH, SUBGRAPHS, TENSOR, TENSORS = 6, 11, 5, 10
EXTERNAL, LOCATION = 13, 14
FUNCTION_NODE, FUNCTION_DOMAIN = 7, 10
FIX: Final = "export it again as ONNX with weights inside and standard operators"

Message = Iterator[tuple[int, int | memoryview]]


class NotWhole(Exception):
    """The lengths of a file do not fit together."""


@dataclass
class OnnxContents:
    """What a file names.

    Parameters
    ----------
    nodes
        Number of operators.
    operators
        ``domain.name`` of those that are not of the standard.
    domains
        Of functions that the file itself defines.
    beside
        Files beside it that hold weights, as it names them.
    """

    nodes: int = 0
    operators: dict[str, str] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)
    beside: dict[str, None] = field(default_factory=dict)


def check_onnx(path: Path) -> tuple[Path, ...]:
    """Return the file and those beside it that hold its weights, or refuse it.

    Raises
    ------
    InputError
        For a file that is missing, too large, no ONNX, cut off, that needs operators which are
        not of the standard, or weights outside of its folder.
    """
    check_present(path, "an ONNX file", FIX)
    _check_size(path)
    found = None
    with (
        reading(path),
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        memoryview(content) as view,
        suppress(NotWhole, RecursionError, UnicodeDecodeError),
    ):
        found = _contents(view)
    if found is None or not found.nodes:
        what, expected = f"{path} is no ONNX file, or is cut off", "a model in ONNX"
        raise InputError(Problem(what, f"{path.stat().st_size:,} bytes", expected, FIX))
    foreign = [op for op, domain in found.operators.items() if domain not in found.domains]
    if foreign:
        what = f"{path} needs operators that are not of the ONNX standard"
        raise InputError(Problem(what, got=list_some(foreign, 3), fix=FIX))
    return (path, *(_beside(path, name) for name in found.beside))


def onnx_digest(files: tuple[Path, ...]) -> str:
    """Return the digest of a model and of its files of weights."""
    from objclass.data.digest import PieceDigest

    found = []
    for path in files:
        whole = PieceDigest()
        with path.open("rb") as file:
            while piece := file.read(2**24):
                whole.add(piece)
        found.append(whole.whole())
    return of_value(found)


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST:
        raise InputError(Problem(f"{path} is too large", f"{size:,} bytes", f"at most {LARGEST:,}"))


def _beside(path: Path, name: str) -> Path:
    """Return a file of weights, which lies in the folder of the model."""
    folder = path.parent.resolve()
    full = (folder / name).resolve()
    if Path(name).is_absolute() or not full.is_relative_to(folder):
        what = f"{path} names weights outside of its folder"
        raise InputError(Problem(what, got=name[:100], expected="a file beside it", fix=FIX))
    check_present(full, "weights of a model", "copy it again")
    _check_size(full)
    return full


def _contents(model: memoryview) -> OnnxContents:
    found = OnnxContents()
    for number, value in _fields(model):
        if number == GRAPH:
            _graph(_message(value), found, NODE, 0)
        elif number == FUNCTIONS:
            body = _message(value)
            names = (bytes(_message(v)) for n, v in _fields(body) if n == FUNCTION_DOMAIN)
            found.domains.update(name.decode() for name in names)
            _graph(body, found, FUNCTION_NODE, 0)
    return found


def _graph(graph: memoryview, found: OnnxContents, nodes: int, depth: int) -> None:
    """Look at the operators and weights of a graph, or of a function."""
    if depth > DEEPEST:
        raise NotWhole
    for number, value in _fields(graph):
        if number == nodes:
            _node(_message(value), found, depth)
        elif number == INITIALIZER and nodes == NODE:
            _tensor(_message(value), found)
        elif number == SPARSE and nodes == NODE:
            for _, inner in _fields(_message(value)):
                if isinstance(inner, memoryview):
                    _tensor(inner, found)


def _node(node: memoryview, found: OnnxContents, depth: int) -> None:
    texts = {OP_TYPE: "", DOMAIN: ""}
    for number, value in _fields(node):
        if number in texts:
            texts[number] = bytes(_message(value)).decode()
        elif number == ATTRIBUTE:
            for kind, inner in _fields(_message(value)):
                if kind in (SUBGRAPH, SUBGRAPHS):
                    _graph(_message(inner), found, NODE, depth + 1)
                elif kind in (TENSOR, TENSORS):
                    _tensor(_message(inner), found)
    found.nodes += 1
    if texts[DOMAIN] not in DOMAINS:
        found.operators[f"{texts[DOMAIN]}.{texts[OP_TYPE]}"[:100]] = texts[DOMAIN]


def _tensor(tensor: memoryview, found: OnnxContents) -> None:
    """Remember the file that holds a tensor, if any."""
    for number, value in _fields(tensor):
        if number == EXTERNAL:
            pair = {n: bytes(_message(v)).decode() for n, v in _fields(_message(value))}
            if pair.get(1) == "location":
                found.beside[pair.get(2, "")] = None


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise NotWhole
    return value


def _fields(message: memoryview) -> Message:
    """Yield number and value of every field: a whole number, or bytes."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(message, at)
        else:
            size = {1: 8, 5: 4}.get(wire) or _refuse()
        if number == 0 or at + size > end:
            _refuse()
        yield number, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    return _refuse()


def _refuse() -> NoReturn:
    raise NotWhole
