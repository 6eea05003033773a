"""The contract of a feature family as a function to call from any test.

``check_family(FAMILY)`` raises an AssertionError that says which promise is broken, or
returns quietly. It needs numpy only, so a plugin's author can run it without a test runner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from objclass.data.dataclass import dataclass
from objclass.data.labels import Index
from objclass.data.objects import Column
from objclass.measure.batches import batch_of, halo_of, measure_frame, owned_blocks, reach_of
from objclass.measure.family import Family, Setting
from objclass.measure.frame import Frame

Values = Mapping[str, NDArray[np.generic]]

DTYPES = ("uint8", "uint16", "float32")
RANGES = {"uint8": (0.0, 255.0), "uint16": (0.0, 4095.0), "float32": None}
SHAPES = {2: (36, 44), 3: (15, 17, 19)}


@dataclass(frozen=True)
class Scene:
    """A small label image and its channels, with objects that tend to break a family."""

    labels: NDArray[np.uint64]
    images: tuple[NDArray[np.generic], ...]

    def shifted(self, steps: tuple[int, ...]) -> Scene:
        """The same objects elsewhere."""
        axes = tuple(range(self.labels.ndim))
        moved = tuple(np.roll(image, steps, axes) for image in self.images)
        return Scene(np.roll(self.labels, steps, axes), moved)

    def renamed(self, names: Mapping[int, int]) -> Scene:
        """The same objects under other ids."""
        labels = self.labels.copy()
        for old, new in names.items():
            labels[self.labels == np.uint64(old)] = np.uint64(new)
        return Scene(labels, self.images)

    def frame(self, names: Sequence[str], origin: tuple[int, ...] | None = None) -> Frame:
        """The scene as a frame to read by region."""
        channels = {
            name: (lambda region, image=image: image[region.slices])
            for name, image in zip(names, self.images, strict=False)
        }
        return Frame(
            shape=self.labels.shape,
            origin=origin or (0,) * self.labels.ndim,
            labels=lambda region: self.labels[region.slices],
            images=channels,
            index=index_of(self.labels),
        )


def index_of(labels: NDArray[np.unsignedinteger]) -> Index:
    """Return boxes and sizes of the objects of a small label image (without stamps)."""
    ids = np.unique(labels[labels > 0]).astype(np.uint64)
    d, n = labels.ndim, len(ids)
    where = [np.argwhere(labels == object_id) for object_id in ids]
    start = np.array([w.min(axis=0) for w in where], np.int32).reshape(n, d)
    stop = np.array([w.max(axis=0) + 1 for w in where], np.int32).reshape(n, d)
    return Index(
        ids=ids,
        start=start,
        stop=stop,
        size=np.array([len(w) for w in where], np.int64),
        inside=np.array([w[0] for w in where], np.int32).reshape(n, d),
        touches_border=((start == 0) | (stop == labels.shape)).any(axis=1),
        stamp=np.full(n, b"o0000000000", "S11"),
    )


def scene(dimensions: int, margin: int = 0) -> Scene:
    """Draw touching balls, a ring, a line, single voxels, a constant object and large ids.

    Without a `margin` of background some objects touch the image border.
    """
    shape = SHAPES[dimensions]
    rng = np.random.default_rng(7)
    labels = np.zeros(shape, np.uint64)
    grid = np.indices(shape)
    for object_id in (3, 4, 5, 8, 1 << 33):
        center = np.array([rng.integers(0, n) for n in shape]).reshape(-1, *[1] * dimensions)
        radius = rng.uniform(2.0, 4.5)
        labels[((grid - center) ** 2).sum(axis=0) <= radius**2] = object_id
    middle = np.array([n // 2 for n in shape]).reshape(-1, *[1] * dimensions)
    distance = ((grid - middle) ** 2).sum(axis=0)
    labels[(distance <= 20) & (distance >= 9)] = 11
    labels[(-2,) * (dimensions - 1)][2:9] = 12
    labels[(1,) * dimensions] = 13
    labels[(-1,) * dimensions] = 2
    images = tuple(_channel(dtype, labels, rng) for dtype in DTYPES)
    wide = [(margin, margin)] * dimensions
    return Scene(np.pad(labels, wide), tuple(np.pad(image, wide) for image in images))


def _channel(
    dtype: str, labels: NDArray[np.uint64], rng: np.random.Generator
) -> NDArray[np.generic]:
    """Noise on a bright background; object 4 is constant."""
    high = 255 if dtype == "uint8" else 4000
    image = rng.uniform(0.4, 1.0, labels.shape) * high
    image[labels == 4] = high // 3
    return image.astype(dtype)


def settings(family: Family, options: Mapping[str, object] | None = None) -> Iterator[Setting]:
    """Yield the settings a family must stand: 2D and 3D, one and three channels, with a unit."""
    for dimensions in (2, 3):
        spacing = (2.0, 0.5, 0.25)[-dimensions:]
        counts = (1, 3) if family.needs_image else (0, 1, 3)
        for count in counts if family.reads_image else (0,):
            dtypes = DTYPES[:count]
            plain = Setting(
                dimensions=dimensions,
                channels=("dna", "gfp", "2")[:count],
                dtypes=dtypes,
                ranges=tuple(RANGES[dtype] for dtype in dtypes),
                options=options or {},
            )
            yield plain
            yield replace(plain, spacing=spacing, unit="um")


def check_family(
    family: Family, options: Mapping[str, object] | None = None, *, moves: bool = True
) -> None:
    """Check that a family keeps its contract.

    Parameters
    ----------
    family
        The family to check.
    options
        Options of its entry, as a workflow would give them.
    moves
        False for a family that is meant to depend on an object's place in the image.

    Raises
    ------
    AssertionError
        Naming the promise that is broken, the column and the setting.
    """
    for setting in settings(family, options):
        columns = family.columns(setting)
        _check_declared(family, columns, setting)
        _check_values(family, columns, setting)
        _check_parts(family, setting)
        _check_ids(family, setting)
        if moves:
            _check_place(family, columns, setting)


def _measure(family: Family, setting: Setting, frame: Frame, block: int | None = None) -> Values:
    edges = None if block is None else (block,) * setting.dimensions
    return measure_frame([(family, setting)], frame, edges)


def _check_declared(family: Family, columns: Sequence[Column], setting: Setting) -> None:
    names = [column.name for column in columns]
    assert len(set(names)) == len(names), f"{family.name}: two columns have one name"
    assert columns == family.columns(setting), f"{family.name}: columns change between calls"
    for column in columns:
        assert column.family == family.name, f"{column.name}: its family is not {family.name}"
        assert column.name.startswith(column.feature), f"{column.name} is not of {column.feature}"
        assert column.definition, f"{column.name} has no definition"
        end = f"-{column.channel}"
        assert column.channel is None or column.name.endswith(end), f"{column.name}: no {end}"


def _check_values(family: Family, columns: Sequence[Column], setting: Setting) -> None:
    for drawn in (scene(setting.dimensions), _nothing(setting.dimensions)):
        frame = drawn.frame(setting.channels)
        before = [array.copy() for array in (drawn.labels, *drawn.images)]
        values = _measure(family, setting, frame)
        assert list(values) == [c.name for c in columns], f"{family.name}: not as declared"
        for name, value in values.items():
            assert value.dtype.kind == "f", f"{name} is {value.dtype}, not a float"
            assert value.shape == (len(frame.index),), f"{name} has not one value per object"
            assert not np.isinf(value).any(), f"{name} is infinite for an object"
        after = (drawn.labels, *drawn.images)
        unchanged = all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        assert unchanged, f"{family.name} changes the voxels it was given"


def _nothing(dimensions: int) -> Scene:
    empty = np.zeros(SHAPES[dimensions], np.uint64)
    return Scene(empty, tuple(empty.astype(dtype) for dtype in DTYPES))


def _check_parts(family: Family, setting: Setting) -> None:
    """Values do not depend on the batch, the crop or the block."""
    frame = scene(setting.dimensions).frame(setting.channels)
    whole = _measure(family, setting, frame)
    for block in (7, 16):
        _same(whole, _measure(family, setting, frame, block), family, f"in blocks of {block}")
    reach = reach_of([(family, setting)], frame)
    for owned in owned_blocks(frame.index, frame.shape, (1,) * setting.dimensions, reach):
        alone = family.measure(batch_of(frame, owned, setting, family.reads_image))
        own = {name: values[owned.rows] for name, values in whole.items()}
        _same(own, alone, family, "measured alone")


def _check_ids(family: Family, setting: Setting) -> None:
    """Values follow an object when ids change."""
    drawn = scene(setting.dimensions)
    ids = [int(i) for i in index_of(drawn.labels).ids]
    names = dict(zip(ids, [*(i + 100 for i in ids[::-1])], strict=True))
    values = _measure(family, setting, drawn.frame(setting.channels))
    renamed = _measure(family, setting, drawn.renamed(names).frame(setting.channels))
    order = np.argsort([names[i] for i in ids])
    _same({k: v[order] for k, v in values.items()}, renamed, family, "under other ids")


def _check_place(family: Family, columns: Sequence[Column], setting: Setting) -> None:
    """Values do not depend on the object's position; locations move with it."""
    d = setting.dimensions
    steps = (3, 5, 2)[-d:]
    drawn = scene(d, margin=max(halo_of([(family, setting)])) + max(steps))
    still = _measure(family, setting, drawn.frame(setting.channels))
    moved = _measure(family, setting, drawn.shifted(steps).frame(setting.channels))
    cropped = _measure(family, setting, drawn.frame(setting.channels, steps))
    fixed = [c.name for c in columns if c.group != "location"]
    for other, what in ((moved, "after a shift"), (cropped, "after cropping")):
        _same({n: still[n] for n in fixed}, {n: other[n] for n in fixed}, family, what)
        for axis, step in zip("zyx"[-d:], steps, strict=True):
            for name in _locate(columns, axis):
                expected = still[name].astype(float) + step
                moves = np.allclose(other[name], expected, equal_nan=True)
                assert moves, f"{name} does not move {what}"


def _locate(columns: Sequence[Column], axis: str) -> list[str]:
    """Names of location columns along an axis."""
    located = [c.name for c in columns if c.group == "location"]
    return [name for name in located if name.split("-")[0].endswith(f"_{axis}")]


def _same(expected: Values, got: Values, family: Family, what: str) -> None:
    assert list(expected) == list(got), f"{family.name}: other columns {what}"
    for name, values in expected.items():
        same = np.array_equal(values, got[name], equal_nan=True)
        assert same, f"{family.name}: {name} differs {what}: {values} and {got[name]}"
