"""Feature families of people's own: files that a workflow lists, and entry points of packages."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import objclass

from objclass.data.digest import of_bytes
from objclass.errors import InputError
from objclass.io.project import read
from objclass.io.trusted import trust_file
from objclass.measure.family import Family
from objclass.measure.plugin import Object, object_family
from objclass.nodes.features.summary import FeatureSummary
from objclass.plugins import Trust, added_families, from_file
from objclass.run import Request, prepare
from objclass.testing import check_family
from workflows import CENTERS, RADII, Bench, discs, flat, write_map, write_raw

PAGE = Path(__file__).parents[2] / "docs/how-to/own-features.md"
LBP = re.findall(r"(?s)`lbp.py`:\n\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"))[0]
"""The example of the documentation."""

LENGTH = """\
from objclass.measure.plugin import Object, object_family


@object_family("length", columns={"y": "Rows.", "x": "Columns."}, unit="voxel", group="shape")
def length(thing: Object) -> dict[str, float]:
    return {"y": thing.mask.shape[-2], "x": thing.mask.shape[-1]}
"""


def bench(folder: Path, text: str, measure: str, *names: str) -> Bench:
    """Twelve discs and a plugin file (``mine.py``)."""
    (folder / "mine.py").write_text(text, encoding="utf-8")
    made = flat(folder)
    listed = ", ".join(["mine.py", *names])
    return made.edit(
        ("version: 1\n", f"version: 1\nplugins: [{listed}]\n"),
        ("measure: [size, intensity]", f"measure: [{measure}]"),
        ("      predictions: results/{image}_classes.tif\n", ""),
    )


def measured(made: Bench, part: str) -> Mapping[str, np.ndarray]:
    ran = made.run(until="measured")
    columns: Mapping[str, np.ndarray] = ran.data(f"measured.{part}").columns
    return columns


def refused(made: Bench) -> str:
    with pytest.raises(InputError) as caught:
        made.job()
    return str(caught.value)


def first_voxel(disc: tuple[tuple[int, int], int]) -> tuple[int, int]:
    """Where a disc begins in raster order: objects are numbered by it."""
    (y, x), radius = disc
    return y - radius, x


def plain_patterns(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Shares of the ten patterns of an object, pixel by pixel."""
    around = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    counts = np.zeros(10)
    bottom, right = (n - 1 for n in image.shape)
    for y, x in np.argwhere(mask):
        near = [image[np.clip(y + b, 0, bottom), np.clip(x + a, 0, right)] for b, a in around]
        bits = [bool(value >= image[y, x]) for value in near]
        changes = sum(bits[k] != bits[k - 1] for k in range(8))
        counts[sum(bits) if changes <= 2 else 9] += 1
    return counts / counts.sum()


# --- files ------------------------------------------------------------------------------------


def test_local_binary_patterns_are_those_counted_pixel_by_pixel(tmp_path: Path) -> None:
    made = measured(bench(tmp_path, LBP, "lbp"), "lbp")
    raw, probability = discs()
    for row, ((y, x), r) in enumerate(sorted(zip(CENTERS, RADII, strict=True), key=first_voxel)):
        box = slice(y - r, y + r + 1), slice(x - r, x + r + 1)
        expected = plain_patterns(raw[box], probability[box] >= 0.5)
        found = [made[f"lbp_share_{k}-0"][row] for k in range(10)]
        np.testing.assert_allclose(found, expected)


def test_features_of_a_plugin_are_selected_like_all_others(tmp_path: Path) -> None:
    made = bench(tmp_path, LENGTH, "size, length_x")
    assert list(measured(made, "length")) == ["length_x"]
    np.testing.assert_array_equal(measured(made, "length")["length_x"][:3], [13, 13, 7])


def test_only_another_file_measures_a_plugin_again(tmp_path: Path) -> None:
    made = bench(tmp_path, LENGTH, "size, length")
    made.run(until="measured")
    assert made.run(until="measured").statuses <= {"cached", "skipped"}
    changed = LENGTH.replace("thing.mask.shape[-2],", "-thing.mask.shape[-2],")
    (tmp_path / "mine.py").write_text(changed, encoding="utf-8")
    again = made.run(until="measured")
    assert again.ran_parts == {"measured.length"}
    assert "mine.py" in again.reason("measured") or "plugin" in again.reason("measured")
    np.testing.assert_array_equal(measured(made, "length")["length_y"][:3], [-13, -13, -7])


def test_the_bytes_that_run_are_the_bytes_that_count(tmp_path: Path) -> None:
    """Two texts of one size within a second: a compiled file would be taken for the newer."""
    file = tmp_path / "mine.py"
    values = []
    for number in (1, 2, 3):
        file.write_text(LENGTH.replace('"y": thing.mask.shape[-2]', f'"y": {number}'))
        family = from_file(file, ())["length"].family
        values.append(one_object(family)["length_y"])
    assert values == [1, 2, 3]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def one_object(family: Family) -> dict[str, float]:
    """Values of a family on one voxel."""
    from objclass.measure.batches import measure_frame
    from objclass.measure.family import Setting
    from objclass.measure.frame import Frame
    from objclass.testing import index_of

    labels = np.ones((1, 1), np.uint32)
    frame = Frame((1, 1), (0, 0), lambda r: labels[r.slices], {}, index_of(labels))
    return {n: float(v[0]) for n, v in measure_frame([(family, Setting(2))], frame).items()}


def test_two_files_give_their_families(tmp_path: Path) -> None:
    (tmp_path / "lbp.py").write_text(LBP, encoding="utf-8")
    made = bench(tmp_path, LENGTH, "length, lbp", "lbp.py")
    assert made.run(until="measured").ran_parts >= {"measured.length", "measured.lbp"}


def test_a_plugin_per_channel_is_called_with_each(tmp_path: Path) -> None:
    family = object_family("top", columns={"max": "Brightest."}, per_channel=True)(
        lambda thing: {"max": float(thing.image.max()) + len(thing.channel or "")}
    )
    assert family.reads_image
    check_family(family)


def test_a_name_that_begins_like_another_family_is_its_own(tmp_path: Path) -> None:
    text = LENGTH.replace('"length"', '"size_of_box"')
    made = bench(tmp_path, text, "size_of_box_x")
    assert list(measured(made, "size_of_box")) == ["size_of_box_x"]


def test_an_object_that_fails_is_named_and_missing_and_the_others_go_on(tmp_path: Path) -> None:
    text = LENGTH.replace("    return", "    1 / (thing.id - 3)\n    return")
    made = bench(tmp_path, text, "length")
    ran = made.run(until="measured")
    assert np.flatnonzero(np.isnan(ran.data("measured.length").columns["length_y"])) == [2]
    (outcome,) = ran.of("measured.length")
    assert outcome.warnings == (
        "length failed on object 3: ZeroDivisionError: division by zero; their values are missing",
    )
    assert outcome.known is not None
    assert outcome.told(FeatureSummary).missing == {"length_y": 1, "length_x": 1}


def test_warnings_are_told_again_when_the_values_come_from_the_cache(tmp_path: Path) -> None:
    text = LENGTH.replace("    return", "    1 / (thing.id - 3)\n    return")
    made = bench(tmp_path, text, "length")
    made.run(until="measured")
    (outcome,) = made.run(until="measured").of("measured.length")
    assert outcome.status == "cached"
    assert [w for w in outcome.warnings if "failed on object 3" in w]


def test_what_a_function_does_not_return_is_missing(tmp_path: Path) -> None:
    text = LENGTH.replace('"y": thing.mask.shape[-2], ', "")
    ran = bench(tmp_path, text, "length").run(until="measured")
    assert np.isnan(ran.data("measured.length").columns["length_y"]).all()
    (outcome,) = ran.of("measured.length")
    assert "length failed on objects 1, 2, 3, 4, 5, 6 and 6 more" in outcome.warnings[0]
    assert "KeyError: 'y'" in outcome.warnings[0]


BROKEN = [
    ("import nothing_of_that_name\n", r"mine.py:1: .*ModuleNotFoundError: No module named 'nothi"),
    ("x = 1\n\ndef f(:\n    pass\n", r"mine.py:3: plugin fails: SyntaxError: invalid syntax$"),
    ("x = 1\ny = x / 0\n", r"mine.py:2: plugin fails: ZeroDivisionError: division by zero"),
    ("import sys\nsys.exit(3)\n", r"mine.py:2: plugin fails: SystemExit: 3"),
    ("x = 1\n", r"mine.py holds no feature family; decorate a function with .*object_family"),
    (LENGTH.replace('"length"', '"size"'), r"mine.py: the name size is taken; rename it"),
    (LENGTH.replace('"length"', '"parent"'), r"mine.py: the name parent is taken; rename it"),
    (LENGTH + LENGTH.replace("def length", "def other"), r"the name length is taken"),
    (LENGTH.replace('"length"', '"my-length"'), r"'my-length' cannot begin the names of columns"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[text[:20] for text, _ in BROKEN])
def test_a_plugin_that_cannot_be_used_stops_before_work(
    tmp_path: Path, text: str, said: str
) -> None:
    told = refused(bench(tmp_path, text, "size"))
    assert re.search(said, told), told


def test_a_missing_plugin_is_named(tmp_path: Path) -> None:
    told = refused(bench(tmp_path, LENGTH, "size", "gone.py"))
    assert "gone.py cannot be read; got No such file" in told
    assert "cells.yaml:2" in told


def test_a_plugin_is_a_python_file(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(LENGTH, encoding="utf-8")
    assert "expected a file ending in .py" in refused(bench(tmp_path, LENGTH, "size", "mine.txt"))


def test_families_that_a_plugin_imports_are_not_its_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"from objclass.measure.size import FAMILY\n{LENGTH}", encoding="utf-8")
    assert list(from_file(file, ())) == ["length"]


def test_a_plugin_may_hold_dataclasses(tmp_path: Path) -> None:
    extra = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    text = f"{extra}{LENGTH}\n@dataclass\nclass Point:\n    x: int\n"
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    assert list(from_file(file, ())) == ["length"]


# --- entry points -----------------------------------------------------------------------------


def entry_points(monkeypatch: pytest.MonkeyPatch, *found: Any) -> None:
    """Let installed packages offer these."""
    points = importlib.metadata.entry_points

    def offered(**chosen: str) -> Any:
        return found if chosen.get("group") == "objclass.features" else points(**chosen)

    monkeypatch.setattr(importlib.metadata, "entry_points", offered)


def package(family: Any, version: str = "1.0") -> Any:
    return SimpleNamespace(
        value="their_package:family", dist=SimpleNamespace(version=version), load=lambda: family
    )


@object_family("theirs", columns={"sides": "Number of axes."})
def theirs(thing: Object) -> dict[str, float]:
    """How many axes an object has."""
    return {"sides": thing.mask.ndim}


def plain(folder: Path, measure: str) -> Bench:
    made = flat(folder)
    return made.edit(
        ("measure: [size, intensity]", f"measure: [{measure}]"),
        ("      predictions: results/{image}_classes.tif\n", ""),
    )


def test_a_family_of_a_package_is_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_points(monkeypatch, package(theirs))
    made = plain(tmp_path, "size, theirs")
    np.testing.assert_array_equal(measured(made, "theirs")["theirs_sides"], [2] * 12)


def test_another_version_of_a_package_measures_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plain(tmp_path, "size, theirs")
    entry_points(monkeypatch, package(theirs))
    made.run(until="measured")
    entry_points(monkeypatch, package(theirs, "1.1"))
    assert made.run(until="measured").ran_parts == {"measured.theirs"}


def test_packages_are_not_imported_where_no_family_of_theirs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EntryPoint("theirs", "no_such_package:family", "objclass.features")
    entry_points(monkeypatch, broken)
    plain(tmp_path, 'size, "intensity_m*", -axes').job()
    told = refused(plain(tmp_path, "size, theirs"))
    assert "entry point no_such_package:family of objclass.features fails: ModuleNotFound" in told


def test_an_entry_point_is_a_family_and_not_a_built_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_points(monkeypatch, package(len))
    assert "is no feature family; got builtin_function" in refused(plain(tmp_path, "theirs"))
    twin = object_family("size", columns={"a": "A."})(lambda thing: {"a": 1.0})
    entry_points(monkeypatch, package(twin))
    assert "the name size is taken" in refused(plain(tmp_path, "theirs"))


def test_without_any_plugin_nothing_is_added() -> None:
    assert added_families((), {}, Trust()) == {}


# --- projects and batch -----------------------------------------------------------------------


def batch(folder: Path, *more: object) -> Any:
    raw, probability = discs(3)
    write_raw(folder / "new/a.tif", raw)
    write_map(folder / "new/a.h5", probability)
    found = ["--raw", folder / "new/{name}.tif", "--prediction-map", folder / "new/{name}.h5"]
    out = ["--out", folder / "out", "--export", "table"]
    return objclass("batch", folder / "cells.objclass.h5", *found, *out, *more)


def trained(folder: Path, text: str = LENGTH, measure: str = "size, length") -> Path:
    assert all(o.status == "ran" for o in bench(folder, text, measure).run().outcomes)
    return folder


def test_a_project_records_name_digest_and_source(tmp_path: Path) -> None:
    (plugin,) = read(trained(tmp_path) / "cells.objclass.h5").plugins
    assert (plugin.name, plugin.source) == ("mine.py", LENGTH)
    assert plugin.digest == of_bytes(LENGTH.encode())


def test_batch_never_runs_the_plugin_of_a_project(tmp_path: Path) -> None:
    trained(tmp_path)
    answer = batch(tmp_path)
    assert answer.code == 2
    assert "the project measures with the plugin mine.py" in answer.err + answer.out
    assert "add --plugin mine.py (the same file)" in answer.err + answer.out
    assert not (tmp_path / "out").exists()


def test_batch_refuses_another_file(tmp_path: Path) -> None:
    trained(tmp_path)
    other = tmp_path / "other.py"
    other.write_text(LENGTH + "raise SystemError('I was run')\n", encoding="utf-8")
    answer = batch(tmp_path, "--plugin", other)
    assert answer.code == 2
    said = answer.err + answer.out
    assert "is not a file that the project was trained with; expected mine.py" in said
    assert "I was run" not in said


def test_batch_refuses_a_plugin_where_the_project_has_none(tmp_path: Path) -> None:
    plain(tmp_path, "size").run()
    (tmp_path / "mine.py").write_text(LENGTH, encoding="utf-8")
    answer = batch(tmp_path, "--plugin", tmp_path / "mine.py")
    assert answer.code == 2
    assert "expected no plugin" in answer.err + answer.out


def test_batch_measures_with_the_same_file_wherever_it_lies(tmp_path: Path) -> None:
    trained(tmp_path)
    moved = tmp_path / "moved.py"
    (tmp_path / "mine.py").rename(moved)
    answer = batch(tmp_path, "--plugin", moved)
    assert answer.code == 0, answer.err + answer.out
    table = pd.read_csv(tmp_path / "out/a_objects.csv")
    assert table["length_x"].tolist()[:3] == [13, 13, 7]


def test_batch_finds_the_families_of_packages_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_points(monkeypatch, package(theirs))
    plain(tmp_path, "size, theirs").run()
    answer = batch(tmp_path)
    assert answer.code == 0, answer.err + answer.out


# --- the contract -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", [LBP, LENGTH], ids=["lbp", "length"])
def test_a_family_of_a_plugin_keeps_the_contract(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    for added in from_file(file, ()).values():
        check_family(added.family)


def test_a_plugin_that_looks_at_ids_breaks_the_contract() -> None:
    odd = object_family("odd", columns={"id": "Its id."})(lambda thing: {"id": thing.id})
    with pytest.raises(AssertionError, match="under other ids"):
        check_family(odd)


# --- allowed files ------------------------------------------------------------------------------

SPY = (
    LENGTH
    + """
from pathlib import Path

(Path(__file__).parent / "ran").write_text("")
"""
)
VERBS = (
    ("validate", "cells.yaml"),
    ("plan", "cells.yaml"),
    ("run", "cells.yaml"),
    ("look", "cells.yaml"),
    ("annotations", "new", "cells.yaml", "-o", "new.csv"),
    ("annotations", "status", "cells.yaml"),
    ("annotations", "reattach", "cells.yaml"),
)


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workflow from elsewhere, whose plugin says when it was run, and a list without it."""
    folder = tmp_path / "work"
    folder.mkdir()
    bench(folder, SPY, "size, length")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("OBJCLASS_TRUSTED_PLUGINS", str(tmp_path / "home" / "trusted-plugins"))
    return folder


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_plugin_that_nobody_allowed_is_not_run_by_any_verb(
    stranger: Path, verb: tuple[str, ...]
) -> None:
    answer = objclass(*verb)
    digest = of_bytes(SPY.encode())
    assert (answer.code, answer.err) == (
        2,
        "cells.yaml:2:10: plugin mine.py is code that nobody on this account has allowed to run; "
        f"got a file with the digest {digest}; read it, then add --trust-plugins once\n",
    )
    assert not (stranger / "ran").exists()


@pytest.mark.parametrize("verb", VERBS[:2], ids=" ".join)
def test_a_plugin_is_allowed_once_and_remembered_until_it_changes(
    stranger: Path, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    answer = objclass(*verb, "--trust-plugins")
    assert answer.code == 0, answer.err
    assert "note: plugin mine.py may run from now on, as long as it stays as it is" in answer.lines
    assert (stranger / "ran").exists()
    again = objclass(*verb)
    assert (again.code, "plugin" in again.out) == (0, False)
    digest = of_bytes(SPY.encode())
    listed = (tmp_path / "home" / "trusted-plugins").read_text()
    assert listed == f"{digest}  {stranger / 'mine.py'}\n"
    (stranger / "mine.py").write_text(SPY + "\n", encoding="utf-8")
    assert objclass(*verb).code == 2


def test_the_same_file_elsewhere_is_the_same_file(stranger: Path, tmp_path: Path) -> None:
    assert objclass("validate", "cells.yaml", "--trust-plugins").code == 0
    bench(tmp_path, SPY, "size, length")
    assert objclass("validate", tmp_path / "cells.yaml").code == 0


def test_every_file_that_nobody_allowed_is_named_at_once(stranger: Path) -> None:
    (stranger / "other.py").write_text(SPY.replace("length", "width"), encoding="utf-8")
    text = (stranger / "cells.yaml").read_text().replace("[mine.py]", "[mine.py, other.py]")
    (stranger / "cells.yaml").write_text(text)
    answer = objclass("validate", "cells.yaml")
    assert answer.code == 2
    assert [f"plugin {name} is code" in answer.err for name in ("mine.py", "other.py")] == [
        True
    ] * 2
    assert not (stranger / "ran").exists()


def test_a_list_that_cannot_be_written_allows_this_run(
    stranger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    where = tmp_path / "file" / "trusted-plugins"
    monkeypatch.setenv("OBJCLASS_TRUSTED_PLUGINS", str(where))
    answer = objclass("validate", "cells.yaml", "--trust-plugins")
    assert answer.code == 0
    said = f"note: plugin mine.py may run this once: {where} not written (File exists)"
    assert said in answer.lines
    assert objclass("validate", "cells.yaml").code == 2


def test_python_callers_allow_with_an_argument(stranger: Path) -> None:
    with pytest.raises(InputError, match="nobody on this account has allowed"):
        prepare("cells.yaml")
    assert prepare("cells.yaml", Request(trust_plugins=True)).notes
    assert prepare("cells.yaml")


def test_the_list_lies_in_the_configuration_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OBJCLASS_TRUSTED_PLUGINS")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert trust_file() == tmp_path / ".config/objclass/trusted-plugins"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "conf"))
    assert trust_file() == tmp_path / "conf/objclass/trusted-plugins"
