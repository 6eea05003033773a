"""z-scores by plate, a selection, groups, a plate held out and sets of classes at once."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from doc_folders import ROOT, plates
from terminal import typed

PAGE = ROOT / "docs/how-to/classes-and-columns.md"
PLATE = "normalize: {by: plate}, group: plate"


def test_everything_by_plate_at_once_counts_and_says_what_is_so(tmp_path: Path) -> None:
    plates(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    for name, rows in zip(
        ("wells", "phases"), re.findall(r"```csv\n(.*?)```", page, re.DOTALL), strict=True
    ):
        (tmp_path / f"{name}.csv").write_text(rows, encoding="utf-8")
    text = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[1]
    more = PLATE.replace(", ", "\n    ") + "\n    hold_out: {plate: P2}"
    text = text.replace("annotations: wells.csv}", f"annotations: wells.csv, {PLATE}}}")
    text = text.replace("use: [intensity_mean]", f"use: [intensity_mean]\n    {more}")
    text = text.replace("classifier: phases}", "classifier: phases, coverage: 0.6}")
    (tmp_path / "all.yaml").write_text(text, encoding="utf-8")
    screen = typed("run all.yaml", tmp_path)
    assert screen.code == 0, screen.out
    for said in (
        "24 objects; 16 bright, 8 dim; not selected: 24",
        "on 3 objects held out (plate P2)",
        "1 annotated object is not cell of 'result', and scored all the same: line 7",
        "coverage: 0.6 cannot be promised on a new plate: all examples are in one plate",
    ):
        assert said in screen.out
    found = pd.read_csv(tmp_path / "out/phases.csv")
    assert found.groupby("plate").size().to_dict() == {"P1": 36, "P2": 12}
    outside = found["predicted_class"].isna()
    assert outside.sum() == found["prediction_set"].isna().sum() == 24
