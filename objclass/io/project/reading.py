"""Reading a project file written by anybody: checked whole, or refused with one message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from objclass import __version__
from objclass.classification.estimators import ESTIMATORS
from objclass.classification.projection import PrincipalAxes
from objclass.classification.soundness import layout
from objclass.data.contract import InputContract
from objclass.data.dataclass import dataclass
from objclass.data.model import Model
from objclass.data.network_probe import NetworkProbe
from objclass.errors import InputError, Problem, list_some
from objclass.io.project.contents import (
    EXAMPLE_ARRAYS,
    FORMAT,
    PROJECTION_ARRAYS,
    VERSION,
    AnnotationTable,
    ExampleRows,
    Plugin,
    ProjectFile,
    TrainedClassifier,
    model_digest,
    problems,
)
from objclass.io.project.guard import GuardedFile, printable
from objclass.io.reading import missing

SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class _Format:
    name: str
    version: int
    written_by: str


@dataclass(frozen=True)
class _About:
    node: str
    estimator: str
    classes: tuple[str, ...]
    colors: tuple[str, ...]
    columns: tuple[str, ...]
    units: tuple[str, ...]
    facts: dict[str, Any]
    digest: str
    uncounted: tuple[str, ...] = ()


@dataclass(frozen=True)
class _PluginAbout:
    name: str
    digest: str


@dataclass(frozen=True)
class _ProbeAbout:
    node: str
    runtime: str
    processor: str


def read(path: Path) -> ProjectFile:
    """Read a project file.

    Nothing in the file is run, unpickled or looked up elsewhere, and the model's arrays are
    safe to evaluate.

    Raises
    ------
    InputError
        For a file that is missing, not a project, of another version, damaged, or built to do
        harm; the message says which.
    """
    with _open_file(Path(path)) as file:
        version = _version(file)
        return ProjectFile(
            workflow=file.text("workflow"),
            parameters=_json_text(file, "parameters"),
            annotations=tuple(_annotations(file)),
            classifiers=dict(_classifiers(file)),
            inputs=file.json("inputs", dict[str, InputContract]),
            plugins=tuple(_plugins(file)),
            provenance=file.json("provenance", dict[str, Any]),
            projections=dict(_projections(file)),
            probes=dict(_probes(file)),
            version=version,
        )


@contextmanager
def _open_file(path: Path) -> Iterator[GuardedFile]:
    """Open the file, or say why it cannot be opened."""
    _check_file(path)
    import h5py

    try:
        file = h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            Problem(
                f"project file '{path}' is damaged or cut short",
                got=str(error).splitlines()[0][:200],
                fix="copy it again, or write it again with 'objclass run'",
            )
        ) from error
    with file:
        yield GuardedFile(file, path)


def _check_file(path: Path) -> None:
    """Refuse what is not a readable HDF5 file before HDF5 sees it."""
    if not path.exists():
        raise InputError(replace(missing(path), what=f"there is no project file {path}"))
    if not path.is_file():
        raise InputError(Problem(f"project file '{path}' is not a file"))
    try:
        with path.open("rb") as file:
            start = file.read(len(SIGNATURE))
    except OSError as error:
        raise InputError(
            Problem(f"project file '{path}' cannot be read: {error.strerror}")
        ) from error
    if start != SIGNATURE:
        raise InputError(
            Problem(
                f"'{path}' is not a project file",
                got=f"{path.stat().st_size} bytes that are not HDF5",
                expected="a file written by 'objclass run', such as cells.objclass.h5",
            )
        )


def _version(file: GuardedFile) -> int:
    """Return the format version, or refuse a file of another kind or version."""
    names = file.members()
    if "format" not in names:
        kind = "an ilastik project" if "workflowName" in names else "another HDF5 file"
        raise InputError(
            Problem(
                f"'{file.path}' is not an objclass project file",
                got=kind,
                expected="a file written by 'objclass run', such as cells.objclass.h5",
            )
        )
    found = file.json("format", _Format)
    if found.name != FORMAT:
        file.refuse("is of another kind", repr(found.name), repr(FORMAT))
    if found.version != VERSION:
        newer = found.version > VERSION
        way = "install that release or a newer one" if newer else "open it with that release"
        raise InputError(
            Problem(
                f"project file '{file.path}' has format {found.version}",
                got=f"a file written by {printable(found.written_by)}",
                expected=f"format {VERSION}, which objclass {__version__} reads",
                fix=way,
            )
        )
    return found.version


def _json_text(file: GuardedFile, name: str) -> str:
    """Return a JSON object as text after making sure that it is one."""
    file.json(name, dict[str, Any])
    return file.text(name)


def _annotations(file: GuardedFile) -> Iterator[AnnotationTable]:
    for key in file.members("annotations"):
        place = f"annotations/{key}"
        rows = file.json(f"{place}/rows", tuple[dict[str, Any], ...])
        yield AnnotationTable(file.text(f"{place}/name"), file.text(f"{place}/text"), rows)


def _plugins(file: GuardedFile) -> Iterator[Plugin]:
    for key in file.members("plugins"):
        about = file.json(f"plugins/{key}/about", _PluginAbout)
        yield Plugin(about.name, about.digest, file.text(f"plugins/{key}/source"))


def _projections(file: GuardedFile) -> Iterator[tuple[str, PrincipalAxes]]:
    """Yield the axes of every embedding by node name; older projects have none."""
    import numpy as np

    for key in file.members("projections") if "projections" in file.members() else ():
        place = f"projections/{key}"
        name = file.text(f"{place}/node")
        arrays = {n: file.array(f"{place}/{n}", "float64", d) for n, d in PROJECTION_ARRAYS.items()}
        found = PrincipalAxes(**arrays)
        k, d = found.axes.shape
        if found.mean.shape != (d,) or found.explained.shape != (k,):
            file.refuse(f"axes and mean of embedding '{name}' do not fit together")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            file.refuse(f"axes of embedding '{name}' are not finite")
        yield name, found


def _probes(file: GuardedFile) -> Iterator[tuple[str, NetworkProbe]]:
    """Yield what networks say of drawn windows, by node name; older projects have none."""
    import numpy as np

    for key in file.members("probes") if "probes" in file.members() else ():
        about = file.json(f"probes/{key}/about", _ProbeAbout)
        values = file.array(f"probes/{key}/values", "float32", 2)
        if not np.isfinite(values).all():
            file.refuse(f"numbers of drawn windows of '{about.node}' are not finite")
        yield about.node, NetworkProbe(about.runtime, about.processor, values)


def _classifiers(file: GuardedFile) -> Iterator[tuple[str, TrainedClassifier]]:
    """Yield every classifier by node name, its parts checked against each other."""
    seen = set()
    for key in file.members("classifiers"):
        place = f"classifiers/{key}"
        about = file.json(f"{place}/about", _About)
        if about.node in seen:
            file.refuse(f"two classifiers of one node '{about.node}'")
        seen.add(about.node)
        trained = TrainedClassifier(
            model=_model(file, place, about),
            colors=about.colors,
            examples=_examples(file, place),
            evaluation=file.json(f"{place}/evaluation", dict[str, Any]),
            uncounted=about.uncounted,
        )
        for problem in problems(about.node, trained):
            file.refuse(str(problem))
        if model_digest(trained.model) != about.digest:
            file.refuse(f"the model of node '{about.node}' is not the one that was written")
        yield about.node, trained


def _model(file: GuardedFile, place: str, about: _About) -> Model:
    if about.estimator not in ESTIMATORS:
        newer = "open it with the objclass that wrote it, or a newer one"
        file.refuse("unknown estimator", repr(about.estimator), list_some(ESTIMATORS), newer)
    known = layout(about.estimator)
    names = file.members(f"{place}/arrays")
    for name in names:
        if name not in known:
            file.refuse(f"unknown array '{name}' in the model of node '{about.node}'")
    arrays = {
        name: file.array(f"{place}/arrays/{name}", *kind)
        for name, kind in known.items()
        if name in names
    }
    parts = (about.classes, about.columns, about.units, about.facts)
    return Model(about.estimator, arrays, *parts)


def _examples(file: GuardedFile, place: str) -> ExampleRows:
    arrays = {
        name: file.array(f"{place}/examples/{name}", dtype, axes)
        for name, (dtype, axes) in EXAMPLE_ARRAYS.items()
    }
    image = file.json(f"{place}/examples/image", tuple[str, ...])
    return ExampleRows(image=image, **arrays)
