"""A batch over a plate: what a plate map says, counts and enrichment of wells, and controls."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from terminal import typed
from test_batch_resumed import seen

from workflows import CENTERS, RADII, discs, flat, write_map, write_raw

LINE = (
    "batch cells.objclass.h5 --raw 'new/{well}_{site}.tif' --prediction-map "
    "'new/{well}_{site}.h5' --export table"
)
MAPPED = f"{LINE} --plate-map map.csv --positive drug=taxol --negative A1,A2,A3"
SMALL = [k for k, radius in enumerate(RADII) if radius == 3]
LEFT = {"A01": 6, "A02": 5, "A03": 4, "B01": 2, "B02": 1, "B03": 0}
"""How many of the six small discs a well has; all have the six large ones."""
MAP = "Well,drug,dose\nA1,DMSO,0\nA2,DMSO,0\nA3,DMSO,0\nB1,taxol,5\nB2,taxol,5\nB3,taxol,9\n"


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained project, the images of six wells, a plate map, and a batch of them in ``out``."""
    folder = tmp_path_factory.mktemp("plate")
    flat(folder)
    assert typed("run cells.yaml", folder).code == 0
    for number, (well, left) in enumerate(LEFT.items()):
        raw, probability = discs(number)
        for y, x in (CENTERS[k] for k in SMALL[left:]):
            probability[y - 4 : y + 5, x - 4 : x + 5] = 0.05
        write_raw(folder / f"new/{well}_1.tif", raw)
        write_map(folder / f"new/{well}_1.h5", probability)
    (folder / "map.csv").write_text(MAP)
    screen = typed(f"{MAPPED} --out out", folder)
    assert screen.code == 0, screen.err
    return folder


@pytest.fixture
def work(plate: Path, tmp_path: Path) -> Path:
    return shutil.copytree(plate, tmp_path / "work")


def test_the_table_has_a_row_a_well_with_counts_shares_and_enrichment(plate: Path) -> None:
    wells = pd.read_csv(plate / "out/wells.csv").set_index("well")
    assert list(wells.columns) == [
        "drug", "dose", "row", "column", "control", "images", "failed", "objects", "n_large",
        "n_small", "pct_large", "pct_small", "enrichment_large", "enrichment_small",
    ]  # fmt: skip
    assert wells["n_small"].to_dict() == LEFT
    assert wells["pct_small"].to_dict() == {w: round(100 * n / (6 + n), 2) for w, n in LEFT.items()}
    assert wells["enrichment_small"].idxmax() == "A01"
    assert wells["enrichment_small"].idxmin() == "B03"
    assert (wells["enrichment_small"] + wells["enrichment_large"]).abs().max() < 2e-4
    assert wells["dose"].to_list() == [0, 0, 0, 5, 5, 9]


def test_conditions_are_columns_of_the_summary_and_of_every_table(plate: Path) -> None:
    summary = pd.read_csv(plate / "out/summary.csv")
    assert summary["drug"].to_list() == ["DMSO"] * 3 + ["taxol"] * 3
    objects = pd.read_csv(plate / "out/B03_1_objects.csv")
    assert set(objects["drug"]) == {"taxol"}
    assert set(objects["dose"]) == {9}


def test_controls_are_told_apart_class_by_class(plate: Path) -> None:
    controls = pd.read_csv(plate / "out/controls.csv").set_index("class")
    small = controls.loc["small"]
    assert small[["positive_wells", "negative_wells"]].to_list() == [3, 3]
    assert small["negative_median_pct"] == 45.45
    assert small["positive_median_pct"] == round(100 / 7, 2)
    assert small["ssmd"] == -controls.loc["large", "ssmd"]


def test_a_resumed_batch_knows_its_plate_map_and_controls(work: Path) -> None:
    before = seen(work / "out")
    again = typed("batch --resume out --collect", work)
    assert again.code == 0
    assert [line for line in again.lines if line.startswith("controls: small: Z' ")]
    assert seen(work / "out") == before
    other = typed("batch --resume out --collect --positive B1,B2 --negative A1,A2", work)
    assert other.code == 0
    assert "2 positive and 2 negative wells; 2 positive controls: fewer than 3" in other.out


def test_images_are_chosen_by_what_the_plate_map_says(work: Path) -> None:
    some = typed(f"{MAPPED} --out some --only dose=5", work)
    assert some.code == 0
    assert [line.split()[1] for line in some.lines if line[:2] in ("1/", "2/")] == [
        "B01_1",
        "B02_1",
    ]


def test_programs_read_the_same_rows(work: Path) -> None:
    found = json.loads(typed("batch --resume out --collect --json", work).out)
    wells = pd.read_csv(work / "out/wells.csv")
    assert [row["well"] for row in found["wells"]] == list(LEFT)
    assert [row["enrichment_small"] for row in found["wells"]] == wells[
        "enrichment_small"
    ].to_list()
    assert {row["result"] for row in found["controls"]} == {"predicted"}


def test_another_plate_map_in_the_same_folder_is_refused(work: Path) -> None:
    line = f"{LINE} --plate-map map.csv --out fresh"
    assert typed(f"{line} --dry-run", work).code == 0
    (work / "map.csv").write_text(MAP.replace("taxol", "nocodazole"))
    other = typed(line, work)
    assert other.code == 2
    assert other.err.startswith("fresh holds a batch with another plate map; choose another --out")


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        ("well,drug\nH01,a\n", "", "map.csv: none of its wells is that of an image; got H01"),
        ("well,drug\nA1,a\nA01,b\n", "", "map.csv:3: the plate map says A01 twice, in lines 2"),
        (MAP, "--positive H12", "controls: no well fits the positive 'H12'; expected A01, A02"),
        (MAP, "--negative drug=DSMO", "expected DMSO, taxol; did you mean DMSO?"),
    ],
)  # fmt: skip
def test_what_fits_no_well_is_refused_before_work(
    text: str, more: str, says: str, work: Path
) -> None:
    (work / "map.csv").write_text(text)
    refused = typed(f"{LINE} --plate-map map.csv {more} --out fresh", work)
    assert refused.code == 2
    assert says in refused.err
    assert not (work / "fresh").exists()


def test_wells_of_which_only_some_are_mapped_are_said(work: Path) -> None:
    (work / "map.csv").write_text("well,drug\nA1,DMSO\nH2,x\n")
    some = typed(f"{LINE} --plate-map map.csv --out fresh --dry-run", work)
    assert some.code == 0
    assert "note: map.csv has no row for A02, A03, B01, B02, B03" in some.lines
    assert "note: map.csv: no image is of line 3 (H02)" in some.lines


def test_a_workflow_reads_a_plate_map_too(work: Path) -> None:
    """Its columns are names of images, in tables and to count by; annotations need none."""
    text = (work / "cells.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 1", "version: 1\nplate_map: map.csv", 1)
    text = text.replace("path: raw.tif", 'path: "new/{well}_{site}.tif"')
    text = text.replace("path: prob.h5", 'path: "new/{well}_{site}.h5"')
    (work / "plate.yaml").write_text(text, encoding="utf-8")
    rows = (work / "annotations.csv").read_text(encoding="utf-8").splitlines()
    named = [f"A01_1,{row}" for row in rows[1:]]
    lines = "\n".join([f"image,{rows[0]}", *named])
    (work / "annotations.csv").write_text(lines + "\n", encoding="utf-8")
    (work / "map.csv").write_text(MAP + "H9,none,1\n", encoding="utf-8")
    ran = typed("run plate.yaml --set 'out.counts_by=[drug]' --set out.write.counts=c.csv", work)
    assert ran.code == 0, ran.out + ran.err
    assert "map.csv: no image is of line 8 (H09)" in ran.out
    counts = pd.read_csv(work / "c.csv").set_index("drug")
    assert counts["n_small"].to_dict() == {"DMSO": 15, "taxol": 3}
    (work / "map.csv").write_text("well,drug\nH9,none\n", encoding="utf-8")
    refused = typed("validate plate.yaml", work)
    assert refused.code == 2
    assert "plate.yaml:2" in refused.err
    assert "map.csv: none of its wells is that of an image" in refused.err


# --- tables about wells in a workflow ----------------------------------------------------------


def over_plate(work: Path, more: str = "") -> None:
    """A workflow over the images of the plate, with its map and controls: ``plate.yaml``."""
    text = (work / "cells.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 1", "version: 1\nplate_map: map.csv", 1)
    text = text.replace("path: raw.tif", 'path: "new/{well}_{site}.tif"')
    text = text.replace("path: prob.h5", 'path: "new/{well}_{site}.h5"')
    written = "    write:\n      wells: run/wells.csv\n      controls: run/controls.csv\n"
    said = "    controls: {positive: drug=taxol, negative: [A1, A2, A3]}\n"
    text = text.replace("    write:\n", more or f"{said}{written}", 1)
    (work / "plate.yaml").write_text(text, encoding="utf-8")
    rows = (work / "annotations.csv").read_text(encoding="utf-8").splitlines()
    named = [f"A01_1,{row}" for row in rows[1:]]
    (work / "annotations.csv").write_text("\n".join([f"image,{rows[0]}", *named]) + "\n")


def test_a_workflow_writes_the_tables_that_a_batch_of_its_images_writes(work: Path) -> None:
    over_plate(work)
    ran = typed("run plate.yaml", work)
    assert ran.code == 0, ran.out + ran.err
    batch = LINE.replace("cells.objclass.h5", "plate.objclass.h5")
    done = typed(f"{batch} --plate-map map.csv --out its", work)
    assert done.code == 0, done.err
    assert "controls: small: Z' " in done.out
    for name in ("wells.csv", "controls.csv"):
        assert (work / "run" / name).read_bytes() == (work / "its" / name).read_bytes()
        assert (work / "run" / name).read_bytes() == (work / "out" / name).read_bytes()
    others = typed(f"{batch} --plate-map map.csv --positive B1 --negative A1 --out other", work)
    assert "(1 positive and 1 negative wells; " in others.out
    assert typed("run plate.yaml", work).states()["out"] == "cached"


def test_the_report_shows_how_controls_are_told_apart(work: Path) -> None:
    over_plate(work)
    for subject in ("plate.yaml", "out"):
        made = typed(f"report {subject} -o report.html", work)
        assert made.code == 0, made.err
        page = (work / "report.html").read_text(encoding="utf-8")
        assert "<h3>Controls" in page
        assert page.index("% small") < page.index("<h3>Controls") < page.index("SSMD")
        small = pd.read_csv(work / "out/controls.csv").set_index("class").loc["small"]
        assert f"{small['ssmd']:.4g}" in page


def test_controls_of_a_project_that_fit_no_well_are_a_note_and_the_others_are_judged(
    work: Path,
) -> None:
    over_plate(work)
    assert typed("run plate.yaml", work).code == 0
    batch = LINE.replace("cells.objclass.h5", "plate.objclass.h5")
    done = typed(f"{batch} --out bare", work)
    assert done.code == 0
    assert "note: controls: no well fits the positive 'drug=taxol', as the project says" in done.out
    controls = pd.read_csv(work / "bare/controls.csv")
    assert controls["negative_wells"].to_list() == [3, 3]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{well}", "{name}", "no image has a well"),
        ("A3]", "A4]", "controls: no well fits the negative 'A4'"),
        ("A3]", "drug=taxol]", "wells are both positive and negative controls: B01, B02, B03"),
        ("    controls: {", "    # {", "no wells are named as controls"),
        ("      wells: run/wells.csv\n      controls: run/controls.csv\n", "", "no effect"),
    ],
)
def test_wells_that_cannot_be_judged_are_refused_before_work(
    old: str, new: str, says: str, work: Path
) -> None:
    over_plate(work)
    text = (work / "plate.yaml").read_text(encoding="utf-8").replace(old, new)
    if new == "{name}":
        text = text.replace("plate_map: map.csv\n", "").replace("drug=taxol", "B1")
    (work / "plate.yaml").write_text(text, encoding="utf-8")
    refused = typed("validate plate.yaml", work)
    assert refused.code == 2
    assert says in refused.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--raw 'new/{a}_1.tif' --prediction-map 'new/{a}_1.h5' --export wells", "no image has a"),
        ("--raw 'new/{well}_1.tif' --prediction-map 'new/{well}_1.h5' --export controls", "named"),
    ],
)
def test_tables_about_wells_that_a_batch_cannot_write_are_refused(
    words: str, says: str, work: Path
) -> None:
    refused = typed(f"batch cells.objclass.h5 {words} --out fresh", work)
    assert refused.code == 2
    assert says in refused.err


def test_a_batch_may_write_the_table_of_wells_alone(work: Path) -> None:
    line = LINE.replace("--export table", "--export wells")
    assert typed(f"{line} --out only", work).code == 0
    names = {path.name for path in (work / "only").iterdir() if path.name != ".batch"}
    assert names == {"summary.csv", "wells.csv", "manifest.json"}


@pytest.mark.parametrize("name", ["status", "quality", "objects"])
def test_a_name_of_images_that_the_summary_would_overwrite_is_refused(
    name: str, work: Path
) -> None:
    line = LINE.replace("{site}", f"{{{name}}}")
    refused = typed(f"{line} --out fresh", work)
    assert refused.code == 2
    assert f"{{{name}}} in a pattern: the summary has such a column; call it some" in refused.err


def test_a_name_of_images_that_begins_like_a_count_is_no_class_in_the_report(work: Path) -> None:
    line = LINE.replace("{site}", "{n_site}")
    assert typed(f"{line} --out fresh", work).code == 0
    assert typed("report fresh -o report.html", work).code == 0
    page = (work / "report.html").read_text(encoding="utf-8")
    counts = page[page.index('id="counts"') :]
    assert "site" not in counts[: counts.index("</section>")]
