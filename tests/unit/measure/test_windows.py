"""Windows around objects: where they lie, what they are made of, and that bands change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.data.labels import Index
from objclass.measure import windows as module
from objclass.measure import windows as windows_module
from objclass.measure.windows import WindowSettings, axis_sampling, normalize, percentiles, windows


def test_a_step_of_one_takes_voxels_as_they_are() -> None:
    way = axis_sampling(4, 1.0)
    assert way.first == -2
    assert np.array_equal(way.weights, np.eye(4))


def test_a_step_of_two_averages_and_one_of_a_half_interpolates() -> None:
    coarse = axis_sampling(3, 2.0)
    assert (coarse.first, coarse.weights[0].tolist()) == (-3, [0.25, 0.5, 0.25, 0, 0, 0, 0])
    fine = axis_sampling(3, 0.5)
    assert fine.first == -1
    assert fine.weights.tolist() == [
        [0.5, 0.5, 0],
        [0, 1, 0],
        [0, 0.5, 0.5],
    ]


def test_values_beyond_a_span_are_0_or_1_and_missing_ones_0() -> None:
    found = normalize(np.array([-5.0, 10, 15, 20, 99, np.nan]), (10, 20))
    assert found.tolist() == [0, 0, 0.5, 1, 1, 0]
    assert normalize(np.array([3.0]), (3, 3)).tolist() == [0]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64", "bool"])
def test_values_are_normalized_strip_by_strip_to_the_bits_of_the_plain_formula(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRIP", 40)
    values = (np.random.default_rng(3).random((9, 17)) * 200).astype(dtype)
    plain = ((values.astype(np.float32) - np.float32(0.3)) / np.float32(150.7 - 0.3)).clip(0, 1)
    out = np.full((9, 17), 7, np.float32)
    assert normalize(values, (0.3, 150.7), out) is out
    assert out.tobytes() == plain.tobytes()
    assert normalize(values, (0.3, 150.7)).tobytes() == plain.tobytes()


@pytest.mark.parametrize("share", [0, 0.5, 33.3, 50, 99.8, 100])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "int16", "float32"])
def test_a_percentile_is_that_of_numpy_and_passes_over_missing_values(
    dtype: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "PIECE", 100)
    values = np.random.default_rng(1).integers(0, 200, (31, 17)).astype(dtype)
    assert percentiles(values, [share]) == pytest.approx([np.percentile(values, share)], abs=1e-9)
    missing = np.array([np.nan, 1, 2, 3], np.float32)
    assert percentiles(missing, [50, 100]) == [2, 3]
    assert percentiles(missing[:1], [50]) == [0]


def image_of(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, Index]:
    """An image of random values with square objects, some of them at the border."""
    random = np.random.default_rng(0)
    values = random.random(shape).astype(np.float32)
    labels = np.zeros(shape, np.uint32)
    places = [(0, 0), (3, 20), (shape[-2] - 4, shape[-1] - 3), (30, 9)]
    deep = len(shape) == 3
    start, stop = [], []
    for k, (y, x) in enumerate(places, 1):
        z = (k % 2, k % 2 + 2) if deep else ()
        box = [*([slice(*z)] if deep else []), slice(y, y + 3), slice(x, x + 3)]
        labels[tuple(box)] = k
        start.append([s.start for s in box])
        stop.append([s.stop for s in box])
    n, d = len(places), len(shape)
    index = Index(
        np.arange(1, n + 1, dtype=np.uint64), np.array(start, np.int32), np.array(stop, np.int32),
        np.full(n, 9), np.zeros((n, d), np.int32), np.zeros(n, bool), np.zeros(n, "S11"),
    )  # fmt: skip
    return values, labels, index


def plainly(values: np.ndarray, labels: np.ndarray, index: Index, size: int, masked: bool) -> list:
    """The same windows voxel by voxel, for a step of 1 and 2D."""
    found = []
    for row in range(len(index)):
        cy, cx = (index.start[row] + index.stop[row]) // 2
        window = np.zeros((size, size), np.float32)
        for i in range(size):
            for j in range(size):
                y, x = cy + i - size // 2, cx + j - size // 2
                inside = 0 <= y < values.shape[0] and 0 <= x < values.shape[1]
                if inside and (not masked or labels[y, x] == index.ids[row]):
                    window[i, j] = values[y, x]
        found.append(window)
    return found


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", [7, 8])
def test_windows_hold_the_voxels_about_the_middle_of_a_box_and_zeros_beyond_the_image(
    size: int, masked: bool
) -> None:
    values, labels, index = image_of((40, 30))
    settings = WindowSettings(size, (1.0, 1.0), [(0.0, 1.0)], masked)
    read = lambda a: lambda region: a[region.slices]
    made = windows([read(values)], read(labels), index, settings, (40, 30))
    found = {row: window for (row,), (window,) in made}
    for row, expected in enumerate(plainly(values, labels, index, size, masked)):
        assert np.array_equal(found[row][0], expected)


@pytest.mark.parametrize("shape", [(40, 30), (4, 40, 30)])
@pytest.mark.parametrize("step", [(1.0, 1.0), (0.7, 1.6)])
def test_bands_change_no_byte(
    shape: tuple[int, ...], step: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    values, labels, index = image_of(shape)
    settings = WindowSettings(9, step, [(0.0, 1.0), (0.2, 0.8)], True)
    read = lambda a: lambda region: a[region.slices]

    def cut() -> set[tuple[int, bytes]]:
        made = windows([read(values)] * 2, read(labels), index, settings, shape)
        return {(row, window.tobytes()) for (row,), (window,) in made}

    whole = cut()
    monkeypatch.setattr(module, "ROWS", 5)
    assert cut() == whole
    assert len(whole) == (8 if len(shape) == 3 else 4)


@pytest.mark.parametrize("count", [2, 3, 9])
def test_windows_come_together_in_memory_of_their_own_and_are_those_that_come_alone(
    count: int,
) -> None:
    values, labels, index = image_of((4, 40, 30))
    settings = WindowSettings(9, (1.0, 1.0), [(0.0, 1.0)], True)
    read = lambda a: lambda region: a[region.slices]
    asked = [read(values)], read(labels), index, settings, (4, 40, 30)
    alone = [(row, window.tobytes()) for (row,), (window,) in windows(*asked)]
    together = list(windows(*asked, count))
    assert [len(rows) for rows, _ in together] == [min(count, 8 - k) for k in range(0, 8, count)]
    assert alone == [
        (row, window.tobytes())
        for rows, made in together
        for row, window in zip(rows, made, strict=True)
    ]
