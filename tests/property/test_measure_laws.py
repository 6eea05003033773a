"""Values depend on an object alone: not on blocks, batches, ids or position."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from objclass.data.ordered import ThreadedMap
from objclass.measure.batches import measure_frame
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.testing import index_of

NAMES = ("size", "position", "axes", "intensity", "hull", "morphology", "skeleton", "texture")
DTYPES = ("uint8", "uint16", "float32")


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    d = draw(st.sampled_from([2, 3]))
    shape = tuple(draw(st.integers(1, 14 if d == 2 else 7)) for _ in range(d))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    few = draw(st.integers(1, 6))
    labels = rng.integers(0, few + 1, shape) * rng.integers(0, 2, shape)
    image = (rng.random(shape) * 200 + 1).astype(draw(st.sampled_from(DTYPES)))
    return labels.astype(np.uint32), image


def measured(
    labels: np.ndarray,
    image: np.ndarray,
    block: tuple[int, ...] | None = None,
    threads: int = 1,
) -> dict[str, np.ndarray]:
    reads = {"0": lambda r: image[r.slices]}
    origin = (0,) * labels.ndim
    frame = Frame(
        labels.shape, origin, lambda r: labels[r.slices], reads, index_of(labels),
        each=ThreadedMap(threads),
    )  # fmt: skip
    setting = Setting(labels.ndim, ("0",), (str(image.dtype),), ((0.0, 255.0),))
    families = [(family(n), setting) for n in NAMES]
    return measure_frame(families, frame, block)


def assert_same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> None:
    assert list(a) == list(b)
    for name in a:
        assert np.array_equal(a[name], b[name], equal_nan=True), name


@given(pictures(), st.data())
@settings(max_examples=60, deadline=None)
def test_blocks_of_any_shape_give_the_same_bits_also_several_at_a_time(
    picture: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    labels, image = picture
    block = tuple(data.draw(st.integers(1, n + 3)) for n in labels.shape)
    threads = data.draw(st.integers(1, 3))
    assert_same(measured(labels, image), measured(labels, image, block, threads))


@given(pictures(), st.data())
@settings(max_examples=40, deadline=None)
def test_padding_moves_nothing_but_the_position(
    picture: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    labels, image = picture
    wide = [data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in labels.shape]
    still, moved = measured(labels, image), measured(np.pad(labels, wide), np.pad(image, wide))
    setting = Setting(labels.ndim, ("0",), (str(image.dtype),), ((0.0, 255.0),))
    columns = [c for n in NAMES for c in family(n).columns(setting)]
    fixed = [c.name for c in columns if c.group != "location"]
    assert_same({n: still[n] for n in fixed}, {n: moved[n] for n in fixed})


@given(pictures())
@settings(max_examples=40, deadline=None)
def test_an_object_measured_alone_has_the_same_bits(
    picture: tuple[np.ndarray, np.ndarray],
) -> None:
    labels, image = picture
    together = measured(labels, image)
    for row, object_id in enumerate(index_of(labels).ids):
        alone = measured(np.where(labels == object_id, labels, 0).astype(labels.dtype), image)
        assert_same({n: v[row : row + 1] for n, v in together.items()}, alone)
