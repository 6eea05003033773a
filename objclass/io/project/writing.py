"""Writing a project file: aside, synced, renamed, and only what reading accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass import __version__
from objclass.errors import Problem, RunError
from objclass.io.aside import written_aside
from objclass.io.output import hdf5_output
from objclass.io.project.contents import (
    EXAMPLE_ARRAYS,
    FORMAT,
    PROJECTION_ARRAYS,
    VERSION,
    ProjectFile,
    TrainedClassifier,
    model_digest,
    problems,
)
from objclass.io.project.guard import MEMBERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.classification.projection import PrincipalAxes

Items = Iterator[tuple[str, "NDArray[np.generic]"]]


def write(path: Path, project: ProjectFile) -> None:
    """Write a project file; a reader sees the old file or the new one, never a part.

    Parameters
    ----------
    path
        Where the file will lie; folders are made, an older file is replaced.
    project
        What to write. Its `version` is not looked at: files are written in the current format.

    Raises
    ------
    RunError
        For a project that does not fit together, and where the file cannot be written.
    """
    found = [p for name, one in project.classifiers.items() for p in problems(name, one)]
    if found:
        raise RunError(*found)
    most = max(len(project.annotations), len(project.classifiers), len(project.plugins))
    if most > MEMBERS:
        raise RunError(Problem("too many files for one project", str(most), f"at most {MEMBERS}"))
    items = dict(_items(project))
    need = sum(array.nbytes for array in items.values())
    with written_aside(Path(path), need) as aside:
        _write_all(aside, items)


def _write_all(path: Path, items: Mapping[str, NDArray[np.generic]]) -> None:
    """Write every array contiguous, little-endian and unfiltered."""
    with hdf5_output(path) as (file, held):
        for group in ("annotations", "classifiers", "plugins"):
            file.create_group(group)
        for name, array in items.items():
            file.create_dataset(name, data=array.astype(array.dtype.newbyteorder("<")))
            held.check()


def _items(project: ProjectFile) -> Items:
    """Yield every dataset of the file with its path."""
    header = {"name": FORMAT, "version": VERSION, "written_by": f"objclass {__version__}"}
    yield "format", _json("format", header)
    yield "workflow", _text("workflow", project.workflow)
    yield "parameters", _text("parameters", project.parameters)
    inputs = {name: asdict(contract) for name, contract in project.inputs.items()}
    yield "inputs", _json("inputs", inputs)
    yield "provenance", _json("provenance", dict(project.provenance))
    for k, table in enumerate(project.annotations):
        place = f"annotations/{k:04}"
        yield f"{place}/name", _text("name of an annotations file", table.name)
        yield f"{place}/text", _text(f"annotations file '{table.name}'", table.text)
        yield f"{place}/rows", _json(f"rows of annotations file '{table.name}'", table.rows)
    for k, plugin in enumerate(project.plugins):
        about = {"name": plugin.name, "digest": plugin.digest}
        yield f"plugins/{k:04}/about", _json("plugin", about)
        yield f"plugins/{k:04}/source", _text(f"plugin '{plugin.name}'", plugin.source)
    for k, (name, trained) in enumerate(project.classifiers.items()):
        yield from _classifier(f"classifiers/{k:04}", name, trained)
    for k, (name, found) in enumerate(project.projections.items()):
        yield from _projection(f"projections/{k:04}", name, found)
    for k, (name, probe) in enumerate(project.probes.items()):
        place = f"probes/{k:04}"
        machine = {"runtime": probe.runtime, "processor": probe.processor}
        yield f"{place}/about", _json("machine of a network", {"node": name, **machine})
        yield f"{place}/values", probe.values


def _projection(place: str, name: str, found: PrincipalAxes) -> Items:
    """Yield the datasets of the axes of one embedding."""
    yield f"{place}/node", _text("name of an embedding", name)
    for key in PROJECTION_ARRAYS:
        yield f"{place}/{key}", getattr(found, key)


def _classifier(place: str, name: str, trained: TrainedClassifier) -> Items:
    """Yield the datasets of one classifier."""
    import numpy as np

    model = trained.model
    about = {
        "node": name,
        "estimator": model.estimator,
        "classes": model.classes,
        "colors": trained.colors,
        "columns": model.columns,
        "units": model.units,
        "facts": dict(model.facts),
        "digest": model_digest(model),
        **({"uncounted": trained.uncounted} if trained.uncounted else {}),
    }
    yield f"{place}/about", _json(f"facts of classifier '{name}'", about)
    evaluation = _json(f"evaluation of classifier '{name}'", dict(trained.evaluation))
    yield f"{place}/evaluation", evaluation
    for key, array in model.arrays.items():
        yield f"{place}/arrays/{key}", np.ascontiguousarray(array)
    yield f"{place}/examples/image", _json("image names", trained.examples.image)
    for key in EXAMPLE_ARRAYS:
        yield f"{place}/examples/{key}", np.ascontiguousarray(getattr(trained.examples, key))


def _json(what: str, value: Any) -> NDArray[np.uint8]:
    try:
        return _text(what, json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError) as error:
        raise RunError(Problem(f"{what}: cannot be kept as JSON", got=str(error))) from error


def _text(what: str, text: str) -> NDArray[np.uint8]:
    import numpy as np

    try:
        return np.frombuffer(text.encode(), dtype=np.uint8)
    except UnicodeEncodeError as error:
        raise RunError(Problem(f"{what}: is not Unicode text", got=error.reason)) from error
