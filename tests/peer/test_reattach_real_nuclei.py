"""Re-attachment on a real image, its objects found by scipy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from drawn_labels import labels_of

from objclass.annotations import Row
from objclass.annotations.match import match
from objclass.annotations.outcome import sentences
from objclass.annotations.reattach import reattach
from objclass.annotations.summary import summarize
from objclass.data.labels import LabelImage

CLASSES = ("interphase", "mitotic")


@pytest.fixture(scope="module")
def smoothed(shared: Path) -> np.ndarray:
    """The nucleus channel of a prediction map, smoothed with sigma 1."""
    h5py = pytest.importorskip("h5py")
    ndimage = pytest.importorskip("scipy.ndimage")
    path = shared / "data/human_mitosis_ph3/derived/nuclei_Probabilities.h5"
    if not path.is_file():
        pytest.skip("human_mitosis_ph3 is not in the reference data")
    with h5py.File(path) as file:
        channel = file["exported_data"][..., 1].astype(float)
    return ndimage.gaussian_filter(channel, 1)


def nuclei(smoothed: np.ndarray, threshold: float, min_size: int = 10) -> LabelImage:
    """Components above a threshold, numbered in raster order, small ones dropped."""
    from scipy import ndimage

    ids, _ = ndimage.label(smoothed > threshold)
    kept = np.bincount(ids.ravel()) >= min_size
    kept[0] = False
    return labels_of((np.cumsum(kept) * kept)[ids].astype("uint32"))


def annotated(labels: LabelImage) -> list[Row]:
    """120 objects at random, on lines 2 to 121."""
    index = labels.index
    chosen = np.sort(np.random.default_rng(0).choice(len(index), 120, replace=False))
    return [
        Row(
            line,
            CLASSES[line % 2],
            y=int(index.inside[r][0]),
            x=int(index.inside[r][1]),
            size=int(index.size[r]),
            stamp=index.stamp[r].decode(),
            file="nuclei.csv",
        )
        for line, r in enumerate(chosen, start=2)
    ]


def test_a_lower_threshold_changes_every_object_and_112_come_back(smoothed: np.ndarray) -> None:
    old, new = nuclei(smoothed, 0.5), nuclei(smoothed, 0.45)
    assert (len(old.index), len(new.index)) == (258, 250)
    matches = match(annotated(old), lambda t: new, new.header)
    assert summarize(matches).headline == "0 of 120 annotations valid; 120 invalid"
    outcomes = reattach(matches, lambda t: new, lambda stamp: old)
    assert sentences(outcomes) == [
        "112 re-attachable one to one (median overlap 0.92) · 0 split · 0 lost",
        "8 merged: 2 with each other (line 38 interphase, line 40 interphase), "
        "6 with a neighbour nobody annotated",
    ]


def test_a_size_filter_takes_two_and_leaves_the_rest_valid(smoothed: np.ndarray) -> None:
    old, new = nuclei(smoothed, 0.5), nuclei(smoothed, 0.5, min_size=30)
    matches = match(annotated(old), lambda t: new, new.header)
    assert summarize(matches).headline == "118 of 120 annotations valid; 2 invalid"
    outcomes = reattach(matches, lambda t: new, lambda stamp: old)
    assert Counter(outcome.kind for outcome in outcomes) == {"lost": 2}


@pytest.mark.parametrize("threshold", [0.45, 0.6, 0.8])
def test_links_are_those_of_the_whole_contingency_table(
    smoothed: np.ndarray, threshold: float
) -> None:
    old, new = nuclei(smoothed, 0.5), nuclei(smoothed, threshold)
    a, b = old.read().ravel(), new.read().ravel()
    table = np.zeros((a.max() + 1, b.max() + 1), int)
    np.add.at(table, (a, b), 1)
    smaller = np.minimum(table.sum(1)[:, None], table.sum(0)[None])
    linked = np.where(2 * table >= smaller, table, 0)
    linked[0] = linked[:, 0] = 0
    matches = match(annotated(old), lambda t: new, new.header)
    for outcome in reattach(matches, lambda t: new, lambda stamp: old):
        here = (outcome.row.y, outcome.row.x)
        row = linked[int(old.read()[here])]
        pieces = np.flatnonzero((row > 0) & (10 * row >= row.max()))
        assert (outcome.kind == "lost") == (len(pieces) == 0)
        assert (outcome.kind == "split") == (len(pieces) > 1)
        if len(pieces) == 1:
            assert outcome.object == pieces[0]
            others = np.count_nonzero(10 * linked[:, pieces[0]] >= row.max()) - 1
            assert (outcome.kind == "merged") == (others > 0)
