"""How good classifiers are on real images, beside plain scikit-learn pipelines on the same table.

The workflows are those of ``docs/explanation/real-images.md``, whose figures this prints:
``pytest -m slow -n 0 -s tests/peer/test_classifier_real_sets.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import distance_transform_edt
from skimage.io import imread
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from objclass.choosing.candidates import Candidates
from objclass.choosing.scaling import learn_scaling
from objclass.choosing.strategies import TRAINED, UNTRAINED
from objclass.choosing.strategies.contract import Strategy
from objclass.classification import fit
from objclass.classification.estimators import read_settings
from objclass.classification.examples import Examples
from objclass.classification.prediction import evaluate
from objclass.evaluation.assessment import detailed_scores
from objclass.io.project import read
from objclass.run import Request, prepare

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs/explanation/real-images.md"
FEW = 40
"""Annotations of a person who has an afternoon."""


@dataclass(frozen=True)
class Learned:
    """All objects with a known class: their features, and the part each is held out with."""

    X: np.ndarray
    y: np.ndarray
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    image: tuple[str, ...]
    part: np.ndarray


def by_label(truth: pd.DataFrame, image: str = "", of: str = "label") -> pd.DataFrame:
    """Rows that name objects by the ids of a label image."""
    known = truth.dropna(subset=["class"])
    return pd.DataFrame({"class": known["class"], "object": known[of], "image": image})


def mitosis(data: Path) -> pd.DataFrame:
    """Classes of the nuclei of one image."""
    rows = by_label(pd.read_csv(data / "derived/nuclei_classes.csv"))
    return rows.drop(columns="image")


def colon(data: Path) -> pd.DataFrame:
    """Classes of the nuclei of one image."""
    return by_label(pd.read_csv(data / "derived/ihc_classes.csv")).drop(columns="image")


def pancreas(data: Path) -> pd.DataFrame:
    """Classes of the cells of two slides."""
    return pd.concat(by_label(pd.read_csv(data / f"truth_{n}.csv"), n) for n in ("E34", "G01"))


def red_cells(data: Path) -> pd.DataFrame:
    """Classes of the cells of 24 smears."""
    found = sorted((data / "derived").glob("*_classes.csv"))
    names = [path.name.removesuffix("_classes.csv") for path in found]
    truth = (pd.read_csv(path, dtype={"class": "string"}) for path in found)
    return pd.concat(by_label(each, name) for each, name in zip(truth, names, strict=True))


def white_cells(data: Path) -> pd.DataFrame:
    """Classes of 92 cells, one an image; the one basophil says nothing."""
    known = pd.read_csv(data / "classes.csv", dtype={"id": "string"})
    known = known[known["name"] != "basophil"]
    names = known["id"].str.zfill(3)
    places = [deepest(data / f"Dataset 1/{name}.png") for name in names]
    y, x = zip(*places, strict=True)
    return pd.DataFrame({"class": known["name"], "y": y, "x": x, "image": names})


def deepest(path: Path) -> tuple[int, int]:
    """The voxel of a mask that is farthest from its border."""
    inside = distance_transform_edt(imread(path) > 0)
    y, x = np.unravel_index(inside.argmax(), inside.shape)
    return int(y), int(x)


def quarters(learned: Any, place: np.ndarray) -> np.ndarray:
    """The quarter of the image that an object lies in."""
    middle = np.array([256, 256])
    return (place[:, 1:] >= middle) @ np.array([2, 1])


def slides(learned: Any, place: np.ndarray) -> np.ndarray:
    """The slide."""
    return np.unique(learned.image, return_inverse=True)[1]


def smears(learned: Any, place: np.ndarray) -> np.ndarray:
    """Four parts of six smears: every fourth, by their numbers."""
    names = np.array([int(name) for name in learned.image])
    return np.unique(names, return_inverse=True)[1] % 4


def fifths(learned: Any, place: np.ndarray) -> np.ndarray:
    """Five parts of images, with each class in every part."""
    part = np.zeros(len(learned.y), int)
    dealt = StratifiedKFold(5, shuffle=True, random_state=0).split(learned.X, learned.y)
    for number, (_, test) in enumerate(dealt):
        part[test] = number
    return part


SETS: dict[str, tuple[str, Callable[[Path], pd.DataFrame], Callable[[Any, np.ndarray], np.ndarray]]]
SETS = {
    "Nuclei in mitosis": ("human_mitosis_ph3", mitosis, quarters),
    "Pancreas, imaging mass cytometry": ("imc_pancreas", pancreas, slides),
    "Red blood cells of 13 classes": ("chula_rbc12", red_cells, smears),
    "White blood cells": ("wbc_tecom", white_cells, fifths),
    "Colon, stained by antibody": ("skimage_ihc", colon, quarters),
}


def workflow(title: str) -> str:
    """The workflow that the page shows of a set."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    (text,) = re.findall(r"```yaml\n(.*?)```", section, re.S)
    return text


def learn(title: str, shared: Path, folder: Path) -> Learned:
    """Run the workflow of a set with every class that is known; the project has the table."""
    name, truth, parted = SETS[title]
    (folder / "set").symlink_to(shared / "data" / name)
    truth(shared / "data" / name).to_csv(folder / "annotations.csv", index=False)
    (folder / "cells.yaml").write_text(workflow(title).replace(", evaluation: out/quality.csv", ""))
    outcomes = prepare(folder / "cells.yaml", Request()).run()
    assert {o.status for o in outcomes} <= {"ran", "cached"}, [o.problems for o in outcomes]
    trained = read(folder / "cells.objclass.h5").classifiers["classes"]
    rows = trained.examples
    part = parted(rows, rows.position)
    X = np.where(np.isfinite(rows.X), rows.X, 0)  # as missing values are taken by default
    return Learned(X, rows.y, trained.model.columns, trained.model.classes, rows.image, part)


def ours(kind: str) -> Callable[[Learned, np.ndarray, np.ndarray], np.ndarray]:
    """An estimator of ours with its defaults."""

    def predict(of: Learned, taught: np.ndarray, tested: np.ndarray) -> np.ndarray:
        image = np.unique(of.image, return_inverse=True)[1][taught]
        examples = Examples(of.X[taught], of.y[taught], of.columns, image=image)
        model = fit(examples, of.classes, read_settings({"kind": kind}), 0)
        return evaluate(model, of.X[tested])

    return predict


def theirs(pipeline: Any) -> Callable[[Learned, np.ndarray, np.ndarray], np.ndarray]:
    """A pipeline of scikit-learn."""

    def predict(of: Learned, taught: np.ndarray, tested: np.ndarray) -> np.ndarray:
        pipeline.fit(of.X[taught], of.y[taught])
        found = np.zeros((len(tested), len(of.classes)))
        found[:, pipeline.classes_] = pipeline.predict_proba(of.X[tested])
        return found

    return predict


PEERS = {
    "random forest": (
        ours("random_forest"),
        theirs(make_pipeline(RandomForestClassifier(100, class_weight="balanced", random_state=0))),
    ),
    "logistic regression": (
        ours("logistic_regression"),
        theirs(
            make_pipeline(
                StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=5000)
            )
        ),
    ),
}


def choose_few(of: Learned, taught: np.ndarray, seed: int) -> np.ndarray:
    """Forty objects as ``annotations new`` chooses them: twenty diverse, then twenty more."""
    X = of.X[taught]
    Z = learn_scaling([X], X.shape[1]).standardize(X)
    lots = np.random.default_rng(seed).permutation(len(X)).astype(np.uint64)

    def chosen(strategy: Strategy, left: np.ndarray, said: np.ndarray | None) -> np.ndarray:
        objects = Candidates(lots[left], lambda rows: Z[left[rows]], said, of.classes, seed)
        return left[strategy.choose(objects, FEW // 2, "").rows]

    first = chosen(UNTRAINED, np.arange(len(X)), None)
    left = np.setdiff1d(np.arange(len(X)), first)
    said = PEERS["random forest"][0](of, taught[first], taught[left])
    return taught[np.concatenate([first, chosen(TRAINED, left, said)])]


def held_out(
    of: Learned, predict: Callable[..., np.ndarray], few: bool, seed: int = 0
) -> np.ndarray:
    """Probabilities of every object by what has learned from other parts only."""
    found = np.zeros((len(of.y), len(of.classes)))
    for number in np.unique(of.part):
        tested, taught = (np.flatnonzero(side) for side in (of.part == number, of.part != number))
        taught = choose_few(of, taught, seed) if few else taught
        found[tested] = predict(of, taught, tested)
    return found


def scored(of: Learned, probability: np.ndarray) -> dict[str, Any]:
    """The scores, with intervals as ``objclass evaluate`` makes them."""
    images = np.unique(of.image, return_inverse=True)[1]
    drawn = images if images.max() >= 5 else np.arange(len(of.y))
    return detailed_scores(of.y, probability, drawn, of.classes)


def told(title: str, of: Learned) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield estimator, annotations and scores, ours and then the peer's."""
    for name, pair in PEERS.items():
        for few in (True, False):
            for whose, predict in zip(("objclass", "scikit-learn"), pair, strict=True):
                how = str(FEW) if few else "all"
                yield f"{name}, {whose}", how, scored(of, held_out(of, predict, few))


@pytest.mark.parametrize("title", SETS)
def test_classifiers_reach_what_plain_pipelines_reach_on_the_same_table(
    title: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (shared / "data" / SETS[title][0]).is_dir():
        pytest.skip(f"{SETS[title][0]} is not in the reference data")
    monkeypatch.chdir(tmp_path)
    of = learn(title, shared, tmp_path)
    counts = dict(zip(of.classes, np.bincount(of.y).tolist(), strict=True))
    print(f"\n## {title}: {len(of.y)} objects {counts}, {len(of.columns)} columns")
    found, lower = {}, {}
    for who, how, facts in told(title, of):
        score = facts["score"]
        found[who, how] = score["balanced_accuracy"]
        low, high = score["balanced_interval"]
        lower[who, how] = low
        print(
            f"| {who} | {how} | {score['balanced_accuracy']:.2f} ({low:.2f} to {high:.2f}) "
            f"| {facts['brier']:.2f} | {facts['reliability']['error']:.2f} |"
        )
        if who == "random forest, objclass":
            print(score["confusion"])
    for name in PEERS:
        assert found[f"{name}, objclass", "all"] >= lower[f"{name}, scikit-learn", "all"]
