"""CPU time and memory of the feature families against their peers, in one run each."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops_table
from skimage.morphology import convex_hull_image
from skimage.segmentation import expand_labels

from objclass.data.labels import Index
from objclass.measure.batches import batch_of, measure_frame, owned_blocks
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.neighbors import FAMILY as NEIGHBORS
from objclass.measure.regions import Ring

pytestmark = pytest.mark.benchmark


def blobs(shape: tuple[int, ...], count: int, radii: tuple[float, float]) -> np.ndarray:
    """Ellipsoids with ids in raster order."""
    rng = np.random.default_rng(0)
    labels = np.zeros(shape, np.uint32)
    for k in range(1, count + 1):
        center, radius = rng.uniform(0, shape), rng.uniform(*radii, len(shape))
        low = np.maximum((center - radius).astype(int), 0)
        high = np.minimum((center + radius).astype(int) + 2, shape)
        box = tuple(map(slice, low, high))
        grid = np.stack(np.meshgrid(*map(np.arange, low, high), indexing="ij"), axis=-1)
        inside = (((grid - center) / radius) ** 2).sum(axis=-1) <= 1
        labels[box][inside & (labels[box] == 0)] = k
    ids, first = np.unique(labels, return_index=True)
    order = np.argsort(first[1:])
    lookup = np.zeros(count + 1, np.uint32)
    lookup[ids[1:][order]] = np.arange(1, len(order) + 1)
    return lookup[labels]


def frame_of(labels: np.ndarray, image: np.ndarray) -> Frame:
    boxes = ndimage.find_objects(labels)
    n = len(boxes)
    index = Index(
        ids=np.arange(1, n + 1, dtype=np.uint64),
        start=np.array([[s.start for s in box] for box in boxes], np.int32),
        stop=np.array([[s.stop for s in box] for box in boxes], np.int32),
        size=np.bincount(labels.ravel())[1:].astype(np.int64),
        inside=np.array([[s.start for s in box] for box in boxes], np.int32),
        touches_border=np.zeros(n, bool),
        stamp=np.zeros(n, "S11"),
    )
    reads = {"0": lambda r: image[r.slices]}
    origin = (0,) * labels.ndim
    return Frame(labels.shape, origin, lambda r: labels[r.slices], reads, index)


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Smallest CPU time of some repeats."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def setting_of(dimensions: int) -> Setting:
    return Setting(dimensions, ("0",), ("uint8",), ((0.0, 255.0),))


def per_object(name: str, labels: np.ndarray, image: np.ndarray) -> float:
    """CPU seconds of one family per object, compiled."""
    frame, setting = frame_of(labels, image), setting_of(labels.ndim)
    measure_frame([(family(name), setting)], frame)
    return seconds(lambda: measure_frame([(family(name), setting)], frame)) / len(frame.index)


@pytest.mark.parametrize(
    ("shape", "count", "radii", "ratio"),
    [
        ((4096, 4096), 15000, (3, 9), 40),
        ((256, 256, 256), 5000, (2, 5), 40),
        ((2048, 2048), 1000, (12, 24), 20),
    ],
)
def test_size_intensity_and_axes_beat_scikit_image(
    shape: tuple[int, ...], count: int, radii: tuple[float, float], ratio: float
) -> None:
    labels = blobs(shape, count, radii)
    image = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    frame, setting = frame_of(labels, image), setting_of(len(shape))
    families = [(family(name), setting) for name in ("size", "intensity", "axes")]
    measure_frame(families, frame)
    ours = seconds(lambda: measure_frame(families, frame))
    names = ("label", "area", "mean_intensity", "max_intensity", "min_intensity")
    names += ("inertia_tensor_eigvals", "axis_major_length", "axis_minor_length")
    theirs = seconds(lambda: regionprops_table(labels, image, properties=names), 1)
    print(f"{shape}: {ours:.3f} s, scikit-image {theirs:.2f} s, {theirs / ours:.0f}×")
    assert theirs / ours >= ratio


def test_hulls_beat_scikit_image() -> None:
    labels = blobs((2048, 2048), 4000, (3, 9))
    ours = per_object("hull", labels, labels.astype(np.uint8))
    boxes = ndimage.find_objects(labels)[:200]
    masks = [labels[box] == k + 1 for k, box in enumerate(boxes)]
    theirs = seconds(lambda: [convex_hull_image(mask) for mask in masks], 1) / len(masks)
    print(f"hull {ours * 1e6:.1f} µs, scikit-image {theirs * 1e6:.0f} µs per object")
    assert theirs / ours >= 50


def test_rings_beat_expanding_labels() -> None:
    labels = blobs((2048, 2048), 4000, (3, 9))
    frame, setting, ring = frame_of(labels, labels), setting_of(2), Ring("ring", 5.0)
    (owned,) = owned_blocks(frame.index, frame.shape, None, ring.reach(frame, setting))
    batch = batch_of(frame, owned, setting)
    ring.runs(batch)
    ours = seconds(lambda: ring.runs(batch))
    theirs = seconds(lambda: expand_labels(labels, 5), 1)
    print(f"rings {ours:.3f} s, expand_labels {theirs:.2f} s, {theirs / ours:.0f}×")
    assert theirs / ours >= 5


@pytest.mark.parametrize(
    ("name", "shape", "count", "radii", "limit"),
    [
        ("skeleton", (2048, 2048), 2000, (5, 11), 60e-6),
        ("spherical_texture", (2048, 2048), 2000, (5, 11), 1e-3),
        ("spherical_texture", (128, 128, 128), 100, (5, 11), 50e-3),
    ],
)
def test_a_family_keeps_its_time_per_object(
    name: str, shape: tuple[int, ...], count: int, radii: tuple[float, float], limit: float
) -> None:
    labels = blobs(shape, count, radii)
    image = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    ours = per_object(name, labels, image)
    print(f"{name} {len(shape)}D: {ours * 1e6:.0f} µs per object")
    assert ours <= limit


def test_cost_is_linear_in_objects() -> None:
    small, large = (blobs((n, n), c, (2, 5)) for n, c in ((1000, 2500), (4000, 40000)))
    setting = setting_of(2)
    times = []
    for labels in (small, large):
        frame = frame_of(labels, labels.astype(np.uint8))
        families = [(family(name), setting) for name in ("size", "intensity", "axes")]
        measure_frame(families, frame)
        times.append(seconds(lambda f=frame, w=families: measure_frame(w, f)))
    print(f"16 times the objects cost {times[1] / times[0]:.1f} times the CPU")
    assert times[1] / times[0] <= 24


MEMORY = """
import sys
from pathlib import Path
import numpy as np
sys.path.insert(0, sys.argv[1])
from test_measure_speed import blobs, frame_of, setting_of
from objclass.measure.batches import measure_frame
from objclass.measure.families import family

def peak(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))

families = [(family(n), setting_of(2)) for n in ("size", "intensity", "axes")]
tiny = blobs((64, 64), 5, (3, 9))
measure_frame(families, frame_of(tiny, tiny.astype(np.uint8)))
labels = blobs((4096, 4096), 15000, (3, 9))
frame = frame_of(labels, labels.astype(np.uint8))
Path("/proc/self/clear_refs").write_text("5")
before = peak("VmRSS")
measure_frame(families, frame)
table = 110 * 8 * len(frame.index)
print((peak("VmHWM") - before - table) / (labels > 0).sum())
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's peak reset")
def test_memory_stays_below_forty_bytes_per_voxel_and_channel() -> None:
    here = str(Path(__file__).parent)
    program = [sys.executable, "-c", MEMORY, here]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    print(f"{float(done.stdout):.1f} bytes per foreground voxel and channel beside the table")
    assert float(done.stdout) <= 40


SPLIT = 5000


def split_ids() -> np.ndarray:
    """Squares of 10 voxels whose ids repeat as if they had been cut to few bits."""
    labels = np.zeros((2048, 2048), np.uint32)
    for k in range(2 * SPLIT):
        y, x = divmod(k, 100)
        labels[20 * y + 5 : 20 * y + 15, 20 * x + 5 : 20 * x + 15] = k % SPLIT + 1
    return labels


@pytest.mark.parametrize("name", ["texture", "morphology", "skeleton", "neighbors"])
def test_objects_in_pieces_far_apart_cost_what_their_voxels_do(name: str) -> None:
    labels = split_ids()
    image = np.random.default_rng(0).integers(0, 255, labels.shape).astype(np.uint8)
    frame, setting = frame_of(labels, image), setting_of(2)
    if name == "neighbors":
        spent = seconds(lambda: NEIGHBORS.measure(frame, setting, None), 2)
    else:
        spent = seconds(lambda: measure_frame([(family(name), setting)], frame), 2)
    print(f"{name}: {spent:.2f} s for {SPLIT} ids in two pieces each")
    assert spent <= 4.0
