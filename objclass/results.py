"""What a batch writes for every image, and how its files are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from objclass.data.wire import Wire
from objclass.engine.look import ImageKey
from objclass.engine.node import Node
from objclass.errors import InputError, Problem, listed, nearest, raise_all
from objclass.io.project import ProjectFile, read
from objclass.nodes.export import IMAGES, RESULT_TYPES, SUFFIXES, WHAT, ExportNode, Target
from objclass.nodes.input import InputNode
from objclass.nodes.predict import Predicting

ENDINGS = {"table": "objects", "identities": "ids", "predictions": "classes"}
FORMATS = {"table": ".csv", "counts": ".csv", "overlay": ".png"}
SAVE = "save"


@dataclass(frozen=True)
class Wanted:
    """What to write.

    Parameters
    ----------
    export
        Names of results; empty for what the workflow writes.
    image_format
        Suffix of images.
    names
        ``ilastik`` to call files, columns and axes as ilastik does.
    """

    export: tuple[str, ...] = ()
    image_format: str = ".tif"
    names: Literal["ilastik"] | None = None


def trained_project(path: Path) -> ProjectFile:
    """Return a trained project: one of ours, or one of ilastik's.

    Raises
    ------
    InputError
        For files that cannot be read or used, with the way on.
    """
    if path.suffix.lower() != ".ilp":
        return read(path)
    from objclass.ilastik.imported import project_file
    from objclass.ilastik.project import read_ilp

    return project_file(read_ilp(path))


def called(
    images: Sequence[ImageKey], nodes: Mapping[str, Node], names: str | None
) -> list[ImageKey]:
    """Return the images with the nicknames that their files are called by."""
    raw = _raw(nodes)
    if names != "ilastik" or raw is None:
        return list(images)
    from objclass.ilastik.outputs import nickname

    return [replace(i, nickname=nickname(_first(i.files[raw.node][1]))) for i in images]


def _first(named: str | tuple[str, ...]) -> str:
    return named if isinstance(named, str) else named[0]


def with_exports(nodes: Mapping[str, Node], wanted: Wanted) -> dict[str, Node]:
    """Return the nodes with one export that writes every image's results into the folder."""
    exports = [node for node in nodes.values() if isinstance(node, ExportNode)]
    predicting = [name for name, node in nodes.items() if isinstance(node, Predicting)]
    if not predicting:
        raise InputError(
            Problem("the project's workflow predicts nothing", fix="add a predict node")
        )
    origin = exports[-1].from_ if exports else Wire(predicting[-1])
    raw = next((e.image for e in exports if e.image), None) or _raw(nodes)
    columns = exports[-1].columns if exports else ()
    write = {what: Target(path=_target(what, wanted)) for what in _whats(exports, wanted)}
    node = ExportNode(
        kind="export", from_=origin, image=raw, write=write, columns=columns, names=wanted.names
    )
    kept = {n: each for n, each in nodes.items() if not isinstance(each, ExportNode)}
    return {**kept, SAVE: node}


def _raw(nodes: Mapping[str, Node]) -> Wire | None:
    raws = [n for n, e in nodes.items() if isinstance(e, InputNode) and e.role == "raw"]
    return Wire(raws[0]) if raws else None


def _whats(exports: Sequence[ExportNode], wanted: Wanted) -> list[str]:
    if wanted.export:
        raise_all(_not_written(what) for what in wanted.export if what not in WHAT)
        return list(dict.fromkeys(wanted.export))
    default = dict.fromkeys(("table", "identities"))
    written = [what for node in exports for what in (node.write or default)]
    return list(dict.fromkeys(written)) or ["table"]


def _not_written(what: str) -> Problem:
    close = nearest(what, WHAT)
    fix = f"did you mean {close}?" if close else None
    return Problem(f"--export {what}: cannot be written", expected=listed(WHAT, 20), fix=fix)


def any_paths(names: Literal["ilastik"] | None) -> Iterator[str]:
    """Yield the paths of all that a batch can write for an image, whatever it writes now."""
    for what in WHAT:
        for suffix in SUFFIXES[what]:
            wanted = Wanted((), suffix, names)
            yield _target(what, wanted).replace("{result_type}", RESULT_TYPES.get(what, what))


def _target(what: str, wanted: Wanted) -> str:
    suffix = FORMATS.get(what, wanted.image_format)
    if what in IMAGES and suffix not in SUFFIXES[what]:
        expected = listed(SUFFIXES[what])
        raise InputError(Problem("--format: unknown image format", got=suffix, expected=expected))
    if wanted.names == "ilastik":
        return f"{{nickname}}_{'table' if what == 'table' else '{result_type}'}{suffix}"
    return f"{{image}}_{ENDINGS.get(what, what)}{suffix}"
