"""The project file: what goes in comes out, and no file can do harm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objclass.classification import Examples, ForestSettings, evaluate, fit
from objclass.data.contract import InputContract
from objclass.errors import InputError, RunError
from objclass.io.project import (
    AnnotationTable,
    ExampleRows,
    Plugin,
    ProjectFile,
    TrainedClassifier,
    model_digest,
    provenance,
    read,
    write,
)

ARRAYS = "classifiers/0000/arrays"
EXAMPLES = "classifiers/0000/examples"


def trained(n: int = 9, missing: str = "impute") -> TrainedClassifier:
    """A forest of three trees on nine objects in three classes."""
    X = np.random.RandomState(0).randn(n, 2)
    y = np.arange(n) % 3
    examples = Examples(X, y, ("size", "mean µ"), ("voxel", ""), missing)  # type: ignore[arg-type]
    model = replace(fit(examples, ("a", "b", "中"), ForestSettings(trees=3)), unseen=None)
    rows = ExampleRows(
        X=X,
        y=y.astype(np.int32),
        image=("plate1",) * n,
        t=np.full(n, -1, np.int64),
        position=np.arange(3 * n).reshape(n, 3) + 2**40,
        stamp=np.array([b"o0123456789"] * n, "S11"),
    )
    return TrainedClassifier(model, ("#E69F00", "#56B4E9", "#009E73"), rows, {"accuracy": 0.5})


@pytest.fixture(scope="module")
def project() -> ProjectFile:
    return ProjectFile(
        workflow="version: 1  # µ ☃\r\nnodes: {}\n",
        parameters='{"threshold": 0.5}',
        annotations=(
            AnnotationTable("a.csv", "y,x,class\n1,2,a\n", ({"y": 1, "x": 2, "class": "a"},)),
            AnnotationTable("b.parquet", "", ()),
        ),
        classifiers={"classes": trained()},
        inputs={
            "raw": InputContract("yxc", ("0", "1"), "raw", "uint8", 2, (1.0, 0.65, 0.65), "um"),
            "map": InputContract("yx", ("0",), "prediction_map", "float32", 2, None, None, (0, 1)),
        },
        plugins=(Plugin("mine.py", "ab" * 16, "import os\nos.abort()\n"),),
        provenance=provenance(),
    )


@pytest.fixture
def file(tmp_path: Path, project: ProjectFile) -> Path:
    path = tmp_path / "cells.objclass.h5"
    write(path, project)
    return path


def same(a: Any, b: Any) -> bool:
    """Equality that looks into dataclasses and arrays; NaN equals itself."""
    if is_dataclass(a):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)
        )
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)


def refused(path: Path) -> str:
    """The one message of a file that must not be read."""
    with pytest.raises(InputError) as caught:
        read(path)
    assert len(caught.value.problems) == 1
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def put(file: Path, name: str, array: Any, **options: Any) -> None:
    """Replace a dataset of the file."""
    with h5py.File(file, "r+") as h:
        if name in h:
            del h[name]
        h.create_dataset(name, data=array, **options)


def put_json(file: Path, name: str, value: Any) -> None:
    put(file, name, np.frombuffer(json.dumps(value).encode(), np.uint8))


def change(file: Path, name: str, place: Any, value: Any) -> None:
    """Change one number of a dataset."""
    with h5py.File(file, "r+") as h:
        h[name][place] = value


# -- round trip ---------------------------------------------------------------------------------


def test_what_goes_in_comes_out(file: Path, project: ProjectFile) -> None:
    assert same(read(file), project)


def test_a_read_model_predicts_the_same_bits(file: Path, project: ProjectFile) -> None:
    before, after = project.classifiers["classes"].model, read(file).classifiers["classes"].model
    X = np.random.RandomState(1).randn(50, 2)
    assert np.array_equal(evaluate(after, X), evaluate(before, X))
    assert model_digest(after) == model_digest(before)


def test_a_project_without_a_classifier_is_a_project(tmp_path: Path) -> None:
    write(tmp_path / "new" / "p.h5", ProjectFile(workflow=""))
    assert same(read(tmp_path / "new" / "p.h5"), ProjectFile(workflow=""))


def test_texts_can_be_read_with_h5py_alone(file: Path, project: ProjectFile) -> None:
    with h5py.File(file) as h:
        assert bytes(h["workflow"][()]).decode() == project.workflow
        assert json.loads(bytes(h["format"][()]))["version"] == 1
        assert h[f"{ARRAYS}/root"].shape == (3,)


def test_no_dataset_has_a_filter_an_object_dtype_or_an_attribute(file: Path) -> None:
    def look(name: str, item: Any) -> None:
        assert not item.attrs, name
        if isinstance(item, h5py.Dataset):
            assert item.compression is None, name
            assert not item.dtype.hasobject, name

    with h5py.File(file) as h:
        h.visititems(look)


def test_provenance_names_versions_but_no_host() -> None:
    import platform

    found = provenance()
    assert {"objclass", "python", "libraries", "platform"} == set(found)
    assert platform.node() not in json.dumps(found)


def test_tables_beyond_four_digits_keep_their_order(tmp_path: Path) -> None:
    tables = tuple(AnnotationTable(f"{k}.csv", "") for k in range(3))
    write(tmp_path / "p.h5", ProjectFile("", annotations=tables))
    with h5py.File(tmp_path / "p.h5", "r+") as h:
        h.move("annotations/0002", "annotations/10000")
        h.move("annotations/0001", "annotations/9999")
    assert read(tmp_path / "p.h5").annotations == tables


texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
values = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | texts
values = values | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=25, deadline=None)
@given(
    workflow=texts,
    parameters=st.dictionaries(texts, values, max_size=3),
    rows=st.lists(st.dictionaries(texts, values, max_size=3), max_size=3),
    names=st.lists(texts, min_size=0, max_size=3, unique=True),
    evaluation=st.dictionaries(texts, st.lists(values, max_size=3), max_size=3),
    holes=st.integers(0, 2**31),
)
def test_any_text_number_and_table_comes_out_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory,
    workflow: str,
    parameters: dict[str, Any],
    rows: list[dict[str, Any]],
    names: list[str],
    evaluation: dict[str, Any],
    holes: int,
) -> None:
    base = trained(missing="zero")
    X = np.random.RandomState(holes).choice([np.nan, np.inf, -0.0, 1e300, 0.1], (9, 2))
    one = replace(base, examples=replace(base.examples, X=X), evaluation=evaluation)
    project = ProjectFile(
        workflow=workflow,
        parameters=json.dumps(parameters),
        annotations=tuple(AnnotationTable(name, workflow, tuple(rows)) for name in names),
        classifiers=dict.fromkeys(names, one),
        plugins=tuple(Plugin(name, name, workflow) for name in names),
        provenance=parameters,
    )
    path = tmp_path_factory.mktemp("any") / "p.h5"
    write(path, project)
    assert same(read(path), project)


# -- writing ------------------------------------------------------------------------------------


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    file: Path, project: ProjectFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=r"cannot be written; got No space left on device"):
        write(file, project)
    assert file.read_bytes() == before
    assert [p.name for p in file.parent.iterdir()] == [file.name]


def test_a_symbolic_link_stays_one(file: Path, project: ProjectFile) -> None:
    link = file.with_name("link.h5")
    link.symlink_to(file)
    write(link, replace(project, workflow="new"))
    assert link.is_symlink()
    assert read(file).workflow == "new"


def test_what_read_would_refuse_is_not_written(tmp_path: Path, project: ProjectFile) -> None:
    one = project.classifiers["classes"]
    wrong = {
        "number of colours; got 1 for 3 classes": replace(one, colors=("#000000",)),
        "'y'; got int64 with 1 axes; expected int32 with 1": replace(
            one, examples=replace(one.examples, y=np.zeros(9, np.int64))
        ),
        "a class number that has no name": replace(
            one, examples=replace(one.examples, y=np.full(9, 3, np.int32))
        ),
        "cannot be kept as JSON": replace(one, evaluation={"x": object()}),
        "is not Unicode": replace(one, evaluation={"x": "\udc80"}),
    }
    for message, bad in wrong.items():
        with pytest.raises(RunError, match=message):
            write(tmp_path / "p.h5", replace(project, classifiers={"classes": bad}))
        assert list(tmp_path.iterdir()) == []


def test_the_digest_of_a_model_covers_what_decides_predictions() -> None:
    model = trained().model
    other_seed = replace(model, facts={**model.facts, "seed": 9})
    assert model_digest(model) == model_digest(other_seed)
    arrays = {**model.arrays, "threshold": model.arrays["threshold"] + 1}
    changed = [
        replace(model, arrays=arrays),
        replace(model, classes=("a", "c", "中")),
        replace(model, columns=("mean µ", "size")),
        replace(model, units=("um^2", "")),
        replace(model, facts={"missing": "zero"}),
    ]
    assert len({model_digest(m) for m in [model, *changed]}) == 6


# -- not a project ------------------------------------------------------------------------------


def test_a_missing_file_a_folder_and_other_files_are_named(tmp_path: Path) -> None:
    assert "there is no project file" in refused(tmp_path / "none.h5")
    (tmp_path / "cells.objclass.h5").touch()
    assert "did you mean cells.objclass.h5?" in refused(tmp_path / "cell.objclass.h5")
    assert "is not a file" in refused(tmp_path)
    (tmp_path / "a.h5").write_bytes(b"")
    assert "got 0 bytes that are not HDF5" in refused(tmp_path / "a.h5")
    (tmp_path / "b.h5").write_bytes(b"version: 1\n" * 9)
    assert "is not a project file; got 99 bytes" in refused(tmp_path / "b.h5")
    with h5py.File(tmp_path / "c.h5", "w") as h:
        h["exported_data"] = np.zeros(3)
    assert "got another HDF5 file" in refused(tmp_path / "c.h5")
    with h5py.File(tmp_path / "d.ilp", "w") as h:
        h["workflowName"] = b"Object Classification"
    assert "got an ilastik project" in refused(tmp_path / "d.ilp")


@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(file: Path, part: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * part) or 9])
    assert "damaged or cut short" in refused(file)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (2, "has format 2; got a file written by objclass 7.1; .*install that release"),
        (0, "has format 0; got a file written by objclass 7.1; .*open it with that release"),
    ],
)
def test_another_version_says_which_release_writes_it(
    file: Path, version: int, message: str
) -> None:
    import re

    header = {"name": "objclass project", "version": version, "written_by": "objclass 7.1"}
    put_json(file, "format", header)
    assert re.search(message, refused(file))


# -- hostile files ------------------------------------------------------------------------------

Edit = Callable[[Path], None]


def links(kind: str) -> Edit:
    def edit(file: Path) -> None:
        other = file.with_name("other.h5")
        shutil.copy(file, other)
        with h5py.File(file, "r+") as h:
            del h["workflow"]
            if kind == "soft":
                h["workflow"] = h5py.SoftLink("/parameters")
            elif kind == "external":
                h["workflow"] = h5py.ExternalLink(str(other), "/workflow")
            elif kind == "external group":
                del h["classifiers"]
                h["classifiers"] = h5py.ExternalLink(str(other), "/classifiers")
                h["workflow"] = np.zeros(1, np.uint8)
            elif kind == "unused":
                h["workflow"] = np.zeros(1, np.uint8)
                h["holiday"] = h5py.ExternalLink("/etc/passwd", "/")

    return edit


def virtual(file: Path) -> None:
    with h5py.File(file, "r+") as h:
        del h["workflow"]
        layout = h5py.VirtualLayout((4,), "uint8")
        layout[:] = h5py.VirtualSource("/etc/hostname", "x", (4,))
        h.create_virtual_dataset("workflow", layout)


def external(file: Path) -> None:
    with h5py.File(file, "r+") as h:
        del h["workflow"]
        where = [("/etc/hostname", 0, 4)]
        h.create_dataset("workflow", (4,), "uint8", external=where)


def huge(shape: tuple[int, ...], **options: Any) -> Edit:
    def edit(file: Path) -> None:
        with h5py.File(file, "r+") as h:
            del h[f"{ARRAYS}/value"]
            h.create_dataset(f"{ARRAYS}/value", shape, "float64", **options)

    return edit


def bytes_twice(file: Path) -> None:
    with h5py.File(file, "r+") as h:
        del h["workflow"]
        h["workflow"] = np.zeros(10_000_000, np.uint8)
        del h["parameters"]
        h["parameters"] = h["workflow"]


def instead(name: str, array: Any, **options: Any) -> Edit:
    return lambda file: put(file, name, array, **options)


def changed(name: str, place: Any, value: Any) -> Edit:
    return lambda file: change(file, name, place, value)


def without(name: str) -> Edit:
    def edit(file: Path) -> None:
        with h5py.File(file, "r+") as h:
            del h[name]

    return edit


def json_of(name: str, value: Any) -> Edit:
    return lambda file: put_json(file, name, value)


def about(**changes: Any) -> Edit:
    def edit(file: Path) -> None:
        with h5py.File(file) as h:
            found = json.loads(bytes(h["classifiers/0000/about"][()]))
        put_json(file, "classifiers/0000/about", {**found, **changes})

    return edit


def twice(file: Path) -> None:
    with h5py.File(file, "r+") as h:
        h["classifiers/0001"] = h["classifiers/0000"]


def group_for_array(file: Path) -> None:
    with h5py.File(file, "r+") as h:
        del h["workflow"]
        h.create_group("workflow")


def array_for_group(file: Path) -> None:
    with h5py.File(file, "r+") as h:
        del h["classifiers"]
        h["classifiers"] = np.zeros(3, np.uint8)


VLEN = np.array(["a", "b"], dtype=object)
COMPOUND = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
NESTED = np.frombuffer(b'{"a":' + b"[" * 100_000, np.uint8)

HOSTILE: list[tuple[str, Edit, str]] = [
    ("soft link", links("soft"), "'workflow' in '/' leads elsewhere; got a link (soft)"),
    ("external link", links("external"), "got a link (external); expected data in this file"),
    ("external group", links("external group"), "'classifiers' in '/' leads elsewhere"),
    ("unused external link", links("unused"), "'holiday' in '/' leads elsewhere"),
    ("virtual dataset", virtual, "'workflow' takes its data from other files"),
    ("external storage", external, "'workflow' takes its data from other files"),
    ("huge and never written", huge((2**40, 3)), "declares more data than the file holds"),
    ("huge chunks", huge((2**40, 3), chunks=(2**20, 3)), "is stored in chunks"),
    ("overflowing shape", huge((2**62, 3), chunks=(1, 3)), "is stored in chunks"),
    ("bytes used twice", bytes_twice, "'parameters' declares more data than the file holds"),
    ("deflate", instead("workflow", np.zeros(9, np.uint8), compression=4), "got deflate"),
    ("lzf", instead("workflow", np.zeros(9, np.uint8), compression="lzf"), "got lzf"),
    ("checksum", instead("workflow", np.zeros(9, np.uint8), fletcher32=True), "got fletcher32"),
    ("vlen text", instead("workflow", VLEN), "'workflow' has another type; got object"),
    ("scalar text", instead("workflow", b"abc"), "with 0 axes; expected uint8 with 1 axes"),
    ("compound", instead(f"{ARRAYS}/root", COMPOUND), "'classifiers/0000/arrays/root' has another"),
    ("wrong dtype", instead(f"{ARRAYS}/root", np.zeros(3)), "got float64 with 1 axes; expected"),
    ("wrong axes", instead(f"{ARRAYS}/value", np.zeros(3)), "with 1 axes; expected float64 with 2"),
    ("null space", instead("workflow", h5py.Empty("uint8")), "'workflow' has another type"),
    ("missing text", without("workflow"), "an entry is missing; expected 'workflow'"),
    ("missing group", without("classifiers"), "an entry is missing; expected 'classifiers'"),
    ("missing array", without(f"{ARRAYS}/left"), "arrays of the forest"),
    ("missing examples", without(EXAMPLES), "an entry is missing; expected"),
    ("group for an array", group_for_array, "'workflow' is not an array"),
    ("array for a group", array_for_group, "'classifiers' is not a group"),
    ("unknown array", instead(f"{ARRAYS}/code", np.zeros(3)), "unknown array 'code'"),
    ("child outside", changed(f"{ARRAYS}/left", 0, 2**31 - 1), "'left' of the forest has a value"),
    ("cycle", changed(f"{ARRAYS}/left", 0, 0), "got 0 at position 0"),
    ("negative child", changed(f"{ARRAYS}/right", 0, -7), "got -7 at position 0"),
    ("root outside", changed(f"{ARRAYS}/root", 1, 99_999), "'root' of the forest"),
    ("column outside", changed(f"{ARRAYS}/feature", 0, 2), "'feature' of the forest"),
    ("NaN threshold", changed(f"{ARRAYS}/threshold", 0, np.nan), "got nan at position 0"),
    ("NaN median", changed(f"{ARRAYS}/median", 0, np.nan), "'median' of the model"),
    ("changed threshold", changed(f"{ARRAYS}/threshold", 0, 9.5), "not the one that was written"),
    ("probability of 2", changed(f"{ARRAYS}/value", slice(None), 2.0), "leaf's probabilities"),
    ("class outside", changed(f"{EXAMPLES}/y", 0, 3), "a class number that has no name"),
    ("short examples", instead(f"{EXAMPLES}/t", np.zeros(2, np.int64)), "examples 't'; got (2,)"),
    ("not UTF-8", instead("workflow", np.full(3, 255, np.uint8)), "is not UTF-8 text"),
    ("not JSON", instead("inputs", np.full(3, 65, np.uint8)), "'inputs' is not the JSON"),
    ("deep JSON", instead("parameters", NESTED), "'parameters' is not the JSON"),
    ("JSON of another shape", json_of("parameters", [1]), "'parameters' is not the JSON"),
    ("inputs of another shape", json_of("inputs", {"raw": {"axes": 3}}), "raw.axes"),
    ("unknown role", json_of("inputs", {"raw": {"axes": "yx", "channels": [], "role": "cook",
     "dtype": "uint8", "dimensions": 2}}), "raw.role"),
    ("rows of another shape", json_of("annotations/0000/rows", {"a": 1}), "annotations/0000/rows"),
    ("format of another kind", json_of("format", {"name": "x", "version": 1, "written_by": ""}),
     "is of another kind; got 'x'"),
    ("format without version", json_of("format", {"name": "objclass project"}), "version"),
    ("text for a number", json_of("format", {"name": "objclass project", "version": "1",
     "written_by": ""}), "version"),
    ("unknown estimator", about(estimator="os.system"), "unknown estimator; got 'os.system'"),
    ("no classes", about(classes=[], colors=[]), "number of classes; got 0"),
    ("class twice", about(classes=["a", "a", "b"]), "a class name stands twice"),
    ("too few columns", about(columns=["size"]), "units and columns"),
    ("renamed class", about(classes=["a", "b", "c"]), "is not the one that was written"),
    ("rule unknown", about(facts={"missing": ["zero"]}), "rule for missing values"),
    ("numbers for names", about(classes=[1, 2, 3]), "classes.0"),
    ("too few colours", about(colors=["#000000"]), "number of colours"),
    ("one node twice", twice, "two classifiers of one node 'classes'"),
    ("escape codes", about(estimator="\x1b[31m\n"), "unknown estimator; got "),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "message"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_a_hostile_file_is_refused_with_one_message(file: Path, edit: Edit, message: str) -> None:
    edit(file)
    text = refused(file)
    assert message in text
    assert text.isprintable()


def test_a_group_with_too_many_entries_is_not_listed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objclass.io.project.guard.MEMBERS", 8)
    with h5py.File(file, "r+") as h:
        for k in range(9):
            h[f"plugins/x{k}"] = h["workflow"]
    assert "too many entries in 'plugins'; got 10" in refused(file)


def test_flipped_bytes_never_give_a_traceback(file: Path) -> None:
    data = file.read_bytes()
    random = np.random.RandomState(0)
    for _ in range(60):
        broken = bytearray(data)
        for place in random.randint(8, len(data), 3):
            broken[place] ^= int(random.randint(1, 256))
        file.write_bytes(broken)
        with suppress(InputError):
            read(file)
