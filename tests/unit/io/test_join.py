"""Inputs are paired into images by the names they share."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from objclass.errors import InputError
from objclass.io.formats import locate
from objclass.io.join import images_of, is_unnamed
from objclass.io.locator import Locator
from objclass.io.sheet import from_sheet
from objclass.io.source import Stack


def touched(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def message(paths: dict[str, str], folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        images_of(paths, folder)
    return str(caught.value)


def files(folder: Path, sources: object) -> dict[str, str]:
    assert isinstance(sources, dict)
    return {node: str(path).removeprefix(f"{folder.as_posix()}/") for node, path in sources.items()}


def test_files_with_the_same_names_are_one_image(tmp_path: Path) -> None:
    touched(tmp_path, "P1/A1_raw.tif", "P1/A2_raw.tif", "maps/P1_A1.h5", "maps/P1_A2.h5")
    images = images_of(
        {"raw": "{plate}/{well}_raw.tif", "prob": "maps/{plate}_{well}.h5"}, tmp_path
    )
    assert [image.name for image in images] == ["P1_A1", "P1_A2"]
    assert images[0].names == {"plate": "P1", "well": "A1"}
    assert files(tmp_path, images[0].sources) == {
        "raw": "P1/A1_raw.tif",
        "prob": "maps/P1_A1.h5",
    }


def test_a_file_belongs_to_the_longest_pattern(tmp_path: Path) -> None:
    touched(tmp_path, "a.h5", "b.h5", "a_Probabilities.h5", "b_Probabilities.h5")
    images = images_of({"raw": "{s}.h5", "prob": "{s}_Probabilities.h5"}, tmp_path)
    assert [image.name for image in images] == ["a", "b"]
    assert files(tmp_path, images[1].sources) == {"raw": "b.h5", "prob": "b_Probabilities.h5"}


def test_a_file_lost_to_a_longer_pattern_need_not_read_one_way(tmp_path: Path) -> None:
    touched(tmp_path, "A1_f2.tif", "A1_f2_mask.tif")
    images = images_of({"raw": "{w}_{f}.tif", "mask": "{w}_{f}_mask.tif"}, tmp_path)
    assert [image.name for image in images] == ["A1_f2"]


def test_one_file_may_serve_two_inputs_by_its_arrays(tmp_path: Path) -> None:
    touched(tmp_path, "a.h5", "b.h5")
    images = images_of({"raw": "{s}.h5/raw", "prob": "{s}.h5/probabilities"}, tmp_path)
    assert files(tmp_path, images[0].sources) == {
        "raw": "a.h5/raw",
        "prob": "a.h5/probabilities",
    }


def test_an_input_without_names_serves_all(tmp_path: Path) -> None:
    touched(tmp_path, "a.tif", "b.tif", "flat.tif")
    images = images_of({"raw": "{s}.tif", "flat": "./flat.tif"}, tmp_path)
    assert [image.name for image in images] == ["a", "b"]


def test_an_input_with_fewer_names_serves_its_group(tmp_path: Path) -> None:
    touched(tmp_path, "P1/A.tif", "P1/B.tif", "P2/A.tif", "dark_P1.npy", "dark_P2.npy")
    images = images_of({"dark": "dark_{plate}.npy", "raw": "{plate}/{well}.tif"}, tmp_path, "raw")
    assert [image.name for image in images] == ["P1_A", "P1_B", "P2_A"]
    assert [files(tmp_path, i.sources)["dark"] for i in images] == [
        "dark_P1.npy",
        "dark_P1.npy",
        "dark_P2.npy",
    ]
    assert list(images[0].sources) == ["dark", "raw"]


def test_unpaired_files_are_listed_on_both_sides(tmp_path: Path) -> None:
    touched(tmp_path, "a.tif", "b.tif", "c.tif", "b.h5", "d.h5")
    said = message({"raw": "{s}.tif", "prob": "{s}.h5"}, tmp_path)
    assert "node 'prob': 1 file without a partner in the other inputs" in said
    assert "d.h5" in said
    assert "node 'prob': nothing here pairs with 2 files of raw" in said
    assert "a.tif" in said
    assert "c.tif" in said


def test_unpaired_files_are_images_with_a_problem_where_they_are_kept(tmp_path: Path) -> None:
    """Of three inputs: a has all, b lacks its map, c has no raw image, d is a mask alone."""
    touched(tmp_path, "a.tif", "b.tif", "a.h5", "c.h5", "a.npy", "b.npy", "c.npy", "d.npy")
    paths = {"raw": "{s}.tif", "prob": "{s}.h5", "mask": "{s}.npy"}
    images = images_of(paths, tmp_path, keep_unpaired=True)
    said = {image.name: [f"{p.node}: {p.what}" for p in image.problems] for image in images}
    assert said == {
        "a": [],
        "b": ["prob: nothing here pairs with 1 file of raw"],
        "c": ["raw: nothing here pairs with 1 file of prob"],
        "d": ["mask: 1 file without a partner in the other inputs"],
    }
    assert list(images[1].sources) == ["raw", "mask"]


def test_files_of_which_none_pairs_are_refused_also_where_they_are_kept(tmp_path: Path) -> None:
    touched(tmp_path, "a.tif", "b.h5")
    with pytest.raises(InputError, match="1 file without a partner"):
        images_of({"raw": "{s}.tif", "prob": "{s}.h5"}, tmp_path, keep_unpaired=True)


def test_inputs_that_share_no_name_are_refused(tmp_path: Path) -> None:
    touched(tmp_path, "a.tif", "b.h5")
    said = message({"raw": "{s}.tif", "prob": "{sample}.h5"}, tmp_path)
    assert "shares no name with the other inputs; got {sample}; expected one of {s}" in said


def test_several_unnamed_files_cannot_be_paired(tmp_path: Path) -> None:
    touched(tmp_path, "a.tif", "b.tif", "a.h5", "b.h5")
    said = message({"raw": "*.tif", "prob": "*.h5"}, tmp_path)
    assert "2 files fit, and nothing pairs them" in said
    assert [i.name for i in images_of({"raw": "*.tif"}, tmp_path)] == ["a", "b"]


def test_images_called_the_same_are_refused(tmp_path: Path) -> None:
    touched(tmp_path, "1_2/3.tif", "1/2_3.tif")
    assert "2 images would be called '1_2_3'" in message({"raw": "{a}/{b}.tif"}, tmp_path)


def test_problems_of_all_inputs_come_at_once(tmp_path: Path) -> None:
    said = message({"raw": "{s}.tif", "prob": "{nickname}.h5"}, tmp_path)
    assert "node 'raw': no file fits" in said
    assert "node 'prob': '{nickname}.h5' uses {nickname}" in said


def test_an_unnamed_image_is_called_by_its_raw_file(tmp_path: Path) -> None:
    (image,) = images_of({"prob": "x/p.h5:/data", "raw": "x/cells.ome.tif"}, tmp_path, "raw")
    assert image.name == "cells"
    assert image.names == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("raw/pos3_t{t}.tif", "pos3"),
        ("raw/pos3_T{t}_Z{z}_C{c}.tif", "pos3"),
        ("frame{t}.tif", "frame"),
        ("{t}.tif", "0"),
        ("a.h5:/x", "a"),
    ],
)
def test_an_unnamed_stack_is_called_by_what_its_files_share(text: str, name: str) -> None:
    stack = Stack("t", (("0",),), (Locator(Path("raw/0.tif")),))
    assert is_unnamed(stack if "{" in text else locate(text), text) == name


def test_frames_of_two_inputs_are_paired_image_by_image(tmp_path: Path) -> None:
    names = [f"{kind}/{w}_t{t}.tif" for kind in ("raw", "prob") for w in "AB" for t in range(3)]
    touched(tmp_path, *names)
    images = images_of({"raw": "raw/{w}_t{t}.tif", "prob": "prob/{w}_t{t}.tif"}, tmp_path)
    assert [image.name for image in images] == ["A", "B"]
    assert all(isinstance(s, Stack) for image in images for s in image.sources.values())


def calls_to_pair(folder: Path, wells: int) -> int:
    """Count the Python calls that pairing takes, which no machine's speed changes."""
    for well in range(wells):
        stem = f"P{well % 5}/W{well:03d}_s1"
        touched(folder, f"{stem}.tif", f"{stem}_Probabilities.h5")
    paths = {"raw": "{plate}/{well}_s{site}.tif", "prob": "{plate}/{well}_s{site}_Probabilities.h5"}
    events: Counter[str] = Counter()
    sys.setprofile(lambda frame, event, arg: events.update([event]))
    try:
        images = images_of(paths, folder)
    finally:
        sys.setprofile(None)
    assert len(images) == wells
    return events["call"]


def test_work_grows_with_the_images_not_with_their_square(tmp_path: Path) -> None:
    few, many = (calls_to_pair(tmp_path / str(n), n) for n in (100, 400))
    assert many < 4.2 * few
    assert many < 200 * 400


ROWS = [
    {"raw": "old/a 1.tif", "map": "m1.h5", "plate": "P1"},
    {"raw": "new/b.tif", "map": "m2.h5", "plate": "P2"},
]


def test_a_sheet_names_irregular_files(tmp_path: Path) -> None:
    images = from_sheet(ROWS, {"raw": "{raw}", "prob": "maps/{map}"}, tmp_path)
    assert [image.name for image in images] == ["new_b.tif_m2.h5", "old_a 1.tif_m1.h5"]
    assert images[0].names == {"raw": "new/b.tif", "map": "m2.h5", "plate": "P2"}
    assert files(tmp_path, images[0].sources) == {"raw": "new/b.tif", "prob": "maps/m2.h5"}


def test_a_sheet_may_call_its_images(tmp_path: Path) -> None:
    rows = [{**row, "image": f"i{n}"} for n, row in enumerate(ROWS)]
    images = from_sheet(rows, {"raw": "{raw}", "prob": "maps/{map}"}, tmp_path)
    assert [image.name for image in images] == ["i0", "i1"]
    assert "image" not in images[0].names


def test_a_sheet_without_names_in_paths_serves_by_the_raw_stem(tmp_path: Path) -> None:
    (image,) = from_sheet([{"note": "x"}], {"raw": "a.tif"}, tmp_path)
    assert image.name == "a"


def test_a_sheet_may_stack(tmp_path: Path) -> None:
    touched(tmp_path, "x_t0.tif", "x_t1.tif")
    (image,) = from_sheet([{"s": "x"}], {"raw": "{s}_t{t}.tif"}, tmp_path)
    assert isinstance(image.sources["raw"], Stack)


def sheet_message(rows: list[dict[str, str]], paths: dict[str, str], folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        from_sheet(rows, paths, folder)
    return str(caught.value)


def test_problems_of_a_sheet_are_told_together(tmp_path: Path) -> None:
    said = sheet_message(ROWS, {"raw": "{rawfile}", "prob": "{maps}"}, tmp_path)
    assert "node 'raw': {rawfile} is no column of the sheet" in said
    assert "did you mean {map}?" in said
    rows = [{"s": ""}, {"s": "a*"}, {"s": "b"}]
    said = sheet_message(rows, {"raw": "{s}.tif"}, tmp_path)
    assert "row 1 of the sheet: column s is empty" in said
    assert "row 2 of the sheet: column s; got a*" in said
    said = sheet_message([{"s": "a"}, {"s": "a"}], {"raw": "{s}.tif"}, tmp_path)
    assert "2 images would be called 'a'" in said
    assert "no rows" in sheet_message([], {"raw": "{s}.tif"}, tmp_path)
