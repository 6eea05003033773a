"""Masks as people have them: palettes, few bits, white as 0, colours, transparency.

Every file shows the same sixteen discs of radius 5 on a 4 by 4 grid, 81 voxels each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
from terminal import Screen, typed

from workflows import write_raw

EDGE, COUNT, SIZE = 96, 16, 81
PLACES = [(y, x) for y in range(12, EDGE, 24) for x in range(12, EDGE, 24)]

MASK = """\
version: 1
nodes:
  mask: {{kind: input, path: {path}, {fields}}}
  cells: {{kind: components, image: mask}}
  feats: {{kind: features, objects: cells, measure: [size]}}
  save: {{kind: export, from: feats, write: {{table: t.csv}}}}
"""
LABELS = """\
version: 1
nodes:
  cells: {{kind: input, path: {path}, {fields}}}
  feats: {{kind: features, objects: cells, measure: [size]}}
  save: {{kind: export, from: feats, write: {{table: t.csv}}}}
"""
SEGMENTATION, LABEL_IMAGE = "role: segmentation", "role: label_image"


def ids() -> np.ndarray:
    """The discs with the ids 1 to 16, uint8."""
    rows, columns = np.indices((EDGE, EDGE))
    out = np.zeros((EDGE, EDGE), np.uint8)
    for number, (y, x) in enumerate(PLACES, start=1):
        out[(rows - y) ** 2 + (columns - x) ** 2 <= 25] = number
    return out


def mask() -> np.ndarray:
    """True in the discs."""
    return ids() > 0


def grey(mask: np.ndarray) -> np.ndarray:
    """0 and 255."""
    return np.where(mask, 255, 0).astype(np.uint8)


def run(folder: Path, path: str, fields: str) -> Screen:
    """Run the workflow that finds and measures the objects of a file."""
    text = LABELS if LABEL_IMAGE in fields else MASK
    (folder / "w.yaml").write_text(text.format(path=path, fields=fields))
    return typed("run w.yaml", folder)


def sizes(folder: Path) -> list[int]:
    """The size of every object found."""
    return [int(size) for size in pd.read_csv(folder / "t.csv")["size_voxels"]]


def assert_discs(screen: Screen, folder: Path) -> None:
    """The run ended well and found the sixteen discs."""
    assert screen.code == 0, screen.out + screen.err
    assert sizes(folder) == [SIZE] * COUNT


# --- what a value is -------------------------------------------------------------------------


def palette(indices: np.ndarray) -> Image.Image:
    """An indexed picture whose colours repeat their red, so that red alone tells nothing."""
    picture = Image.fromarray(indices)
    colours = [(200, 10, 10), (200, 250, 0), (10, 0, 250)]
    picture = picture.copy()
    picture.putpalette([c for k in range(256) for c in ((0, 0, 0), *colours)[k and 1 + k % 3]])
    assert picture.mode == "P"
    return picture


@pytest.mark.parametrize("crop", ["", ", crop: {c: 0}"])
@pytest.mark.parametrize("role", [SEGMENTATION, LABEL_IMAGE])
@pytest.mark.parametrize("suffix", ["png", "bmp"])
def test_the_index_of_a_palette_is_the_value(
    tmp_path: Path, suffix: str, role: str, crop: str
) -> None:
    palette(ids()).save(tmp_path / f"m.{suffix}")
    assert_discs(run(tmp_path, f"m.{suffix}", role + crop), tmp_path)
    assert list(pd.read_csv(tmp_path / "t.csv")["object"]) == list(range(1, COUNT + 1))


def test_a_palette_with_transparent_background_is_an_index_too(tmp_path: Path) -> None:
    palette(ids()).save(tmp_path / "m.png", transparency=0)
    assert_discs(run(tmp_path, "m.png", LABEL_IMAGE), tmp_path)


@pytest.mark.parametrize("role", [SEGMENTATION, LABEL_IMAGE])
def test_the_index_of_a_palette_tiff_is_the_value(tmp_path: Path, role: str) -> None:
    colours = np.random.default_rng(0).integers(0, 2**16, (3, 256), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "m.tif", ids(), photometric="palette", colormap=colours)
    screen = run(tmp_path, "m.tif", role)
    assert_discs(screen, tmp_path)
    assert "palette" not in screen.out


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_not_spread_over_the_grey_scale(tmp_path: Path, bits: int) -> None:
    values = (ids() % 2**bits).astype(np.uint8)
    write_png(tmp_path / "m.png", values, bits)
    (tmp_path / "w.yaml").write_text(LABELS.format(path="m.png", fields=LABEL_IMAGE))
    assert typed("run w.yaml", tmp_path).code == 0
    assert list(pd.read_csv(tmp_path / "t.csv")["object"]) == list(range(1, 2**bits))


def write_png(path: Path, values: np.ndarray, bits: int) -> None:
    """Write a grey PNG of few bits by hand: pillow writes 1 and 8 only."""
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    each = np.unpackbits(values[..., None], axis=-1)[..., -bits:].reshape(len(values), -1)
    rows = np.packbits(each, axis=1)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


WRITERS: dict[str, Callable[[Path], None]] = {
    "one bit.png": lambda path: Image.fromarray(mask()).save(path),
    "one bit.bmp": lambda path: Image.fromarray(mask()).save(path),
    "one bit by pillow.tif": lambda path: Image.fromarray(mask()).save(path),
    "one bit by tifffile.tif": lambda path: tifffile.imwrite(path, mask()),
    "one bit said black.tif": lambda path: tifffile.imwrite(path, mask(), photometric="minisblack"),
    "inverted table of ImageJ.tif": lambda path: tifffile.imwrite(
        path, grey(mask()), photometric="miniswhite", imagej=True
    ),
    "white is 0.tif": lambda path: tifffile.imwrite(path, grey(~mask()), photometric="miniswhite"),
    "white is 0, 16 bits.tif": lambda path: tifffile.imwrite(
        path, np.where(mask(), 0, 65535).astype(np.uint16), photometric="miniswhite"
    ),
    "white is 0, one bit.tif": lambda path: tifffile.imwrite(
        path, ~mask(), photometric="miniswhite", metadata=None
    ),
    "white is 0, deflate.tif": lambda path: tifffile.imwrite(
        path, grey(~mask()), photometric="miniswhite", compression="deflate"
    ),
    "colours.png": lambda path: Image.fromarray(np.stack([grey(mask())] * 3, -1)).save(path),
    "opaque.png": lambda path: Image.fromarray(
        np.stack([grey(mask())] * 3 + [np.full_like(ids(), 255)], -1)
    ).save(path),
    "half transparent.png": lambda path: Image.fromarray(
        np.stack([grey(mask())] * 3 + [np.full_like(ids(), 128)], -1)
    ).save(path),
    "grey and alpha.png": lambda path: Image.fromarray(
        np.stack([grey(mask()), np.full_like(ids(), 200)], -1)
    ).save(path),
    "colours.tif": lambda path: tifffile.imwrite(
        path, np.stack([grey(mask())] * 3, -1), photometric="rgb"
    ),
    "planes of colours.tif": lambda path: tifffile.imwrite(
        path, np.stack([grey(mask())] * 3), photometric="rgb", planarconfig="separate"
    ),
    "opaque.tif": lambda path: tifffile.imwrite(
        path,
        np.stack([grey(mask())] * 3 + [np.full_like(ids(), 255)], -1),
        photometric="rgb",
        extrasamples=["unassalpha"],
    ),
}


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_mask_means_its_objects_however_it_is_written(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    assert_discs(run(tmp_path, f'"{name}"', SEGMENTATION), tmp_path)


def test_what_white_as_0_means_is_said_with_the_way_out(tmp_path: Path) -> None:
    WRITERS["white is 0.tif"](tmp_path / "m.tif")
    screen = run(tmp_path, "m.tif", SEGMENTATION)
    assert screen.out.splitlines()[0] == (
        "note: mask: the file is MinIsWhite, so 0 (white) is the object and 255 the background; "
        "if not, write foreground: 255"
    )
    run(tmp_path, "m.tif", SEGMENTATION + ", foreground: 255")
    assert len(sizes(tmp_path)) == 1


def test_ids_are_what_is_stored_also_where_white_is_0(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "m.tif", ids(), photometric="miniswhite")
    assert_discs(run(tmp_path, "m.tif", LABEL_IMAGE), tmp_path)


def test_equal_colours_of_an_array_whose_axes_are_given_count_as_one(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", np.stack([ids()] * 3))
    assert_discs(run(tmp_path, "m.npy", LABEL_IMAGE + ", axes: cyx"), tmp_path)


def test_equal_colours_count_as_one_in_every_frame_and_plane(tmp_path: Path) -> None:
    deep = np.stack([ids(), ids()])
    np.save(tmp_path / "z.npy", np.stack([deep] * 3, -1))
    assert run(tmp_path, "z.npy", SEGMENTATION + ", axes: zyxc").code == 0
    assert sizes(tmp_path) == [2 * SIZE] * COUNT
    np.save(tmp_path / "t.npy", np.stack([deep] * 3, -1))
    assert run(tmp_path, "t.npy", SEGMENTATION + ", axes: tyxc").code == 0
    assert sizes(tmp_path) == [SIZE] * 2 * COUNT


def test_a_frame_whose_channels_differ_is_enough_to_refuse(tmp_path: Path) -> None:
    frames = np.stack([np.stack([ids()] * 3, -1)] * 2)
    frames[1, 0, 0, 2] = 7
    np.save(tmp_path / "t.npy", frames)
    screen = run(tmp_path, "t.npy", SEGMENTATION + ", axes: tyxc")
    assert screen.code == 2
    assert "3 channels that differ" in screen.err


@pytest.mark.parametrize(
    ("role", "kind"), [(SEGMENTATION, "a grey picture"), (LABEL_IMAGE, "a label image")]
)
def test_colours_that_differ_are_no_ids(tmp_path: Path, role: str, kind: str) -> None:
    palette(ids()).convert("RGB").save(tmp_path / "m.png")
    screen = run(tmp_path, "m.png", role)
    assert screen.code == 2
    assert screen.err.endswith(
        f"a {role[6:]} has one channel; got 3 channels that differ; colours are no values: save "
        f"it as {kind}, or take one channel with crop: {{c: 0}}\n"
    )


def test_a_mask_that_is_drawn_in_the_transparency_is_taken_from_there(tmp_path: Path) -> None:
    drawn = np.stack([np.full_like(ids(), 255)] * 3 + [grey(mask())], -1)
    Image.fromarray(drawn).save(tmp_path / "m.png")
    assert run(tmp_path, "m.png", SEGMENTATION).code == 2
    assert_discs(run(tmp_path, "m.png", SEGMENTATION + ", crop: {c: 3}"), tmp_path)


def test_a_stack_of_palettes_is_a_volume_of_indices(tmp_path: Path) -> None:
    for z in range(3):
        palette(ids()).save(tmp_path / f"m{z}.png")
    assert run(tmp_path, '"m{z}.png"', LABEL_IMAGE).code == 0
    assert sizes(tmp_path) == [3 * SIZE] * COUNT


def test_one_file_can_be_raw_and_label_image(tmp_path: Path) -> None:
    """A palette is three colours as raw image and one index as label image, in one run."""
    palette(ids()).save(tmp_path / "m.png")
    text = LABELS.format(path="m.png", fields=LABEL_IMAGE).replace("[size]", "[intensity_mean]")
    text = text.replace("objects: cells", "objects: cells, image: raw")
    text = text.replace("  feats", "  raw: {kind: input, path: m.png}\n  feats", 1)
    (tmp_path / "w.yaml").write_text(text)
    assert typed("run w.yaml", tmp_path).code == 0
    table = pd.read_csv(tmp_path / "t.csv")
    means = table[[f"intensity_mean-{c}" for c in range(3)]].to_numpy()
    assert means[:3].tolist() == [[200, 250, 0], [10, 0, 250], [200, 10, 10]]


def notes(screen: Screen) -> Sequence[str]:
    """What a run says before it works."""
    return [line for line in screen.out.splitlines() if line.startswith("note: ")]


def test_raw_tiffs_say_how_their_stored_values_are_read(tmp_path: Path) -> None:
    write_raw(tmp_path / "ids.tif", ids())
    colours = np.zeros((3, 256), np.uint16)
    tifffile.imwrite(tmp_path / "p.tif", ids(), photometric="palette", colormap=colours)
    tifffile.imwrite(tmp_path / "w.tif", ids(), photometric="miniswhite")
    (tmp_path / "w.yaml").write_text(
        LABELS.format(path="ids.tif", fields=LABEL_IMAGE)
        + "  p: {kind: input, path: p.tif}\n  w: {kind: input, path: w.tif}\n"
        "  a: {kind: features, image: p, objects: cells, measure: [intensity_mean]}\n"
        "  b: {kind: features, image: w, objects: cells, measure: [intensity_mean]}\n"
        "  sa: {kind: export, from: a, write: {table: a.csv}}\n"
        "  sb: {kind: export, from: b, write: {table: b.csv}}\n"
    )
    assert notes(typed("run w.yaml", tmp_path)) == [
        "note: p: its palette is for display: the index is the value",
        "note: w: it is MinIsWhite, 0 is white: the values are used as they are stored",
    ]
    for name in ("a", "b"):
        table = pd.read_csv(tmp_path / f"{name}.csv")
        assert list(table["intensity_mean-0"]) == list(range(1, COUNT + 1))


# --- which values are objects ----------------------------------------------------------------


VALUES: dict[str, tuple[Callable[[], np.ndarray], str]] = {
    "Simple Segmentation of ilastik": (lambda: mask() + np.uint8(1), "2"),
    "inverted": (lambda: grey(~mask()), "0"),
    "128 and 255": (lambda: np.where(mask(), 255, 128).astype(np.uint8), "255"),
    "16 bits": (lambda: np.where(mask(), 700, 300).astype(np.uint16), "700"),
    "below 0": (lambda: np.where(mask(), -1, 0).astype(np.int16), "-1"),
    "64 bits": (lambda: np.where(mask(), 2**40, 7).astype(np.int64), str(2**40)),
    "two classes": (lambda: (ids() % 2 + 1) * mask() + np.uint8(1), "[2, 3]"),
    "bright": (lambda: np.where(mask(), 200, 30).astype(np.uint8), "{above: 127}"),
    "dark": (lambda: np.where(mask(), 30, 200).astype(np.uint8), "{below: 128}"),
    "between": (lambda: np.where(mask(), 30, 200).astype(np.uint8), "{above: 20, below: 99.5}"),
    "fractions": (lambda: np.where(mask(), 0.75, np.nan).astype(np.float32), "{above: 0.5}"),
    "whole floats": (lambda: np.where(mask(), 2, 1).astype(np.float64), "2"),
}


@pytest.mark.parametrize("name", sorted(VALUES))
def test_foreground_says_which_values_are_objects(tmp_path: Path, name: str) -> None:
    make, foreground = VALUES[name]
    np.save(tmp_path / "m.npy", make())
    assert_discs(run(tmp_path, "m.npy", f"{SEGMENTATION}, foreground: {foreground}"), tmp_path)


def test_touching_regions_of_listed_values_stay_apart_and_limits_join_them(tmp_path: Path) -> None:
    halves = mask().astype(np.uint8)
    halves[:, [x for _, x in PLACES]] *= 2
    np.save(tmp_path / "m.npy", halves + 5)
    run(tmp_path, "m.npy", SEGMENTATION + ", foreground: [6, 7]")
    assert len(sizes(tmp_path)) == 3 * COUNT
    assert_discs(run(tmp_path, "m.npy", SEGMENTATION + ", foreground: {above: 5}"), tmp_path)


@pytest.mark.parametrize("axes", ["zyx", "tyx"])
def test_foreground_works_in_volumes_and_series_whole_and_by_block(
    tmp_path: Path, axes: str
) -> None:
    tiles = np.tile(mask(), (1, 1) if axes == "zyx" else (6, 6))
    np.save(tmp_path / "m.npy", np.stack([tiles + np.uint8(1)] * 3))
    fields = f"{SEGMENTATION}, axes: {axes}, foreground: 2"
    assert run(tmp_path, "m.npy", fields).code == 0
    whole = (tmp_path / "t.csv").read_bytes()
    assert len(sizes(tmp_path)) == (COUNT if axes == "zyx" else 3 * 36 * COUNT)
    text = MASK.format(path="m.npy", fields=fields).replace("t.csv", "b.csv")
    text += (
        "  types: {kind: classifier, features: feats, annotations: a.csv}\n"
        "  all: {kind: blockwise, features: feats, classifier: types, block: 64}\n"
    )
    (tmp_path / "b.yaml").write_text(text)
    (tmp_path / "a.csv").write_text(f"class,{axes[0]},y,x\n")
    screen = typed("run b.yaml --until save --cache other", tmp_path)
    assert screen.code == 0, screen.err
    assert (tmp_path / "b.csv").read_bytes() == whole


def test_another_foreground_makes_other_objects_and_the_old_one_is_cached(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", mask() + np.uint8(1))
    assert_discs(run(tmp_path, "m.npy", SEGMENTATION + ", foreground: 2"), tmp_path)
    screen = run(tmp_path, "m.npy", SEGMENTATION + ", foreground: 1")
    assert len(sizes(tmp_path)) == 1
    assert "covers 86 % of the frame" in screen.out
    screen = run(tmp_path, "m.npy", SEGMENTATION + ", foreground: 2")
    assert "cells  cached" in screen.out


# --- what cannot be meant --------------------------------------------------------------------


def warnings(screen: Screen) -> list[str]:
    """What a run warns of, but for discs of one size: their size is equal for all."""
    lines = (line.strip() for line in screen.out.splitlines())
    found = [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]
    return [line for line in found if not line.startswith("equal for all ")]


def smooth() -> np.ndarray:
    """The mask with smooth edges, as drawing programs and resizing make them."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(grey(mask()), 1.5)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_grey_levels_are_refused_with_the_line_that_makes_a_mask(
    tmp_path: Path, suffix: str
) -> None:
    picture = Image.fromarray(smooth() if suffix == "png" else grey(mask()))
    picture.save(tmp_path / f"m.{suffix}", **({"quality": 75} if suffix == "jpg" else {}))
    screen = run(tmp_path, f"m.{suffix}", SEGMENTATION)
    assert screen.code == 1
    assert "grey levels that change from voxel to voxel" in screen.out
    assert screen.out.rstrip().endswith("write foreground: {above: 127}")
    assert run(tmp_path, f"m.{suffix}", SEGMENTATION + ", foreground: {above: 127}").code == 0
    assert len(sizes(tmp_path)) == COUNT


def test_touching_cells_with_ids_are_no_grey_levels(tmp_path: Path) -> None:
    tiles = np.kron(np.arange(1, 101).reshape(10, 10), np.ones((9, 9), int)).astype(np.uint16)
    tiles = np.pad(tiles, 3)
    np.save(tmp_path / "m.npy", tiles)
    assert warnings(run(tmp_path, "m.npy", SEGMENTATION)) == []
    assert len(sizes(tmp_path)) == 100


def test_many_objects_of_one_voxel_are_told_with_both_ways_on(tmp_path: Path) -> None:
    noisy = grey(mask())
    noisy[::24, ::8] = 3
    np.save(tmp_path / "m.npy", noisy)
    assert warnings(run(tmp_path, "m.npy", SEGMENTATION)) == [
        "48 of 64 objects have one voxel; min_size: 2 drops them, foreground: {above: 127} in "
        "'mask' joins them"
    ]


def test_an_inverted_mask_is_told_with_the_line_that_turns_it(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", grey(~mask()))
    assert warnings(run(tmp_path, "m.npy", SEGMENTATION)) == [
        "object 1 covers 86 % of the frame; if it is background, write foreground: 0 in 'mask'"
    ]
    assert_discs(run(tmp_path, "m.npy", SEGMENTATION + ", foreground: 0"), tmp_path)


def test_a_background_value_beside_an_unlabelled_margin_is_told(tmp_path: Path) -> None:
    values = mask() + np.uint8(1)
    values[-1] = 0
    np.save(tmp_path / "m.npy", values)
    (said,) = warnings(run(tmp_path, "m.npy", SEGMENTATION))
    assert said.endswith("if it is background, write foreground: 2 in 'mask'")


def test_a_net_that_touches_all_borders_is_told(tmp_path: Path) -> None:
    net = np.zeros((EDGE, EDGE), np.uint8)
    net[40], net[:, 40] = 1, 1
    np.save(tmp_path / "m.npy", net)
    (said,) = warnings(run(tmp_path, "m.npy", SEGMENTATION))
    assert said.startswith("object 1 covers 2 % of the frame and touches all its borders; ")


def test_a_label_image_whose_id_1_is_background_is_told_with_the_way_on(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", mask() + np.uint8(1))
    told = [
        "no voxel is 0, so there is no background; if an id stands for it, save it as 0",
        "id 1 covers 86 % of the frame; if it is background, write role: segmentation and "
        "foreground: 2",
    ]
    assert warnings(run(tmp_path, "m.npy", LABEL_IMAGE)) == told
    np.save(tmp_path / "m.npy", ids() + np.uint8(1))
    (_, said) = warnings(run(tmp_path, "m.npy", LABEL_IMAGE))
    assert said.endswith("a components node with max_size: 7919 drops it")
    text = MASK.format(path="m.npy", fields=LABEL_IMAGE)
    (tmp_path / "w.yaml").write_text(text.replace("image: mask}", "image: mask, max_size: 7919}"))
    assert len(warnings(typed("run w.yaml", tmp_path))) == 1
    assert sizes(tmp_path) == [SIZE] * COUNT


def test_a_foreground_that_no_voxel_holds_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", mask() + np.uint8(1))
    assert warnings(run(tmp_path, "m.npy", SEGMENTATION + ", foreground: 3")) == [
        "no voxel of m.npy is foreground: 3; it holds values 1, 2"
    ]


PIECES = "pieces, and each id counts as one object; if the file is a mask, write role: "


@pytest.mark.parametrize(
    ("values", "said"),
    [(mask() * np.uint8(255), "1 id lies in 16 "), (ids() % 2 + mask(), "2 ids lie in 16 ")],
    ids=["one class", "two classes"],
)
def test_a_mask_that_is_taken_for_a_label_image_is_told_and_the_way_on_finds_its_objects(
    tmp_path: Path, values: np.ndarray, said: str
) -> None:
    np.save(tmp_path / "m.npy", values.astype(np.uint8))
    way = "segmentation, and find its objects with a components node"
    assert warnings(run(tmp_path, "m.npy", LABEL_IMAGE)) == [said + PIECES + way]
    assert_discs(run(tmp_path, "m.npy", SEGMENTATION), tmp_path)


def test_one_cell_that_a_border_cuts_in_two_is_no_mask(tmp_path: Path) -> None:
    cell = ids() == 6
    cell[:, PLACES[5][1]] = False
    np.save(tmp_path / "m.npy", cell.astype(np.uint8))
    screen = run(tmp_path, "m.npy", LABEL_IMAGE)
    assert warnings(screen) == []
    assert "  1 object\n" in screen.out or "  1 object  " in screen.out


MAP = """\
version: 1
nodes:
  map: {{kind: input, path: p.npy, role: prediction_map, axes: {axes}{fields}}}
  cells: {{kind: threshold, image: map, {channel}sigma: 0}}
  feats: {{kind: features, objects: cells, measure: [size]}}
  save: {{kind: export, from: feats, write: {{table: t.csv}}}}
"""


def test_a_map_of_background_is_told_by_the_object_that_is_the_background(tmp_path: Path) -> None:
    share = np.where(mask(), 0.9, 0.1).astype(np.float32)
    np.save(tmp_path / "p.npy", np.stack([share, 1 - share], -1))
    text = MAP.format(axes="yxc", fields="", channel="channel: 1, ")
    (tmp_path / "w.yaml").write_text(text)
    assert warnings(typed("run w.yaml", tmp_path)) == [
        "object 1 covers 86 % of the frame; if it is background, take another channel of the map"
    ]
    (tmp_path / "w.yaml").write_text(text.replace("channel: 1", "channel: 0"))
    assert_discs(typed("run w.yaml", tmp_path), tmp_path)


@pytest.mark.parametrize(("highest", "told"), [(16 / 65535, True), (0.2, False)])
def test_a_map_far_below_the_level_tells_why_there_is_no_object(
    tmp_path: Path, highest: float, told: bool
) -> None:
    np.save(tmp_path / "p.npy", (mask() * highest).astype(np.float32))
    (tmp_path / "w.yaml").write_text(MAP.format(axes="yx", fields="", channel=""))
    said = warnings(typed("run w.yaml", tmp_path))
    expected = (
        "no object: values go up to 0.000244, far below the level 0.5; is it the right file, and "
        "does its value_range fit?"
    )
    assert said == ([expected] if told else [])


def test_a_palette_of_greys_is_not_spoken_of(tmp_path: Path) -> None:
    greys = np.stack([np.arange(256, dtype=np.uint16) * 256] * 3)
    tifffile.imwrite(tmp_path / "m.tif", grey(mask()), photometric="palette", colormap=greys)
    screen = run(tmp_path, "m.tif", SEGMENTATION)
    assert notes(screen) == []
    assert_discs(screen, tmp_path)


def test_a_run_until_an_input_says_that_nothing_is_to_be_computed(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", ids())
    (tmp_path / "w.yaml").write_text(LABELS.format(path="m.npy", fields=LABEL_IMAGE))
    assert typed("run w.yaml --until cells", tmp_path).out.splitlines() == [
        "nothing to compute: the nodes that use an input read it",
        "look    objclass look w.yaml --node cells",
    ]


def test_what_failed_is_not_to_be_looked_at(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", ids() / 2)
    (tmp_path / "w.yaml").write_text(LABELS.format(path="m.npy", fields=LABEL_IMAGE))
    assert "look  " not in typed("run w.yaml --until feats", tmp_path).out
    np.save(tmp_path / "m.npy", ids())
    assert "look    objclass look" in typed("run w.yaml --until feats", tmp_path).out


@pytest.mark.parametrize("through", ["", "components"])
def test_ids_in_pieces_far_apart_are_told(tmp_path: Path, through: str) -> None:
    rows = np.zeros((64, 400), np.uint16)
    for k in range(40):
        rows[4:10, 10 * k : 10 * k + 6] = 1 + k % 20
    np.save(tmp_path / "m.npy", rows)
    text = (MASK if through else LABELS).format(path="m.npy", fields=LABEL_IMAGE)
    (tmp_path / "w.yaml").write_text(text)
    assert warnings(typed("run w.yaml", tmp_path)) == [
        "20 ids, such as 1, have pieces that lie far apart and count as one object; were ids cut "
        "to 8 bits?"
    ]
    assert sizes(tmp_path) == [72] * 20
