"""The laws of the engine, on real workflows that hypothesis edits."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import pytest
import tifffile
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import workflows
from objclass.engine.decide import Blocked, Cached, Pending, Run
from workflows import KINDS, Bench, Ran

at_length = pytest.mark.slow
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure is told as found: a run is too slow to look for the smallest example."""

HEALTH = list(HealthCheck)
SHORT = settings(max_examples=5, deadline=None, suppress_health_check=HEALTH, phases=PHASES)
LONG = settings(max_examples=40, deadline=None, suppress_health_check=HEALTH, phases=PHASES)

EDITS: dict[str, tuple[str, ...]] = {
    "nuclei.threshold": ("0.3", "0.5", "0.6", "0.7"),
    "nuclei.sigma": ("0", "1", "0.7"),
    "nuclei.min_size": ("10", "20"),
    "measured.measure": ("[size]", "[size, intensity]", "[size, position, axes]"),
    "classes.seed": ("0", "7"),
    "classes.estimator": ("{kind: random_forest, trees: 5}", "{kind: extra_trees, trees: 3}"),
    "predicted.min_probability": ("0", "0.7"),
}
"""Fields and values; the first of ``nuclei.sigma`` leaves the drawn sizes as they are."""

Sets = tuple[str, ...]


@st.composite
def edits(draw: st.DrawFn) -> Sets:
    """Some fields set to some values."""
    fields = draw(st.lists(st.sampled_from(sorted(EDITS)), unique=True, max_size=4))
    return tuple(f"{field}={draw(st.sampled_from(EDITS[field]))}" for field in sorted(fields))


histories = st.lists(edits(), min_size=2, max_size=3)


@contextmanager
def bench_of(kind: str = "flat", **more: Any) -> Iterator[Bench]:
    """A bench in a folder that is gone afterwards."""
    with workflows.quick_folder() as folder:
        yield KINDS[kind](Path(folder), **more)


_clean: dict[tuple[str, Sets], tuple[dict[str, str], dict[str, bytes]]] = {}


def clean(kind: str, sets: Sets) -> tuple[dict[str, str], dict[str, bytes]]:
    """Digests and files of a run without any cache; computed once per variant."""
    if (kind, sets) not in _clean:
        with bench_of(kind) as bench:
            _clean[kind, sets] = bench.run(*sets).digests, files(bench)
    return _clean[kind, sets]


def files(bench: Bench) -> dict[str, bytes]:
    """Bytes of every exported file."""
    found = sorted((bench.folder / "results").glob("*"))
    return {path.name: path.read_bytes() for path in found}


# cached equals uncached; plan and execute agree


AGREES = {Cached: {"cached"}, Run: {"ran", "failed"}, Blocked: {"stopped"}}


def run_as_planned(bench: Bench, *sets: str, **request: Any) -> Ran:
    """Plan, run, and compare the two on every step that the plan does not call pending."""
    job = bench.job(*sets, **request)
    planned = {each.step.key: each.decision for each in job.plan()}
    ran = Ran(job, job.run())
    assert list(planned) == [outcome.step.key for outcome in ran.outcomes]
    for outcome in ran.outcomes:
        decision = planned[outcome.step.key]
        if isinstance(decision, Pending):
            continue
        assert outcome.status in AGREES[type(decision)], outcome.step.key
        if isinstance(decision, Run) and outcome.status == "ran" and not outcome.step.part.source:
            assert str(decision.reason) == str(outcome.reason)
    return ran


def check_history(kind: str, history: list[Sets]) -> None:
    """Whatever was run before, a run makes what it would make without a cache."""
    with bench_of(kind) as bench:
        for sets in history:
            ran = run_as_planned(bench, *sets)
            digests, written = clean(kind, sets)
            assert ran.digests == digests
            if "failed" not in ran.statuses:  # a class may have lost its objects
                assert files(bench) == written
        again = run_as_planned(bench, *history[-1])
        assert not again.ran
        assert again.digests == ran.digests


@SHORT
@given(histories)
def test_cached_equals_uncached_and_plan_agrees_with_run(history: list[Sets]) -> None:
    check_history("flat", history)


@pytest.mark.parametrize("kind", ["deep", "series", "series_of_files", "several"])
def test_cached_equals_uncached_in_every_kind_of_workflow(kind: str) -> None:
    check_history(kind, [(), ("nuclei.threshold=0.3",), ("measured.measure=[size]",), ()])


@at_length
@pytest.mark.parametrize("kind", KINDS)
@LONG
@given(history=histories)
def test_cached_equals_uncached_at_length(kind: str, history: list[Sets]) -> None:
    check_history(kind, history)


def check_return(kind: str, history: list[Sets]) -> None:
    """Going back to an old value computes nothing; only files are written again."""
    with bench_of(kind) as bench:
        for sets in history:
            bench.run(*sets)
        for sets in history:
            ran = run_as_planned(bench, *sets)
            assert all(o.step.part.output for o in ran.outcomes if o.status == "ran")


@SHORT
@given(histories)
def test_going_back_to_an_old_value_is_all_hits(history: list[Sets]) -> None:
    check_return("flat", history)


@at_length
@pytest.mark.parametrize("kind", KINDS)
@LONG
@given(history=histories)
def test_going_back_is_all_hits_at_length(kind: str, history: list[Sets]) -> None:
    check_return(kind, history)


# what invalidates nothing


PLAIN: dict[str, Any] = {
    "raw": {"kind": "input", "path": "raw.tif", "axes": "yx"},
    "prob": {
        "kind": "input",
        "path": "prob.h5",
        "axes": "yxc",
        "channels": ["background", "nucleus"],
        "role": "prediction_map",
    },
    "nuclei": {"kind": "threshold", "image": "prob", "channel": "nucleus", "sigma": 1},
    "measured": {"kind": "features", "image": "raw", "objects": "nuclei", "measure": ["size"]},
    "classes": {
        "kind": "classifier",
        "features": "measured",
        "annotations": "annotations.csv",
        "estimator": {"kind": "random_forest", "trees": 3},
    },
    "predicted": {"kind": "predict", "features": "measured", "classifier": "classes"},
    "out": {"kind": "export", "from": "predicted", "write": {"table": "results/a.csv"}},
}

DEFAULTS: dict[str, dict[str, Any]] = {
    "raw": {"role": "raw"},
    "nuclei": {
        "method": "simple",
        "threshold": 0.5,
        "core_threshold": 0.8,
        "min_size": 10,
        "merge_objects": True,
    },
    "classes": {"seed": 0, "missing": "zero", "if_objects_changed": "stop"},
    "predicted": {"min_probability": 0},
}

SAME: dict[tuple[str, str], tuple[Any, ...]] = {
    ("nuclei", "sigma"): (1, 1.0, "1.00", "1e0"),
    ("nuclei", "threshold"): (0.5, "0.50", "5e-1", ".5"),
    ("predicted", "min_probability"): (0, 0.0, "0.00"),
}
"""Ways to write one number."""


@st.composite
def rewritten(draw: st.DrawFn) -> str:
    """The plain workflow as somebody else would write it."""
    lines = ["version: 1", "nodes:"]
    for name in draw(st.permutations(sorted(PLAIN))):
        fields = dict(PLAIN[name])
        for field, default in DEFAULTS.get(name, {}).items():
            if draw(st.booleans()):
                fields[field] = default
        for field in list(fields):
            if (name, field) in SAME:
                fields[field] = draw(st.sampled_from(SAME[name, field]))
        order = draw(st.permutations(sorted(fields)))
        lines += node(draw, name, {field: fields[field] for field in order})
    return "\n".join(lines) + "\n"


def node(draw: st.DrawFn, name: str, fields: dict[str, Any]) -> list[str]:
    """A node in block or flow style, with comments and blank lines here and there."""
    comment = draw(st.sampled_from(["", "  # said by me", "  # threshold: 0.9"]))
    if draw(st.booleans()):
        return [f"  {name}: {flow(fields)}{comment}"]
    lines = [f"  {name}:{comment}"]
    for field, value in fields.items():
        lines += draw(st.sampled_from([[], [""], ["    # a note"], ["# another", ""]]))
        lines.append(f"    {field}: {flow(value)}{comment}")
    return lines


def flow(value: Any) -> str:
    """A value in flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_rewriting(texts: list[str]) -> None:
    """Comments, order, defaults and ways to write a number invalidate nothing at all."""
    with bench_of() as bench:
        bench.text = f"version: 1\nnodes: {flow(PLAIN)}\n"
        first = bench.edit().run()
        assert "failed" not in first.statuses
        for text in texts:
            bench.text = text
            again = run_as_planned(bench.edit())
            assert again.statuses == {"cached"}, again.ran
            assert again.digests == first.digests


@SHORT
@given(st.lists(rewritten(), min_size=2, max_size=3))
def test_comments_order_and_written_out_defaults_invalidate_nothing(texts: list[str]) -> None:
    check_rewriting(texts)


@at_length
@LONG
@given(st.lists(rewritten(), min_size=3, max_size=5))
def test_rewriting_invalidates_nothing_at_length(texts: list[str]) -> None:
    check_rewriting(texts)


@pytest.mark.parametrize("sigma", ["1.0", "{y: 1, x: 1}", "{y: 1.0, x: 1}"])
def test_sigma_1_equals_its_other_spellings(sigma: str, tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run("nuclei.sigma=1")
    assert bench.run(f"nuclei.sigma={sigma}").ran_parts <= {"project.file"}


def test_a_moved_folder_keeps_its_cache_and_its_files(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    workflows.flat(tmp_path / "before").run()
    (tmp_path / "before").rename(tmp_path / "after")
    bench = Bench(tmp_path / "after")
    assert bench.run().statuses == {"cached"}


def test_a_run_from_another_folder_is_the_same_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflows.flat(tmp_path).run()
    monkeypatch.chdir(tmp_path)
    assert Bench(Path()).run().statuses == {"cached"}
    assert not list(tmp_path.rglob("*.edited-*"))


def test_rows_of_annotations_may_change_places(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    bench.annotate([(*row, "a note") for row in workflows.rows()[::-1]], "class,y,x,note")
    assert bench.run().statuses == {"cached"}


# what is added is computed, and nothing else


def test_adding_a_family_computes_that_family(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path).edit(("measure: [size, intensity]", "measure: [size]"))
    bench.run(until="measured")
    ran = run_as_planned(bench, "measured.measure=[size, axes]", until="measured")
    assert ran.ran == {"measured.axes|raw|"}


def test_a_feature_of_a_family_taken_away_leaves_the_other_families(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run(until="measured")
    ran = run_as_planned(bench, "measured.measure=[size, intensity_mean]", until="measured")
    assert ran.ran == {"measured.intensity|raw|"}


def test_adding_an_image_computes_that_image_and_no_new_model(tmp_path: Path) -> None:
    bench = workflows.several(tmp_path, ("a", "b"))
    bench.run()
    workflows.write_image(tmp_path, "c")
    ran = run_as_planned(bench)
    joined = {"out.table||"}
    assert {key for key in ran.ran if "|c|" not in key} == joined
    assert {"classes.model||", "classes.evaluation||"}.isdisjoint(ran.ran)
    assert {"nuclei.objects|c|", "measured.intensity|c|", "predicted.predictions|c|"} <= ran.ran


def test_taking_an_image_away_computes_nothing_but_joined_files(tmp_path: Path) -> None:
    bench = workflows.several(tmp_path, ("a", "b", "c"))
    bench.run()
    (tmp_path / "raw/c.tif").unlink()
    (tmp_path / "prob/c.h5").unlink()
    assert run_as_planned(bench).ran == {"out.table||"}


JOINING_FRAMES = {
    "classes.matches", "classes.examples", "classes.ranges", "project.file", "out.table",
    "out.predictions",
}  # fmt: skip
"""Parts that look at all frames of an image, and the project, which keeps their ranges."""


def test_adding_a_frame_to_a_file_computes_that_frame(tmp_path: Path) -> None:
    bench = workflows.series(tmp_path, 3)
    bench.run()
    workflows.write_frames(tmp_path, 4)
    ran = run_as_planned(bench)
    old = {k for k in ran.ran if not k.endswith("|3") and k.split(".")[0] not in ("raw", "prob")}
    assert {key.split("|")[0] for key in old} <= JOINING_FRAMES
    assert {"nuclei.objects|raw|3", "predicted.predictions|raw|3"} <= ran.ran


def test_adding_a_file_of_a_frame_reads_and_computes_that_frame(tmp_path: Path) -> None:
    bench = workflows.series_of_files(tmp_path, 3)
    bench.run()
    workflows.write_frame(tmp_path, 3)
    ran = run_as_planned(bench)
    assert {key.split("|")[0] for key in ran.ran if not key.endswith("|3")} <= JOINING_FRAMES
    assert {k.split("|")[0] for k in ran.ran if k.endswith("|3")} == {
        "raw.image", "prob.image", "nuclei.objects", "measured.size", "measured.intensity",
        "predicted.predictions",
    }  # fmt: skip


def test_a_changed_frame_computes_that_frame(tmp_path: Path) -> None:
    bench = workflows.series_of_files(tmp_path, 3)
    bench.run()
    workflows.write_frame(tmp_path, 2, number=30)
    ran = run_as_planned(bench)
    assert {key.split("|")[0] for key in ran.ran if not key.endswith("|2")} <= JOINING_FRAMES


def test_cropping_in_time_computes_no_frame_again(tmp_path: Path) -> None:
    bench = workflows.series(tmp_path, 4)
    bench.run()
    crop = "{t: [1, 3]}"
    ran = run_as_planned(bench, f"raw.crop={crop}", f"prob.crop={crop}", until="measured")
    assert {key.split(".")[0] for key in ran.ran} <= {"raw", "prob", "classes"}


def test_two_frames_that_look_the_same_are_two_frames(tmp_path: Path) -> None:
    """Their objects have stamps of their own: a stamp holds the time point."""
    bench = workflows.series_of_files(tmp_path, 2)
    workflows.write_frame(tmp_path, 1, number=0)
    ran = bench.run()
    first, second = (ran.labels("nuclei", t=t).index.stamp.tolist() for t in (0, 1))
    assert set(first).isdisjoint(second)
    bench.annotate([(*row[:1], 1, *row[1:]) for row in workflows.rows()], "class,t,y,x").stamp()
    assert "stopped" not in bench.run().statuses


def test_a_crop_of_the_same_content_elsewhere_is_elsewhere(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.text = bench.text.replace("measure: [size, intensity]", "measure: [size, position]")
    plane = workflows.discs()[1]
    plane[:, 32:] = plane[:, :32]
    workflows.write_map(tmp_path / "prob.h5", plane)
    bench.edit()
    for start in (0, 32):
        crop = f"{{x: [{start}, {start + 32}]}}"
        ran = bench.run(f"raw.crop={crop}", f"prob.crop={crop}", until="measured")
        table = ran.data("measured.position")
        assert table.columns["position_center_x"].min() == start + 8


# early cut-off


def test_a_change_that_yields_the_same_objects_stops_there(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    ran = run_as_planned(bench, "nuclei.threshold=0.7")
    assert ran.ran_parts == {"nuclei.objects", "project.file"}


def test_a_rewritten_file_of_the_same_content_stops_at_the_file(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    raw = tifffile.imread(tmp_path / "raw.tif")
    tifffile.imwrite(tmp_path / "raw.tif", raw, compression="zlib")
    assert run_as_planned(bench).ran_parts == {"raw.image"}


def test_a_changed_channel_that_nobody_reads_stops_at_the_file(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    with h5py.File(tmp_path / "prob.h5", "r+") as file:
        file["exported_data"][..., 0] = 0.25
    assert run_as_planned(bench).ran_parts == {"prob.image"}


# failures and force


def test_a_failing_image_leaves_the_others_done(tmp_path: Path) -> None:
    bench = workflows.several(tmp_path)
    bench.run(until="nuclei")
    whole = (tmp_path / "raw/b.tif").read_bytes()
    (tmp_path / "raw/b.tif").write_bytes(whole[:300] + b"\xff" * 300 + whole[600:])
    job = bench.job()
    os.truncate(tmp_path / "raw/b.tif", 900)
    ran = Ran(job, job.run())
    by_image = {o.step.key: o.status for o in ran.outcomes}
    assert by_image["raw.image|b|"] == "failed"
    assert by_image["measured.intensity|b|"] == "skipped"
    for image in "ac":
        assert by_image[f"predicted.predictions|{image}|"] == "ran"
        assert by_image[f"out.predictions|{image}|"] == "ran"
    (tmp_path / "raw/b.tif").write_bytes(whole)
    mended = bench.run()
    assert {key.split("|")[1] for key in mended.ran} <= {"b", ""}
    assert mended.digests == workflows.Bench(tmp_path, cache=tmp_path / "other").run().digests


@pytest.mark.parametrize("node_name", ["nuclei", "measured", "classes", "predicted", "out"])
def test_a_forced_node_runs_once_and_nothing_else_does(node_name: str, tmp_path: Path) -> None:
    bench = workflows.several(tmp_path, ("a", "b"))
    first = bench.run()
    told: list[str] = []
    tell: Callable[[Any], None] = lambda event: told.append(getattr(event, "key", ""))
    ran = run_as_planned(bench, force=(node_name,), tell=tell)
    names = [key for key in told if key]
    assert set(names) == {o.step.key for o in first.outcomes if o.step.node == node_name}
    assert len(set(names)) == len(names)
    assert ran.digests == first.digests
    assert bench.run().statuses == {"cached"}


# many images


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_run_over_many_images_keeps_few_files_open(tmp_path: Path) -> None:
    import resource

    names = [f"i{k}" for k in range(30)]
    bench = workflows.several(tmp_path, names)
    bench.run(until="nuclei")  # so that the child has nothing to compile
    shutil.rmtree(tmp_path / ".objclass")
    pid = os.fork()
    if pid == 0:
        here = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 30
        resource.setrlimit(resource.RLIMIT_NOFILE, (here + 16, here + 16))
        try:
            os._exit(0 if bench.run().statuses <= {"ran", "cached"} else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0


# damage


def check_damage(choose: Callable[[list[Path]], Path], harm: Callable[[Path], Any]) -> None:
    """Whatever happens to one file of the cache, the next run reaches the same results."""
    with bench_of() as bench:
        digests, written = clean("flat", ("nuclei.threshold=0.3",))
        bench.run()
        found = sorted(p for p in (bench.folder / ".objclass").rglob("*") if p.is_file())
        harm(choose(found))
        ran = bench.run("nuclei.threshold=0.3")
        assert ran.statuses <= {"ran", "cached"}
        assert ran.digests == digests
        kept = {name: text for name, text in files(bench).items() if ".edited-" not in name}
        assert kept == written  # a file whose record is lost may be a person's
        assert bench.run("nuclei.threshold=0.3").statuses == {"cached"}


def flip(path: Path, place: float) -> None:
    """Turn one bit of a file."""
    text = bytearray(path.read_bytes())
    if text:
        at = int(place * (len(text) - 1))
        text[at] ^= 1 << at % 8
        path.write_bytes(text)


HARMS: dict[str, Callable[[Path, float], Any]] = {
    "deleted": lambda path, place: path.unlink(),
    "truncated": lambda path, place: os.truncate(path, int(path.stat().st_size * place)),
    "flipped": flip,
    "emptied": lambda path, place: os.truncate(path, 0),
}

fractions = st.floats(0, 1, exclude_max=True)


@settings(SHORT, max_examples=10)
@given(fractions, fractions, st.sampled_from(sorted(HARMS)))
def test_a_damaged_cache_repairs_itself(which: float, place: float, harm: str) -> None:
    check_damage(lambda found: found[int(which * len(found))], lambda p: HARMS[harm](p, place))


@at_length
@settings(LONG, max_examples=200)
@given(fractions, fractions, st.sampled_from(sorted(HARMS)))
def test_a_damaged_cache_repairs_itself_at_length(which: float, place: float, harm: str) -> None:
    check_damage(lambda found: found[int(which * len(found))], lambda p: HARMS[harm](p, place))


@pytest.mark.parametrize("room", ["content", "traces", "memo", "last", "exports", "roots"])
def test_a_room_of_the_cache_that_is_gone_is_built_again(room: str, tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    first = bench.run()
    shutil.rmtree(tmp_path / ".objclass" / room, ignore_errors=True)
    again = bench.run()
    assert again.statuses <= {"ran", "cached"}
    assert again.digests == first.digests
    assert bench.run().statuses == {"cached"}


def test_a_cache_deleted_whole_costs_time_and_nothing_else(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path).stamp()
    first = bench.run()
    written = files(bench)
    shutil.rmtree(tmp_path / ".objclass")
    again = bench.run()
    assert again.statuses == {"ran"}
    assert again.digests == first.digests
    assert {name: text for name, text in files(bench).items() if "edited" not in name} == written


# where a cache may lie


def test_one_cache_serves_workflows_of_several_folders(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for number, name in enumerate("ab"):
        (tmp_path / name).mkdir()
        workflows.flat(tmp_path / name, number)
    runs = [Bench(tmp_path / name, cache=cache).run() for name in "abab"]
    assert runs[2].statuses == runs[3].statuses == {"cached"}
    assert runs[0].digests != runs[1].digests
    assert runs[0].digests == Bench(tmp_path / "a", cache=tmp_path / "other").run().digests


def test_the_cache_of_a_workflow_may_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBJCLASS_CACHE", str(tmp_path / "elsewhere"))
    (tmp_path / "here").mkdir()
    bench = workflows.flat(tmp_path / "here")
    bench.run(until="nuclei")
    assert (tmp_path / "elsewhere" / "content").is_dir()
    assert not (tmp_path / "here" / ".objclass").exists()


# planning leaves no trace


def test_planning_and_checking_write_nothing_and_take_no_lock(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    bench.job().plan()
    assert sorted(tmp_path.rglob("*")) == before
    bench.run()
    state = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    bench.job("nuclei.threshold=0.3").plan()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == state
