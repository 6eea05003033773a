"""How many are there really: an audit is drawn, classed blind, and corrects the counts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from commands import objclass

import workflows
from workflows import CENTERS, CLASSES, Bench

NAMES = ("a", "b", "c", "d", "e")
AUDIT = "cells.audit.csv"


def bench(folder: Path, *lines: str) -> Bench:
    """Five images of twelve discs; the export counts, and names an audit."""
    made = workflows.several(folder, NAMES)
    start = made.text.index("  out:")
    text = "  out:\n    kind: export\n    from: predicted\n    write: {counts: counts.csv}\n"
    made.text = made.text[:start] + text + "".join(f"    {line}\n" for line in lines)
    return made.edit()


def truth(row: dict[str, str], *, wrong: int = 0) -> str:
    """What a person calls an object who looks at it; `wrong` discs are not what they seem."""
    voxel = np.array([int(row["y"]), int(row["x"])])
    k = int(((np.array(CENTERS) - voxel) ** 2).sum(1).argmin())
    return "small" if k < wrong else CLASSES[k]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(path: Path, rows: int | None = None, *, wrong: int = 0) -> None:
    """Class the first rows, all by default, as a person does."""
    said = table(path)
    for row in said[:rows]:
        row["class"] = truth(row, wrong=wrong)
    write(path, said)


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def counts(made: Bench) -> list[dict[str, str]]:
    return table(made.folder / "counts.csv")


def test_an_export_without_counts_is_told_to_write_them(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.edit(("counts: counts.csv", "table: objects.csv"))
    answer = objclass("audit", made.file, "-n", 10)
    assert answer.lines[3:5] == [
        f"        write 'audit: {AUDIT}' into the export 'out'",
        f"        and 'counts: {AUDIT.partition('.')[0]}_results/counts.csv' below its 'write:'",
    ]


def test_an_audit_is_drawn_from_all_that_was_not_annotated_and_is_blind(tmp_path: Path) -> None:
    made = bench(tmp_path)
    answer = objclass("audit", made.file, "-n", 40)
    assert answer.code == 0, answer.err
    assert "40 of 52 objects, drawn at random" in answer.out
    assert f"write 'audit: {AUDIT}' into the export 'out'" in answer.out
    assert "counts: " not in answer.out
    rows = table(tmp_path / AUDIT)
    assert len({(row["image"], row["stamp"]) for row in rows}) == 40
    assert {row["audit"] for row in rows} == {"simple"}
    assert {row["stratum_objects"] for row in rows} == {"52"}
    assert {row["class"] for row in rows} == {""}
    text = (tmp_path / AUDIT).read_text(encoding="utf-8")
    assert not any(name in text for name in ("large", "small"))
    assert [row["image"] for row in rows] != sorted(row["image"] for row in rows)
    annotated = {tuple(map(int, (y, x))) for _, y, x, *_ in workflows.rows()}
    assert not {(int(r["y"]), int(r["x"])) for r in rows if r["image"] == "a"} & annotated
    assert (tmp_path / "cells.audit_numbers.png").stat().st_size > 1000


def test_what_a_person_filled_in_is_never_overwritten(tmp_path: Path) -> None:
    made = bench(tmp_path)
    objclass("audit", made.file, "-n", 10)
    fill(tmp_path / AUDIT)
    before = (tmp_path / AUDIT).read_bytes()
    answer = objclass("audit", made.file, "-n", 10)
    assert answer.code == 2
    assert "exists already; nothing was written" in answer.err
    assert (tmp_path / AUDIT).read_bytes() == before


def test_an_audit_corrects_counts_and_re_runs_nothing_else(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}")
    plain = objclass("run", made.file)
    assert f"there is no {AUDIT} yet: draw an audit with objclass audit" in plain.out
    assert "counts of predictions, not corrected" in plain.out
    assert "audit:" not in objclass("audit", made.file, "-n", 40).out
    fill(tmp_path / AUDIT, wrong=1)
    ran = made.run()
    assert ran.ran_parts == {"out.counts"}
    for row in counts(made):
        sums = [float(row["share_large"]), float(row["share_small"])]
        assert sum(sums) == pytest.approx(100, abs=0.02)
        assert float(row["low_large"]) <= sums[0] <= float(row["high_large"])
        assert row["method"].startswith("pooled audit, assuming")
    (told,) = [t for o in ran.of("out.counts") if o.known and (t := o.known.summary)]
    share, low, high = told.facts["shares"]["large"]
    really = (8 * 0 + 5 * 6 - 4) / 60  # in four of five images the first large disc is small
    assert low <= really <= high
    assert share < 0.5
    assert told.facts["audited"] == 40


def test_no_export_writes_over_the_audit(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}")
    objclass("audit", made.file, "-n", 40)
    made.edit(("counts: counts.csv", f"counts: {AUDIT}"))
    answer = objclass("run", made.file)
    assert answer.code == 2
    assert "would overwrite the audit of 'out'" in answer.err


def test_rows_of_an_audit_train_nothing_until_it_is_spent(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}")
    objclass("audit", made.file, "-n", 20)
    fill(tmp_path / AUDIT)
    training = made.file.read_text().replace(
        "annotations: annotations.csv", f"annotations: {AUDIT}"
    )
    other = tmp_path / "other.yaml"
    other.write_text(training.replace(f"    audit: {AUDIT}\n", ""))
    refused = objclass("run", other)
    assert refused.code == 2
    assert f"{AUDIT}:2: 20 rows are of an audit" in refused.err
    assert f"objclass audit --spend {AUDIT}" in refused.err
    before = (tmp_path / AUDIT).read_text()
    assert objclass("audit", "--spend", tmp_path / AUDIT).code == 0
    assert (tmp_path / AUDIT).read_text() == before.replace(",simple,", ",spent,")
    assert objclass("run", other).code == 0
    spent = objclass("run", made.file)
    assert spent.code == 2
    assert f"{AUDIT}:2: node 'out': the audit is spent" in spent.err


def test_an_audit_half_filled_in_goes_on_and_says_so(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}")
    objclass("audit", made.file, "-n", 40)
    fill(tmp_path / AUDIT, 31)
    answer = objclass("run", made.file)
    assert f"{AUDIT}: 9 rows have no class yet; the first ones are used" in answer.out
    assert "by 31 audited" in answer.out
    rows = table(tmp_path / AUDIT)
    rows[3]["class"] = rows[5]["class"] = ""
    write(tmp_path / AUDIT, rows)
    gap = objclass("run", made.file).out
    assert f"{AUDIT}:5: 2 rows are empty between filled ones" in gap
    assert "only 29 audited objects, so intervals are wide; class more rows" in gap


def test_a_stratified_audit_needs_two_of_every_stratum(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}", "counts_by: [image]")
    objclass("audit", made.file, "-n", 40, "--stratify", "class")
    rows = table(tmp_path / AUDIT)
    assert {row["audit"] for row in rows} == {"stratified"}
    assert len({row["stratum"] for row in rows}) == 10
    fill(tmp_path / AUDIT, 3)
    thin = objclass("run", made.file).out
    assert "strata have fewer than 2 classed rows; class more rows" in thin
    assert all(row["share_large"] in ("", "nan") for row in counts(made))
    fill(tmp_path / AUDIT)
    assert "not corrected" not in objclass("run", made.file).out
    found = counts(made)
    assert float(found[0]["share_large"]) == pytest.approx(50, abs=10)
    assert "by 40 audited" in objclass("run", made.file).out


def test_an_audit_of_other_objects_or_images_corrects_nothing(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}")
    objclass("audit", made.file, "-n", 40)
    fill(tmp_path / AUDIT)
    moved = objclass("run", made.file, "--set", "nuclei.threshold=0.4")
    assert "counts are predictions, not corrected: the audit is of other objects" in moved.out
    assert {row["audited"] for row in counts(made)} == {"0"}
    assert counts(made)[0]["method"].startswith("predictions, not corrected: the audit is of")
    workflows.write_image(tmp_path, "f")
    more = objclass("run", made.file)
    assert "the audit is of other objects or images" in more.out
    for kind in ("raw", "prob"):
        (tmp_path / kind / ("f.tif" if kind == "raw" else "f.h5")).unlink()
    raw = workflows.discs(49)[0]
    workflows.write_raw(tmp_path / "raw/b.tif", raw)
    answer = objclass("run", made.file)
    assert answer.code == 2
    assert "the audit was drawn from another image than 'b' of now" in answer.err


def test_strange_double_and_trained_rows_are_named_and_left_out(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}")
    objclass("audit", made.file, "-n", 50)
    fill(tmp_path / AUDIT)
    rows = table(tmp_path / AUDIT)
    rows[0]["class"] = "smal"
    rows[1]["class"] = "debris"
    rows += [rows[2]]
    write(tmp_path / AUDIT, rows)
    k = int(((np.array(CENTERS) - [int(rows[4]["y"]), int(rows[4]["x"])]) ** 2).sum(1).argmin())
    said = [*workflows.rows(workflows.ANNOTATED, "a"), *workflows.rows([k], rows[4]["image"])]
    made.annotate(said, "class,y,x,image")
    out = objclass("run", made.file).out
    assert f"{AUDIT}:6: 1 row is about objects that the classifier was trained on" in out
    assert f"{AUDIT}:52: 1 row is about objects that have a row already" in out
    assert f"{AUDIT}:2: 2 rows are of classes that the classifier does not know" in out
    assert "(smal, debris); 'smal' may be 'small': mend the rows" in out
    assert "by 49 audited" in out


def test_what_is_no_audit_is_refused(tmp_path: Path) -> None:
    made = bench(tmp_path, "audit: annotations.csv")
    answer = objclass("run", made.file)
    assert answer.code == 2
    assert "this is no audit: column stamp" in answer.err


def test_an_unclassified_object_has_a_class_in_the_audit(tmp_path: Path) -> None:
    made = bench(tmp_path, f"audit: {AUDIT}")
    made.edit(("    classifier: classes\n", "    classifier: classes\n    min_probability: 0.99\n"))
    objclass("audit", made.file, "-n", 40)
    fill(tmp_path / AUDIT)
    assert objclass("run", made.file).code == 0
    (first, *_) = counts(made)
    assert float(first["share_large"]) + float(first["share_small"]) == pytest.approx(100, abs=0.1)
    assert "share_unclassified" not in first


def test_a_batch_has_an_audit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench(tmp_path)
    made.run()
    monkeypatch.chdir(tmp_path)
    words = ("--raw", "raw/{name}.tif", "--prediction-map", "prob/{name}.h5", "--out", "run7")
    assert objclass("batch", "cells.objclass.h5", *words).code == 0
    drawn = objclass("audit", "run7", "-n", 45)
    assert drawn.code == 0, drawn.err
    assert "45 of 60 objects, drawn at random" in drawn.out
    assert "objclass audit run7" in drawn.out
    assert (tmp_path / "run7/audit_numbers.png").is_file()
    empty = objclass("audit", "run7")
    assert "no row of the audit has a class yet" in empty.out
    fill(tmp_path / "run7/audit.csv", wrong=1)
    told = objclass("audit", "run7")
    assert "simple audit (PPI++); 45 audited" in told.out
    rows = table(tmp_path / "run7/counts_audited.csv")
    assert [row["image"] for row in rows] == list(NAMES)
    assert all(float(row["low_large"]) <= 100 * 5 / 12 <= float(row["high_large"]) for row in rows)
    workflows.write_raw(tmp_path / "raw/b.tif", workflows.discs(49)[0])
    changed = objclass("audit", "run7")
    assert changed.code == 2
    assert "images 'b' changed or lack since the audit was drawn" in changed.err


def test_two_projects_are_compared_on_one_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(tmp_path)
    made.run()
    monkeypatch.chdir(tmp_path)
    Path("cells.objclass.h5").rename("first.objclass.h5")
    turned = [(name, y, x, "a") for name, (y, x) in zip(CLASSES[1:], CENTERS[:8], strict=False)]
    made.annotate(turned, "class,y,x,image").run()
    objclass("audit", made.file, "-n", 40)
    fill(tmp_path / AUDIT)
    words = ("--raw", "raw/{name}.tif", "--prediction-map", "prob/{name}.h5", "--truth", AUDIT)
    answer = objclass("evaluate", "first.objclass.h5", "cells.objclass.h5", *words)
    assert answer.code == 0, answer.err
    (line,) = [each for each in answer.lines if "on the audit (40 objects)" in each]
    difference = float(line.split("less the first ")[1].split(" ")[0])
    assert difference < -0.3
    assert [each.split(":")[0] for each in answer.lines if "points, difference" in each] == [
        "  share of large",
        "  share of small",
    ]


def test_an_option_that_nothing_would_look_at_is_refused(tmp_path: Path) -> None:
    made = bench(tmp_path)
    assert objclass("audit", made.file, "-n", 6).code == 0
    idle = objclass("audit", "--spend", tmp_path / AUDIT, "--seed", 3, "-o", tmp_path / "o.csv")
    assert idle.code == 2
    assert "--seed has no effect with --spend; leave it out" in idle.err
    assert "--output has no effect with --spend; leave it out" in idle.err
    assert objclass("audit", "--spend", tmp_path / AUDIT).code == 0


def test_a_batch_that_has_its_audit_takes_no_other_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "audit.csv").write_text("image,class\n")
    asked = objclass("audit", "out", "--node", "classes")
    assert asked.code == 2
    assert "--node has no effect on the folder of a batch" in asked.err


UNCOUNTED = "    classes: {large: {}, small: {count: false}}\n"


def test_where_a_class_is_not_counted_shares_of_the_others_have_intervals_of_their_own(
    tmp_path: Path,
) -> None:
    line = "    annotations: annotations.csv\n"
    made = bench(tmp_path, f"audit: {AUDIT}").edit((line, line + UNCOUNTED))
    assert objclass("audit", made.file, "-n", 40).code == 0
    fill(tmp_path / AUDIT)
    assert objclass("run", made.file).code == 0
    for row in counts(made):
        assert float(row["share_of_counted_large"]) == pytest.approx(100, abs=0.5)
        assert float(row["low_of_counted_large"]) < 100
        assert float(row["share_large"]) < 60
        assert "share_of_counted_small" not in row


def test_a_batch_has_the_shares_of_what_is_counted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "    annotations: annotations.csv\n"
    bench(tmp_path).edit((line, line + UNCOUNTED)).run()
    monkeypatch.chdir(tmp_path)
    words = ("--raw", "raw/{name}.tif", "--prediction-map", "prob/{name}.h5", "--out", "run7")
    assert objclass("batch", "cells.objclass.h5", *words).code == 0
    assert objclass("audit", "run7", "-n", 45).code == 0
    fill(tmp_path / "run7/audit.csv")
    assert objclass("audit", "run7").code == 0
    (first, *_) = table(tmp_path / "run7/counts_audited.csv")
    assert float(first["share_of_counted_large"]) == pytest.approx(100, abs=0.5)
    assert "also those not counted" in first["method"]
