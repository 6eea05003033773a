"""The table over plates: each plate by itself, failed wells in no prior, named controls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from objclass.wells.control_wells import ControlWells, control_problems
from objclass.wells.enrichment import score_enrichment
from objclass.wells.well_table import PlateTable, plate_table

WELLS = ["A01", "A02", "A03", "B01", "B02", "B03"]
MITOTIC = [10, 12, 11, 80, 82, None]


def counted(plates: tuple[str, ...] = ("P1",)) -> dict[str, list[Any]]:
    """Wells of plates with 100 objects each; the last well of each failed."""
    n = MITOTIC * len(plates)
    return {
        "plate": [plate for plate in plates for _ in WELLS],
        "well": WELLS * len(plates),
        "drug": ["DMSO"] * 3 + ["taxol"] * 3 if len(plates) == 1 else ["x"] * len(n),
        "images": [0 if each is None else 2 for each in n],
        "objects": [None if each is None else 100 for each in n],
        "n_mitotic": n,
        "n_other": [None if each is None else 100 - each for each in n],
        "pct_mitotic": n,
        "pct_other": [None if each is None else 100 - each for each in n],
    }


FACTS = ("plate", "well", "drug")


def table(positive: str = "", negative: str = "", **more: Any) -> PlateTable:
    said = [(each,) if each else () for each in (positive, negative)]
    return plate_table(counted(**more), FACTS, ControlWells(*said))


def test_each_plate_is_scored_by_itself_without_the_wells_that_failed() -> None:
    found = table(plates=("P1", "P2")).wells
    alone = score_enrichment(np.array([[n, 100 - n] for n in MITOTIC if n is not None]))
    assert found["enrichment_mitotic"][:5] == pytest.approx(alone[:, 0], abs=1e-4)
    assert found["enrichment_mitotic"][6:11] == found["enrichment_mitotic"][:5]
    assert found["enrichment_mitotic"][5] is found["enrichment_other"][11] is None
    assert (found["row"][:4], found["column"][:4]) == (["A", "A", "A", "B"], [1, 2, 3, 1])


def test_a_plate_that_is_told_again_is_not_scored_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = table(plates=("P1", "P2"))
    monkeypatch.delattr("objclass.wells.well_table.score_enrichment")
    assert table(plates=("P1", "P2")) == first


def test_controls_are_named_by_wells_or_by_what_the_plate_map_says() -> None:
    by_wells, by_drug = table("B1,B02,b3", "A1,A2,A3"), table("drug=tax*", "drug=DMSO")
    assert by_wells.wells["control"] == ["negative"] * 3 + ["positive"] * 3
    assert by_wells == by_drug
    mitotic = by_wells.controls[0]
    assert (mitotic.positive, mitotic.negative) == (2, 3)
    assert (mitotic.positive_median, mitotic.negative_median) == (81, 11)
    assert mitotic.z_prime == pytest.approx(1 - 3 * 1.4826 * 2 / 70, abs=1e-5)
    assert mitotic.ssmd == pytest.approx(70 / (1.4826 * np.sqrt(2)), abs=1e-3)
    assert mitotic.note == (
        "1 of 3 positive controls have no objects or failed; 2 positive controls: fewer than 3"
    )


def test_controls_that_cannot_be_read_are_said() -> None:
    (first, _) = table("B03", "A01").controls
    assert (first.z_prime, first.ssmd) == (None, None)
    assert first.note == (
        "1 of 1 positive controls have no objects or failed; no positive control can be read; "
        "1 negative control: fewer than 3"
    )


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (ControlWells(("H12",)), "controls: no well fits the positive 'H12'; expected A01, B03"),
        (
            ControlWells(("drug=DMS",)),
            "controls: no well fits the positive 'drug=DMS'; expected DMSO, taxol; "
            "did you mean DMSO?",
        ),
        (
            ControlWells(("durg=DMSO",)),
            "controls: no well fits the positive 'durg=DMSO'; expected well, drug",
        ),
        (
            ControlWells(("A01",), ("drug=DMSO",)),
            "wells are both positive and negative controls: A01; name each once",
        ),
    ],
)
def test_controls_that_are_no_wells_are_refused(said: ControlWells, says: str) -> None:
    wells = [{"well": "A01", "drug": "DMSO"}, {"well": "B03", "drug": "taxol"}]
    assert [str(problem) for problem in control_problems(said, wells)] == [says]
