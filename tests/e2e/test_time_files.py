"""Series of one file a frame: steps, names and times of frames, and frames that are missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from terminal import typed

from workflows import ANNOTATED, CENTERS, TEXT, Bench, discs, rows, series, write_map, write_raw

TENS = (0, 10, 20)


def stepped(folder: Path, numbers: tuple[int, ...] = TENS) -> Bench:
    """A time series whose files are numbered in steps."""
    for k, number in enumerate(numbers):
        raw, probability = discs(k)
        write_raw(folder / f"raw/f{number:03d}.tif", raw)
        write_map(folder / f"prob/f{number:03d}.h5", probability)
    text = TEXT.format(raw="raw/f{t}.tif", prob="prob/f{t}.h5", axes="yx")
    said = [(*row[:1], 1, *row[1:]) for row in rows()]
    return Bench(folder, text).annotate(said, "class,t,y,x").edit()


def wells(folder: Path, frames: dict[str, tuple[int, ...]]) -> Bench:
    """Several series; those annotated are annotated in their second frame."""
    for number, (well, numbers) in enumerate(frames.items()):
        for k, t in enumerate(numbers):
            raw, probability = discs(10 * number + k)
            write_raw(folder / f"raw/{well}_t{t:03d}.tif", raw)
            write_map(folder / f"prob/{well}_t{t:03d}.h5", probability)
    text = TEXT.format(raw="raw/{well}_t{t}.tif", prob="prob/{well}_t{t}.h5", axes="yx")
    said = [(*row[:1], 1, *row[1:], "A") for row in rows()]
    return Bench(folder, text).annotate(said, "class,t,y,x,image").edit()


def table(bench: Bench, name: str = "results/objects.csv") -> pd.DataFrame:
    """Read a table as text, so that 001 stays 001."""
    return pd.read_csv(bench.folder / name, dtype=str)


# --- names and times of frames --------------------------------------------------------------


def test_files_in_steps_of_ten_keep_their_numbers_in_the_table(tmp_path: Path) -> None:
    bench = stepped(tmp_path)
    bench.edit(("    path: raw/f{t}.tif\n", "    path: raw/f{t}.tif\n    time_step: 2.5 min\n"))
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0
    assert "note: raw: t goes in steps of 10 (000, 010, 020)" in screen.lines
    found = table(bench)
    assert list(found.columns[:5]) == ["image", "t", "frame_name", "time_min", "object"]
    per_frame = found[["t", "frame_name", "time_min"]].drop_duplicates()
    assert per_frame.to_numpy().tolist() == [
        ["0", "000", "0.0"],
        ["1", "010", "2.5"],
        ["2", "020", "5.0"],
    ]
    annotated = found[found["user_class"].notna()]
    assert set(annotated["frame_name"]) == {"010"}
    assert len(annotated) == len(ANNOTATED)


def test_frames_of_a_crop_keep_the_names_and_times_of_the_series(tmp_path: Path) -> None:
    bench = stepped(tmp_path)
    cut = "    time_step: 1 h\n    crop: {t: [1, 3]}\n"
    bench.edit(("tif\n    axes: yx\n", f"tif\n    axes: yx\n{cut}"))
    bench.edit(("h5\n    axes: yxc\n", "h5\n    axes: yxc\n    crop: {t: [1, 3]}\n"))
    assert typed("run cells.yaml", tmp_path).code == 0
    per_frame = table(bench)[["t", "frame_name", "time_h"]].drop_duplicates()
    assert per_frame.to_numpy().tolist() == [["1", "010", "1.0"], ["2", "020", "2.0"]]


def test_files_renamed_give_the_table_new_names_and_train_nothing(tmp_path: Path) -> None:
    bench = stepped(tmp_path, (0, 1, 2))
    assert typed("run cells.yaml", tmp_path).code == 0
    for t in (2, 1, 0):
        for name, end in (("raw", "tif"), ("prob", "h5")):
            file = tmp_path / f"{name}/f{t:03d}.{end}"
            file.rename(file.with_name(f"f{t + 1:03d}.{end}"))
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0
    assert screen.states()["classes"] == "cached"
    assert set(table(bench)["frame_name"]) == {"001", "002", "003"}


def test_a_series_in_one_file_has_no_names_but_times(tmp_path: Path) -> None:
    bench = series(tmp_path)
    bench.edit(("axes: tyx\n  prob", "axes: tyx\n    time_step: 100 ms\n  prob"))
    assert typed("run cells.yaml", tmp_path).code == 0
    found = table(bench)
    assert list(found.columns[:4]) == ["image", "t", "time_ms", "object"]
    assert set(found["time_ms"]) == {"0.0", "100.0", "200.0"}


def test_counts_per_frame_have_the_time(tmp_path: Path) -> None:
    bench = stepped(tmp_path)
    bench.edit(("    path: raw/f{t}.tif\n", "    path: raw/f{t}.tif\n    time_step: 10 s\n"))
    bench.edit(
        ("      table: results/objects.csv\n", "      counts: results/counts.csv\n"),
        ("    from: predicted\n", "    from: predicted\n    counts_by: [t]\n"),
    )
    assert typed("run cells.yaml", tmp_path).code == 0
    found = pd.read_csv(tmp_path / "results/counts.csv")
    assert list(found.columns[:3]) == ["t", "time_s", "objects"]
    assert found["time_s"].to_list() == [0.0, 10.0, 20.0]


def test_frames_paired_with_frames_of_other_numbers_are_told(tmp_path: Path) -> None:
    stepped(tmp_path, (0, 1, 2))
    for t in (2, 1, 0):
        (tmp_path / f"prob/f{t:03d}.h5").rename(tmp_path / f"prob/f{t + 1:03d}.h5")
    screen = typed("run cells.yaml", tmp_path)
    assert (
        "note: prob: its frame 001 is paired with frame 000 of the other files, and so on"
        in screen.lines
    )


def test_a_picture_says_which_file_its_frame_is(tmp_path: Path) -> None:
    """The title is all that differs between the pictures of files with other numbers."""
    pictures = []
    for folder, numbers in (("one", (0, 1, 2)), ("other", (0, 10, 20))):
        bench = stepped(tmp_path / folder, numbers)
        bench.edit(
            ("      table: results/objects.csv\n", "      overlay: results/overlay.png\n"),
            ("    from: predicted\n", "    from: predicted\n    image: raw\n"),
        )
        assert typed("run cells.yaml", bench.folder).code == 0
        pictures.append(np.asarray(Image.open(bench.folder / "results/overlay.png")))
    one, other = pictures
    height = CENTERS[-1][0]
    assert (one[:height, : CENTERS[-1][1]] == other[:height, : CENTERS[-1][1]]).all()
    assert one.shape != other.shape or (one != other).any()


def test_annotations_that_count_files_are_answered_with_the_frame(tmp_path: Path) -> None:
    bench = stepped(tmp_path, (1, 2, 3))
    bench.annotate([(*r[:1], 3, *r[1:]) for r in rows()], "class,t,y,x")
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 1
    assert "subtract 1 from the column t: frames are counted from 0" in screen.out


def test_new_annotations_name_the_files_of_their_frames(tmp_path: Path) -> None:
    bench = stepped(tmp_path)
    bench.annotations.unlink()
    assert typed("annotations new cells.yaml", tmp_path).code == 0
    new = pd.read_csv(bench.annotations, dtype=str)
    assert dict(zip(new["t"], new["frame_name"], strict=True)) == {
        "0": "000",
        "1": "010",
        "2": "020",
    }
    new["class"] = ["large", "small"] * (len(new) // 2)
    new.to_csv(bench.annotations, index=False)
    assert typed("run cells.yaml", tmp_path).code == 0


def test_a_look_says_which_file_its_frame_is(tmp_path: Path) -> None:
    stepped(tmp_path)
    screen = typed("look cells.yaml --node nuclei --frame 1", tmp_path)
    assert screen.lines[-2].endswith("(image f, frame 1 (file 010))")
    found = json.loads(typed("look cells.yaml --node nuclei --json", tmp_path).out)
    assert (found["frame"], found["frame_name"]) == (1, "010")
    screen = typed("look cells.yaml --frame 10", tmp_path)
    assert (screen.code, screen.err) == (
        2,
        "--frame 10: there is no such frame; expected 0 to 2 (files 000 to 020); "
        "--frame 1 shows file 010\n",
    )
    screen = typed("look cells.yaml --frame 3", tmp_path)
    assert screen.err.endswith("expected 0 to 2 (files 000 to 020)\n")


def test_a_look_at_a_crop_counts_frames_and_files_of_the_series(tmp_path: Path) -> None:
    bench = stepped(tmp_path)
    bench.edit(("h5\n    axes: yxc\n", "h5\n    axes: yxc\n    crop: {t: [1, 3]}\n"))
    bench.edit(("tif\n    axes: yx\n", "tif\n    axes: yx\n    crop: {t: [1, 3]}\n"))
    screen = typed("look cells.yaml --node nuclei --frame 2", tmp_path)
    assert screen.lines[-2].endswith("(image f, frame 2 (file 020))")
    assert "expected 1 to 2 (files 010 to 020)" in typed("look cells.yaml --frame 0", tmp_path).err


def test_the_title_of_a_look_names_the_file(tmp_path: Path) -> None:
    """The title is all that differs between the pictures of files with other numbers."""
    pictures = []
    for folder, numbers in (("one", (0, 1, 2)), ("other", (0, 10, 20)), ("again", (0, 1, 2))):
        bench = stepped(tmp_path / folder, numbers)
        assert typed("look cells.yaml --node nuclei -o seen.png", bench.folder).code == 0
        pictures.append((bench.folder / "seen.png").read_bytes())
    one, other, again = pictures
    assert one == again
    assert one != other


def test_a_series_in_one_file_is_looked_at_by_frame_alone(tmp_path: Path) -> None:
    series(tmp_path)
    found = json.loads(typed("look cells.yaml --node nuclei --json", tmp_path).out)
    assert (found["frame"], found["frame_name"]) == (1, None)
    assert typed("look cells.yaml --frame 3", tmp_path).err.endswith("expected 0 to 2\n")


# --- a frame that is missing ----------------------------------------------------------------

ONE_GAP = {"A": (0, 1, 2), "B": (0, 2), "C": (5, 6)}
MISSING = (
    "node 'raw', image 'B': 'raw/{well}_t{t}.tif': t = 1 missing; got 2 files from 000 to 002; "
    "expected every number between the first and the last"
)


def test_a_frame_missing_in_one_series_fails_that_series_alone(tmp_path: Path) -> None:
    bench = wells(tmp_path, ONE_GAP)
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 1, screen.err
    assert f"cells.yaml:5:11: {MISSING}" in screen.lines
    frames = table(bench)[["image", "frame_name"]].drop_duplicates().to_numpy().tolist()
    assert frames == [["A", "000"], ["A", "001"], ["A", "002"], ["C", "005"], ["C", "006"]]
    assert typed("plan cells.yaml", tmp_path).code == 1
    checked = typed("validate cells.yaml", tmp_path)
    assert checked.code == 2
    assert MISSING in checked.err


def test_a_frame_missing_in_one_series_does_not_stop_a_batch(tmp_path: Path) -> None:
    wells(tmp_path, {"A": (0, 1, 2)})
    assert typed("run cells.yaml", tmp_path).code == 0
    for well, numbers in {"D": (0, 10, 20), "E": (0, 20), "F": (7, 8)}.items():
        for k, t in enumerate(numbers):
            raw, probability = discs(k)
            write_raw(tmp_path / f"new/{well}_{t}.tif", raw)
            write_map(tmp_path / f"new/{well}_{t}.h5", probability)
    inputs = "--raw 'new/{well}_{t}.tif' --prediction-map 'new/{well}_{t}.h5'"
    screen = typed(f"batch cells.objclass.h5 {inputs} --out out", tmp_path)
    assert screen.code == 1
    assert screen.lines[-1] == "2 done, 1 failed; results in out"
    summary = pd.read_csv(tmp_path / "out/summary.csv").set_index("image")["status"]
    assert summary.to_dict() == {"D": "done", "E": "failed", "F": "done"}
    failures = pd.read_csv(tmp_path / "out/failures.csv")["problem"]
    assert "t = 10 missing; got 2 files from 0 to 20; expected steps of 10" in failures[0]
    assert pd.read_csv(tmp_path / "out/D_objects.csv")["frame_name"].unique().tolist() == TENS_READ


TENS_READ = [0, 10, 20]


def test_the_only_series_with_a_gap_is_refused_before_work(tmp_path: Path) -> None:
    wells(tmp_path, {"A": (0, 1, 3)})
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 2
    assert "t = 2 missing" in screen.err
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("well", ["B", "C"])
def test_a_channel_missing_in_one_image_fails_that_image_alone(well: str, tmp_path: Path) -> None:
    bench = wells(tmp_path, {"A": (0, 1), "B": (0, 1), "C": (0, 1)})
    for name in "ABC":
        for t in (0, 1):
            (tmp_path / f"raw/{name}_t{t:03d}.tif").unlink()
            for c in ("dapi", "gfp"):
                write_raw(tmp_path / f"raw/{name}_t{t:03d}_{c}.tif", discs(t)[0])
    for t in (0, 1):
        (tmp_path / f"raw/{well}_t{t:03d}_gfp.tif").unlink()
    bench.edit(("raw/{well}_t{t}.tif", "raw/{well}_t{t}_{c}.tif"))
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 1, screen.err
    assert "got dapi; expected dapi, gfp" in screen.out
    assert set(table(bench)["image"]) == {"A", "B", "C"} - {well}


def test_every_row_lies_in_its_disc(tmp_path: Path) -> None:
    """Frame 1 of a stepped series is its second file, where the discs are."""
    bench = stepped(tmp_path)
    assert typed("run cells.yaml", tmp_path).code == 0
    found = pd.read_csv(bench.folder / "results/objects.csv")
    for _, frame in found.groupby("t"):
        assert sorted(zip(frame["y"], frame["x"], strict=True)) == sorted(CENTERS)
