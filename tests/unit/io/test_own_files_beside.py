"""Pictures and other files of ours that lie beside images are no images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import objclass
from PIL import Image

from objclass.curation.png import write_picture
from objclass.io.own_files import bears_mark, is_own

WORKFLOW = """\
version: 1
nodes:
  raw:    {kind: input, path: "{image}.png", channels: [dna]}
  nuclei: {kind: threshold, image: raw, threshold: 50, sigma: 0}
  feats:  {kind: features, image: raw, objects: nuclei, measure: [size]}
  cls:    {kind: classifier, features: feats, annotations: ann.csv, classes: [big, small]}
  result: {kind: predict, features: feats, classifier: cls}
"""


def picture(path: Path) -> Path:
    """A picture as commands draw them."""
    return write_picture(path, np.zeros((8, 9, 3), np.uint8))


@pytest.mark.parametrize(
    "name", ["a_numbers.png", "a_numbers_2.png", "a_reattach.png", "w.look.png", "b.LOOK.PNG"]
)
def test_a_picture_of_ours_is_known_by_name_and_mark(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.new("L", (9, 8)).save(path, format="PNG")
    assert not is_own(str(path)), "an image that is called so is an image"
    path.unlink()
    assert bears_mark(picture(path))
    assert is_own(str(path))


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("a.tif.edited-20240501-120000", True),
        ("a.tif.edited-20240501-120000-2", True),
        (".objclass-00000000-12-00000000-00000000.tif", True),
        ("a.edited.tif", False),
        ("missing_numbers.png", False),
    ],
)
def test_what_is_set_aside_or_half_written_is_own(tmp_path: Path, name: str, own: bool) -> None:
    assert is_own(str(tmp_path / name)) is own


def test_pictures_for_people_never_become_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    voxels = np.zeros((40, 50), np.uint8)
    voxels[4:14, 4:14] = voxels[20:26, 20:26] = voxels[4:10, 30:36] = 200
    for name in "ab":
        Image.fromarray(voxels).save(f"{name}.png")
    Path("cells.yaml").write_text(WORKFLOW)
    screen = "cells.yaml: 5 nodes, 2 images; no problems"
    assert objclass("validate", "cells.yaml").lines[-1] == screen
    assert objclass("annotations", "new", "cells.yaml", "--count", "4").code == 0
    assert Path("ann_numbers.png").exists()
    assert objclass("validate", "cells.yaml").lines[-1] == screen
    rows = Path("ann.csv").read_text().splitlines()
    column = rows[0].split(",").index("class")
    for k, row in enumerate(rows[1:], start=1):
        cells = row.split(",")
        cells[column] = ("big", "small")[k % 2]
        rows[k] = ",".join(cells)
    Path("ann.csv").write_text("\n".join(rows) + "\n")
    assert objclass("look", "cells.yaml").code == 0
    assert list(tmp_path.glob("*.look.png"))
    assert objclass("validate", "cells.yaml").lines[-1] == screen
    Image.fromarray(np.roll(voxels, 9, 1)).save("a.png")
    assert objclass("annotations", "reattach", "cells.yaml").code in (0, 1)
    assert objclass("validate", "cells.yaml").lines[-1] == screen
