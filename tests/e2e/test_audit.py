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


def test_an_audit_is_drawn_from_all_that_was_not_annotated_and_is_blind(tmp_path: Path) -> None:
    made = bench(tmp_path)
    answer = objclass("audit", made.file, "-n", 40)
    assert answer.code == 0, answer.err
    assert "40 of 52 objects, drawn at random" in answer.out
    assert f"write 'audit: {AUDIT}' into the export 'out'" in answer.out
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
