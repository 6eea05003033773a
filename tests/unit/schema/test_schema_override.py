"""``--set``: single values from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from toy_kinds import JOB, KINDS

from objclass.errors import InputError, Place
from objclass.schema.space import AxisValues
from objclass.schema.workflow import Workflow, load


def changed(*sets: str, text: str = JOB) -> Workflow:
    return load(text, KINDS, sets, Path("w.yaml"))


def value(way: str, *sets: str) -> Any:
    node, field = way.split(".")
    return getattr(changed(*sets).nodes[node], field)


def said(*sets: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        changed(*sets)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("way", "setting", "expected"),
    [
        ("nuclei.threshold", "nuclei.threshold=0.45", 0.45),
        ("nuclei.channel", "nuclei.channel=010", "010"),
        ("nuclei.channel", "nuclei.channel=*_mean", "*_mean"),
        ("nuclei.channel", "nuclei.channel = a b ", "a b"),
        ("nuclei.sigma", "nuclei.sigma={z: 0, y: 1, x: 1}", AxisValues(z=0, y=1, x=1)),
        ("nuclei.sigma", "nuclei.sigma.z=0", AxisValues(z=0, y=1, x=1)),
        ("raw.path", "raw.path={plate}/x.tif", "{plate}/x.tif"),
        ("raw.path", "raw.path={plate}", "{plate}"),
        ("raw.path", "raw.path=a=b.tif", "a=b.tif"),
        ("raw.channels", "raw.channels.0=gfp", ("gfp",)),
        ("raw.channels", "raw.channels=null", None),
        ("nuclei.max_size", "nuclei.max_size=50 um^2", None),
    ],
)
def test_a_value_is_set(way: str, setting: str, expected: object) -> None:
    if setting.endswith("um^2"):
        assert str(value(way, setting)) == "50 um^2"
    else:
        assert value(way, setting) == expected


def test_a_key_inside_a_mapping_is_set_and_its_neighbours_stay() -> None:
    write = value("save.write", "save.write.table=x.csv", "save.write.counts=c.csv")
    paths = {what: target.path for what, target in write.items()}
    assert paths == {"table": "x.csv", "overlay": "o.png", "counts": "c.csv"}


def test_one_axis_of_a_written_number_is_set() -> None:
    text = JOB.replace("min_size: 30", "sigma: 2.5")
    node = changed("nuclei.sigma.z=0", text=text).nodes["nuclei"]
    assert node.sigma == AxisValues(z=0, y=2.5, x=2.5)  # type: ignore[attr-defined]


def test_a_mapping_that_was_not_written_is_made() -> None:
    crop = value("raw.crop", "raw.crop.z=[2, 5]", "raw.crop.t=0")
    assert (crop.z, crop.t) == ((2, 5), 0)


def test_a_field_set_twice_is_refused() -> None:
    assert said("nuclei.threshold=0.1", "nuclei.threshold = 0.2") == [
        "--set nuclei.threshold: is given 2 times; got 0.1, 0.2; give one value"
    ]


def test_the_top_level_is_set_without_a_dot() -> None:
    assert changed("title=Other", "project=p.h5").project == "p.h5"


def test_other_values_keep_their_places_and_the_text_stays() -> None:
    workflow = changed("nuclei.channel=a")
    assert workflow.place("nuclei", "channel") == Place("--set nuclei.channel")
    assert workflow.place("nuclei", "min_size") == Place("w.yaml", 10, 15)
    assert workflow.text == JOB


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "nuclei.treshold=1",
            "nuclei.treshold: node 'nuclei': threshold has no field 'treshold'; "
            "did you mean threshold?",
        ),
        (
            "nuclei.threshold=high",
            "nuclei.threshold: node 'nuclei': threshold cannot be read; got 'high'; "
            "expected a number or otsu, li or triangle",
        ),
        ("nuclie.threshold=1", "nuclie.threshold: there is no node 'nuclie'; did you mean nuclei?"),
        (
            "cells.threshold=1",
            "cells.threshold: there is no node 'cells'; "
            "nodes: raw, prob, nuclei, feats, mitosis, result, save",
        ),
        ("nuclei=1", "nuclei: names no field; expected nuclei.FIELD=VALUE"),
        ("nuclei..a=1", "nuclei..a: names no field; expected nuclei.FIELD=VALUE"),
        (
            "nuclei.threshold",
            "nuclei.threshold: sets nothing; "
            "expected NODE.FIELD=VALUE, such as nuclei.threshold=0.45",
        ),
        (
            "nuclei.threshold=",
            "nuclei.threshold: sets nothing; "
            "expected NODE.FIELD=VALUE, such as nuclei.threshold=0.45",
        ),
        ("nuclei.image.part=a", "nuclei.image.part: nuclei.image has nothing called 'part'"),
        ("raw.channels.7=a", "raw.channels.7: raw.channels has nothing called '7'"),
        ("raw.channels=[a, b", "raw.channels: the value is not YAML; got [a, b"),
        (
            "raw.path=!!python/name:os.system",
            "raw.path: !!python/name:os.system is a YAML tag; a workflow has none and never makes "
            "Python objects; quote text that starts with !",
        ),
        (
            "nuclei.image=porb",
            "nuclei.image: node 'nuclei': there is no node 'porb'; did you mean prob?",
        ),
        ("save.write.table=[a]", "save.write.table: node 'save': write.table is not a mapping; "
         "got [a]; expected {name: value}"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_setting(setting: str, message: str) -> None:
    assert said(setting) == [f"--set {message}"]


def test_all_mistakes_in_settings_are_told_at_once() -> None:
    assert len(said("nuclei.a=1", "b.c=1", "nuclei.threshold=x")) == 3
