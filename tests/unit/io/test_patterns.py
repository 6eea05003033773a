"""Names in paths: what fits, what it reads, what stacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.errors import InputError
from objclass.io.locator import Locator
from objclass.io.pattern import Pattern, natural
from objclass.io.patterns import expand
from objclass.io.source import Stack


def touched(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def message(text: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        expand(text, folder)
    return str(caught.value)


def found(text: str, folder: Path) -> list[tuple[dict[str, str], str]]:
    return [
        (dict(e.names), e.first_path.removeprefix(f"{folder.as_posix()}/"))
        for e in expand(text, folder)
    ]


def test_a_plain_path_is_one_image_whether_it_exists_or_not(tmp_path: Path) -> None:
    assert found("raw/a.tif", tmp_path) == [({}, "raw/a.tif")]
    assert expand("/abs/a.h5:/x/y", tmp_path)[0].source == Locator(Path("/abs/a.h5"), "x/y")


def test_names_become_text_in_natural_order(tmp_path: Path) -> None:
    touched(tmp_path, "P1/A10_1.tif", "P1/A2_1.tif", "P1/A2_001.tif", "P1/notes.txt", "x.tif")
    assert found("{plate}/{well}_{field}.tif", tmp_path) == [
        ({"plate": "P1", "well": "A2", "field": "001"}, "P1/A2_001.tif"),
        ({"plate": "P1", "well": "A2", "field": "1"}, "P1/A2_1.tif"),
        ({"plate": "P1", "well": "A10", "field": "1"}, "P1/A10_1.tif"),
    ]


def test_the_array_inside_stays_with_each_file(tmp_path: Path) -> None:
    touched(tmp_path, "a.h5", "b.h5")
    assert [p for _, p in found("{s}.h5/group/raw", tmp_path)] == [
        "a.h5/group/raw",
        "b.h5/group/raw",
    ]
    assert "name inside the file" in message("a.h5/{s}", tmp_path)


def test_a_name_matches_no_slash_and_no_hidden_file(tmp_path: Path) -> None:
    touched(tmp_path, "a/b/c.tif", "a/d.tif", "a/.hidden.tif", ".secret/e.tif")
    assert found("{n}.tif", tmp_path / "a") == [({"n": "d"}, "d.tif")]
    assert found("{p}/{n}.tif", tmp_path) == [({"p": "a", "n": "d"}, "a/d.tif")]


def test_a_star_is_a_part_without_a_name(tmp_path: Path) -> None:
    touched(tmp_path, "A1_x7.tif", "A2_y.tif")
    assert [n for n, _ in found("{well}_*.tif", tmp_path)] == [{"well": "A1"}, {"well": "A2"}]
    touched(tmp_path, "A1_z.tif")
    said = message("{well}_*.tif", tmp_path)
    assert "2 files of '{well}_*.tif' have the same names" in said
    assert len(expand("*.tif", tmp_path)) == 3


def test_a_name_that_comes_twice_reads_the_same(tmp_path: Path) -> None:
    touched(tmp_path, "P1/P1_a.tif", "P1/P2_a.tif", "P2/P2_b.tif")
    assert [n for n, _ in found("{p}/{p}_{w}.tif", tmp_path)] == [
        {"p": "P1", "w": "a"},
        {"p": "P2", "w": "b"},
    ]


def test_two_readings_of_one_path_are_an_error(tmp_path: Path) -> None:
    touched(tmp_path, "a_b_c.tif")
    said = message("{one}_{two}.tif", tmp_path)
    assert "fits '{one}_{two}.tif' in two ways" in said
    assert "one=a, two=b_c or one=a_b, two=c" in said


def test_a_star_can_hide_a_second_reading(tmp_path: Path) -> None:
    # The first and the last reading agree (a=2); one between them reads 3.
    touched(tmp_path, "x_2_y_3_z_2_w.tif")
    assert "in two ways" in message("*_{a}_*.tif", tmp_path)


def test_t_z_c_stack_files(tmp_path: Path) -> None:
    touched(tmp_path, *(f"pos3_t{t}_{c}.tif" for t in range(9, 12) for c in ("dapi", "gfp")))
    (image,) = expand("pos3_t{t}_{c}.tif", tmp_path)
    assert image.names == {}
    assert isinstance(image.source, Stack)
    assert image.source.axes == "tc"
    assert image.source.values == (("9", "10", "11"), ("dapi", "gfp"))
    ends = [str(w).rsplit("_", 2)[1] + str(w)[-8:-4] for w in image.source.members[:3]]
    assert ends == ["t9dapi", "t9_gfp", "t10dapi"]


def test_other_names_tell_stacks_apart(tmp_path: Path) -> None:
    touched(tmp_path, *(f"{w}_t{t:03d}.tif" for w in "AB" for t in range(3)))
    images = expand("{well}_t{t}.tif", tmp_path)
    assert [image.names for image in images] == [{"well": "A"}, {"well": "B"}]
    assert all(isinstance(i.source, Stack) and i.source.shape == (3,) for i in images)


def test_a_missing_frame_is_an_error(tmp_path: Path) -> None:
    touched(tmp_path, *(f"a_t{t:02d}.tif" for t in (0, 1, 2, 4, 5, 9)))
    said = message("a_t{t}.tif", tmp_path)
    assert "t = 3, 6, 7, 8 missing" in said
    assert "6 files from 00 to 09" in said


def test_frames_may_go_in_steps_and_keep_their_numbers(tmp_path: Path) -> None:
    touched(tmp_path, *(f"{w}_t{t:03d}.tif" for w, ts in STEPPED.items() for t in ts))
    images = expand("{well}_t{t}.tif", tmp_path)
    values = {e.names["well"]: e.source.values[0] for e in images if isinstance(e.source, Stack)}
    assert values == {
        "A": ("000", "010", "020"),
        "B": ("100", "105", "110", "115"),
        "C": ("003",),
    }


STEPPED = {"A": (0, 10, 20), "B": (100, 105, 110, 115), "C": (3,)}


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((0, 10, 30), "t = 20 missing; got 3 files from 0 to 30; expected steps of 10 between"),
        (
            (0, 10, 20, 33, 43),
            "t = 30, 40 missing and t = 33, 43 between two steps; got 5 files from 0 to 43",
        ),
    ],
)
def test_a_step_that_is_left_is_named(numbers: tuple[int, ...], says: str, tmp_path: Path) -> None:
    touched(tmp_path, *(f"{t}.tif" for t in numbers))
    assert says in message("{t}.tif", tmp_path)


def test_planes_may_go_in_steps_too(tmp_path: Path) -> None:
    touched(tmp_path, "z005.tif", "z010.tif", "z015.tif")
    (image,) = expand("z{z}.tif", tmp_path)
    assert isinstance(image.source, Stack)
    assert image.source.values == (("005", "010", "015"),)


def test_a_folder_without_the_file_is_no_image(tmp_path: Path) -> None:
    touched(tmp_path, "A/raw.tif", "B/raw.tif", "out/A_ids.tif", "notes/todo.txt")
    assert found("{d}/raw.tif", tmp_path) == [({"d": "A"}, "A/raw.tif"), ({"d": "B"}, "B/raw.tif")]
    assert found("{d}*/raw.tif", tmp_path)[0] == ({"d": "A"}, "A/raw.tif")
    assert "no file fits" in message("{d}/other.tif", tmp_path)


def test_a_hole_in_the_grid_is_an_error(tmp_path: Path) -> None:
    touched(tmp_path, "0_a.tif", "0_b.tif", "1_a.tif")
    said = message("{t}_{c}.tif", tmp_path)
    assert "files are missing" in said
    assert "also t=1 c=b" in said


def test_one_frame_number_written_in_two_ways_is_an_error(tmp_path: Path) -> None:
    touched(tmp_path, "t1.tif", "t01.tif", "t2.tif")
    assert "written in two ways; got 01, 1" in message("t{t}.tif", tmp_path)


def test_channel_numbers_may_skip_but_not_differ_between_images(tmp_path: Path) -> None:
    touched(tmp_path, "A_w405.tif", "A_w488.tif", "B_w405.tif", "B_w488.tif")
    assert len(expand("{well}_w{c}.tif", tmp_path)) == 2
    touched(tmp_path, "C_w405.tif")
    said = message("{well}_w{c}.tif", tmp_path)
    assert "other channels" in said
    assert "got channel 405; expected channel 405, channel 488" in said


def test_nothing_that_fits_says_what_is_there(tmp_path: Path) -> None:
    touched(tmp_path, "raw/a.tiff", "raw/b.tiff")
    said = message("raw/{n}.tif", tmp_path)
    assert "no file fits 'raw/{n}.tif'" in said
    assert "a.tiff, b.tiff" in said
    assert "there is no folder" in message("wrong/{n}.tif", tmp_path)
    (tmp_path / "empty").mkdir()
    assert "is empty" in message("empty/{n}.tif", tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{dataset_dir}/x.tif", "means the raw file"),
        ("{nickname}.tif", "means the raw file"),
        ("{result_type}.tif", "means the raw file"),
        ("{class}.tif", "a column of every table"),
        ("{my well}.tif", "impossible name"),
        ("{1}.tif", "impossible name"),
        ("{}.tif", "impossible name"),
        ("{a.tif", "brace that is not closed"),
        ("a}.tif", "brace that is not closed"),
        ("{plate}/{image}.tif", "names {image} beside other names"),
    ],
)
def test_names_that_cannot_be_are_refused(text: str, words: str, tmp_path: Path) -> None:
    assert words in message(text, tmp_path)


def test_image_alone_is_a_good_name(tmp_path: Path) -> None:
    touched(tmp_path, "a.tif")
    assert found("{image}.tif", tmp_path) == [({"image": "a"}, "a.tif")]


def test_braces_in_the_folder_of_the_workflow_are_no_names(tmp_path: Path) -> None:
    folder = tmp_path / "odd {name} * [1]"
    touched(folder, "a.tif")
    assert [e.names for e in expand("{n}.tif", folder)] == [{"n": "a"}]
    assert expand("a.tif", folder)[0].first_path == f"{folder.as_posix()}/a.tif"


def test_special_characters_are_literal(tmp_path: Path) -> None:
    touched(tmp_path, "a(1)+[x].tif")
    assert found("a({n})+[x].tif", tmp_path) == [({"n": "1"}, "a(1)+[x].tif")]


def test_natural_order_counts_digits() -> None:
    words = ["t10", "t2", "t01", "t1", "a", "t", "10", "9"]
    assert sorted(words, key=natural) == ["9", "10", "a", "t", "t01", "t1", "t2", "t10"]


def test_literal_length_counts_text_only() -> None:
    assert Pattern.parse("{plate}/{well}_prob.h5").literal == len("/_prob.h5")
