"""Makes the sample images of the shipped workflows from scikit-image's own data.

Run ``python make.py`` in an environment with objclass and scikit-image; it writes into the
folder it lies in. Nothing is random: the same library versions give the same voxels.
README.md says where each image comes from and what was done to it.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage import color, data, filters, morphology, segmentation

from objclass.data.labels import Index
from objclass.io import axistags
from objclass.segmentation import sizes
from objclass.segmentation.components import components
from objclass.segmentation.index import index
from objclass.segmentation.smooth import gaussian
from objclass.segmentation.threshold import level

HERE = Path(__file__).parent
Floats = NDArray[np.float64]

# The nuclei as workflows/prediction_map.yaml finds them.
SIGMA, THRESHOLD, MIN_SIZE = 1.0, 0.5, 30


def sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def nucleus_probability(haematoxylin: Floats, dab: Floats) -> Floats:
    """A stand-in for a pixel classifier's map: how much a pixel looks like a nucleus.

    Nuclei hold more haematoxylin and less DAB than what is around them (within about 8
    pixels), and more haematoxylin than bare tissue does.
    """
    smooth = ndimage.gaussian_filter
    contrast = smooth(haematoxylin - 0.6 * dab, 1)
    mean = smooth(contrast, 8)
    deviation = np.sqrt(np.maximum(smooth(contrast**2, 8) - mean**2, 0))
    locally = (contrast - mean) / (deviation + 0.003)
    absolutely = (smooth(haematoxylin, 1) - 0.017) / 0.002
    return sigmoid(4 * (locally - 0.4)) * sigmoid(absolutely)


def write_probabilities(path: Path, nucleus: Floats) -> None:
    """Write background and nucleus, rounded to 1/256 so that the file stays small."""
    rounded = (np.round(nucleus * 256) / 256).astype(np.float32)
    both = np.stack([1 - rounded, rounded], axis=-1)
    with h5py.File(path, "w", track_order=False) as file:
        written = file.create_dataset(
            "exported_data",
            data=both,
            chunks=(128, 128, 1),
            compression="gzip",
            compression_opts=9,
            shuffle=True,
            track_times=False,
        )
        written.attrs["axistags"] = axistags.dumps("yxc")
        written.attrs["drange"] = np.array([0, 1], np.float32)


def nuclei(nucleus: Floats) -> tuple[NDArray[np.uint32], Index]:
    """The label image and index that the threshold node makes of the rounded map."""
    rounded = (np.round(nucleus * 256) / 256).astype(np.float32)
    mask = level(gaussian(rounded, (SIGMA, SIGMA)), THRESHOLD)
    found, count = components(mask)
    keep = sizes.within(sizes.counts(found, count), MIN_SIZE)
    kept = sizes.renumbered(keep)[found]
    return kept, index(kept)


def spread(points: NDArray[np.int32], candidates: Iterable[int], count: int) -> list[int]:
    """Pick `count` candidates far from each other: each next one is the farthest from all."""
    left = list(candidates)
    picked = [left.pop(0)]
    while left and len(picked) < count:
        apart = [
            min(np.hypot(*(points[c] - points[p]).astype(float)) for p in picked) for c in left
        ]
        picked.append(left.pop(int(np.argmax(apart))))
    return sorted(picked)


def write_annotations(path: Path, found: Index, classes: dict[int, str]) -> None:
    """Write one row per annotated object: a voxel inside it, its class, and its stamp."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["y", "x", "class", "object", "size", "stamp"])
        for row in sorted(classes):
            y, x = (int(v) for v in found.inside[row])
            stamp = found.stamp[row].decode()
            writer.writerow([y, x, classes[row], int(found.ids[row]), int(found.size[row]), stamp])


def make_ihc() -> None:
    """The prediction-map example: colon tissue, nuclei of gland epithelium and of stroma."""
    raw = data.immunohistochemistry()
    Image.fromarray(raw).save(HERE / "ihc.png", optimize=True)
    stains = color.rgb2hed(raw)
    nucleus = nucleus_probability(stains[..., 0], stains[..., 2])
    write_probabilities(HERE / "ihc_Probabilities.h5", nucleus)
    labels, found = nuclei(nucleus)
    brown = ndimage.gaussian_filter(stains[..., 2], 8)
    cut = filters.threshold_otsu(brown)
    around = ndimage.mean(brown, labels, found.ids)
    clear = (found.size >= 60) & (found.size <= 450) & ~found.touches_border
    epithelium = spread(found.inside, np.flatnonzero(clear & (around > 1.25 * cut)), 20)
    stroma = spread(found.inside, np.flatnonzero(clear & (around < 0.6 * cut)), 20)
    classes = dict.fromkeys(epithelium, "epithelium") | dict.fromkeys(stroma, "stroma")
    write_annotations(HERE / "ihc_annotations.csv", found, classes)
    print(f"ihc: {len(found)} nuclei, {len(classes)} annotated, DAB cut {cut:.4f}")


def coin_mask(raw: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Each coin as one solid object: watershed of the edges from sure background and coin."""
    seeds = np.zeros(raw.shape, np.int32)
    seeds[raw < 30], seeds[raw > 150] = 1, 2
    mask = segmentation.watershed(filters.sobel(raw), seeds) == 2
    solid = ndimage.binary_fill_holes(mask)
    opened: NDArray[np.bool_] = ndimage.binary_opening(solid, morphology.disk(2))
    return opened


def make_coins() -> None:
    """The segmentation example: Greek coins, small and large ones by area."""
    raw = data.coins()
    Image.fromarray(raw).save(HERE / "coins.png", optimize=True)
    mask = coin_mask(raw)
    Image.fromarray(mask.astype(np.uint8) * 255).save(
        HERE / "coins_segmentation.png", optimize=True
    )
    found = index(components(mask)[0])
    small = spread(found.inside, np.flatnonzero(found.size < 1550), 6)
    large = spread(found.inside, np.flatnonzero(found.size >= 1550), 6)
    classes = dict.fromkeys(small, "small coin") | dict.fromkeys(large, "large coin")
    write_annotations(HERE / "coins_annotations.csv", found, classes)
    print(f"coins: {len(found)} coins, {len(classes)} annotated")


def main() -> None:
    """Make every file and print its checksum."""
    make_ihc()
    make_coins()
    for path in sorted(HERE.iterdir()):
        if path.suffix in (".png", ".h5", ".csv"):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            print(f"{digest}  {path.name}  {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
