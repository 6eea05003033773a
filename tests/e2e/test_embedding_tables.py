"""Embeddings that were computed elsewhere: read, matched with objects, projected, learned from."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from terminal import typed

import objclass
from objclass.errors import InputError
from objclass.io import embedding_table
from objclass.io.project import read
from objclass.nodes.embedding import tabled
from workflows import Bench, flat, series, several, write_image

WIDTH = 5
LARGE = (1, 2, 5, 6, 9, 10)
"""Ids of the large discs: of the four in a row, the two large ones begin higher up."""
CLASSES = ["large" if k in LARGE else "small" for k in range(1, 13)]


def numbers(ids: np.ndarray, image: str = "") -> np.ndarray:
    """Numbers of objects: the first says the class of a disc, the others are noise."""
    noise = np.random.default_rng(sum(map(ord, image))).normal(size=(len(ids), WIDTH))
    large = np.isin(ids, LARGE)
    noise[:, 0] = np.where(large, 20.0, -20.0)
    return noise


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(path, **arrays)


def write_parquet(path: Path, arrays: dict[str, np.ndarray]) -> None:
    rest = {n: a for n, a in arrays.items() if n != "embedding"}
    pd.DataFrame({**rest, "embedding": list(arrays["embedding"])}).to_parquet(path)


def write_columns(path: Path, arrays: dict[str, np.ndarray]) -> None:
    rest = {n: a for n, a in arrays.items() if n != "embedding"}
    more = {f"e{k}": column for k, column in enumerate(arrays["embedding"].T)}
    pd.DataFrame({**rest, **more}).to_parquet(path)


def write_zarr(path: Path, arrays: dict[str, np.ndarray]) -> None:
    import zarr

    group = zarr.open_group(str(path), mode="w")
    for name, array in arrays.items():
        text = array.dtype.kind == "U"
        group.create_array(name, data=array.astype(np.dtypes.StringDType()) if text else array)


WRITERS: dict[str, tuple[str, Callable[[Path, dict[str, np.ndarray]], None]]] = {
    "npz": ("emb.npz", write_npz),
    "parquet": ("emb.parquet", write_parquet),
    "parquet of columns": ("emb.parquet", write_columns),
    "zarr": ("emb.zarr", write_zarr),
}
EMB = """\
  emb: {kind: embedding, objects: nuclei, table: emb.npz}
  measured:
    kind: features
    with: emb
"""


def one_image(folder: Path, keep: int | None = None) -> Bench:
    """The plain image; a table has numbers of its twelve discs, in another order."""
    bench = flat(folder)
    ids = np.arange(12, 0, -1)
    write_npz(folder / "emb.npz", {"object": ids, "embedding": numbers(ids)})
    return bench.edit(("  measured:\n    kind: features\n", kept(keep)))


def kept(keep: int | None) -> str:
    return EMB.replace("emb.npz}", f"emb.npz, keep: {keep}}}") if keep else EMB


def two_images(folder: Path, keep: int | None = None, name: str = "emb.npz") -> Bench:
    """Two images in one table, of which the first is annotated."""
    bench = several(folder, ("a", "b"))
    WRITERS["npz"][1](folder / name, of_images(("a", "b")))
    return bench.edit(("  measured:\n    kind: features\n", kept(keep)))


def of_images(names: tuple[str, ...]) -> dict[str, np.ndarray]:
    ids = np.arange(1, 13)
    return {
        "image": np.repeat(names, 12),
        "object": np.tile(ids, len(names)),
        "embedding": np.concatenate([numbers(ids, name) for name in names]),
    }


def test_a_feature_table_has_the_columns_of_the_embedding_beside_its_own(tmp_path: Path) -> None:
    ran = one_image(tmp_path).run()
    assert ran.statuses == {"ran"}
    table = pd.read_csv(tmp_path / "results/objects.csv")
    there = [name for name in table if name.startswith("emb_")]
    assert there == [f"emb_value_{k}" for k in range(1, WIDTH + 1)]
    expected = numbers(np.arange(12, 0, -1))[::-1]
    assert np.array_equal(table[there].to_numpy(), expected)
    assert "size_voxels" in table


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_of_a_table_says_the_same(kind: str, tmp_path: Path) -> None:
    bench = two_images(tmp_path)
    reference = bench.run().digests
    (tmp_path / "emb.npz").unlink()
    name, write = WRITERS[kind]
    write(tmp_path / name, of_images(("a", "b")))
    found = bench.edit(("table: emb.npz", f"table: {name}")).run().digests
    assert found == reference


def test_the_rows_of_an_image_are_sorted_once_for_all_its_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = series(tmp_path)
    frames = len(bench.run(until="nuclei").of("nuclei.objects"))
    assert frames > 1
    times = np.repeat(np.arange(frames), 12)
    ids, values = np.tile(IDS, frames), np.concatenate([numbers(IDS) + t for t in range(frames)])
    shuffled = np.random.default_rng(0).permutation(len(ids))
    table = {"object": ids, "t": times, "embedding": values}
    write_npz(tmp_path / "emb.npz", {name: each[shuffled] for name, each in table.items()})
    bench.edit(("  measured:\n    kind: features\n", EMB))
    sorted_ = []
    of_image = embedding_table.EmbeddingTable.of_image
    monkeypatch.setattr(
        embedding_table.EmbeddingTable,
        "of_image",
        lambda table, name: (sorted_.append(name), of_image(table, name))[1],
    )
    found = bench.run(workers=1)
    assert len(sorted_) == 2  # to be described, and for the frames
    said = pd.read_csv(tmp_path / "results/objects.csv").sort_values(["t", "object"])
    assert np.allclose(said["emb_value_1"], values[:, 0])
    assert found.statuses <= {"ran", "cached"}


def test_a_second_run_reads_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = one_image(tmp_path, keep=2)
    bench.run()
    tabled.describe.cache_clear()  # as in another process
    monkeypatch.setattr(embedding_table, "read_embeddings", None)
    assert bench.run().statuses == {"cached"}


def test_a_classifier_learns_from_an_embedding_alone(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    bench.edit(("features: measured", "features: emb"), ("trees: 5", "trees: 100"))
    bench.run()
    table = pd.read_csv(tmp_path / "results/objects.csv")
    assert table["predicted_class"].tolist() == CLASSES
    model = read(tmp_path / "cells.objclass.h5").classifiers["classes"].model
    assert model.columns == tuple(f"emb_value_{k}" for k in range(1, WIDTH + 1))


def test_use_chooses_and_removes_an_embedding_by_the_name_of_its_node(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    bench.edit(("    annotations: ", "    use: [emb]\n    annotations: "))
    bench.run()
    model = read(tmp_path / "cells.objclass.h5").classifiers["classes"].model
    assert {name[:10] for name in model.columns} == {"emb_value_"}
    bench.edit(("use: [emb]", "use: [-emb]")).run()
    model = read(tmp_path / "cells.objclass.h5").classifiers["classes"].model
    assert not any(name.startswith("emb") for name in model.columns)


def test_components_are_those_of_all_objects_with_the_largest_number_positive(
    tmp_path: Path,
) -> None:
    bench = two_images(tmp_path, keep=2)
    bench.run()
    table = pd.read_csv(tmp_path / "results/objects.csv")
    found = table[["emb_component_1", "emb_component_2"]].to_numpy()
    values = of_images(("a", "b"))["embedding"]
    _, _, axes = np.linalg.svd(values - values.mean(0))
    for k in range(2):
        axis = axes[k] * np.sign(axes[k][np.argmax(np.abs(axes[k]))])
        assert np.allclose(found[:, k], (values - values.mean(0)) @ axis, atol=1e-9)


def test_a_project_projects_other_images_as_its_own(tmp_path: Path) -> None:
    bench = two_images(tmp_path, keep=2)
    bench.run()
    write_image(tmp_path, "c")
    write_npz(tmp_path / "emb.npz", of_images(("a", "b", "c")))
    line = (
        "batch cells.objclass.h5 --raw 'raw/{name}.tif' --prediction-map 'prob/{name}.h5' --out o"
    )
    screen = typed(line, tmp_path)
    assert screen.code == 0, screen.out + screen.err
    own = pd.read_csv(tmp_path / "results/objects.csv")
    for name in ("a", "b"):
        there = pd.read_csv(tmp_path / f"o/{name}_objects.csv")
        mine = own[own["image"] == name].reset_index()
        columns = ["emb_component_1", "emb_component_2", "probability-large"]
        assert there[columns].equals(mine[columns])
    kept = read(tmp_path / "cells.objclass.h5").projections["emb"]
    third = pd.read_csv(tmp_path / "o/c_objects.csv")
    expected = (numbers(np.arange(1, 13), "c") - kept.mean) @ kept.axes.T
    assert np.allclose(third[["emb_component_1", "emb_component_2"]], expected)


def test_a_run_and_every_image_of_a_batch_describe_a_table_once_together(tmp_path: Path) -> None:
    """Its rows are all read for that: of a plate, once for every image of it."""
    tabled.describe.cache_clear()
    two_images(tmp_path).run()
    line = "batch cells.objclass.h5 --raw 'raw/{name}.tif' --prediction-map 'prob/{name}.h5' --out "
    assert "2 done, 0 failed" in typed(line + "o", tmp_path).out
    asked = tabled.describe.cache_info()
    assert asked.misses == 1
    assert asked.hits >= 2
    (tmp_path / "emb.npz").touch()
    assert "2 done, 0 failed" in typed(line + "again", tmp_path).out
    assert tabled.describe.cache_info().misses == 2


def test_a_workflow_that_uses_a_project_projects_as_it(tmp_path: Path) -> None:
    bench = two_images(tmp_path, keep=2)
    bench.run()
    before = pd.read_csv(tmp_path / "results/objects.csv")
    write_image(tmp_path, "c")
    write_npz(tmp_path / "emb.npz", of_images(("a", "b", "c")))
    text = bench.text.replace("    estimator: {kind: random_forest, trees: 5}\n", "")
    other = Bench(tmp_path, text).edit(
        ("annotations: annotations.csv", "project: cells.objclass.h5")
    )
    other.run()
    after = pd.read_csv(tmp_path / "results/objects.csv")
    columns = ["emb_component_1", "emb_component_2", "probability-large"]
    assert after[after["image"] != "c"][columns].equals(before[columns])


def test_a_project_predicts_arrays_from_a_table_of_their_image(tmp_path: Path) -> None:
    import h5py
    import tifffile

    one_image(tmp_path, keep=2).run()
    with h5py.File(tmp_path / "prob.h5") as file:
        found = objclass.Project.open(tmp_path / "cells.objclass.h5").predict(
            raw=tifffile.imread(tmp_path / "raw.tif"), prediction_map=file["exported_data"][()]
        )
    assert found.table["predicted_class"].tolist() == CLASSES


def refusal(bench: Bench) -> str:
    with pytest.raises(InputError) as caught:
        bench.job()
    return str(caught.value)


IDS, ONES = np.arange(1, 13), np.ones((12, 2))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"object": IDS}, "has no 'embedding'; got object; expected object, embedding"),
        ({"embedding": np.ones((12, 2))}, "has no 'object'"),
        ({"object": IDS[1:], "embedding": ONES}, "arrays differ in length; got object (11,)"),
        ({"object": IDS, "embedding": np.ones(12)}, "'embedding' is no table of numbers"),
        ({"object": IDS - 5, "embedding": ONES}, "'object' holds no whole numbers from 0"),
        ({"object": IDS % 11, "embedding": np.ones((12, 2))}, "object 1 has two rows"),
        (
            {"object": IDS, "embedding": np.where(IDS[:, None] == 3, np.nan, 1.0)},
            "1 of 12 rows hold NaN or infinity; got object 3 in row 3",
        ),
        (
            {"object": IDS, "embedding": np.ones((12, 2)), "image": np.repeat("raw2", 12)},
            "has no rows of image 'raw'; got raw2; is it called 'raw2' there?",
        ),
        ({"object": IDS, "embedding": np.array([[None]] * 12)}, "cannot be read"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_gets_one_sentence(
    arrays: dict[str, np.ndarray], said: str, tmp_path: Path
) -> None:
    bench = one_image(tmp_path)
    write_npz(tmp_path / "emb.npz", arrays)
    assert said in refusal(bench)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ([1.0], "embeddings differ in length; got 1, 5"),
        (None, "embeddings differ in length; got 0, 5"),
        ([1.0, 2.0, None, 4.0, 5.0], "1 of 12 rows hold NaN or infinity; got object 3 in row 3"),
    ],
)
def test_a_list_that_is_not_as_the_others_is_refused(
    change: list[float | None] | None, said: str, tmp_path: Path
) -> None:
    bench = one_image(tmp_path).edit(("emb.npz", "emb.parquet"))
    lists: list[object] = [*numbers(IDS).tolist()]
    lists[2] = change
    pd.DataFrame({"object": IDS, "embedding": lists}).to_parquet(tmp_path / "emb.parquet")
    assert said in refusal(bench)


def test_lists_of_one_length_and_large_lists_are_read_as_lists(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from objclass.io.embedding_table import read_embeddings

    values = numbers(IDS).astype(np.float32)
    for kind in (pa.list_(pa.float32(), WIDTH), pa.large_list(pa.float32())):
        table = pa.table({"object": IDS, "embedding": pa.array(values.tolist(), kind)})
        pq.write_table(table, tmp_path / "emb.parquet")
        found = read_embeddings(tmp_path / "emb.parquet", str(kind)).values
        assert found.dtype == np.float64
        assert (found == values).all()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("emb.npz", b"PK\x03\x04 and no more", "cannot be read"),
        ("emb.npz", b"", "is empty (0 bytes)"),
        ("emb.parquet", b"PAR1 and no more", "cannot be read"),
        ("emb.csv", b"object,e1", "is no table of embeddings; got .csv"),
        ("other.npz", None, "there is no file"),
        ("other.zarr", None, "there is no file"),
    ],
)
def test_a_file_that_is_no_table_gets_one_sentence(
    name: str, content: bytes | None, said: str, tmp_path: Path
) -> None:
    bench = one_image(tmp_path).edit(("table: emb.npz", f"table: {name}"))
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert said in refusal(bench)


def test_an_archive_that_is_cut_off_gets_one_sentence(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    path = tmp_path / "emb.npz"
    path.write_bytes(path.read_bytes()[:-30])
    assert not zipfile.is_zipfile(path)
    assert "cannot be read" in refusal(bench)


def test_objects_without_a_row_and_rows_without_an_object_are_named(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    ids = np.arange(3, 15)
    write_npz(tmp_path / "emb.npz", {"object": ids, "embedding": np.ones((12, 2))})
    ran = bench.run()
    (failed,) = [o for o in ran.outcomes if o.status == "failed"]
    assert "emb.npz has no row of 2 of 12 objects" in str(failed.problems[0])
    assert "objects 1, 2; 2 rows of no object: 13, 14" in str(failed.problems[0])


def test_rows_of_no_object_are_told_and_left_out(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    ids = np.arange(1, 15)
    write_npz(tmp_path / "emb.npz", {"object": ids, "embedding": np.ones((14, 2))})
    ran = bench.run()
    assert ran.statuses == {"ran"}
    warnings = [w for o in ran.of("emb") for w in o.warnings]
    assert warnings == ["emb.npz: 2 rows are of no object: 13, 14"]


def test_other_rows_run_the_classifier_again_and_say_why(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    bench.run()
    write_npz(tmp_path / "emb.npz", {"object": IDS, "embedding": np.ones((12, WIDTH))})
    ran = bench.run()
    assert ran.reason("emb.values") == "table changed"
    assert ran.state("measured") == "cached"
    assert ran.state("classes.model") == "ran"


def test_more_components_than_numbers_are_refused(tmp_path: Path) -> None:
    said = refusal(one_image(tmp_path, keep=6))
    assert "6 components of 5 numbers; expected at most 5" in said


def test_an_embedding_cannot_be_called_as_a_family(tmp_path: Path) -> None:
    bench = one_image(tmp_path).edit(("  emb:", "  size:"), ("with: emb", "with: size"))
    assert "'size' is the name of a feature family" in refusal(bench)


def test_an_embedding_of_other_objects_is_refused(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    bench.edit(("  emb:", "  other: {kind: threshold, image: prob, channel: nucleus}\n  emb:"))
    bench.edit(("kind: embedding, objects: nuclei", "kind: embedding, objects: other"))
    assert "'emb' is of other objects" in refusal(bench)


def test_one_table_without_images_serves_one_image_only(tmp_path: Path) -> None:
    bench = two_images(tmp_path)
    write_npz(tmp_path / "emb.npz", {"object": IDS, "embedding": np.ones((12, 2))})
    assert "does not say of which image its rows are" in refusal(bench)
    for name in ("a", "b"):
        write_npz(tmp_path / f"{name}.npz", {"object": IDS, "embedding": numbers(IDS, name)})
    bench.edit(("table: emb.npz", 'table: "{image}.npz"'))
    assert bench.run().state("predicted") == "ran"


def test_workers_change_nothing(tmp_path: Path) -> None:
    bench = two_images(tmp_path, keep=2)
    bench.cache = tmp_path / "one"
    one = bench.run(workers=1).digests
    bench.cache = tmp_path / "two"
    assert bench.run(workers=2).digests == one


def test_blocks_with_a_halo_are_refused_since_pieces_have_no_row(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    bench.edit(("kind: predict", "kind: blockwise\n    mode: halo\n    block: 20\n    halo: 4"))
    assert "emb_value_1 is of whole objects" in refusal(bench)


def test_no_objects_have_no_components(tmp_path: Path) -> None:
    bench = one_image(tmp_path, keep=2).edit(("sigma: 0\n", "sigma: 0\n    min_size: 500\n"))
    table = bench.run(until="emb").data("emb.emb")
    assert table.columns["emb_component_1"].shape == (0,)
