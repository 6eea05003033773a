"""``features`` in whole workflows: what is selected is measured, once, in the right unit.

Object 3 is a square of 4 by 4 voxels, object 9 a bar of 2 by 5, object 400 one voxel. In the
channel ``dna`` they hold 10, 20 and 40 on a background of 2; ``gfp`` is the column of a voxel.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from finding import Finding, Found

from objclass.errors import InputError
from objclass.nodes.features.summary import FeatureSummary
from workflows import quick_folder

SHAPE = (14, 26)
SQUARE, BAR, DOT = (slice(2, 6), slice(2, 6)), (slice(2, 4), slice(10, 15)), (slice(9, 10),) * 2
PLACES = {3: SQUARE, 9: BAR, 400: DOT}
IDS = [3, 9, 400]


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as name:
        yield Path(name)


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """The objects (uint16) and the two channels (uint8, cyx)."""
    ids = np.zeros(SHAPE, np.uint16)
    raw = np.full((2, *SHAPE), 2, np.uint8)
    for number, value in zip(IDS, (10, 20, 40), strict=True):
        ids[PLACES[number]] = number
        raw[0][PLACES[number]] = value
    raw[1] = np.arange(SHAPE[1])
    return ids, raw


def features(
    folder: Path, measure: Any = None, image: str | None = "raw", **fields: Any
) -> Finding:
    """A workflow of two channels and three objects; fields with ``_`` first are the raw input's."""
    inputs = {name[1:]: fields.pop(name) for name in [*fields] if name[0] == "_"}
    ids, raw = drawn()
    chosen = {} if measure is None else {"measure": measure}
    shown = {"image": image} if image else {}
    found = {"kind": "features", "objects": "nuclei", **shown, **chosen, **fields}
    names = {"channels": ["dna", "gfp"], **inputs}
    made = Finding(folder, found)
    made.file("raw", raw, "cyx", "raw", **{n: v for n, v in names.items() if v is not None})
    return made.file("nuclei", ids, "yx", "label_image")


class NoImage(Finding):
    """A :class:`Finding` whose node has no image."""

    def job(self, *sets: str, block: Any = None, until: str | None = "found") -> Any:
        self.nodes = {"found": {**self.fields}, **self.nodes}
        file = self.folder / "cells.yaml"
        file.write_text(json.dumps({"version": 1, "nodes": self.nodes}), encoding="utf-8")
        from objclass.run import Request, prepare

        return prepare(file, Request(sets, cache=self.folder / ".whole", until=until))


def columns(found: Found, t: int | None = None) -> dict[str, np.ndarray]:
    """Every column measured in a frame."""
    assert not found.problems
    made: dict[str, np.ndarray] = {}
    for outcome in found.of("found"):
        if outcome.step.t == t:
            assert outcome.known is not None
            table = found.job.store.load(outcome.known.artifact, outcome.step.part.header)
            made |= table.columns
    return made


def units(found: Found) -> dict[str, str]:
    """Unit of every column."""
    return {c.name: c.unit for o in found.of("found") for c in o.step.part.header.columns}


def ran(found: Found) -> set[str]:
    """Parts of the features that ran."""
    return {part for part in found.ran_parts if part.startswith("found.")}


def recipes(found: Found) -> dict[str, Mapping[str, Any]]:
    """Parameters of every part."""
    return {o.step.part.name: o.step.part.parameters for o in found.of("found")}


def refused(finding: Finding) -> str:
    """What is said of a workflow that is refused."""
    with pytest.raises(InputError) as caught:
        finding.job()
    return str(caught.value)


# --- selections -------------------------------------------------------------------------------


def test_size_axes_and_intensity_are_measured_by_default(folder: Path) -> None:
    found = features(folder).run()
    assert list(recipes(found)) == ["size", "axes", "intensity"]
    made = columns(found)
    np.testing.assert_array_equal(made["size_voxels"], [16, 10, 1])
    np.testing.assert_array_equal(made["intensity_mean-dna"], [10, 20, 40])
    np.testing.assert_array_equal(made["intensity_mean-gfp"], [3.5, 12, 9])


CHOSEN: list[tuple[Any, list[str]]] = [
    (["size"], ["size_voxels"]),
    (["size_voxels", "intensity_mean"],
     ["size_voxels", "intensity_mean-dna", "intensity_mean-gfp"]),
    (["intensity_mean-gfp"], ["intensity_mean-gfp"]),
    (["intensity_m[ei]*-dna"], ["intensity_mean-dna", "intensity_min-dna"]),
    (
        ["intensity_m*-dna", "-intensity_min-*", "-intensity_max"],
        ["intensity_mean-dna"],
    ),
    ([{"intensity": ["mean", "total"], "channels": ["gfp"]}],
     ["intensity_mean-gfp", "intensity_total-gfp"]),
    ([{"intensity": ["intensity_mean"], "channels": ["dna"]}], ["intensity_mean-dna"]),
    (["intensity_mean-gfp", "size"], ["size_voxels", "intensity_mean-gfp"]),
]  # fmt: skip


@pytest.mark.parametrize(("measure", "expected"), CHOSEN, ids=str)
def test_a_selection_chooses_columns_in_their_own_order(
    folder: Path, measure: Any, expected: list[str]
) -> None:
    assert list(columns(features(folder, measure).run())) == expected


def test_a_group_chooses_from_every_family(folder: Path) -> None:
    shapes = columns(features(folder, ["group:shape"]).run())
    assert {"size_voxels", "axes_radius_0", "hull_voxels", "neighbors_count"} <= shapes.keys()
    assert not any(name.startswith(("position_center", "intensity", "texture")) for name in shapes)


def test_all_leaves_out_only_what_lacks_its_inputs(folder: Path) -> None:
    everything = recipes(features(folder, ["all"]).run())
    known = "size position axes intensity hull morphology skeleton texture colocalization"
    assert list(everything) == [*known.split(), "spherical_texture", "neighbors"]
    with_parents = recipes(features(folder, ["all"], parents="nuclei").run())
    assert list(with_parents) == [*everything, "parent"]


def test_without_an_image_all_is_what_needs_none(folder: Path) -> None:
    finding = features(folder, ["all"], image=None)
    made = recipes(NoImage(folder, finding.fields, nodes=finding.nodes).run())
    assert list(made) == ["size", "position", "axes", "hull", "morphology", "skeleton", "neighbors"]


def test_removing_alone_starts_from_the_default(folder: Path) -> None:
    made = columns(features(folder, ["-intensity", "-axes_vector", "-axes_orientation"]).run())
    assert list(made) == ["size_voxels", "axes_radius_0", "axes_radius_1"]


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"measure": ["sise"]}, "'sise' chooses nothing of "),
    ({"measure": ["sise"]}, "did you mean size?"),
    ({"measure": ["size", "-size"]}, "nothing is left to measure; remove less"),
    (
        {"measure": [{"intensity": ["mean"], "channels": ["rfp"]}]},
        "intensity is not measured in rfp; expected dna, gfp",
    ),
    (
        {"measure": [{"intensity": ["mean"], "margin": 3}]},
        "intensity has no option 'margin'; it is ilastik's; remove it",
    ),
    (
        {"measure": [{"size": [], "within": 3}]},
        "size has no option 'within'; it is neighbors's; remove it",
    ),
    (
        {"measure": [{"neighbors": [], "within": 3}, {"neighbors": [], "within": 4}]},
        "neighbors is given two values of 'within'; got 4.0; write one, or two nodes",
    ),
    (
        {"measure": [{"neighbors": [], "within": 12}], "_pixel_size": "0.5 um"},
        "'within: 12' has no unit, and the image has a pixel size; "
        "write 'within: 12 um' or 'within: 12 px'",
    ),
    (
        {"measure": [{"neighbors": [], "within": "12 um"}]},
        "the image has no pixel size; got within: 12 um; "
        "give the input a pixel_size, or write the distance in px",
    ),
    ({"measure": ["ilastik"]}, "ilastik's features are chosen by name; write {ilastik: ["),
    ({"measure": [{"ilastik": ["Cout"]}]}, "ilastik has no feature 'Cout' in 2D; did you mean"),
    ({"measure": ["parent"]}, "parent needs parents; add 'parents: cells'"),
    ({"parents": "raw"}, "'raw' is no label image; expected a label image"),
    ({"regions": {"ring": {}}}, "a region is a ring or a compartment"),
    ({"regions": {"ring": {"around": 2, "parent": "nuclei"}}}, "a region is a ring or a compart"),
    ({"regions": {"ring": {"around": 2, "minus": "nuclei"}}}, "a ring has no 'minus'; remove it"),
    ({"regions": {"c": {"parent": "nuclei", "gap": 1}}}, "a compartment has no 'gap'; remove it"),
    ({"regions": {"my-ring": {"around": 2}}}, "'my-ring' cannot begin the names of columns"),
    ({"regions": {"ring": {"around": "2 um"}}}, "the image has no pixel size; got 2 um; give the"),
]


@pytest.mark.parametrize(("fields", "said"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_is_told_before_anything_is_measured(
    folder: Path, fields: dict[str, Any], said: str
) -> None:
    assert said in refused(features(folder, **fields))


def test_an_intensity_without_an_image_is_told(folder: Path) -> None:
    finding = features(folder, ["size", "intensity_mean"], image=None)
    told = refused(NoImage(folder, finding.fields, nodes=finding.nodes))
    assert "intensity is measured in a raw image; add 'image: raw'" in told


# --- one part per family ----------------------------------------------------------------------


def test_adding_a_family_computes_only_that_one(folder: Path) -> None:
    features(folder, ["size", "intensity_mean"]).run()
    more = features(folder, ["size", "intensity_mean", "hull"]).run()
    assert ran(more) == {"found.hull"}


def test_removing_a_family_computes_nothing(folder: Path) -> None:
    features(folder, ["size", "intensity_mean", "hull"]).run()
    assert ran(features(folder, ["intensity_mean"]).run()) == set()


def test_adding_a_region_computes_only_that_region(folder: Path) -> None:
    features(folder, ["size", "intensity_mean"]).run()
    ring = features(folder, ["size", "intensity_mean"], regions={"ring": {"around": 2}}).run()
    assert ran(ring) == {"found.ring_intensity"}


def test_a_channel_that_is_not_measured_does_not_count(folder: Path) -> None:
    finding = features(folder, ["intensity_mean-dna"])
    finding.run()
    raw = drawn()[1]
    raw[1] += 7
    np.save(folder / "raw.npy", raw)
    assert ran(finding.run()) == set()


def test_other_names_of_the_nodes_compute_nothing(folder: Path) -> None:
    regions = {"rim": {"parent": "nuclei", "minus": "nuclei"}}
    features(folder, ["intensity_mean", "parent"], parents="nuclei", regions=regions).run()
    other = features(folder, ["intensity_mean", "parent"], parents="cells", objects="cells")
    other.fields = {**other.fields, "regions": {"rim": {"parent": "cells", "minus": "cells"}}}
    other.nodes["cells"] = other.nodes.pop("nuclei")
    again = other.run()
    assert not again.problems
    assert ran(again) == set()


# --- channels and units -----------------------------------------------------------------------


def test_channels_without_names_are_numbered(folder: Path) -> None:
    made = columns(features(folder, ["intensity_mean"], _channels=None).run())
    assert list(made) == ["intensity_mean-0", "intensity_mean-1"]


def test_a_pixel_size_gives_physical_columns_and_units(folder: Path) -> None:
    size = {"y": "0.5 um", "x": "0.25 um"}
    found = features(folder, ["size", "axes_radius", "neighbors"], _pixel_size=size).run()
    np.testing.assert_array_equal(columns(found)["size_area"], [2, 1.25, 0.125])
    told = units(found)
    assert told["size_voxels"] == "voxel"
    assert told["size_area"] == "um^2"
    assert told["axes_radius_0"] == told["neighbors_edge_distance"] == "um"


def test_the_pixel_size_of_the_objects_comes_first(folder: Path) -> None:
    finding = features(folder, ["size"], _pixel_size="3 um")
    finding.nodes["nuclei"] = {**finding.nodes["nuclei"], "pixel_size": "2 um"}
    job = finding.job()
    assert any("the objects' pixel size 2 x 2 um is used, not the" in note for note in job.notes)
    np.testing.assert_array_equal(columns(finding.run())["size_area"], [64, 40, 4])


def test_only_families_that_use_the_pixel_size_are_measured_again_for_another(
    folder: Path,
) -> None:
    names = ["size", "axes", "intensity", "position", "texture", "neighbors", "parent"]
    features(folder, names, parents="nuclei", _pixel_size="1 um").run()
    again = features(folder, names, parents="nuclei", _pixel_size="2 um").run()
    known = {n: "pixel_size" in p for n, p in recipes(again).items()}
    assert [name for name in known if known[name]] == ["size", "axes", "neighbors"]
    assert ran(again) == {"found.size", "found.axes", "found.neighbors"}


def test_parquet_says_units_definitions_and_channels(folder: Path) -> None:
    finding = features(folder, ["size", "intensity_mean"], _pixel_size="0.5 um")
    finding.node("save", kind="export", **{"from": "found", "write": {"table": "objects.parquet"}})
    found = finding.run(until=None)
    assert not found.problems
    fields = {field.name: field for field in pq.read_schema(folder / "objects.parquet")}
    area = {k.decode(): v.decode() for k, v in fields["size_area"].metadata.items()}
    assert area["unit"] == "um^2"
    assert area["definition"] == "Voxels times the area of a voxel."
    gfp = {k.decode(): v.decode() for k, v in fields["intensity_mean-gfp"].metadata.items()}
    assert (gfp["unit"], gfp["channel"]) == ("intensity", "gfp")


# --- regions ----------------------------------------------------------------------------------


def plain_ring(voxel: tuple[float, float], around: float, gap: float, others: bool) -> list[float]:
    """Mean of dna by distance to every object, the long way."""
    ids, raw = drawn()
    grid = np.stack(np.indices(SHAPE), -1) * voxel
    means = []
    for number in IDS:
        own = grid[ids == number]
        distance = np.sqrt(((grid[:, :, None] - own) ** 2).sum(-1)).min(-1)
        ring = (distance > gap) & (distance <= gap + around) & (ids != number)
        ring &= others | (ids == 0)
        means.append(raw[0][ring].mean())
    return means


RINGS = [
    ({"around": 5}, (1, 1), 5, 0, False),
    ({"around": "5 px", "gap": 1}, (1, 1), 5, 1, False),
    ({"around": 5, "others": True}, (1, 1), 5, 0, True),
    ({"around": "2.5 um"}, (0.5, 0.5), 2.5, 0, False),
    ({"around": "5 px"}, (0.5, 0.5), 2.5, 0, False),
    ({"around": "2500 nm", "gap": "0.5 um", "others": True}, (0.5, 0.5), 2.5, 0.5, True),
    ({"around": "2 um"}, (1, 0.25), 2, 0, False),
]


@pytest.mark.parametrize(("ring", "voxel", "around", "gap", "others"), RINGS)
def test_a_ring_is_measured_by_distance(
    folder: Path,
    ring: dict[str, Any],
    voxel: tuple[float, float],
    around: float,
    gap: float,
    others: bool,
) -> None:
    physical = "um" in str(ring) or voxel != (1, 1)
    size = {"y": f"{voxel[0]} um", "x": f"{voxel[1]} um"} if physical else None
    finding = features(folder, ["intensity_mean-dna"], regions={"ring": ring}, _pixel_size=size)
    made = columns(finding.run())
    assert list(made) == ["intensity_mean-dna", "ring_intensity_mean-dna"]
    expected = plain_ring(voxel, around, gap, others)
    np.testing.assert_allclose(made["ring_intensity_mean-dna"], expected, rtol=1e-14)


def test_a_region_can_be_measured_alone_or_left_out(folder: Path) -> None:
    regions = {"ring": {"around": 2}, "wide": {"around": 4}}
    alone = columns(features(folder, ["ring_intensity_mean-dna"], regions=regions).run())
    assert list(alone) == ["ring_intensity_mean-dna"]
    without = ["intensity_mean-dna", "-wide_intensity_mean"]
    made = columns(features(folder, without, regions=regions).run())
    assert list(made) == ["intensity_mean-dna", "ring_intensity_mean-dna"]


def cells(folder: Path, measure: Any, **fields: Any) -> Finding:
    """Cell 70 holds the square, cell 5 four of the bar's ten voxels, and nobody the dot."""
    image = np.zeros(SHAPE, np.uint32)
    image[1:8, 1:8] = 70
    image[1:6, 13:20] = 5
    finding = features(folder, measure, **fields)
    return finding.file("cells", image, "yx", "label_image")


def test_under_half_inside_is_no_parent(folder: Path) -> None:
    made = columns(cells(folder, ["parent"], parents="cells").run())
    np.testing.assert_array_equal(made["parent_id"], [70, 0, 0])
    np.testing.assert_allclose(made["parent_share"], [1, 0.4, 0])
    np.testing.assert_array_equal(made["parent_children"], [1, np.nan, np.nan])


def test_a_compartment_is_the_parent_without_what_is_left_out(folder: Path) -> None:
    regions = {"cytoplasm": {"parent": "cells", "minus": "nuclei"}, "cell": {"parent": "cells"}}
    found = cells(folder, ["intensity_total-dna"], regions=regions).run()
    made = columns(found)
    outside = (7 * 7 - 16) * 2.0
    total = made["cytoplasm_intensity_total-dna"]
    np.testing.assert_array_equal(total[:1], [outside])
    np.testing.assert_array_equal(made["cell_intensity_total-dna"][:1], [outside + 160])
    assert not np.any(total[1:] > 0)


def test_a_compartment_without_a_parent_is_missing_and_counted(folder: Path) -> None:
    regions = {"cytoplasm": {"parent": "cells", "minus": "nuclei"}}
    found = cells(folder, ["intensity_mean-dna"], regions=regions).run()
    assert np.isnan(columns(found)["cytoplasm_intensity_mean-dna"]).tolist() == [False, True, True]
    (outcome,) = found.of("found.cytoplasm_intensity")
    assert outcome.known is not None
    assert outcome.told(FeatureSummary).missing == {"cytoplasm_intensity_mean-dna": 2}


def test_another_size_of_the_label_image_of_parents_is_refused(folder: Path) -> None:
    finding = features(folder, ["parent"], parents="cells")
    finding.file("cells", np.zeros((5, 5), np.uint8), "yx", "label_image")
    assert "'cells' has another shape or crop than the objects" in refused(finding)


def test_parents_that_nothing_uses_are_told(folder: Path) -> None:
    job = cells(folder, ["size"], parents="cells").job()
    assert any("parents is read by the family parent: add it to measure" in n for n in job.notes)


def test_job_9_runs_as_it_is_written(folder: Path) -> None:
    finding = cells(
        folder,
        ["size", "axes", "intensity_mean", "parent"],
        parents="cells",
        regions={
            "ring": {"around": "3 um", "gap": "0.5 um"},
            "cytoplasm": {"parent": "cells", "minus": "nuclei"},
        },
        _pixel_size="0.5 um",
    )
    made = columns(finding.run())
    assert list(made)[:2] == ["size_voxels", "size_area"]
    for region in ("", "ring_", "cytoplasm_"):
        assert {f"{region}intensity_mean-dna", f"{region}intensity_mean-gfp"} <= made.keys()
    ring = plain_ring((0.5, 0.5), 3, 0.5, False)
    np.testing.assert_allclose(made["ring_intensity_mean-dna"], ring, rtol=1e-14)
    np.testing.assert_array_equal(made["cytoplasm_intensity_mean-dna"], [2, np.nan, np.nan])
    np.testing.assert_array_equal(made["parent_id"], [70, 0, 0])


# --- neighbours, ilastik, missing values --------------------------------------------------------


def test_within_says_how_far_neighbours_are_counted(folder: Path) -> None:
    """Square and bar are 5 voxels apart, square and dot (4, 4), bar and dot (6, 1)."""
    for within, expected in ((4.9, [0, 0, 0]), (5, [1, 1, 0]), (5.7, [2, 1, 1]), (6.1, [2, 2, 2])):
        measure = [{"neighbors": ["count", "edge_distance"], "within": within}]
        made = columns(features(folder, measure).run())
        np.testing.assert_array_equal(made["neighbors_count"], expected)
        np.testing.assert_allclose(made["neighbors_edge_distance"], [5, 5, math.sqrt(32)])


def test_within_is_the_same_distance_whatever_the_unit_of_the_image(folder: Path) -> None:
    """Voxels of 2 um, so that 5 voxels are 10 um."""
    for unit, size in (("um", "2 um"), ("nm", "2000 nm")):
        for within, expected in (("9.9 um", 0), ("10 um", 1), ("10000 nm", 1), ("5 px", 1)):
            measure = [{"neighbors": ["count"], "within": within}]
            found = features(folder, measure, _pixel_size=size).run()
            assert columns(found)["neighbors_count"][0] == expected, (unit, within)
        default = columns(features(folder, ["neighbors"], _pixel_size=size).run())
        np.testing.assert_array_equal(default["neighbors_count"], [1, 1, 0])


def test_ilastiks_features_have_its_names_and_its_margin(folder: Path) -> None:
    names = ["Count", "Mean in neighborhood"]
    made = columns(features(folder, [{"ilastik": names, "margin": {"x": 3, "y": 3}}]).run())
    near = [f"ilastik_Mean in neighborhood_{k}" for k in range(2)]
    assert list(made) == ["ilastik_Count", *near]
    np.testing.assert_array_equal(made["ilastik_Count"], [16, 10, 1])
    assert made["ilastik_Count"].dtype == np.float32


def test_missing_values_are_counted_in_the_summary(folder: Path) -> None:
    """One voxel and constant objects have no skewness; the bar alone has an orientation."""
    found = features(folder, ["axes_orientation", "intensity_skewness"]).run()
    told = {o.step.part.name: o.told(FeatureSummary) for o in found.of("found")}
    assert told["axes"].missing == {"axes_orientation": 2}
    assert told["intensity"].missing["intensity_skewness-dna"] == 3
    made = columns(found)
    assert made["axes_orientation"][1] == pytest.approx(0)
    assert np.isnan(made["intensity_skewness-dna"]).all()


def test_no_objects_are_measured_as_none(folder: Path) -> None:
    finding = cells(folder, ["all"], parents="cells", regions={"ring": {"around": 2}})
    np.save(folder / "nuclei.npy", np.zeros(SHAPE, np.uint16))
    made = columns(finding.run())
    assert len(made) > 200
    assert all(values.shape == (0,) for values in made.values())


# --- blocks, frames, volumes --------------------------------------------------------------------


EVERYTHING = ["all", {"ilastik": ["Count", "Mean", "RegionAxes", "Mean in neighborhood"]}]


def blocked(finding: Finding, block: int) -> Found:
    """The same features below a ``blockwise`` node, with a cache of its own."""
    finding.node(
        "classes", kind="classifier", features="found", annotations="none.csv", use=["all"]
    )
    finding.node("predicted", kind="blockwise", features="found", classifier="classes", block=block)
    from objclass.run import Request, prepare

    file = finding.folder / "blocks.yaml"
    nodes = {**finding.nodes, "found": {"image": "raw", **finding.fields}}
    file.write_text(json.dumps({"version": 1, "nodes": nodes}), encoding="utf-8")
    job = prepare(file, Request(cache=finding.folder / f".blocks{block}"))
    return Found(job, job.run())


def digests(found: Found) -> dict[str, str]:
    return {k: d for k, d in found.digests.items() if k.startswith("found.")}


@pytest.mark.parametrize("dimensions", [2, 3])
def test_blocks_give_the_same_digests_for_every_family_and_region(
    folder: Path, dimensions: int
) -> None:
    regions = {
        "ring": {"around": "4 px", "gap": "1 px"},
        "cytoplasm": {"parent": "cells", "minus": "nuclei"},
    }
    finding = scattered(folder, dimensions, regions=regions)
    whole = digests(finding.run())
    assert len(whole) == 13 + 4
    small = digests(blocked(finding, 6))
    assert {k for k in whole if whole[k] != small[k]} == set()


def test_blocks_agree_about_what_ilastik_finds_in_the_whole_image(folder: Path) -> None:
    names = ["Global<Minimum>", "Global<Maximum>", "Histogram", "Quantiles"]
    finding = scattered(folder, 2, measure=[{"ilastik": names}])
    np.save(folder / "raw.npy", np.load(folder / "raw.npy")[:1])
    finding.nodes["raw"] = {**finding.nodes["raw"], "channels": ["dna"]}
    assert digests(finding.run()) == digests(blocked(finding, 6))


def scattered(folder: Path, dimensions: int, **fields: Any) -> Finding:
    """Many touching objects in cells, in two channels of 16 bits."""
    shape = (31, 37) if dimensions == 2 else (9, 15, 17)
    rng = np.random.default_rng(dimensions)
    axes = "zyx"[-dimensions:]
    grid = np.indices(shape)
    ids, parents = np.zeros(shape, np.uint32), np.zeros(shape, np.uint32)
    for number in range(1, 15):
        place = rng.uniform(0, shape).reshape(-1, *(1,) * dimensions)
        far = np.sqrt(((grid - place) ** 2).sum(0))
        parents[far <= 5] = number
        ids[far <= rng.uniform(0.5, 3.2)] = 7 * number
    raw = rng.integers(0, 4000, (2, *shape)).astype(np.uint16)
    found = {"kind": "features", "objects": "nuclei", "parents": "cells", "measure": EVERYTHING}
    finding = Finding(folder, {**found, **fields})
    sizes = {"z": "2 um", "y": "0.5 um", "x": "0.5 um"}
    size = {axis: sizes[axis] for axis in axes}
    said = {"channels": ["dna", "gfp"], "pixel_size": size, "value_range": [0, 4095]}
    finding.file("raw", raw, f"c{axes}", "raw", **said)
    finding.file("nuclei", ids, axes, "label_image")
    return finding.file("cells", parents, axes, "label_image")


def test_a_volume_is_measured_in_volumes(folder: Path) -> None:
    found = scattered(folder, 3).run()
    made = columns(found)
    np.testing.assert_array_equal(made["size_volume"], made["size_voxels"] * 0.5)
    assert units(found)["size_volume"] == "um^3"
    assert "axes_radius_2" in made
    assert "morphology_surface_area" in made


def test_every_frame_is_measured_by_itself(folder: Path) -> None:
    ids, raw = drawn()
    later = np.roll(ids, 3, axis=1)
    later[later == 9] = 0
    measure = {"kind": "features", "objects": "nuclei", "measure": ["size", "position_min"]}
    finding = Finding(folder, measure)
    finding.file("raw", np.stack([raw[0]] * 2), "tyx", "raw")
    finding.file("nuclei", np.stack([ids, later]), "tyx", "label_image")
    found = finding.run()
    np.testing.assert_array_equal(columns(found, 0)["size_voxels"], [16, 10, 1])
    np.testing.assert_array_equal(columns(found, 1)["size_voxels"], [16, 1])
    np.testing.assert_array_equal(columns(found, 1)["position_min_x"], [5, 12])
    np.save(folder / "nuclei.npy", np.stack([ids, np.roll(later, 1, axis=1)]))
    again = finding.run()
    assert {o.step.t for o in again.of("found") if o.status == "ran"} == {1}


def test_a_crop_measures_places_in_the_whole_image(folder: Path) -> None:
    crop = {"y": [1, 12], "x": [1, 24]}
    finding = features(folder, ["position_min"], _crop=crop)
    finding.nodes["nuclei"] = {**finding.nodes["nuclei"], "crop": crop}
    made = columns(finding.run())
    np.testing.assert_array_equal(made["position_min_x"], [2, 10, 9])
    assert not math.isnan(made["position_min_y"][0])
