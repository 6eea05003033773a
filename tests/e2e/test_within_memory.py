"""A run keeps to the memory it may take, or refuses by name; results do not depend on it."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from memory_peak import TEXT, trained, write_volume

from objclass.batch import BatchRequest, prepare_batch
from objclass.data.memory_share import WORKER_BYTES, memory_share
from objclass.errors import InputError
from objclass.run import Request, prepare

ROOMY = "64GiB"


def limit(voxels: float) -> str:
    """A limit that leaves so many MB for voxels and what is kept of them."""
    return str(int(WORKER_BYTES + voxels * 10**6))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return trained(tmp_path)


def batch(project: Path, volume: Path, out: str, **more: object) -> BatchRequest:
    inputs = {name: f"{volume}/{name}" for name in ("raw", "map")}
    return BatchRequest(project, project.parent / out, inputs, **more)  # type: ignore[arg-type]


def result(request: BatchRequest) -> dict[str, bytes]:
    (done,) = prepare_batch(request).run()
    assert not done.problems
    return {path.name: path.read_bytes() for path in request.out.glob("a_*.*")}


def test_results_are_the_same_bytes_under_two_limits(project: Path) -> None:
    write_volume(project.parent / "a.h5", (2, 2, 2))
    tight, roomy = (
        result(batch(project, project.parent / "a.h5", out, memory=memory, workers=1))
        for out, memory in (("tight", limit(60)), ("roomy", ROOMY))
    )
    assert sorted(tight) == ["a_classes.tif", "a_objects.csv"]
    assert tight == roomy
    assert memory_share() is None


def test_a_frame_that_cannot_fit_is_refused_before_work_with_a_block_that_does(
    tmp_path: Path, project: Path
) -> None:
    write_volume(tmp_path / "a.h5", (2, 2, 2))  # 2 Mvoxel of 9 bytes
    whole = TEXT.replace("kind: blockwise", "kind: predict").replace(", block: 128", "")
    (tmp_path / "whole.yaml").write_text(whole.replace("small.h5", "a.h5"))
    job = prepare(tmp_path / "whole.yaml", Request(memory=limit(15), cache=tmp_path / "c"))
    for act in (job.forecast, job.run):
        with pytest.raises(InputError) as found:
            act()
        assert [str(each) for each in found.value.problems] == [
            "node 'balls': objects needs at least 238.9 MB of memory; got a frame of "
            "128 x 128 x 128 at once; expected at most 235.0 MB; add --memory 230MiB, or write "
            "kind: blockwise to 'predicted' and block: 64 to 'predicted'"
        ]
    by_block = whole.replace("kind: predict", "kind: blockwise, block: 64")
    (tmp_path / "block.yaml").write_text(by_block.replace("small.h5", "a.h5"))
    prepare(tmp_path / "block.yaml", Request(memory=limit(15), cache=tmp_path / "c")).forecast()
    more = Request(memory="230MiB", cache=tmp_path / "c")
    prepare(tmp_path / "whole.yaml", more).forecast()


def test_what_is_cached_needs_no_memory(tmp_path: Path, project: Path) -> None:
    (tmp_path / "w.yaml").write_text(TEXT.replace("block: 128", "block: 512"))
    tiny = Request(memory=limit(1))
    assert {each.status for each in prepare(tmp_path / "w.yaml", tiny).run()} == {"cached"}
    forced = Request(memory=limit(1), sets=("balls.sigma=1.5",))
    with pytest.raises(InputError, match=r"node 'balls': objects needs at least 222\.4 MB"):
        prepare(tmp_path / "w.yaml", forced).run()


def test_a_plan_tells_the_peak(tmp_path: Path, project: Path) -> None:
    from objclass.cli.screen import plan_screen

    request = Request(memory=ROOMY, sets=("balls.sigma=1.5",), workers=2)
    job = prepare(tmp_path / "w.yaml", request)
    told = job.forecast().as_json()
    assert (told["limit"], told["limit_by"], told["workers"]) == (64 * 2**30, "--memory", 2)
    assert 2 * WORKER_BYTES < told["peak"] < 2 * WORKER_BYTES + 20 * 10**6
    last = plan_screen(job, job.plan()).splitlines()[-1]
    assert last == "memory  about 445.2 MB for 2 workers, of 68.7 GB (--memory)"


def test_there_are_fewer_workers_where_nobody_said_how_many(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from objclass.run import memory

    monkeypatch.delenv("OBJCLASS_WORKERS")
    monkeypatch.setattr(memory, "workers_of", lambda asked: asked or 8)
    told = prepare(tmp_path / "w.yaml", Request(memory="500MB")).forecast()
    assert told.workers == 2
    assert told.notes == (
        "2 workers instead of 8: each takes about 222.6 MB of 500.0 MB (--memory)",
    )
    assert told.share.bytes == 250 * 10**6
    asked = prepare(tmp_path / "w.yaml", Request(memory="500MB", workers=3)).forecast()
    assert asked.workers == 3
    assert "more than 166.7 MB: what does not fit fails" in asked.notes[0]


def test_an_object_that_does_not_fit_is_refused_by_name_and_the_next_image_goes_on(
    project: Path,
) -> None:
    folder = project.parent
    write_volume(folder / "a.h5", (3, 3, 3))
    write_volume(folder / "b.h5", (3, 3, 3))
    with h5py.File(folder / "a.h5", "a") as file:
        mapped = np.zeros((192, 192, 192), np.uint8)
        mapped[20:180, 20, 20] = mapped[20, 20:180, 20] = mapped[20, 20, 20:180] = 255
        file["map"][...] = mapped
    inputs = {name: [f"{folder}/{each}.h5/{name}" for each in "ab"] for name in ("raw", "map")}
    sets = ("predicted.block=64", "balls.sigma=0")
    request = BatchRequest(project, folder / "out", inputs, memory=limit(24), workers=1, sets=sets)
    first, second = prepare_batch(request).run()
    assert second.problems == ()
    (said, *_) = map(str, first.problems)
    assert said == (
        "node 'measured': object 1: 20.5 MB must be in memory at once; got the box z 20 to 179, "
        "y 20 to 179, x 20 to 179 (478 voxels are the object); expected at most 18.0 MB for the "
        "voxels of a process; add --memory 240MiB, or leave it out by max_size: 477 of a threshold "
        "or components node"
    )


def test_cores_that_contest_what_does_not_fit_are_refused_with_its_box(project: Path) -> None:
    """Two cores at the ends of a bent line: 160 x 160 x 160 voxels of 64 bytes to grow them."""
    volume = project.parent / "a.h5"
    write_volume(volume, (3, 3, 3))
    with h5py.File(volume, "a") as file:
        mapped = np.zeros((192, 192, 192), np.uint8)
        mapped[20:180, 20, 20] = mapped[20, 20:180, 20] = mapped[20, 20, 20:180] = 160
        mapped[170:180, 20, 20] = mapped[20, 20, 170:180] = 255
        file["map"][...] = mapped
    apart = ("balls.method=hysteresis", "balls.merge_objects=false", "balls.sigma=0")
    sets = ("predicted.block=64", *apart)
    request = batch(project, volume, "out", memory=limit(24), workers=1, sets=sets)
    (done,) = prepare_batch(request).run()
    (said, *_) = map(str, done.problems)
    box = "z, y, x = 20:180 × 20:180 × 20:180"
    assert said.startswith(f"node 'balls': the component of the low mask at {box} does not fit")
    assert "got 262144000 bytes; expected at most 18000000 bytes" in said
    assert "--memory" in said


def test_a_limit_that_is_no_size_is_refused_before_a_project_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--memory: no size; got four"):
        prepare_batch(BatchRequest(tmp_path / "none.h5", tmp_path / "out", memory="four"))
