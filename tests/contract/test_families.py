"""Every built-in family keeps the contract, on objects, in regions and about neighbours."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from objclass.measure.families import BUILT_IN, TABLES, family, table_family
from objclass.measure.family import Family, Setting
from objclass.measure.frame import Frame, OtherLabels
from objclass.measure.ilastik_names import PLUGINS
from objclass.measure.regions import Compartment, Ring, in_region
from objclass.nodes.families import DEFAULT
from objclass.testing import Scene, check_family, index_of, scene, settings

REGIONAL = [name for name in BUILT_IN if family(name).regional]
BLOCKS = (5, 9, 16)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_family_keeps_the_contract(name: str) -> None:
    check_family(family(name))


NEAR = ["Count", "Mean in neighborhood", "Sum in neighborhood", "Mean"]
PLACES = ["Coord<Minimum>", "RegionCenter", "RegionRadii", "Variance", "Skewness"]


@pytest.mark.parametrize("margin", [{"x": 3, "y": 2, "z": 1}, {"x": 0, "y": 0, "z": 0}, 4])
def test_ilastiks_neighbourhood_keeps_the_contract(margin: object) -> None:
    """ilastik rounds coordinates of the whole image, so its values depend on the place."""
    check_family(family("ilastik"), {"features": NEAR, "margin": margin}, moves=False)


def test_ilastiks_standard_features_keep_the_contract() -> None:
    check_family(family("ilastik"), {"features": PLACES}, moves=False)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_feature_of_ilastik_is_measured_on_drawn_objects(plugin: str) -> None:
    from objclass.measure.batches import measure_frame

    for dimensions in (2, 3):
        if plugin.startswith(("2D", "3D")) and plugin[0] != str(dimensions):
            continue
        for name, feature in PLUGINS[plugin].items():
            if dimensions not in feature.dimensions:
                continue
            count = 3 if feature.channels == "several" else 1
            setting = Setting(
                dimensions, ("dna", "gfp", "2")[:count], ("uint8", "uint16", "float32")[:count],
                ((0.0, 255.0), (0.0, 4095.0), None)[:count],
                options={"features": {plugin: [name]}},
            )  # fmt: skip
            made = family("ilastik")
            frame = scene(dimensions).frame(setting.channels)
            whole = measure_frame([(made, setting)], frame)
            assert list(whole) == [c.name for c in made.columns(setting)]
            small = measure_frame([(made, setting)], frame, (9,) * dimensions)
            for column, values in whole.items():
                assert values.dtype == np.float32, column
                np.testing.assert_array_equal(values, small[column], err_msg=column)


# --- regions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REGIONAL)
@pytest.mark.parametrize("ring", [Ring("ring", 2.0), Ring("ring", 1.5, 0.5, others=True)])
def test_a_family_in_a_ring_keeps_the_contract(name: str, ring: Ring) -> None:
    check_family(in_region(family(name), ring))


@pytest.mark.parametrize("name", REGIONAL)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_family_in_a_compartment_does_not_depend_on_blocks(name: str, dimensions: int) -> None:
    from objclass.measure.batches import measure_frame

    made = in_region(family(name), Compartment("rim", "parent", "minus"))
    for setting in settings(made):
        if setting.dimensions == dimensions:
            frame = in_cells(scene(dimensions), setting)
            whole = measure_frame([(made, setting)], frame)
            assert list(whole) == [c.name for c in made.columns(setting)]
            for block in BLOCKS:
                small = measure_frame([(made, setting)], frame, (block,) * dimensions)
                for column, values in whole.items():
                    np.testing.assert_array_equal(values, small[column], err_msg=column)


def in_cells(drawn: Scene, setting: Setting) -> Frame:
    """The scene with wider objects around some of its objects."""
    wide = drawn.labels.copy()
    for axis in range(drawn.labels.ndim):
        for step in (1, -1):
            wide = np.where(wide == 0, np.roll(drawn.labels, step, axis), wide)
    wide[wide == 5] = 0
    wide = np.where(wide > 0, wide + np.uint64(1000), wide)
    layers = {
        name: OtherLabels(lambda region, ids=ids: ids[region.slices], index_of(ids))
        for name, ids in (("parent", wide), ("minus", drawn.labels), ("parents", wide))
    }
    return replace(drawn.frame(setting.channels), layers=layers)


# --- objects among others -----------------------------------------------------------------------


def tables(name: str, dimensions: int) -> Iterator[tuple[Setting, Mapping[str, np.ndarray]]]:
    """Yield settings of a table family and what it measures on the scene."""
    found = table_family(name)
    for spacing in (None, (2.0, 0.5, 0.25)[-dimensions:]):
        setting = Setting(dimensions, spacing=spacing, unit="um" if spacing else None)
        yield setting, found.measure(in_cells(scene(dimensions), setting), setting, None)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("dimensions", [2, 3])
class TestTables:
    """Families that see a whole frame."""

    def test_they_make_the_columns_they_declare(self, name: str, dimensions: int) -> None:
        for setting, values in tables(name, dimensions):
            declared = table_family(name).columns(setting)
            assert list(values) == [c.name for c in declared]
            assert all(c.family == name and c.definition and c.source for c in declared)
            rows = len(index_of(scene(dimensions).labels))
            assert {v.shape for v in values.values()} == {(rows,)}
            assert not any(np.isinf(v.astype(float)).any() for v in values.values())

    def test_they_do_not_depend_on_blocks(self, name: str, dimensions: int) -> None:
        for setting, values in tables(name, dimensions):
            frame = in_cells(scene(dimensions), setting)
            for block in BLOCKS:
                small = table_family(name).measure(frame, setting, (block,) * dimensions)
                for column, whole in values.items():
                    np.testing.assert_array_equal(whole, small[column], err_msg=column)

    def test_they_follow_objects_when_ids_change(self, name: str, dimensions: int) -> None:
        drawn = scene(dimensions)
        ids = [int(i) for i in index_of(drawn.labels).ids]
        names = dict(zip(ids, [i + 100 for i in ids[::-1]], strict=True))
        order = np.argsort([names[i] for i in ids])
        for setting, values in tables(name, dimensions):
            layers = in_cells(drawn, setting).layers
            frame = replace(drawn.renamed(names).frame(()), layers=layers)
            renamed = table_family(name).measure(frame, setting, None)
            for column, whole in values.items():
                np.testing.assert_array_equal(whole[order], renamed[column], err_msg=column)

    def test_no_objects_give_no_rows(self, name: str, dimensions: int) -> None:
        drawn = scene(dimensions)
        empty = Scene(np.zeros_like(drawn.labels), drawn.images)
        setting = Setting(dimensions)
        layers = in_cells(drawn, setting).layers
        frame = replace(empty.frame(()), layers=layers)
        values = table_family(name).measure(frame, setting, None)
        assert list(values) == [c.name for c in table_family(name).columns(setting)]
        assert all(v.shape == (0,) for v in values.values())


# --- other processes ---------------------------------------------------------------------------


def columns_and_values(made: Family) -> dict[str, bytes]:
    """What a family measures on the drawn objects, to the last bit."""
    from objclass.measure.batches import measure_frame

    setting = Setting(2, ("a", "b"), ("uint8", "uint8"), ((0.0, 255.0),) * 2)
    frame = scene(2).frame(setting.channels)
    found = measure_frame([(made, setting)], frame)
    assert list(found) == [column.name for column in made.columns(setting)]
    return {name: values.tobytes() for name, values in found.items()}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_family_that_was_sent_to_another_process_measures_the_same(name: str) -> None:
    made = family(name)
    assert columns_and_values(pickle.loads(pickle.dumps(made))) == columns_and_values(made)


@pytest.mark.parametrize("name", REGIONAL)
def test_a_family_on_a_region_can_be_sent_as_well(name: str) -> None:
    made = in_region(family(name), Ring("ring", 2, 0))
    assert columns_and_values(pickle.loads(pickle.dumps(made))) == columns_and_values(made)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_family_can_be_sent_as_well(name: str) -> None:
    assert pickle.loads(pickle.dumps(table_family(name))) == table_family(name)


# --- recipes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_pixel_size_is_in_the_recipe_of_those_that_use_it(name: str) -> None:
    """Otherwise another pixel size would measure a family again for nothing, or not at all."""
    from objclass.measure.batches import measure_frame

    made = family(name)
    chosen = {"features": ["Count", "Mean", "RegionRadii"]} if name == "ilastik" else None
    changes = False
    for dimensions in (2, 3):
        found = settings(made, chosen)
        plain, physical = [s for s in found if s.dimensions == dimensions][:2]
        frame = scene(dimensions).frame(plain.channels)
        one, other = (measure_frame([(made, s)], frame) for s in (plain, physical))
        changes |= made.columns(plain) != made.columns(physical)
        changes |= any(
            not np.array_equal(values, other.get(column, ()), equal_nan=True)
            for column, values in one.items()
        )
    assert changes == made.uses_spacing


def test_families_measured_by_default_are_built_in() -> None:
    assert {choice.text for choice in DEFAULT} <= BUILT_IN.keys()


def test_no_family_warns_on_objects_that_tend_to_break_them() -> None:
    from objclass.measure.batches import measure_frame

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dimensions in (2, 3):
            setting = Setting(dimensions, ("a",), ("uint8",), ((0.0, 255.0),))
            pairs = [(family(name), setting) for name in BUILT_IN if name != "ilastik"]
            measure_frame(pairs, scene(dimensions).frame(("a",)))
