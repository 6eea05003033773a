"""Makes the pictures of docs/explanation/real-images.md from its workflows.

Run ``python docs/pictures/make_real_images.py DATA`` with the folder that holds the sets. Pictures
are made of those sets only whose licence lets them travel with this repository.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests/peer"))
from test_classifier_real_sets import SETS, workflow  # noqa: E402

from objclass.run import prepare  # noqa: E402

SHOWN = {
    "real_mitosis.jpg": ("Nuclei in mitosis", "image: dna, write: {overlay: out/picture.png}"),
    "real_red_cells.jpg": (
        "Red blood cells of 13 classes",
        'image: raw, write: {overlay: "out/{smear}.png"}',
    ),
}
"""Picture to the set, and what its workflow exports instead of tables."""


def make(name: str, data: Path, folder: Path) -> None:
    """Run the workflow of a set, and keep the first picture that it draws."""
    title, drawn = SHOWN[name]
    place, truth, _ = SETS[title]
    (folder / "set").symlink_to(data / place)
    truth(data / place).to_csv(folder / "annotations.csv", index=False)
    tables = "write: {table: out/objects.csv, evaluation: out/quality.csv}"
    text = workflow(title).replace(tables, drawn)
    (folder / "cells.yaml").write_text(text, encoding="utf-8")
    prepare(folder / "cells.yaml").run()
    first = min((folder / "out").glob("*.png"))
    Image.open(first).convert("RGB").save(HERE / name, quality=82)


if __name__ == "__main__":
    for shown in SHOWN:
        with tempfile.TemporaryDirectory() as folder:
            make(shown, Path(sys.argv[1]).absolute(), Path(folder))
