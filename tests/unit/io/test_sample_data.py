"""The shipped sample data are what their README says."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from objclass.data.labels import Index
from objclass.io.formats import describe, open_reader
from objclass.io.tables import read_rows
from objclass.segmentation import sizes
from objclass.segmentation.components import components
from objclass.segmentation.index import index
from objclass.segmentation.smooth import gaussian
from objclass.segmentation.threshold import level

DATA = Path(__file__).parents[3] / "workflows" / "data"


def read(name: str) -> np.ndarray:
    reader = open_reader(DATA / name)
    array = reader.read(tuple(slice(0, n) for n in describe(DATA / name).shape))
    reader.close()
    return array


def nuclei() -> Index:
    smooth = gaussian(read("ihc_Probabilities.h5")[..., 1], (1.0, 1.0))
    found, count = components(level(smooth, 0.5))
    return index(sizes.renumber(sizes.within(sizes.counts(found, count), 30))[found])


def test_the_files_have_the_checksums_of_the_readme() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    sums = dict(reversed(line.split()) for line in re.findall(r"[0-9a-f]{64}  \S+", text))
    assert len(sums) == 6
    for name, expected in sums.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == expected, name
    assert sum(path.stat().st_size for path in DATA.iterdir() if path.is_file()) < 2_000_000


def test_the_prediction_map_is_two_channels_that_sum_to_one() -> None:
    header = describe(DATA / "ihc_Probabilities.h5")
    assert (header.axes, header.inner, header.value_range) == ("yxc", "exported_data", (0.0, 1.0))
    assert describe(DATA / "ihc.png").axes == "yxc"
    assert np.array_equal(read("ihc_Probabilities.h5").sum(axis=-1), np.ones((512, 512)))


def test_the_segmentation_has_24_coins() -> None:
    mask = read("coins_segmentation.png")
    assert np.unique(mask).tolist() == [0, 255]
    assert mask.shape == read("coins.png").shape
    assert components(mask)[1] == 24
    # Coins and background are one piece each: no coin has a hole.
    assert components(mask == 0, connectivity=2)[1] == 1


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ihc_annotations.csv", {"epithelium": 20, "stroma": 20}),
        ("coins_annotations.csv", {"small coin": 6, "large coin": 6}),
    ],
)
def test_every_annotation_is_valid(name: str, counts: dict[str, int]) -> None:
    mask = read("coins_segmentation.png")
    found = nuclei() if name.startswith("ihc") else index(components(mask)[0])
    assert len(found) == (280 if name.startswith("ihc") else 24)
    table = read_rows(DATA / name)
    assert table.header == ("y", "x", "class", "object", "size", "stamp")
    classes: dict[str, int] = {}
    for _, (y, x, word, number, size, stamp) in table.rows:
        row = found.row_of(int(number))
        assert (found.inside[row].tolist(), int(found.size[row])) == ([int(y), int(x)], int(size))
        assert found.stamp[row].decode() == stamp
        classes[word] = classes.get(word, 0) + 1
    assert classes == counts
