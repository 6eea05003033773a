"""The two workflows that come with objclass, from the first run to the last change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
from terminal import Screen, typed, typed_afresh
from workflows import without_times

WORKFLOWS = Path(__file__).parents[2] / "workflows"
MAP, COINS = "run workflows/prediction_map.yaml", "run workflows/segmentation.yaml"
LOWER = "--set nuclei.threshold=0.45"


def copied(folder: Path) -> Path:
    """Copy the workflows and their data, and nothing that a run left."""
    left = shutil.ignore_patterns(".objclass", "results", "*.h5")
    shutil.copytree(WORKFLOWS, folder / "workflows", ignore=left)
    shutil.copy(WORKFLOWS / "data/ihc_Probabilities.h5", folder / "workflows/data")
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the prediction map was run once; tests leave it all cached."""
    folder = copied(tmp_path_factory.mktemp("shipped"))
    screen = typed(MAP, folder)
    assert screen.code == 0, screen
    return folder
