"""What a batch writes of all its images from the files of each: a dictionary, one AnnData."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import anndata
import pandas as pd
import pytest
from terminal import Screen, typed

from objclass.batch.gathered import GATHERING
from objclass.nodes.export.outputs import OUTPUTS
from workflows import discs, flat, write_map, write_raw

LINE = "batch cells.objclass.h5 --raw 'new/{n}.tif' --prediction-map 'new/{n}.h5' --out out"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained project and three images, of which the second has no objects."""
    folder = tmp_path_factory.mktemp("gathered")
    flat(folder)
    assert typed("run cells.yaml --set out.write.dictionary=d.csv", folder).code == 0
    for number, name in enumerate(("a", "b", "c")):
        raw, probability = discs(number + 1)
        probability = probability * 0.01 if name == "b" else probability
        write_raw(folder / f"new/{name}.tif", raw)
        write_map(folder / f"new/{name}.h5", probability)
    return folder


@pytest.fixture
def batch(trained: Path, tmp_path: Path) -> Callable[[str], Screen]:
    """Runs batches in a folder of its own."""
    for path in (*trained.glob("new/*"), trained / "cells.objclass.h5"):
        target = tmp_path / path.relative_to(trained)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    return lambda words: typed(f"{LINE} {words}", tmp_path)


def test_one_dictionary_says_what_the_columns_of_all_tables_mean(
    batch: Callable[[str], Screen], trained: Path, tmp_path: Path
) -> None:
    done = batch("--export table,dictionary")
    assert done.code == 0, done.err
    found = pd.read_csv(tmp_path / "out/dictionary.csv").set_index("column")
    assert list(found.index) == list(pd.read_csv(tmp_path / "out/a_objects.csv").columns)
    own = pd.read_csv(trained / "d.csv").set_index("column")
    both = own.index.intersection(found.index)
    assert len(both) >= len(found) - 1  # the workflow has no {n}, and unseen classes
    assert own.loc[both].equals(found.loc[both])
    assert "dictionary.csv" in json.loads((tmp_path / "out/manifest.json").read_text())["reports"]


@pytest.mark.parametrize("words", ["--format parquet", "--format table=h5", "--names cytomining"])
def test_a_dictionary_has_the_titles_of_tables_of_every_format(
    batch: Callable[[str], Screen], tmp_path: Path, words: str
) -> None:
    done = batch(f"--export table,dictionary {words}")
    assert done.code == 0, done.err
    name = "dictionary.parquet" if "parquet" in words else "dictionary.csv"
    read = pd.read_parquet if "parquet" in words else pd.read_csv
    found = read(tmp_path / "out" / name)
    assert found["learned_from"].eq("yes").sum() > 0
    assert found["definition"].fillna("").ne("").mean() > 0.8


def test_a_dictionary_without_a_table_is_refused_before_work(
    batch: Callable[[str], Screen], tmp_path: Path
) -> None:
    refused = batch("--export dictionary")
    assert refused.code == 2
    assert "it says what the columns of the table mean; add --export table" in refused.err
    assert not (tmp_path / "out").exists()


def test_one_anndata_has_the_objects_of_all_images_with_image_and_id(
    batch: Callable[[str], Screen], tmp_path: Path
) -> None:
    done = batch("--export table,anndata")
    assert done.code == 0, done.err
    whole = anndata.read_h5ad(tmp_path / "out/objects.h5ad")
    each = [anndata.read_h5ad(tmp_path / f"out/{name}_objects.h5ad") for name in "abc"]
    assert [len(one) for one in each] == [12, 0, 12]
    assert len(whole) == 24
    assert (whole.X[(whole.obs["image"] == "c").to_numpy()] == each[2].X).all()
    tables = [pd.read_csv(tmp_path / f"out/{name}_objects.csv") for name in "ac"]
    ids = [n for table in tables for n in table["object"]]
    assert whole.obs["instance_id"].to_list() == ids
    assert whole.obs_names.is_unique
    assert list(whole.obs["predicted_class"]) == [
        n for table in tables for n in table["predicted_class"]
    ]
    attrs = whole.uns["spatialdata_attrs"]
    assert sorted(attrs["region"]) == ["a_nuclei", "b_nuclei", "c_nuclei"]
    assert set(whole.obs["region"]) == {"a_nuclei", "c_nuclei"}
    assert len(whole.uns["predicted_class_colors"]) == len(
        whole.obs["predicted_class"].cat.categories
    )
    assert whole.obsm["spatial"].shape == (24, 2)


def test_objects_that_memory_does_not_hold_at_once_are_told_and_all_else_is_written(
    batch: Callable[[str], Screen], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objclass.batch.gathered.AT_ONCE", 2**40)
    done = batch("--export anndata")
    assert done.code == 1
    assert "objects.h5ad is not written: its objects do not fit into memory; got about" in done.err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"a_objects.h5ad", "summary.csv", "manifest.json"} <= names
    assert "objects.h5ad" not in names


def test_a_damaged_file_of_an_image_is_named_and_all_else_is_written(
    batch: Callable[[str], Screen], tmp_path: Path
) -> None:
    assert batch("--export table,dictionary,anndata").code == 0
    for name in ("a_objects.h5ad", "dictionary.csv", "manifest.json"):
        (tmp_path / "out" / name).write_bytes(b"no table")
    done = typed("batch --resume out", tmp_path)
    assert done.code == 1
    assert "a_objects.h5ad cannot be read; got " in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out/objects.h5ad").exists()  # which says other than its images
    assert "definition" in (tmp_path / "out/dictionary.csv").read_text()
    assert json.loads((tmp_path / "out/manifest.json").read_text())


def test_every_output_that_has_a_name_for_all_images_is_gathered() -> None:
    assert {name for name, output in OUTPUTS.items() if output.gathered} == set(GATHERING)
