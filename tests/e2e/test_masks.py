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
