"""Chosen objects teach a classifier more than random ones: nuclei of which few are mitotic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from skimage.measure import regionprops_table

from objclass.choosing.candidates import Candidates
from objclass.choosing.scaling import learn_scaling
from objclass.choosing.strategies import TRAINED, UNTRAINED, strategy_named
from objclass.classification import fit
from objclass.classification.examples import Examples
from objclass.classification.prediction import evaluate

MEASURED = ("area", "eccentricity", "solidity", "perimeter", "extent",
            "intensity_mean", "intensity_std", "intensity_min", "intensity_max")  # fmt: skip
CLASSES = ("interphase", "mitotic")
SEEDS = range(10)


@pytest.fixture(scope="module")
def nuclei(shared: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features and classes of 311 nuclei, of which 18 are mitotic."""
    folder = shared / "data/human_mitosis_ph3"
    ids = tifffile.imread(folder / "derived/nuclei_labels.tif")
    image = tifffile.imread(folder / "AS_09125_050116030001_D03f00d0.tif")
    table = pd.DataFrame(regionprops_table(ids, image, properties=("label", *MEASURED)))
    truth = pd.read_csv(folder / "derived/nuclei_classes.csv").dropna()
    table = table.merge(truth[["label", "class"]], on="label")
    return table[list(MEASURED)].to_numpy(float), (table["class"] == "mitotic").to_numpy(int)


def chosen(how: str, X: np.ndarray, seed: int, said: np.ndarray | None = None) -> np.ndarray:
    """Thirty rows that a strategy chooses."""
    Z = learn_scaling([X], X.shape[1]).standardize(X)
    lots = np.random.default_rng(seed).permutation(len(X)).astype(np.uint64)
    objects = Candidates(lots, lambda rows: Z[rows], said, CLASSES, seed)
    return strategy_named(how)[0].choose(objects, 30, "").rows


def test_thirty_diverse_nuclei_hold_more_mitotic_ones_than_thirty_random_ones(
    nuclei: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = nuclei
    met = {
        how: [y[chosen(how, X, seed)].sum() for seed in SEEDS] for how in ("random", UNTRAINED.name)
    }
    assert np.mean(met[UNTRAINED.name]) > 1.5 * np.mean(met["random"])
    assert min(met[UNTRAINED.name]) >= 2


def accuracy(X: np.ndarray, y: np.ndarray, taught: np.ndarray, seed: int) -> float:
    """Balanced accuracy on all objects that were not taught; one class alone teaches nothing."""
    if len(set(y[taught].tolist())) < 2:
        return 0.5
    model = fit(Examples(X[taught], y[taught], MEASURED), CLASSES, seed=seed)
    rest = np.setdiff1d(np.arange(len(X)), taught)
    called = evaluate(model, X[rest]).argmax(axis=1)
    return float(np.mean([(called[y[rest] == k] == k).mean() for k in (0, 1)]))


def test_thirty_diverse_nuclei_teach_more_than_thirty_random_ones(
    nuclei: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = nuclei
    diverse, random = (
        np.mean([accuracy(X, y, chosen(how, X, seed), seed) for seed in SEEDS])
        for how in (UNTRAINED.name, "random")
    )
    assert diverse > random + 0.05


def test_the_next_thirty_hold_more_mitotic_ones_than_thirty_random_ones(
    nuclei: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = nuclei
    met: dict[str, list[int]] = {"random": [], TRAINED.name: []}
    for seed in SEEDS:
        first = chosen(UNTRAINED.name, X, seed)
        left = np.setdiff1d(np.arange(len(X)), first)
        model = fit(Examples(X[first], y[first], MEASURED), CLASSES, seed=seed)
        said = evaluate(model, X[left])
        for how, found in met.items():
            found.append(int(y[left][chosen(how, X[left], seed, said)].sum()))
    assert np.mean(met[TRAINED.name]) > 1.5 * np.mean(met["random"])
