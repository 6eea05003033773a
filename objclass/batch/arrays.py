"""A trained project on arrays in memory: what a batch makes of files with the same voxels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from objclass.batch.preparing import prepare
from objclass.batch.request import BatchRequest
from objclass.batch.work import Batch
from objclass.data.contract import InputContract
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, RunError, as_path, list_some, nearest, raise_all
from objclass.nodes.input import InputNode
from objclass.results import Result, trained_project

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from objclass.io.project import ProjectFile

IMAGE = "image"
"""What the image is called in the table, and the files that the arrays go through."""


@dataclass(frozen=True)
class ImagePrediction:
    """What a project found in one image.

    Parameters
    ----------
    labels
        Label image, uint32 or uint64, 0 is background; as the batch writes ``identities``.
    axes
        Its axis letters, such as ``zyx``.
    table
        pandas.DataFrame as the batch writes it: one row an object, with ``object`` (its id in
        `labels`), its class, the probabilities and the features.
    probabilities
        float64 (objects, classes), rows as in `table`; (objects, 0) without a classifier. NaN for
        objects that its classifier is not for (`select`).
    classes
        Names of its columns.
    notes
        What a person should know.
    """

    labels: NDArray[np.unsignedinteger[Any]]
    axes: str
    table: pd.DataFrame
    probabilities: NDArray[np.float64]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """A trained project; :meth:`open` reads one, :meth:`predict` applies it to arrays.

    Parameters
    ----------
    path
        Its file.
    inputs
        Input node to what its files were like in training: axes, channels, role, voxel type.
    classes
        Classifier to its class names.
    """

    path: Path
    inputs: Mapping[str, InputContract]
    classes: Mapping[str, tuple[str, ...]]

    @classmethod
    def open(cls, path: Path | str) -> Project:
        """Read a project of objclass, or one of ilastik (``.ilp``).

        Raises
        ------
        InputError
            For a file that is no project or cannot be used.
        """
        file = as_path(path, "path")
        found: ProjectFile = trained_project(file)
        classes = {name: each.model.classes for name, each in found.classifiers.items()}
        return cls(file, found.inputs, classes)

    def predict(
        self,
        *,
        raw: NDArray[Any] | None = None,
        prediction_map: NDArray[Any] | None = None,
        segmentation: NDArray[Any] | None = None,
        label_image: NDArray[Any] | None = None,
        inputs: Mapping[str, NDArray[Any]] | None = None,
        axes: str | Mapping[str, str] | None = None,
        pixel_size: Mapping[str, float] | None = None,
        unit: str = "um",
        sets: tuple[str, ...] = (),
        plugins: tuple[Path, ...] = (),
        result: str | None = None,
    ) -> ImagePrediction:
        """Find and classify the objects of one image.

        The arrays go through a temporary folder, so that every value is that of the batch.

        Parameters
        ----------
        raw, prediction_map, segmentation, label_image
            Voxels for the only input of that role; of the voxel type of training.
        inputs
            Voxels by the name of the input node, where several have one role.
        axes
            Letters of ``tczyx`` in the order of the arrays: one text for all, or a mapping from
            role or node; by default those of training.
        pixel_size
            Axis to the size of a voxel in `unit`, ``{"y": 0.65, "x": 0.65}``; by default what
            the workflow says.
        sets, plugins
            As in :class:`objclass.BatchRequest`.
        result
            Whose objects, where the project has several results; by default the first.

        Raises
        ------
        InputError
            For arrays that do not fit the project, before any work.
        RunError
            For what is found on the way.
        """
        roles = {
            "raw": raw,
            "prediction_map": prediction_map,
            "segmentation": segmentation,
            "label_image": label_image,
        }
        given = {name: array for name, array in roles.items() if array is not None}
        arrays = _by_node(self.inputs, given, inputs or {})
        letters = _axes_of(self.inputs, arrays, axes)
        raise_all(_size_problems(letters, pixel_size))
        with TemporaryDirectory(prefix="objclass-") as folder:
            files = _write(Path(folder), arrays, letters, pixel_size, unit)
            request = BatchRequest(
                self.path, Path(folder) / "out", {n: str(f) for n, f in files.items()},
                export=("table", "identities"), image_format=".h5", table_format=".parquet",
                sets=sets, plugins=plugins,
            )  # fmt: skip
            try:
                return _predicted(_as_written(prepare(request), pixel_size), result)
            except (InputError, RunError) as error:
                told = (_of_arrays(problem, files) for problem in error.problems)
                raise type(error)(*told) from None


def _by_node(
    inputs: Mapping[str, InputContract],
    roles: Mapping[str, NDArray[Any]],
    named: Mapping[str, NDArray[Any]],
) -> dict[str, NDArray[Any]]:
    """Return the arrays by input node; report what is no array, unknown, unclear or missing."""
    given = {**roles, **named}
    raise_all(
        Problem(f"{name} is an array", got=f"{type(array).__name__}", expected="a numpy array")
        for name, array in given.items()
        if not isinstance(array, np.ndarray)
    )
    found = dict(named)
    problems = [_unknown(name, inputs) for name in named if name not in inputs]
    for role, array in roles.items():
        fitting = [name for name, contract in inputs.items() if contract.role == role]
        if len(fitting) == 1 and fitting[0] not in named:
            found[fitting[0]] = array
            continue
        expected = list_some(f"{c.role} ('{n}')" for n, c in inputs.items())
        what = f"{role}: the project has {'no such input' if not fitting else 'several of them'}"
        fix = f"inputs={{'{fitting[0]}': array}}" if fitting else None
        problems.append(Problem(what, expected=expected, fix=fix))
    if not problems:
        problems = [
            Problem(f"no array for the input '{name}'", expected=f"{contract.role}=array")
            for name, contract in inputs.items()
            if name not in found
        ]
    raise_all(problems)
    return {name: found[name] for name in inputs}


def _unknown(name: str, inputs: Mapping[str, InputContract]) -> Problem:
    close = nearest(name, inputs)
    fix = f"did you mean {close}?" if close else None
    return Problem(f"the project has no input '{name}'", expected=list_some(inputs), fix=fix)


def _axes_of(
    inputs: Mapping[str, InputContract],
    arrays: Mapping[str, NDArray[Any]],
    axes: str | Mapping[str, str] | None,
) -> dict[str, str]:
    """Return the axis letters of every array."""
    told = axes if isinstance(axes, Mapping) else {}
    roles = {contract.role for contract in inputs.values()}
    problems = [_unknown(name, inputs) for name in told if name not in {*inputs, *roles}]
    found = {}
    for name, array in arrays.items():
        contract = inputs[name]
        every = axes if isinstance(axes, str) else contract.axes
        letters = told.get(name) or told.get(contract.role) or every
        found[name] = letters
        odd = len(set(letters)) < len(letters) or not set(letters) <= set("tczyx")
        if odd or not {"y", "x"} <= set(letters):
            problems.append(Problem(f"axes of '{name}'", got=letters, expected="letters of tczyx"))
        elif len(letters) != array.ndim:
            got = f"{array.ndim} dimensions, {array.shape}"
            what = f"the array of '{name}' has other axes than {letters}"
            problems.append(Problem(what, got=got, fix=f"give axes={{'{name}': 'letters'}}"))
    raise_all(problems)
    return found


def _size_problems(
    letters: Mapping[str, str], pixel_size: Mapping[str, float] | None
) -> Iterator[Problem]:
    """Report sizes of voxels that are none."""
    spatial = {axis for each in letters.values() for axis in each if axis in "zyx"}
    expected = f"a length for {', '.join(sorted(spatial))}"
    if pixel_size is None:
        return
    if not isinstance(pixel_size, Mapping) or set(pixel_size) != spatial:
        yield Problem("pixel_size", got=repr(pixel_size), expected=expected)
    elif not all(size > 0 for size in pixel_size.values()):
        yield Problem("pixel_size", got=repr(pixel_size), expected="lengths above 0")


def _write(
    folder: Path,
    arrays: Mapping[str, NDArray[Any]],
    letters: Mapping[str, str],
    pixel_size: Mapping[str, float] | None,
    unit: str,
) -> dict[str, Path]:
    """Write every array into a file of its own that says its axes."""
    from objclass.io.hdf5_write import write_array

    files = {}
    for number, (name, array) in enumerate(arrays.items()):
        files[name] = folder / str(number) / f"{IMAGE}.h5"
        files[name].parent.mkdir()
        write_array(files[name], array, letters[name], pixel_size, unit)
    return files


def _as_written(batch: Batch, pixel_size: Mapping[str, float] | None) -> Batch:
    """Return the batch with inputs whose files say axes and sizes themselves."""
    own: dict[str, Any] = {"axes": None, "sizes": None, "series": None, "level": None}
    own |= {} if pixel_size is None else {"pixel_size": None}
    nodes = {
        name: node.model_copy(update=own) if isinstance(node, InputNode) else node
        for name, node in batch.nodes.items()
    }
    return replace(batch, nodes=nodes, axes_options={})


def _predicted(batch: Batch, wanted: str | None) -> ImagePrediction:
    """Work off the one image and read what was written of a result."""
    from objclass.io.formats import describe, open_reader

    result = _result(batch, wanted)
    (image,), (seen,) = batch.images, batch.foresee()
    raise_all(seen.problems)
    done = batch.work_off(image)
    if done.failed:
        raise RunError(*done.problems)
    table = _read_table(batch, result)
    path = _written(batch, result, "identities")
    axes = describe(path).axes or ""
    reader = open_reader(path)
    voxels = reader.read((slice(None),) * len(axes))
    reader.close()
    labels = voxels if voxels.dtype == np.uint64 else voxels.astype(np.uint32)
    columns = [name for name in table.columns if str(name).startswith("probability-")]
    classes = tuple(str(name).removeprefix("probability-") for name in columns)
    probabilities = table[columns].to_numpy(np.float64)
    unsigned = cast("NDArray[np.unsignedinteger[Any]]", labels)
    return ImagePrediction(unsigned, axes, table, probabilities, classes, batch.notes + done.notes)


def _result(batch: Batch, wanted: str | None) -> Result:
    names = {result.name: result for result in batch.results}
    if wanted is None:
        return batch.results[0]
    if wanted not in names:
        raise InputError(Problem(f"no result is called '{wanted}'", expected=list_some(names)))
    return names[wanted]


def _read_table(batch: Batch, result: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(_written(batch, result, "table"))


def _written(batch: Batch, result: Result, output: str) -> Path:
    """Return the file that one output of a result was written to."""
    from objclass.nodes.export import ExportNode

    for name in result.exports:
        node = batch.nodes[name]
        written = (isinstance(node, ExportNode) and node.write) or {}
        if output in written:
            return batch.request.out / written[output].path.replace("{image}", IMAGE)
    raise InputError(Problem(f"'{result.name}' has no {output}"))


def _of_arrays(problem: Problem, files: Mapping[str, Path]) -> Problem:
    """Return a problem that names arrays where it named the files they went through."""

    def said(text: str | None) -> str | None:
        for name, path in files.items():
            text = text.replace(f"{path}/data", str(path)) if text else text
            text = text.replace(str(path), f"the array of '{name}'") if text else text
        return text

    what = said(problem.what) or problem.what
    return replace(problem, what=what, got=said(problem.got), expected=said(problem.expected))
