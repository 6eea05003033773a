"""What is written is what is read, by us and by others; names read paths in one way."""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from objclass.data.formula import escape, unescape
from objclass.errors import InputError, RunError
from objclass.io.formats import describe, locate, open_reader, split_inner
from objclass.io.join import join
from objclass.io.pattern import Pattern, natural, readings
from objclass.io.patterns import Expansion
from objclass.io.tables import read_rows, write_table
from objclass.io.write import write_image

DTYPES = ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
FLOATS = ("float32", "float64")


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def read(path: Path) -> np.ndarray:
    reader = open_reader(path)
    array = reader.read(tuple(slice(0, n) for n in describe(path).shape))
    reader.close()
    return array


@st.composite
def images(draw: st.DrawFn, dtypes: tuple[str, ...] = DTYPES + FLOATS) -> tuple[np.ndarray, str]:
    letters = draw(st.lists(st.sampled_from("tcz"), unique=True, max_size=3))
    axes = "".join(draw(st.permutations([*letters, "y", "x"])))
    shape = tuple(draw(st.integers(1, 5)) for _ in axes)
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = int(np.prod(shape))
    if dtype.kind == "b":
        values = rng.random(count) < 0.5
    else:
        values = np.frombuffer(rng.bytes(count * dtype.itemsize), dtype)
    return values.reshape(shape), axes


def same(one: np.ndarray, two: np.ndarray) -> bool:
    """Equal with NaN, without asking for the same NaN."""
    return np.array_equal(one, two, equal_nan=one.dtype.kind == "f")


@given(images())
@settings(max_examples=60, deadline=None)
def test_hdf5_and_npy_give_back_every_voxel(image: tuple[np.ndarray, str]) -> None:
    array, axes = image
    voxels = array.astype(np.uint8) if array.dtype.kind == "b" else array
    with folder() as here:
        write_image(here / "a.h5", array, axes)
        write_image(here / "a.npy", array, axes)
        assert describe(here / "a.h5").axes == axes
        for name in ("a.h5", "a.npy"):
            found = read(here / name)
            assert found.dtype == voxels.dtype
            assert same(found, voxels)
        with h5py.File(here / "a.h5") as file:
            assert same(file["exported_data"][()], voxels)
        assert same(np.load(here / "a.npy"), voxels)


@given(images())
@settings(max_examples=60, deadline=None)
def test_tiff_gives_back_every_voxel(image: tuple[np.ndarray, str]) -> None:
    array, axes = image
    voxels = array.astype(np.uint8) if array.dtype.kind == "b" else array
    with folder() as here:
        for name in ("a.tif", "a.ome.tif"):
            write_image(here / name, array, axes)
            header = describe(here / name)
            found = read(here / name)
            order = [letter for letter in axes if letter not in "yx"] + ["y", "x"]
            expected = voxels.transpose([axes.index(letter) for letter in order])
            assert header.axes is not None
            lost = [letter for letter in order if letter not in header.axes]
            assert all(expected.shape[order.index(letter)] == 1 for letter in lost)
            assert found.dtype == voxels.dtype
            assert same(found, expected.reshape(found.shape))
            assert [a for a in order if a in header.axes] == list(header.axes)
            assert same(tifffile.imread(here / name).reshape(found.shape), found)


@given(images(("bool", "uint8", "uint16", "uint32", "int64")))
@settings(max_examples=60, deadline=None)
def test_png_gives_back_every_plane_it_takes(image: tuple[np.ndarray, str]) -> None:
    array, axes = image
    if array.dtype.kind == "i" or array.dtype.name == "uint32":
        array = array % 1000
    with folder() as here:
        try:
            write_image(here / "a.png", array, axes)
        except InputError:
            planes = np.prod([n for n, a in zip(array.shape, axes, strict=True) if a not in "yx"])
            assert planes > 1
            return
        found = read(here / "a.png")
        colour = found.ndim == 3
        kept = "yxc" if colour else "yx"
        order = [a for a in axes if a not in kept] + list(kept)
        expected = array.transpose([axes.index(a) for a in order]).reshape(found.shape)
        assert same(found, expected.astype(found.dtype))
        assert np.array_equal(np.asarray(Image.open(here / "a.png")), found)


@given(images(), st.data())
@settings(max_examples=40, deadline=None)
def test_any_region_is_a_part_of_the_whole(
    image: tuple[np.ndarray, str], data: st.DataObject
) -> None:
    array, axes = image
    with folder() as here:
        for name in ("a.h5", "a.tif", "a.npy"):
            write_image(here / name, array, axes)
            whole = read(here / name)
            index = []
            for length in whole.shape:
                start = data.draw(st.integers(0, length - 1))
                stop = data.draw(st.integers(start, length))
                index.append(start if data.draw(st.booleans()) else slice(start, stop))
            reader = open_reader(here / name)
            assert same(reader.read(tuple(index)), whole[tuple(index)])
            reader.close()


@pytest.mark.parametrize("suffix", ["h5", "tif", "npy", "png"])
def test_many_threads_may_read_one_file(tmp_path: Path, suffix: str) -> None:
    array = np.random.default_rng(0).integers(0, 60000, (300, 400)).astype(np.uint16)
    path = tmp_path / f"a.{suffix}"
    write_image(path, array, "yx")
    reader = open_reader(path)

    def part(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        (a, b), (c, d) = (sorted(rng.integers(0, n, 2)) for n in array.shape)
        index = (slice(int(a), int(b)), slice(int(c), int(d)))
        return np.array_equal(reader.read(index), array[index])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(part, range(200)))
    reader.close()


@pytest.mark.parametrize("suffix", ["tif", "ome.tif", "npy", "png", "jpg", "bmp"])
def test_flipped_bytes_are_a_problem_or_nothing(tmp_path: Path, suffix: str) -> None:
    """HDF5 is not here: its library can crash on damaged attributes, which nobody can catch."""
    rng = np.random.default_rng(0)
    path = tmp_path / f"a.{suffix}"
    if suffix in ("jpg", "bmp"):
        Image.fromarray(rng.integers(0, 255, (20, 30, 3)).astype(np.uint8)).save(path)
    else:
        write_image(path, rng.integers(0, 99, (20, 30)).astype(np.uint16), "yx")
    whole = path.read_bytes()
    for number in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole) if number % 2 else min(len(whole), 400), 3):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged if number % 5 else damaged[: rng.integers(1, len(whole))])
        try:
            header = describe(path)
            reader = open_reader(path)
        except InputError:
            continue
        try:
            if np.prod(header.shape) < 10**6:
                found = reader.read(tuple(slice(0, n) for n in header.shape))
                assert (found.shape, found.dtype.name) == (header.shape, header.dtype)
        except RunError:
            pass
        finally:
            reader.close()


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8),
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_table_reads_back_as_text(rows: list[tuple[object, ...]]) -> None:
    names = ["a", "b,c", 'd"e']
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    with folder() as here:
        write_table(here / "a.csv", columns)
        with (here / "a.csv").open(newline="", encoding="utf-8") as file:
            written = [[unescape(cell) for cell in row] for row in csv.reader(file)]
            assert written == [names, *texts]
        kept = [row for row in texts if any(escape(cell).strip() for cell in row)]
        assert [list(cells) for _, cells in read_rows(here / "a.csv").rows] == kept


@given(st.lists(st.floats(width=64), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_pandas_reads_the_same_numbers(values: list[float]) -> None:
    with folder() as here:
        for suffix in ("csv", "parquet"):
            write_table(here / f"a.{suffix}", {"v": np.array(values)})
        found = pd.read_parquet(here / "a.parquet")["v"].to_numpy()
        assert np.array_equal(found, values, equal_nan=True)
        texts = [cells[0] for _, cells in read_rows(here / "a.csv").rows]
        assert np.array_equal([float(text) for text in texts], values, equal_nan=True)
        assert all(repr(v) == text for v, text in zip(values, texts, strict=True))


PIECES = st.lists(
    st.one_of(
        st.sampled_from(["{a}", "{b}", "{c}", "*"]),
        st.text("x_/1", min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=6,
)


@given(PIECES, st.text("x_/1", max_size=9))
@settings(max_examples=400, deadline=None)
def test_a_pattern_reads_a_path_as_the_plain_twin_does(pieces: list[str], path: str) -> None:
    pattern = Pattern.parse("".join(pieces))
    ways = list(readings(pattern.tokens, path))
    texts = pattern.read(path)
    if not ways:
        assert texts is None
        return
    assert texts in ways
    if all(way == texts for way in ways):
        pattern.check_single(path, texts)
    else:
        with pytest.raises(InputError):
            pattern.check_single(path, texts)


@given(PIECES, st.fixed_dictionaries({name: st.text("ab1", min_size=1) for name in "abc"}))
@settings(max_examples=100, deadline=None)
def test_a_path_made_from_names_reads_as_those_names(
    pieces: list[str], names: dict[str, str]
) -> None:
    assume("*" not in pieces)
    pattern = Pattern.parse("".join(pieces))
    path = "".join(token.text or names[token.name] for token in pattern.tokens)
    used = {name: names[name] for name in pattern.names}
    assert used in list(readings(pattern.tokens, path))
    assert pattern.read(path) is not None


KEYS = st.sets(st.tuples(st.sampled_from("12"), st.sampled_from("uv")), min_size=1)


@given(KEYS, KEYS, st.sets(st.sampled_from("12"), min_size=1))
@settings(max_examples=100, deadline=None)
def test_a_join_finds_every_combination_or_tells_what_is_alone(
    raw: set[tuple[str, str]], prob: set[tuple[str, str]], dark: set[str]
) -> None:
    inputs = {
        "raw": [Expansion({"p": p, "w": w}, locate(f"raw/{p}{w}")) for p, w in raw],
        "prob": [Expansion({"w": w, "p": p}, locate(f"prob/{p}{w}")) for p, w in prob],
        "dark": [Expansion({"p": p}, locate(f"dark/{p}")) for p in dark],
        "flat": [Expansion({}, locate("flat"))],
    }
    complete = raw == prob and {p for p, _ in raw} == dark
    if not complete:
        with pytest.raises(InputError):
            join(inputs)
        return
    images = join(inputs)
    assert {(i.names["p"], i.names["w"]) for i in images} == raw
    for image in images:
        p, w = image.names["p"], image.names["w"]
        assert image.name == f"{p}_{w}"
        expected = {"raw": f"raw/{p}{w}", "prob": f"prob/{p}{w}", "dark": f"dark/{p}"}
        found = {node: str(source) for node, source in image.sources.items()}
        assert found == expected | {"flat": "flat"}


@given(st.lists(st.tuples(st.text("ab_", max_size=3), st.integers(0, 10**12))))
def test_natural_order_is_the_order_of_the_numbers(items: list[tuple[str, int]]) -> None:
    assert sorted((f"{w}{n}x" for w, n in items), key=natural) == [
        f"{w}{n}x" for w, n in sorted(items)
    ]


@given(
    st.text("ab./", max_size=8).filter(lambda text: not text.endswith("/")),
    st.sampled_from([".h5", ".HDF5"]),
    st.sampled_from(["/", ":/", ":"]),
    st.lists(st.text("ab", min_size=1, max_size=3), max_size=3),
)
def test_file_and_inner_path_come_apart_again(
    file: str, suffix: str, mark: str, inner: list[str]
) -> None:
    text = f"name{file}{suffix}{mark}{'/'.join(inner)}"
    assert split_inner(text) == (f"name{file}{suffix}", "/".join(inner) or None)


def test_not_a_number_is_one_word() -> None:
    with folder() as here:
        write_table(here / "a.csv", {"v": [math.nan], "w": np.array([np.nan], np.float32)})
        assert (here / "a.csv").read_text() == "v,w\nnan,nan\n"
