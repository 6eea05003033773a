"""What a project file holds, and what must be true of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from objclass import __version__
from objclass.classification import soundness
from objclass.classification.normalizing import KnownScale
from objclass.classification.projection import PrincipalAxes
from objclass.data import digest
from objclass.data.contract import InputContract
from objclass.data.dataclass import dataclass
from objclass.data.model import NORMALIZED_BY, Model
from objclass.data.network_probe import NetworkProbe
from objclass.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = "objclass project"
VERSION = 1
ASSESSMENT = "assessment"
"""Key of an evaluation: everything that can be said of it, where the workflow writes that."""
LIBRARIES = ("numpy", "numba", "scikit-learn", "scipy", "scikit-image", "h5py")
EXAMPLE_ARRAYS = {
    "X": ("float64", 2),
    "y": ("int32", 1),
    "t": ("int64", 1),
    "position": ("int64", 2),
    "stamp": ("S11", 1),
}
PROJECTION_ARRAYS = {"mean": 1, "axes": 2, "explained": 1}
"""Arrays of float64 that say along which axes an embedding is kept, and their dimensions."""


@dataclass(frozen=True)
class AnnotationTable:
    """One annotations file.

    Parameters
    ----------
    name
        Path as the workflow names it.
    text
        The file verbatim; empty for a binary one such as Parquet.
    rows
        The parsed rows as JSON values, in the order of the file.
    """

    name: str
    text: str
    rows: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class ExampleRows:
    """The annotated objects a model learned from, in the order it saw them.

    Parameters
    ----------
    X
        float64 (n, f), the features; missing values as they were measured.
    y
        int32 (n,), class index counted from 0.
    image
        Image name per row.
    t
        int64 (n,), frame in the uncropped image; -1 without time.
    position
        int64 (n, 3), a voxel ``z, y, x`` inside the object; z is 0 in 2D.
    stamp
        bytes ``S11`` (n,), as in the index of a label image.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int32]
    image: tuple[str, ...]
    t: NDArray[np.int64]
    position: NDArray[np.int64]
    stamp: NDArray[np.bytes_]


@dataclass(frozen=True)
class TrainedClassifier:
    """A classifier node's model with what it was made from and how good it is.

    Objects of the `uncounted` classes are left out of counts. `scale` is where the group of the
    image at hand lies, from whoever has seen all its images; it stands in no file.
    """

    model: Model
    colors: tuple[str, ...]
    examples: ExampleRows
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    uncounted: tuple[str, ...] = ()
    scale: KnownScale | None = None


@dataclass(frozen=True)
class Plugin:
    """A feature file of the workflow: recorded, so that one can see what was run; never run."""

    name: str
    digest: str
    source: str


@dataclass(frozen=True)
class ProjectFile:
    """Everything in a project file.

    Parameters
    ----------
    workflow
        The YAML text verbatim.
    parameters
        Effective parameters as JSON text.
    annotations
        The annotation files.
    classifiers
        Trained classifiers by node name.
    inputs
        Contracts by input node name.
    plugins
        Plugin files, never run.
    provenance
        Versions and platform; see :func:`provenance`.
    projections
        Axes along which embeddings are kept, by node name.
    probes
        What networks say of drawn windows where it was trained, by node name.
    version
        Format version of the file.
    """

    workflow: str
    parameters: str = "{}"
    annotations: tuple[AnnotationTable, ...] = ()
    classifiers: Mapping[str, TrainedClassifier] = field(default_factory=dict)
    inputs: Mapping[str, InputContract] = field(default_factory=dict)
    plugins: tuple[Plugin, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    projections: Mapping[str, PrincipalAxes] = field(default_factory=dict)
    probes: Mapping[str, NetworkProbe] = field(default_factory=dict)
    version: int = VERSION


def model_digest(model: Model) -> str:
    """Return the digest of what decides predictions: arrays, classes, columns, units, rule.

    Facts such as the seed or a library version are not in it: the same trees are the same
    model.
    """
    contract = [
        model.estimator,
        list(model.classes),
        list(model.columns),
        list(model.units),
        model.facts.get("missing", "zero"),
        *([by] if (by := model.facts.get(NORMALIZED_BY)) is not None else []),
    ]
    arrays = {name: digest.of_array(array) for name, array in model.arrays.items()}
    return digest.of_tree({"contract": digest.of_value(contract), "arrays": digest.of_tree(arrays)})


def provenance() -> dict[str, Any]:
    """Return versions and platform; no time, host or user, so that equal runs write equal files."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    libraries = {}
    for name in LIBRARIES:
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "objclass": __version__,
        "python": platform.python_version(),
        "libraries": libraries,
        "platform": f"{platform.system()} {platform.machine()}",
    }


def problems(name: str, trained: TrainedClassifier) -> list[Problem]:
    """Return what does not fit together in the classifier of node `name`."""
    found = [*soundness.problems(trained.model), *_type_problems(trained.examples)]
    found = found or list(_fit_problems(trained))
    return [problem.at(node=name) for problem in found]


def _type_problems(rows: ExampleRows) -> Iterator[Problem]:
    """Yield example arrays of another dtype or number of axes."""
    for what, (dtype, axes) in EXAMPLE_ARRAYS.items():
        array = getattr(rows, what)
        if array.dtype != dtype or array.ndim != axes:
            got = f"{array.dtype} with {array.ndim} axes"
            yield Problem(f"examples '{what}'", got, f"{dtype} with {axes}")


def _fit_problems(trained: TrainedClassifier) -> Iterator[Problem]:
    """Yield lengths that do not agree, and classes that do not exist."""
    model, rows = trained.model, trained.examples
    if len(trained.colors) != len(model.classes):
        got = f"{len(trained.colors)} for {len(model.classes)} classes"
        yield Problem("number of colours", got=got)
    for name in trained.uncounted:
        if name not in model.classes:
            yield Problem(f"a class that is left out of counts, '{name}', is not there")
    n = len(rows.y)
    wanted = {"X": (n, len(model.columns)), "t": (n,), "position": (n, 3), "stamp": (n,)}
    for what, shape in wanted.items():
        found = getattr(rows, what).shape
        if found != shape:
            yield Problem(f"shape of examples '{what}'", str(found), str(shape))
    if len(rows.image) != n:
        yield Problem("image names of the examples", str(len(rows.image)), str(n))
    if n and not (int(rows.y.min()) >= 0 and int(rows.y.max()) < len(model.classes)):
        yield Problem("an example has a class number that has no name")
