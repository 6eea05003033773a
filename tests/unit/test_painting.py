"""Painting values back, and pictures whose pixels one can name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from objclass.data.lazy_array import LazyArray
from objclass.errors import InputError
from objclass.painting import UNCLASSIFIED, default_colors, overlay, paint, projection
from objclass.painting.colors import channel_colors, rgb
from objclass.painting.legend import PAPER, LegendStrip, bar_of
from objclass.painting.picture import class_entries, enlargement
from objclass.painting.pixels import double, rims, tint

BLUE, ORANGE = (86, 180, 233), (230, 159, 0)


# -- paint --------------------------------------------------------------------------------------


def test_every_object_gets_its_value_and_the_rest_the_background() -> None:
    labels = np.array([[0, 5], [9, 7]], np.uint32)
    out = paint(labels, [5, 9], np.array([2, 3], np.uint8), background=255)
    assert out.tolist() == [[255, 2], [3, 255]]
    assert out.dtype == np.uint8


def test_ids_above_two_to_the_thirty_one_and_far_apart_are_found() -> None:
    ids = np.array([1, 2**31 + 1, 2**63 + 5, 2**64 - 1], np.uint64)
    labels = np.array([ids[::-1], ids + np.uint64(1)], np.uint64)
    values = np.array([0.5, 1.5, 2.5, 3.5], np.float32)
    out = paint(labels, ids, values)
    assert out.tolist() == [[3.5, 2.5, 1.5, 0.5], [0, 0, 0, 0]]
    assert out.dtype == np.float32


def test_large_ids_close_together_need_no_large_table() -> None:
    ids = np.arange(2**40, 2**40 + 4, dtype=np.uint64)
    assert paint(ids[::-1].copy(), ids, ids).tolist() == ids[::-1].tolist()


def test_negative_ids_are_background() -> None:
    labels = np.array([-1, 1, -(2**63)])
    assert paint(labels, [1], np.array([7])).tolist() == [0, 7, 0]


def test_id_zero_is_background_even_when_listed() -> None:
    assert paint(np.array([0, 1], np.uint8), [0, 1], np.array([9, 7]), 4).tolist() == [4, 7]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 4)])
def test_empty_images_stay_empty(shape: tuple[int, ...]) -> None:
    assert paint(np.zeros(shape, np.uint32), [1], np.array([1.0])).shape == shape


def test_without_objects_all_is_background() -> None:
    values = np.zeros(0, np.float32)
    assert paint(np.array([[1, 2]], np.uint32), [], values, np.nan).tolist() == [
        pytest.approx([np.nan, np.nan], nan_ok=True)
    ]


def test_one_voxel_one_object() -> None:
    assert paint(np.array([[[4]]], np.uint16), [4], np.array([2], np.uint8)).tolist() == [[[2]]]


def test_a_given_array_is_painted_into() -> None:
    out = np.full((1, 2), 99, np.uint8)
    labels = np.array([[1, 0]], np.uint32)
    assert paint(labels, [1], np.array([3], np.uint8), out=out) is out
    assert out.tolist() == [[3, 0]]
    with pytest.raises(ValueError, match="out does not have"):
        paint(labels, [1], np.array([3], np.uint8), out=np.zeros((1, 2)))


@pytest.mark.parametrize("ids", [[2, 1], [1, 1], [1]])
def test_ids_that_do_not_fit_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="ids must ascend"):
        paint(np.zeros((1, 1), np.uint8), ids, np.zeros(2))


def plain(labels: np.ndarray, ids: np.ndarray, values: np.ndarray, background: float) -> np.ndarray:
    """Painting as its definition reads."""
    value = {int(i): v for i, v in zip(ids, values, strict=True) if i != 0}
    empty = np.array([background]).astype(values.dtype)[0]
    found = [value.get(int(voxel), empty) for voxel in labels.ravel()]
    return np.array(found, values.dtype).reshape(labels.shape)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_painting_is_the_plain_lookup(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(["uint8", "uint32", "uint64", "int16"]))
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5))
    info = np.iinfo(dtype)
    element = st.integers(0, 12) | st.integers(int(info.min), int(info.max))
    labels = data.draw(hnp.arrays(dtype, shape, elements=element))
    if data.draw(st.booleans()):
        labels = labels[::-1]
    known = st.integers(0, 12) | st.integers(0, 2**64 - 1)
    ids = np.array(sorted(data.draw(st.sets(known, max_size=8))), np.uint64)
    kind = data.draw(st.sampled_from(["uint8", "float32", "uint64"]))
    values = np.arange(3, 3 + len(ids)).astype(kind)
    assert np.array_equal(paint(labels, ids, values, 1), plain(labels, ids, values, 1))


# -- colours ------------------------------------------------------------------------------------


def test_default_colours_are_distinct_and_the_first_ones_stay() -> None:
    assert default_colors(2) == ("#56B4E9", "#E69F00")
    assert default_colors(0) == ()
    many = default_colors(254)
    assert many[:7] == default_colors(7)
    assert len({*many, UNCLASSIFIED}) == 255
    assert all(len(c) == 7 for c in many)


def _seen(color: str, matrix: list[list[float]]) -> np.ndarray:
    """A colour as a person without one kind of cone sees it, in CIE L*a*b*."""
    linear = np.array([(c / 255) ** 2.2 for c in rgb([color])[0]])
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    xyz = (
        np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        @ seen
        / [0.9505, 1.0, 1.089]
    )
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Viénot, Brettel and Mollon 1999 (as matrices on linear RGB): protanopia, deuteranopia.
PROTAN = [[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]]
DEUTAN = [[0.2927, 0.7073, 0.0], [0.2927, 0.7073, 0.0], [-0.0223, 0.0223, 1.0]]
NORMAL = [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]]


@pytest.mark.parametrize("matrix", [NORMAL, PROTAN, DEUTAN], ids=["all cones", "no L", "no M"])
def test_the_first_seven_colours_differ_for_every_eye(matrix: list[list[float]]) -> None:
    seen = [_seen(color, matrix) for color in default_colors(7)]
    apart = [np.linalg.norm(a - b) for k, a in enumerate(seen) for b in seen[:k]]
    assert min(apart) > 10  # a just noticeable difference is about 2.3


def test_colours_may_have_names_and_others_are_refused() -> None:
    assert rgb(["orange", "#010203"]) == [(255, 165, 0), (1, 2, 3)]
    with pytest.raises(InputError, match="not a colour; got 'orangy'"):
        rgb(["orangy"])


def test_every_number_of_channels_has_colours() -> None:
    assert channel_colors(1) == ("#FFFFFF",)
    assert [len(channel_colors(n)) for n in range(9)] == list(range(9))


def test_default_colours_come_without_numpy_or_numba() -> None:
    code = (
        "import sys, objclass.painting as p\n"
        "p.default_colors(3)\n"
        "heavy = {'numpy', 'numba', 'PIL', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


# -- outlines -----------------------------------------------------------------------------------


def test_an_outline_lies_inside_its_object_and_open_at_the_border() -> None:
    labels = np.zeros((4, 5), np.uint32)
    labels[:, :4] = 1
    labels[:2, 0] = 2
    expected = [[1, 1, 0, 1, 0], [1, 1, 0, 1, 0], [1, 0, 0, 1, 0], [0, 0, 0, 1, 0]]
    assert rims(labels, 1).astype(int).tolist() == expected
    assert rims(labels, 9).astype(int)[:, 4].tolist() == [0, 0, 0, 0]


def test_a_wide_outline_is_the_union_over_distances() -> None:
    random = np.random.RandomState(0)
    labels = random.randint(0, 3, (9, 9)).repeat(3, 0).repeat(3, 1).astype(np.uint32)
    padded = np.pad(labels, 2, mode="edge")
    expected = np.zeros(labels.shape, bool)
    for d in (1, 2):
        for dy, dx in ((d, 0), (-d, 0), (0, d), (0, -d)):
            expected |= padded[2 + dy : 29 + dy, 2 + dx : 29 + dx] != labels
    assert np.array_equal(rims(labels, 2), expected & (labels > 0))


def test_doubling_halves_the_steps_of_a_diagonal() -> None:
    labels = np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], np.uint32)
    expected = [
        [0, 0, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 1],
        [0, 0, 0, 1, 1, 1],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    assert double(labels).tolist() == expected


def test_doubling_keeps_single_pixels_and_straight_edges() -> None:
    labels = np.zeros((3, 4), np.uint32)
    labels[1, 1] = 7
    labels[:, 3] = 9
    assert np.array_equal(double(labels), labels.repeat(2, 0).repeat(2, 1))


def test_every_pixel_is_coloured_as_if_one_after_the_other() -> None:
    random = np.random.RandomState(3)
    picture = random.randint(0, 256, (300, 9, 3)).astype(np.uint8)
    codes = random.randint(0, 3, (300, 9)).astype(np.uint8)
    rim = (random.randint(0, 4, (300, 9)) == 0) & (codes > 0)
    colors = np.array([(0, 0, 0), BLUE, ORANGE], np.uint8)
    expected = picture.copy()
    for y, x in np.ndindex(300, 9):
        near = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        beside = any(rim[j, i] for j, i in near if 0 <= j < 300 and 0 <= i < 9)
        inside, light = 0.28 * (codes[y, x] > 0), 0.55 if beside else 1.0
        for k in range(3):
            mixed = float(picture[y, x, k]) * (1 - inside) + float(colors[codes[y, x], k]) * inside
            shown = colors[codes[y, x], k] if rim[y, x] else np.uint8(mixed * light + 0.5)
            expected[y, x, k] = shown
    tint(picture, codes, rim, colors, 0.28, 0.55)
    assert np.array_equal(picture, expected)


# -- overlay ------------------------------------------------------------------------------------


def scene(size: int = 40) -> dict[str, object]:
    """A dark image with two squares, 7 (class a) and 2**40 (class b)."""
    labels = np.zeros((size, size), np.uint64)
    labels[4:14, 4:14] = 7
    labels[20:34, 20:34] = 2**40
    return {
        "channels": [(labels > 0).astype(np.uint16) * 1000],
        "labels": labels,
        "ids": np.array([7, 2**40], np.uint64),
        "code": np.array([1, 2], np.uint8),
        "classes": ("a", "b"),
        "colors": default_colors(2),
    }


def draw(**changes: object) -> np.ndarray:
    plain_size = {"scale": 1, "legend": False}
    return overlay(**{**scene(), **plain_size, **changes})  # type: ignore[arg-type]


def test_outlines_have_the_colour_of_the_class_and_insides_a_tint_of_it() -> None:
    picture = draw()
    assert picture.shape == (40, 40, 3)
    assert picture.dtype == np.uint8
    assert tuple(picture[4, 9]) == BLUE
    assert tuple(picture[20, 26]) == ORANGE
    assert tuple(picture[0, 0]) == (0, 0, 0)
    tint = [round(255 * 0.72 + 0.28 * c) for c in ORANGE]
    assert np.abs(picture[27, 27].astype(int) - tint).max() <= 1


def test_objects_that_are_not_predicted_get_no_colour() -> None:
    picture = draw(ids=np.array([7], np.uint64), code=np.array([1], np.uint8))
    assert tuple(picture[20, 26]) == (255, 255, 255)


def test_unclassified_objects_are_grey() -> None:
    picture = draw(code=np.array([1, 3], np.uint8))
    assert tuple(picture[20, 26]) == rgb([UNCLASSIFIED])[0]


def test_a_colour_picture_stays_as_it_is_where_no_object_is() -> None:
    red, green, blue = (np.full((40, 40), v, np.uint8) for v in (200, 100, 7))
    picture = draw(channels=[red, green, blue], rgb_image=True)
    assert tuple(picture[0, 0]) == (200, 100, 7)


def test_colour_of_another_dtype_is_stretched_alike_in_all_channels() -> None:
    ramp = np.linspace(0, 60_000, 1600).reshape(40, 40).astype(np.uint16)
    picture = draw(channels=[ramp, ramp // 2, ramp * 0], rgb_image=True)
    red, green, blue = (int(v) for v in picture[39, 39])
    assert (red, blue) == (255, 0)
    assert abs(green - 127) <= 2


def test_one_channel_is_grey_and_several_are_added_light() -> None:
    first, second = np.zeros((2, 40, 40), np.float32)
    first[36:, :10] = second[36:, 30:] = 5.0
    alone = draw(channels=[first])
    assert tuple(alone[39, 0]) == (255, 255, 255)
    both = draw(channels=[first, second]).astype(int)
    left, right = both[39, 0], both[39, 39]
    assert left[0] == left[2] > left[1]  # magenta
    assert right[1] > right[0] == right[2]  # green


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "float32", "float64"])
def test_contrast_is_stretched_whatever_the_dtype(dtype: str) -> None:
    ramp = np.linspace(0, 100, 1600).reshape(40, 40).astype(dtype)
    picture = draw(channels=[ramp])
    assert picture[0, 0].max() <= 3
    assert picture[39, 39].min() >= 252


def test_nan_and_infinity_in_raw_are_dark_and_bright() -> None:
    raw = np.linspace(0, 1, 1600).reshape(40, 40)
    raw[0, 0], raw[0, 1] = np.nan, np.inf
    picture = draw(channels=[raw])
    assert picture[0, 0].max() == 0
    assert picture[0, 1].min() == 255
    assert draw(channels=[np.full((40, 40), np.nan)])[0, 0].max() == 0


def test_a_constant_image_is_dark() -> None:
    assert draw(channels=[np.full((40, 40), 9)])[0, 0].max() == 0


def test_a_volume_shows_the_brightest_voxel_and_the_nearest_object() -> None:
    flat = scene()["labels"]
    labels = np.zeros((3, 40, 40), np.uint64)
    labels[2] = flat  # type: ignore[assignment]
    labels[1, 20:34, 20:34] = 7
    raw = np.zeros((3, 40, 40), np.uint8)
    raw[2, 38, 38] = 200
    picture = draw(labels=labels, channels=[raw])
    assert tuple(picture[20, 26]) == BLUE  # 7 lies before 2**40
    assert tuple(picture[4, 9]) == BLUE
    assert picture[38, 38].min() == 255
    middle = draw(labels=labels, channels=[raw], projection="middle")
    assert tuple(middle[20, 26]) == BLUE
    assert middle[4, 9].max() == 0
    assert middle[38, 38].max() == 0


def test_without_objects_the_image_is_shown() -> None:
    none = np.zeros(0, np.uint64)
    picture = draw(labels=np.zeros((40, 40), np.uint32), ids=none, code=none.astype(np.uint8))
    assert tuple(picture[20, 26]) == (255, 255, 255)


def test_small_images_are_enlarged_by_a_power_of_two() -> None:
    assert [enlargement((n, 9)) for n in (1, 34, 100, 300, 512, 551, 5000)] == [
        16,
        16,
        8,
        2,
        2,
        1,
        1,
    ]
    assert draw(scale=4).shape == (160, 160, 3)
    assert tuple(draw(scale=4)[16, 36]) == BLUE
    assert draw(scale=3).shape == (120, 120, 3)


def test_the_legend_is_a_strip_below_the_picture() -> None:
    alone, explained = draw(), draw(legend=True)
    assert explained.shape[0] > 40
    assert explained.shape[1] == 360  # too narrow for a legend: the picture is centred
    assert np.array_equal(explained[:40, 160:200], alone)
    strip = explained[40:].reshape(-1, 3).tolist()
    assert [list(c) in strip for c in (BLUE, ORANGE, PAPER)] == [True] * 3


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="shape of the label image"):
        draw(channels=[np.zeros((3, 3))])
    with pytest.raises(ValueError, match="shape of the label image"):
        draw(channels=[])


# -- legend -------------------------------------------------------------------------------------


def test_the_legend_counts_objects_per_class_and_unclassified_ones() -> None:
    code = np.array([1, 1, 1, 3], np.uint8)
    assert class_entries(code, ("a", "b"), ("#1", "#2")) == [
        ("a", "#1", 3),
        ("b", "#2", 0),
        ("unclassified", UNCLASSIFIED, 1),
    ]
    assert class_entries(code[:3], ("a", "b"), ("#1", "#2"))[-1] == ("b", "#2", 0)


def test_a_long_legend_breaks_into_rows_and_long_names_are_cut() -> None:
    entries = [(f"class {k}", "#000000", 1) for k in range(12)] + [("x" * 300, "#000000", 1)]
    strip = LegendStrip(600, entries, None, None, "title")
    assert len(strip.rows) > 3
    assert strip.items[-1].text.endswith("x…")
    for row in strip.rows:
        assert sum(strip._extent(item) for item in row) <= 600
    assert [item for row in strip.rows for item in row] == strip.items


def test_counts_are_shown_with_their_share() -> None:
    strip = LegendStrip(600, [("a", "#000000", 1), ("b", "#000000", 3)], None, None, None)
    assert [item.number for item in strip.items] == ["1 (25 %)", "3 (75 %)"]
    nobody = LegendStrip(600, [("a", "#000000", 0)], None, None, None)
    assert [item.number for item in nobody.items] == ["0"]


@pytest.mark.parametrize(
    ("pixel_size", "unit", "width", "expected"),
    [
        (0.5, "um", 1000, (200, "100 µm")),
        (0.65, "um", 512, (77, "50 µm")),
        (0.01, "mm", 1000, (200, "2 mm")),
        (3.0, "nm", 700, (67, "200 nm")),
        (0.001, "um", 360, (50, "0.05 µm")),
    ],
)
def test_a_scale_bar_has_a_round_length_near_a_fifth_of_the_width(
    pixel_size: float, unit: str, width: int, expected: tuple[int, str]
) -> None:
    assert bar_of(pixel_size, unit, width) == expected


def test_the_scale_bar_is_drawn_as_long_as_it_says() -> None:
    picture = draw(legend=True, pixel_size=1.0, unit="um", scale=10)
    ink = (picture[400:] == 38).all(axis=2)
    assert picture.shape[1] == 400
    runs = [len(run) for row in ink for run in "".join("x" if i else " " for i in row).split()]
    assert max(runs) == 50  # 5 µm at 10 pixels per µm; 10 µm would be more than a fifth


def test_names_in_other_scripts_are_drawn() -> None:
    from objclass.painting.legend import font

    missing = bytes(font(20, "µ").getmask("\uffff"))
    for letter in "µαβΔéøłšЖя₂":
        assert bytes(font(20, letter).getmask(letter)) != missing
    draw(legend=True, classes=("Zellkern µ", "細胞"))


@pytest.mark.parametrize("block", [1, 2**21])
@pytest.mark.parametrize("depth", [None, 1, 150])
def test_a_volume_is_projected_by_region(
    monkeypatch: pytest.MonkeyPatch, depth: int | None, block: int
) -> None:
    monkeypatch.setattr(projection, "BLOCK", block)
    shape = (70, 66) if depth is None else (depth, 70, 66)
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 9999, shape).astype(np.uint16)
    labels = (rng.integers(1, 9, shape) * (rng.random(shape) < 0.02)).astype(np.uint32)
    ids = np.array([2, 3, 7], np.uint64)
    axes = "zyx"[-len(shape) :]
    assert np.array_equal(
        projection.brightest(LazyArray.of(raw, axes)), raw.reshape(-1, 70, 66).max(axis=0)
    )
    seen = np.zeros((70, 66), np.uint32)
    for plane in labels.reshape(-1, 70, 66):
        seen = np.where((seen == 0) & np.isin(plane, ids), plane, seen)
    found = projection.nearest_objects(LazyArray.of(labels, axes), ids)
    assert np.array_equal(found, seen)
    assert found.dtype == np.uint32
