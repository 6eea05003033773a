"""A network of the user: what it says of windows and maps, and networks that are no good."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_networks import EDGES, averaging, counting, helper, of_node, onnx, write_network
from terminal import typed

import objclass
from objclass.data.network_probe import NetworkProbe
from objclass.engine.foresight import foresee_memory
from objclass.engine.graph import blocks_above
from objclass.errors import InputError
from objclass.io import network
from objclass.io.project import read
from objclass.nodes.embedding import networked
from workflows import Bench, Ran, deep, flat, series, several, write_image

EMB = """\
  emb: {kind: embedding, image: raw, objects: nuclei, model: net.onnx, range: [0, 1], mask: outside_zero}
  measured:
    kind: features
    with: emb
"""  # noqa: E501
MASKED = ", range: [0, 1], mask: outside_zero"


def embedded(bench: Bench, *changes: tuple[str, str]) -> Bench:
    """A bench whose features stand beside what a counting network says of masked windows."""
    counting(bench.folder / "net.onnx")
    return bench.edit(("  measured:\n    kind: features\n", EMB), *changes)


def table(bench: Bench) -> pd.DataFrame:
    ran = bench.run()
    assert ran.statuses <= {"ran", "cached"}, [str(p) for o in ran.outcomes for p in o.problems]
    return pd.read_csv(bench.folder / "results/objects.csv")


@pytest.mark.parametrize("make", [flat, deep, series])
def test_a_network_counts_the_voxels_and_rows_of_every_disc(make: object, tmp_path: Path) -> None:
    found = table(embedded(make(tmp_path)))  # type: ignore[operator]
    planes = 3 if make is deep else 1
    sizes = found["size_voxels"] // planes
    assert set(sizes) == {113, 29}
    assert found["emb_value_1"].tolist() == sizes.tolist()
    assert found["emb_value_2"].tolist() == np.where(sizes == 113, 13, 7).tolist()


def test_a_map_is_averaged_over_the_voxels_of_an_object(tmp_path: Path) -> None:
    bench = embedded(flat(tmp_path), (MASKED, ", from: map, range: [0, 255], size: 2"))
    averaging(tmp_path / "net.onnx")
    found = table(bench)
    import tifffile

    raw = tifffile.imread(tmp_path / "raw.tif").astype(float) / 255
    cells = raw.reshape(24, 2, 32, 2).mean(axis=(1, 3)).repeat(2, 0).repeat(2, 1)
    labels = bench.run().labels("nuclei").read()
    expected = [cells[labels == k].mean() for k in range(1, 13)]
    assert np.allclose(found["emb_value_1"], expected, rtol=1e-5)
    assert np.allclose(found["emb_value_2"], 2 * found["emb_value_1"], rtol=1e-6)


def test_a_channel_may_be_given_to_a_network_twice(tmp_path: Path) -> None:
    bench = embedded(flat(tmp_path), (MASKED, f"{MASKED}, channels: [0, 0, 0]"))
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["y"])]
    write_network(tmp_path / "net.onnx", nodes, shape=("n", 3, 16, 16))
    found = table(bench)
    columns = [found[f"emb_value_{k}"].tolist() for k in (1, 2, 3)]
    assert columns[0] == columns[1] == columns[2]
    assert np.allclose(columns[0], found["size_voxels"] / 256)


def test_values_do_not_depend_on_blocks_workers_and_other_objects(tmp_path: Path) -> None:
    bench = embedded(several(tmp_path, ("a", "b")), (MASKED, ", keep: 2, mask: outside_zero"))
    bench.cache = tmp_path / "one"
    one = bench.run(workers=1).digests
    bench.cache = tmp_path / "two"
    assert bench.run(workers=2).digests == one
    bench.cache = tmp_path / "blocks"
    bench.edit(("kind: predict", "kind: blockwise\n    block: 20"))
    found = bench.run().digests
    assert {k: d for k, d in found.items() if k.startswith(("emb", "measured"))} == {
        k: d for k, d in one.items() if k.startswith(("emb", "measured"))
    }


def test_a_network_that_looks_at_its_batch_is_run_on_one_window_at_a_time(tmp_path: Path) -> None:
    bench = embedded(flat(tmp_path))
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["x", "m"], ["d"]),
        helper.make_node("GlobalAveragePool", ["d"], ["y"]),
    ]
    write_network(tmp_path / "net.onnx", nodes)
    assert set(table(bench)["emb_value_1"]) == {0.0}


def test_a_second_run_loads_no_network_and_another_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = embedded(flat(tmp_path))
    bench.run()
    networked.describe.cache_clear()  # as in another process
    with monkeypatch.context() as patched:
        patched.setattr(network, "open_network", None)
        assert bench.run().statuses == {"cached"}
    of_node(tmp_path / "net.onnx", "Sqrt")
    assert bench.run().reason("emb.values") == "model changed"


def test_a_network_that_is_changed_before_it_is_loaded_is_not_run(tmp_path: Path) -> None:
    bench = embedded(flat(tmp_path))
    job = bench.job()
    network.open_network.cache_clear()  # as where an earlier run has described it
    of_node(tmp_path / "net.onnx", "Sqrt")
    problems = [str(p) for each in job.run() for p in each.problems]
    assert any("net.onnx was changed while this ran" in each for each in problems), problems


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        (", from: map, size: 2, range: [0, 255]", 50 + 4),
        (", from: map, size: 2, range: [0.5 %, 99.8 %]", 50 + 4),
        (", range: [0.5 %, 99.8 %]", 0),
        (MASKED, None),
    ],
)
def test_the_forecast_counts_what_a_map_takes_of_the_whole_frame(
    changes: str, beside: int | None, tmp_path: Path
) -> None:
    bench = embedded(flat(tmp_path), (MASKED, changes))
    if "map" in changes:
        averaging(tmp_path / "net.onnx")
    bench.edit(("kind: predict", "kind: blockwise\n    block: 20"))
    graph = bench.job().graph
    there = {each.step.node: each for each in foresee_memory(graph, blocks_above(graph.nodes))}
    if beside is None:
        assert "emb" not in there
        return
    labels = 4 if "map" in changes else 0
    assert there["emb"].block is None
    assert there["emb"].voxel == 1 + labels + beside


ANOTHER = "arm64 asimd"
SAID = "on 4 drawn windows this one's numbers differ by at most 0.25, "


def elsewhere(patched: pytest.MonkeyPatch, off: float = 0.25) -> None:
    """Go on as on another machine, whose numbers are a quarter more."""
    network.open_network.cache_clear()
    patched.setattr(networked, "processor", lambda: ANOTHER)
    embed = network.Network.embed
    patched.setattr(network.Network, "embed", lambda self, batch: embed(self, batch) + off)


def values_of(ran: Ran, image: str) -> np.ndarray:
    found: np.ndarray = ran.data("emb.values", image).arrays["values"]
    return found


def test_numbers_of_another_machine_are_kept_and_the_deviation_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = embedded(several(tmp_path, ("a",)))
    first = bench.run()
    assert not any("machine" in note for note in first.job.notes)
    elsewhere(monkeypatch)
    again = bench.run()
    assert again.statuses == {"cached"}
    assert again.digests == first.digests
    (warning,) = again.of("emb.values")[0].warnings
    assert warning.startswith("kept from another machine: processor ")
    assert warning.endswith(f" -> {ANOTHER}")
    assert any(SAID in note for note in again.job.notes), again.job.notes


def test_an_image_that_is_new_is_embedded_by_this_machine_and_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = embedded(several(tmp_path, ("a",)))
    mine = values_of(bench.run(), "a")
    write_image(tmp_path, "b")
    elsewhere(monkeypatch)
    ran = bench.run()
    assert np.array_equal(values_of(ran, "a"), mine)
    assert np.allclose(values_of(ran, "b"), mine + 0.25)
    assert [o.status for o in ran.of("emb.values")] == ["cached", "ran"]


def test_what_a_person_forces_or_changes_is_made_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = embedded(several(tmp_path, ("a",)))
    mine = values_of(bench.run(), "a")
    elsewhere(monkeypatch)
    assert np.allclose(values_of(bench.run(force=("emb",)), "a"), mine + 0.25)
    ran = bench.edit((MASKED, ", range: [0, 2], mask: outside_zero")).run()
    assert ran.of("emb.values")[0].status == "ran"


def test_a_batch_on_another_machine_tells_the_largest_deviation_from_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = embedded(several(tmp_path, ("a",)))
    bench.run()
    project = read(tmp_path / "cells.objclass.h5").probes["emb"]
    assert project.values.shape == (4, 2)
    line = "batch cells.objclass.h5 --raw 'raw/{name}.tif' --prediction-map 'prob/{name}.h5' --out "
    assert "machine" not in typed(line + "here", tmp_path).out
    elsewhere(monkeypatch)
    screen = typed(line + "there", tmp_path)
    assert screen.code == 0, screen.err
    assert "emb: numbers of training were made on another machine" in screen.out
    assert SAID in screen.out
    document = json.loads(typed(line + "json --json", tmp_path).out)
    told = [*document["notes"], *(note for each in document["images"] for note in each["notes"])]
    assert any(SAID in note for note in told)


def test_drawn_windows_lie_in_0_to_1_and_differ() -> None:
    found = network.probe_windows((3, 20, 30))
    assert found.shape == (4, 3, 20, 30)
    assert found.min() >= 0
    assert found.max() <= 1
    assert len({each.tobytes() for each in found}) == 4


def test_a_deviation_is_told_in_numbers_and_as_a_share_of_the_largest() -> None:
    here = NetworkProbe("r 1", "p", np.array([[1, -4], [2, 0]], np.float32))
    there = NetworkProbe("r 2", "q", np.array([[1, -3], [2, 0.5]], np.float32))
    assert here.deviation(there) == (1.0, 0.25)
    assert here.deviation(here) == (0.0, 0.0)
    assert here.deviation(NetworkProbe("r", "p", np.zeros((2, 3), np.float32))) is None
    assert "differ in no bit" in here.compared(here)


def test_a_batch_and_arrays_are_embedded_as_the_run(tmp_path: Path) -> None:
    import h5py
    import tifffile

    bench = embedded(several(tmp_path, ("a", "b")), (MASKED, ", keep: 1" + MASKED))
    own = table(bench)
    line = (
        "batch cells.objclass.h5 --raw 'raw/{name}.tif' --prediction-map 'prob/{name}.h5' --out o"
    )
    screen = typed(line, tmp_path)
    assert screen.code == 0, screen.out + screen.err
    columns = ["emb_component_1", "probability-large"]
    for name in ("a", "b"):
        there = pd.read_csv(tmp_path / f"o/{name}_objects.csv")
        mine = own[own["image"] == name].reset_index()
        assert there[columns].equals(mine[columns])
    with h5py.File(tmp_path / "prob/a.h5") as file:
        found = objclass.Project.open(tmp_path / "cells.objclass.h5").predict(
            raw=tifffile.imread(tmp_path / "raw/a.tif"), prediction_map=file["exported_data"][()]
        )
    assert found.table[columns].equals(own[own["image"] == "a"][columns])


def test_a_run_and_every_image_of_a_batch_try_a_network_once_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    real = network.try_batches
    monkeypatch.setattr(network, "try_batches", lambda *asked: tried.append(1) or real(*asked))
    embedded(several(tmp_path, ("a", "b"))).run()
    line = "batch cells.objclass.h5 --raw 'raw/{name}.tif' --prediction-map 'prob/{name}.h5' --out "
    assert "2 done, 0 failed" in typed(line + "o", tmp_path).out
    assert len(tried) == 1
    (tmp_path / "net.onnx").touch()
    assert "2 done, 0 failed" in typed(line + "again", tmp_path).out
    assert len(tried) == 2


def test_a_batch_with_another_network_is_refused(tmp_path: Path) -> None:
    bench = embedded(several(tmp_path, ("a",)))
    bench.run()
    write_image(tmp_path, "c")
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]),
             helper.make_node("GlobalAveragePool", ["c"], ["y"])]  # fmt: skip
    write_network(tmp_path / "net.onnx", nodes, {"w": EDGES})
    line = "batch cells.objclass.h5 --raw raw/c.tif --prediction-map prob/c.h5 --out o"
    screen = typed(line, tmp_path)
    assert screen.code != 0
    assert "emb is measured with another 'model'" in screen.out + screen.err


def refusal(bench: Bench) -> str:
    with pytest.raises(InputError) as caught:
        bench.job()
    return str(caught.value)


def external(path: Path, location: str) -> None:
    """Write a network whose weights lie elsewhere."""
    counting(path)
    model = onnx.load(path)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    path.write_bytes(model.SerializeToString())


def custom(path: Path) -> None:
    node = helper.make_node("Evil", ["x"], ["y"], domain="com.evil")
    write_network(path, [node], domains=["com.evil"])


def two_inputs(path: Path) -> None:
    more = helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, ("n", 1, 16, 16))
    write_network(path, [helper.make_node("Add", ["x", "z"], ["y"])], more_inputs=[more])


def random(path: Path) -> None:
    noise = helper.make_node("RandomUniformLike", ["x"], ["u"])
    write_network(path, [noise, helper.make_node("GlobalAveragePool", ["u"], ["y"])])


def rank(path: Path) -> None:
    write_network(path, [helper.make_node("Flatten", ["x"], ["y"])], shape=("n", 256))


def whole_numbers(path: Path) -> None:
    node = helper.make_node("Cast", ["x"], ["y"], to=onnx.TensorProto.FLOAT)
    write_network(path, [node], kind=onnx.TensorProto.UINT8)


def cut_off(path: Path) -> None:
    whole = counting(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def nan(path: Path) -> None:
    neg = helper.make_node("Neg", ["x"], ["m"])
    log = helper.make_node("Log", ["m"], ["l"])
    write_network(path, [neg, log, helper.make_node("GlobalAveragePool", ["l"], ["y"])])


HOSTILE = {
    "outside": (lambda p: external(p, "../weights.bin"), "names weights outside of its folder"),
    "absolute": (lambda p: external(p, "/etc/passwd"), "names weights outside of its folder"),
    "lacking": (lambda p: external(p, "weights.bin"), "there is no file"),
    "custom": (custom, "needs operators that are not of the ONNX standard; got com.evil.Evil"),
    "cut off": (cut_off, "is no ONNX file, or is cut off"),
    "text": (lambda p: p.write_text("no network\n" * 9), "is no ONNX file, or is cut off"),
    "zeros": (lambda p: p.write_bytes(bytes(1000)), "is no ONNX file, or is cut off"),
    "empty": (lambda p: p.write_bytes(b""), "is empty (0 bytes)"),
    "two inputs": (two_inputs, "net.onnx takes no images"),
    "rank": (rank, "net.onnx takes no images"),
    "whole numbers": (whole_numbers, "net.onnx takes no images; got tensor(uint8)"),
    "random": (random, "net.onnx says two things of one input"),
    "nan": (nan, "net.onnx gives NaN or infinity for an input in 0 to 1"),
    "channels": (
        lambda p: of_node(p, "Relu", shape=("n", 3, 16, 16)),
        "net.onnx takes 3 channels, and is given 1",
    ),
    "dynamic": (
        lambda p: of_node(p, "Relu", shape=("n", 1, "h", "w")),
        "net.onnx takes windows of any size",
    ),
    "oblong": (lambda p: counting(p, ("n", 1, 16, 8)), "net.onnx takes inputs of another size"),
    "fixed batch": (lambda p: counting(p, (4, 1, 16, 16)), "net.onnx takes 4 inputs at once"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_network_that_cannot_be_used_gets_one_sentence(kind: str, tmp_path: Path) -> None:
    bench = embedded(flat(tmp_path))
    write, said = HOSTILE[kind]
    write(tmp_path / "net.onnx")
    found = refusal(bench)
    assert said in found
    assert found.count("\n") == 0


def test_weights_beside_a_network_are_read_and_are_part_of_it(tmp_path: Path) -> None:
    bench = embedded(flat(tmp_path))
    expected = table(bench)["emb_value_2"].tolist()
    external(tmp_path / "net.onnx", "weights.bin")
    (tmp_path / "weights.bin").write_bytes(EDGES.tobytes())
    assert table(bench)["emb_value_2"].tolist() == expected
    (tmp_path / "weights.bin").write_bytes((2 * EDGES).tobytes())
    assert table(bench)["emb_value_2"].tolist() == [2 * each for each in expected]


def test_a_batch_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["c"], ["again"]),
            helper.make_node("Sin", ["v"], ["w"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", onnx.TensorProto.INT64, ()),
            helper.make_tensor_value_info("c", onnx.TensorProto.BOOL, ()),
            helper.make_tensor_value_info("v", onnx.TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("again", onnx.TensorProto.BOOL, ()),
            helper.make_tensor_value_info("w", onnx.TensorProto.FLOAT, None),
        ],
    )
    loop = helper.make_node("Loop", ["times", "", "x"], ["l"], body=body)
    end = helper.make_node("GlobalAveragePool", ["l"], ["y"])
    bench = embedded(flat(tmp_path))
    write_network(tmp_path / "net.onnx", [loop, end], {"times": np.array(10**9)})
    monkeypatch.setattr(network, "SECONDS", 0.3)
    assert "net.onnx: a batch takes more than 0.3 s" in refusal(bench)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("model: net.onnx, ", ""), "an embedding has a table or a model"),
        (("image: raw, objects: nuclei, model", "objects: nuclei, model"), "a network sees a raw"),
        (("model: net.onnx", "model: no.onnx"), "there is no file"),
        ((MASKED, ", channels: [dna]"), "there is no channel 'dna'; expected 0"),
        ((MASKED, ", size: 20"), "net.onnx takes inputs of another size; got 16 x 16"),
        ((MASKED, ", scale: 0.5 um"), "the image has no pixel size"),
        ((MASKED, ", scale: 100 px"), "is far from the image's; got 100 voxels"),
        ((MASKED, ", from: map, mask: outside_zero"), "mask has no effect on a map"),
        (("model: net.onnx", "table: e.npz"), "image has no effect on a table"),
        ((MASKED, ", range: [5 %, 100]"), "is not a range that rises"),
    ],
)
def test_a_field_that_does_not_fit_gets_one_sentence(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    assert said in refusal(embedded(flat(tmp_path), change))
