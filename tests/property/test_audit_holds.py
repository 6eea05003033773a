"""Intervals of an audit hold the truth on real tables; counts of predictions do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from skimage.io import imread
from skimage.measure import regionprops_table
from sklearn.ensemble import RandomForestClassifier

from objclass.audit.sample import draw
from objclass.audit.shares import AuditedObjects, estimate_shares

pytestmark = pytest.mark.slow
MEASURED = (
    "label", "area", "eccentricity", "solidity", "perimeter", "extent",
    "intensity_mean", "intensity_std", "intensity_min", "intensity_max",
)  # fmt: skip
REPEATS = 500


@dataclass(frozen=True)
class Case:
    """Objects with classes, how many train a forest and how many are audited."""

    table: Callable[[Path], pd.DataFrame]
    trained: int
    audited: int


def measured(ids: np.ndarray, image: np.ndarray, truth: pd.DataFrame) -> pd.DataFrame:
    """Features and class of every object that has one."""
    table = pd.DataFrame(regionprops_table(ids.astype(int), image, properties=MEASURED))
    return table.merge(truth.dropna()[["label", "class"]], on="label").drop(columns="label")


def red_cells(data: Path) -> pd.DataFrame:
    """Normal cells, burr cells and all others."""
    folder, tables = data / "chula_rbc12", []
    for path in sorted(folder.glob("derived/*_labels.tif")):
        name = path.name.removesuffix("_labels.tif")
        truth = pd.read_csv(folder / f"derived/{name}_classes.csv")
        tables.append(
            measured(tifffile.imread(path), imread(folder / f"Dataset/{name}.jpg"), truth)
        )
    table = pd.concat(tables)
    table["class"] = table["class"].map({0: "normal", 8: "burr"}).fillna("other")
    return table


def pancreas(data: Path) -> pd.DataFrame:
    """Cells of two slides, five channels."""
    folder, tables = data / "imc_pancreas", []
    for name in ("E34", "G01"):
        image = np.moveaxis(tifffile.imread(folder / f"{name}_imc.tiff"), 0, -1)
        truth = pd.read_csv(folder / f"truth_{name}.csv")
        tables.append(measured(tifffile.imread(folder / f"{name}_mask.tiff"), image, truth))
    return pd.concat(tables)


def mitosis(data: Path) -> pd.DataFrame:
    """Mitotic and interphase nuclei."""
    folder = data / "human_mitosis_ph3"
    ids = tifffile.imread(folder / "derived/nuclei_labels.tif")
    image = tifffile.imread(folder / "AS_09125_050116030001_D03f00d0.tif")
    return measured(ids, image, pd.read_csv(folder / "derived/nuclei_classes.csv"))


CASES = {
    "red cells": Case(red_cells, 40, 150),
    "pancreas": Case(pancreas, 20, 60),
    "mitosis": Case(mitosis, 9, 100),
}


def forests(case: Case, shared: Path):
    """Yield probabilities and classes of all objects that a forest has not learned from."""
    table = case.table(shared / "data")
    x = table.drop(columns="class").to_numpy()
    y = table["class"].astype("category").cat.codes.to_numpy()
    for number in range(REPEATS // 25):
        random = np.random.default_rng(number)
        taught = [
            random.choice(np.flatnonzero(y == k), case.trained, replace=False)
            for k in range(y.max() + 1)
        ]
        learned = np.isin(np.arange(len(y)), np.concatenate(taught))
        forest = RandomForestClassifier(60, random_state=number).fit(x[learned], y[learned])
        yield forest.predict_proba(x[~learned]), y[~learned]


@pytest.mark.parametrize("stratified", [False, True], ids=["simple", "by call"])
@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth_and_are_no_wider_than_those_of_the_audit_alone(
    shared: Path, name: str, stratified: bool
) -> None:
    case = CASES[name]
    held, naive, width, alone = [], [], [], []
    for number, (scores, truth) in enumerate(forests(case, shared)):
        shares = np.bincount(truth) / len(truth)
        called = scores.argmax(1)
        naive.append(abs(np.bincount(called, minlength=len(shares)) / len(called) - shares))
        strata = called if stratified else np.zeros(len(truth), int)
        for seed in range(25):
            rows = draw(strata, case.audited, 1000 * number + seed)
            for given, widths in ((scores, width), (np.full_like(scores, 0.5), alone)):
                audited = AuditedObjects(given, strata, rows, truth[rows])
                found = estimate_shares(audited)
                widths.append([each.high - each.low for each in found])
                if given is scores:
                    pairs = zip(found, shares, strict=True)
                    held.append([each.low <= share <= each.high for each, share in pairs])
    assert len(held) == REPEATS
    assert np.mean(held, 0).min() >= 0.93
    assert np.mean(held) <= (0.97 if not (stratified and name == "mitosis") else 1)
    assert (np.mean(width, 0) <= 1.05 * np.mean(alone, 0)).all()
    assert np.mean(naive) > 0.03  # what counts of predictions are wrong by
