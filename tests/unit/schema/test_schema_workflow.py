"""Whole workflows: what is read, and the message of every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_kinds import JOB, KINDS, Export, Input, Threshold

from objclass.data.wire import Wire
from objclass.errors import InputError, Place
from objclass.schema.fields import wires
from objclass.schema.space import Crop, PixelSize
from objclass.schema.workflow import Workflow, load


def said(text: str, *sets: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(text, KINDS, sets, Path("cells.yaml"))
    return [str(problem) for problem in caught.value.problems]


def node(fields: str) -> str:
    """Return a workflow with an input ``p`` and a node ``x``, which stands in line 4."""
    return f"version: 1\nnodes:\n  p: {{kind: input, path: p.h5}}\n  x: {{{fields}}}\n"


def read(fields: str) -> Workflow:
    return load(node(fields), KINDS)


# --- what is read ---------------------------------------------------------------------------


def test_a_workflow_becomes_nodes_in_file_order() -> None:
    workflow = load(JOB, KINDS)
    assert list(workflow.nodes) == ["raw", "prob", "nuclei", "feats", "mitosis", "result", "save"]
    assert workflow.nodes["nuclei"] == Threshold(
        image=Wire("prob"), channel="nucleus", min_size=30, sigma=1.0
    )
    assert workflow.title == "Mitotic or interphase"
    assert (workflow.project, workflow.images, workflow.compatibility) == (None, None, None)
    assert workflow.plugins == ()
    assert workflow.text == JOB


def test_the_top_level_is_read() -> None:
    text = (
        "title: 2024\nproject: p.h5\nimages: sheet.csv\ncompatibility: ilastik\nplugins: [a.py]\n"
    )
    workflow = load(text + JOB.replace("title:", "#"), KINDS)
    assert workflow.title == "2024"
    assert (workflow.project, workflow.images) == ("p.h5", "sheet.csv")
    assert (workflow.compatibility, workflow.plugins) == ("ilastik", ("a.py",))


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cells.yaml"
    path.write_text(JOB)
    workflow = load(path, KINDS)
    assert workflow.resolve("nuclei.csv") == tmp_path / "nuclei.csv"
    assert workflow.resolve("/data/x.tif") == Path("/data/x.tif")


def test_nodes_and_fields_have_places() -> None:
    workflow = load(JOB, KINDS, file=Path("w.yaml"))
    assert workflow.place("nuclei") == Place("w.yaml", 6, 3)
    assert workflow.place("nuclei", "channel") == Place("w.yaml", 9, 14)
    assert workflow.place("nuclei", "sigma") == Place("w.yaml", 6, 3)
    assert workflow.place("mitosis", "classes.1") == Place("w.yaml", 16, 27)
    assert workflow.place("save", "write.overlay") == Place("w.yaml", 18, 87)
    assert workflow.place("save", "write.overlay.dataset") == Place("w.yaml", 18, 87)
    assert workflow.place("title") == Place("w.yaml", 2, 8)


def test_wires_are_found_by_type_wherever_they_stand() -> None:
    text = "kind: features, objects: p.objects, regions: {c: {parent: p, minus: p.cores}}"
    assert wires(read(text).nodes["x"]) == {
        "objects": Wire("p", "objects"),
        "regions.c.parent": Wire("p"),
        "regions.c.minus": Wire("p", "cores"),
    }
    both = read("kind: export, from: [p, p.smoothed]").nodes["x"]
    assert wires(both) == {"from.0": Wire("p"), "from.1": Wire("p", "smoothed")}


def test_a_field_called_as_a_keyword_has_its_yaml_name() -> None:
    found = read("kind: export, from: p").nodes["x"]
    assert isinstance(found, Export)
    assert wires(found) == {"from": Wire("p")}


def test_names_that_look_like_numbers_are_names() -> None:
    text = node("kind: threshold, image: p, channel: 2E05, core_channel: 010").replace(
        "path: p.h5", "path: p.h5, channels: [2E05, 010, 1.10]"
    )
    workflow = load(text, KINDS)
    assert workflow.nodes["p"] == Input(path="p.h5", channels=("2E05", "010", "1.10"))
    found = workflow.nodes["x"]
    assert isinstance(found, Threshold)
    assert (found.channel, found.core_channel) == ("2E05", "010")


JOBS = {
    "time lapse": '{kind: input, path: "raw/pos3_t{t}.tif", pixel_size: 0.65 um, time_step: 5 min}',
    "light sheet": "{kind: input, path: b.zarr, crop: {z: [200, 456], y: [0, 512], x: [9, 10]}}",
    "label image": '{kind: input, path: "imc/{roi}_mask.tiff", role: label_image}',
    "channels": '{kind: input, path: "imc/{roi}.tiff", axes: cyx, channels: [H3, CD8a], '
    "pixel_size: 1 um}",
    "plate": '{kind: input, path: "{plate}.ome.zarr/{well}/{field}", level: 0, crop: {t: 0, z: 0}}',
    "families": "{kind: features, image: raw, objects: raw, "
    "measure: [size, axes, morphology, intensity, neighbors]}",
    "use": '{kind: classifier, features: raw, annotations: "imc/truth_{roi}.csv", '
    'use: ["group:shape", "intensity_mean-*"]}',
    "counts": "{kind: export, from: raw, write: {table: o.parquet, counts: c.csv}, counts_by: [t]}",
    "regions": "{kind: features, image: raw, objects: raw, parents: raw, "
    "regions: {ring: {around: 3 um, gap: 0.5 um}, cytoplasm: {parent: raw, minus: raw}}, "
    "measure: [size, axes, intensity_mean, parent]}",
    "ilastik": '{kind: features, objects: raw, measure: [{ilastik: ["Count", '
    '"Mean in neighborhood"], margin: {x: 30, y: 30, z: 1}}]}',
}


@pytest.mark.parametrize("written", JOBS.values(), ids=JOBS)
def test_the_jobs_people_bring_can_be_written(written: str) -> None:
    text = f"version: 1\nnodes:\n  raw: {{kind: input, path: a.tif}}\n  x: {written}\n"
    assert "x" in load(text, KINDS).nodes


def test_values_become_what_they_mean() -> None:
    text = node("kind: input, path: a, pixel_size: {z: 2 um, y: 1 um, x: 1 um}, crop: {t: 3}")
    found = load(text, KINDS).nodes["x"]
    assert isinstance(found, Input)
    assert found.pixel_size == PixelSize(1, 1, 2, "um")
    assert found.crop == Crop(t=3)


# --- every mistake, its whole message -------------------------------------------------------

ONE = "x: {kind: threshold, image: p, "
THRESHOLD_HAS = (
    "it has image, method, channel, core_channel, sigma, threshold, core_threshold, min_size, "
    "max_size, merge_objects"
)
KINDS_ARE = "kinds: input, threshold, components, features, classifier, predict, export"
NUMBER = "expected a number or otsu, li or triangle"
MISTAKES = [
    # kinds
    ("kind: treshold, image: p", "13: there is no kind 'treshold'; did you mean threshold?"),
    ("kind: watershed", f"13: there is no kind 'watershed'; {KINDS_ARE}"),
    ("kind: 3", f"13: there is no kind 3; {KINDS_ARE}"),
    ("kind: , path: a", f"7: kind has no value; {KINDS_ARE}"),
    ("image: p, sigma: 2", "3: kind is missing; by its fields it is threshold"),
    ("knd: input, path: a", "3: kind is missing; did you mean kind where you wrote 'knd'?"),
    ("kind:input, path: a", "3: a space is missing after 'kind:'; got 'kind:input'"),
    ("a: 1", f"3: kind is missing; {KINDS_ARE}"),
    # keys
    ("kind: input", "6: path is missing; add 'path: …'"),
    (
        "kind: threshold, image: p, high_threshold: 0.8",
        "34: threshold has no field 'high_threshold'; it is called core_threshold",
    ),
    (
        "kind: threshold, image: p, treshold: 0.8",
        "34: threshold has no field 'treshold'; did you mean threshold?",
    ),
    (
        "kind: threshold, image: p, Channel: a",
        "34: threshold has no field 'Channel'; did you mean channel?",
    ),
    (
        "kind: threshold, image: p, highthreshold: 0.8",
        "34: threshold has no field 'highthreshold'; did you mean threshold?",
    ),
    (
        "kind: components, image: p, sigma: 1",
        "35: 'sigma' belongs to threshold; this is components; it has image, ids",
    ),
    (
        "kind: threshold, image: p, colour: red",
        f"34: threshold has no field 'colour'; {THRESHOLD_HAS}",
    ),
    (
        "kind: threshold, image: p, sigma:1",
        "34: a space is missing after 'sigma:'; got 'sigma:1'",
    ),
    ("kind: export, from: p, from_: p", "30: export has no field 'from_'; did you mean from?"),
    (
        "kind: export, from: p, write: {table: {path: a.csv, dataste: b}}",
        "59: write.table has no field 'dataste'; did you mean dataset?",
    ),
    (
        "kind: export, from: p, write: {table: {dataset: b}}",
        "45: write.table.path is missing; add 'path: …'",
    ),
    (
        "kind: features, objects: p, regions: {ring: {around: 3 um, gapp: 1}}",
        "66: regions.ring has no field 'gapp'; did you mean gap?",
    ),
    # wires
    ("kind: components, image: q", "32: there is no node 'q'; nodes: p"),
    ("kind: components, image: x.objects", "32: is wired to itself; got 'x.objects'; "
     "name another node"),
    (
        "kind: components, image: raw.tif",
        "32: image takes a node, not a file; got 'raw.tif'; "
        "read the file with a node of kind input and name that node here",
    ),
    (
        "kind: components, image: p.a.b",
        "32: image is not a wire; got 'p.a.b'; expected a node's name, or node.part",
    ),
    ("kind: components, image: [p]", "32: image takes one wire, not a list; got [p]; write p"),
    ("kind: export, from: [p, q]", "31: there is no node 'q'; nodes: p"),
    (
        "kind: export, from: [p, 'a b']",
        "31: entry 2 of from is not a wire; got 'a b'; expected a node's name, or node.part",
    ),
    (
        "kind: export, from: 5.5",
        "27: from cannot be read; got 5.5; expected a list or a node's name, or node.part",
    ),
    ("kind: features, objects: p, regions: {c: {parent: q}}", "57: there is no node 'q'; nodes: p"),
    # numbers
    ("kind: threshold, image: p, threshold: -1", "45: threshold must be at least 0; got -1"),
    ("kind: threshold, image: p, threshold: 1.5", "45: threshold must be at most 1; got 1.5"),
    (
        "kind: threshold, image: p, threshold: otsy",
        f"45: threshold cannot be read; got 'otsy'; {NUMBER}; did you mean otsu?",
    ),
    (
        "kind: threshold, image: p, threshold: '0.5'",
        f"45: threshold cannot be read; got '0.5'; {NUMBER}; write 0.5 without quotes",
    ),
    (
        "kind: threshold, image: p, core_threshold: '0.5'",
        "50: core_threshold is not a number; got '0.5'; write 0.5 without quotes",
    ),
    (
        "kind: threshold, image: p, core_threshold: 00.5",
        "50: core_threshold is not a number; got '00.5'; write 0.5 without leading zeros",
    ),
    (
        "kind: threshold, image: p, core_threshold: 50%",
        "50: core_threshold is not a number; got '50%'; write 0.5",
    ),
    (
        "kind: threshold, image: p, core_threshold: 0.5 um",
        "50: core_threshold is not a number; got '0.5 um'; this field has no unit: write 0.5",
    ),
    (
        "kind: threshold, image: p, core_threshold: '0,5'",
        "50: core_threshold is not a number; got '0,5'; write 0.5 with a point",
    ),
    (
        "kind: threshold, image: p, core_threshold: .nan",
        "50: core_threshold is not a finite number; got .nan",
    ),
    (
        "kind: threshold, image: p, core_threshold: true",
        "50: core_threshold is not a number; got true",
    ),
    (
        "kind: threshold, image: p, core_threshold: ",
        "34: core_threshold has no value; expected a number",
    ),
    ("kind: classifier, features: p, seed: -1", "44: seed must be at least 0; got -1"),
    ("kind: classifier, features: p, seed: 1.5", "44: seed is not a whole number; got 1.5"),
    (
        "kind: classifier, features: p, seed: 1_000",
        "44: seed is not a whole number; got '1_000'; write 1000",
    ),
    (
        "kind: threshold, image: p, sigma: [1, 2]",
        "41: sigma is a list, which names no axes; got [1, 2]; "
        "expected one number or {z: 0, y: 1, x: 1}",
    ),
    ("kind: threshold, image: p, threshold: 0.9", "6: core_threshold is below threshold"),
    # words, switches, text
    (
        "kind: threshold, image: p, method: hysteresys",
        "42: method is none of its words; got 'hysteresys'; expected simple or hysteresis; "
        "did you mean hysteresis?",
    ),
    (
        "kind: threshold, image: p, merge_objects: yes",
        "49: merge_objects is neither true nor false; got 'yes'; write true",
    ),
    (
        "kind: threshold, image: p, merge_objects: 0",
        "49: merge_objects is neither true nor false; got 0; write false",
    ),
    (
        "kind: threshold, image: p, channel: true",
        '43: channel is a word of YAML, not a name; got true; quote it: "true"',
    ),
    ("kind: threshold, image: p, channel: [a, b]", "43: channel is not a name; got [a, b]; "
     "expected one name"),
    # lists and mappings
    ("kind: input, path: a, channels: dna", "39: channels takes a list; got 'dna'; write [dna]"),
    (
        "kind: input, path: a, channels: [a, a]",
        "39: channels names 'a' twice; each name may occur once",
    ),
    ("kind: features, objects: p, measure: size", "44: measure is not a list; got 'size'; "
     "write [size]"),
    (
        "kind: features, objects: p, measure: {intensity: [mean]}",
        "44: measure is not a list; got {intensity: [mean]}; write [{intensity: [mean]}]",
    ),
    (
        "kind: features, objects: p, regions: [a]",
        "44: regions is not a mapping; got [a]; expected {name: value}",
    ),
    (
        "kind: export, from: p, write: a.csv",
        "37: write is not a mapping; got 'a.csv'; expected {name: value}",
    ),
    (
        "kind: features, objects: p, regions: {ring: {}}",
        "51: regions.ring is a ring or a part of a parent; expected around or parent",
    ),
    (
        "kind: classifier, features: p, estimator: forest",
        "49: estimator is none of its words; got 'forest'; expected random_forest or extra_trees; "
        "did you mean random_forest?",
    ),
    (
        "kind: classifier, features: p, estimator: {trees: 0}",
        "57: estimator.trees must be at least 1; got 0",
    ),
    (
        "kind: classifier, features: p, estimator: {class_weight: {a: 0}}",
        "68: estimator.class_weight.a must be above 0; got 0",
    ),
    (
        "kind: classifier, features: p, estimator: {class_weight: balancd}",
        "64: estimator.class_weight cannot be read; got 'balancd'; "
        "expected balanced or none or a mapping; did you mean balanced?",
    ),
    # selections
    (
        "kind: features, objects: p, measure: [size, 'group:shap']",
        "51: entry 2 of measure names no group; got 'group:shap'; "
        "expected group:location|shape|intensity; did you mean group:shape?",
    ),
    (
        "kind: features, objects: p, measure: [{group: shape}]",
        "45: entry 1 of measure has a space after the colon; got {group: shape}; "
        "write group:shape without a space",
    ),
    (
        "kind: features, objects: p, measure: [{intensity: [mean], channel: [gfp]}]",
        "45: entry 1 of measure has no option 'channel'; did you mean channels?",
    ),
    (
        "kind: features, objects: p, measure: [{size: , axes: }]",
        "45: entry 1 of measure names several families: size, axes; "
        "expected {intensity: [mean, total], channels: [gfp]}; write one entry for each",
    ),
    (
        "kind: features, objects: p, measure: [{channels: [gfp]}]",
        "45: entry 1 of measure names no family; got {channels: [gfp]}; "
        "expected {intensity: [mean, total], channels: [gfp]}",
    ),
    (
        "kind: classifier, features: p, use: [{intensity: [mean]}]",
        "44: entry 1 of use is a mapping; options belong in measure; got {intensity: [mean]}; "
        "expected a family, a feature, group:shape, a quoted pattern, -name or all",
    ),
    # images
    ("kind: input, path: {t}", '26: path is a mapping to YAML, not a path; quote it: "{t}"'),
    ("kind: input, path: a, axes: ZYX", "35: axes has capital letters; got 'ZYX'; write zyx"),
    (
        "kind: input, path: a, role: labels",
        "35: role is none of its words; got 'labels'; "
        "expected raw, prediction_map, segmentation or label_image",
    ),
    (
        "kind: input, path: a, crop: {z: [5, 2]}",
        "35: crop has an empty range for z; got [5, 2]; expected start below stop",
    ),
    (
        "kind: input, path: a, pixel_size: 0.65",
        "41: pixel_size has no unit; got 0.65; "
        "write 0.65 um, or another unit: nm, um, mm, cm, m or px",
    ),
    (
        "kind: classifier, features: p, classes: {a: red, b: bleu}",
        "47: classes has the unknown colour 'bleu'; did you mean blue?",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "message"), MISTAKES)
def test_a_mistake_in_a_node_is_told_in_one_sentence(fields: str, message: str) -> None:
    column, _, rest = message.partition(": ")
    assert said(node(fields)) == [f"cells.yaml:4:{column}: node 'x': {rest}"]


INPUT = "nodes: {p: {kind: input, path: a}}\n"
AT_TOP = [
    (INPUT, ["1:1: version is missing; start with version: 1"]),
    (
        "version: 2\n" + INPUT,
        ["1:10: this objclass reads version 1; got 2; "
         "a newer objclass reads it: pip install --upgrade objclass"],
    ),
    ("version: '1'\n" + INPUT, ["1:10: this objclass reads version 1; got '1'; write version: 1"]),
    ("version: 1.0\n" + INPUT, ["1:10: this objclass reads version 1; got 1.0; write version: 1"]),
    ("version: 1\ntitel: a\n" + INPUT, ["2:1: a workflow has no field 'titel'; "
     "did you mean title?"]),
    ("version: 1\nnode: {}\n" + INPUT, ["2:1: a workflow has no field 'node'; "
     "did you mean nodes?"]),
    (
        "version: 1\nraw: {kind: input, path: a}\n" + INPUT,
        ["2:1: 'raw' is a node; move it under nodes:"],
    ),
    ("version: 1\nplugins: my.py\n" + INPUT, ["2:10: plugins is not a list; got 'my.py'; "
     "write [my.py]"]),
    (
        "version: 1\ncompatibility: illastik\n" + INPUT,
        ["2:16: compatibility is none of its words; got 'illastik'; expected ilastik; "
         "did you mean ilastik?"],
    ),
    ("version: 1\n", ["1:1: there are no nodes; expected nodes:, and under it name: {kind: …}"]),
    (
        "version: 1\nnodes:\n",
        ["2:1: there are no nodes; expected nodes:, and under it name: {kind: …}"],
    ),
    (
        "version: 1\nnodes: [a]\n",
        ["2:8: nodes is not a mapping; expected nodes:, and under it name: {kind: …}"],
    ),
    (
        "version: 1\nnodes:\n  9 lives: {kind: input, path: a}\n",
        ["3:3: node '9 lives': '9 lives' cannot be a node's name; "
         "expected letters a to z, digits, _ and -, starting with a letter or _; "
         "such as n9_lives"],
    ),
    (
        "version: 1\nnodes:\n  a.b: {kind: input, path: a}\n",
        ["3:3: node 'a.b': 'a.b' cannot be a node's name; "
         "expected letters a to z, digits, _ and -, starting with a letter or _; such as a_b"],
    ),
    (
        "version: 1\nnodes:\n  raw:\n",
        ["3:3: node 'raw': is empty; expected kind: and its fields"],
    ),
    (
        "version: 1\nnodes:\n  raw: a.tif\n",
        ["3:8: node 'raw': is not a node; got 'a.tif'; expected kind: and its fields"],
    ),
    (
        "version: 1\nnodes:\n  raw:\n    kind:input\n",
        ["4:5: node 'raw': a space is missing after 'kind:'; write kind: input"],
    ),
    (
        "version: 1\nnodes:\n  a: {kind: input, path: a}\n  a: {kind: input, path: b}\n",
        ["4:3: 'a' is given twice; first at line 3, column 3; keep one"],
    ),
    (
        "version: 1\nnodes:\n  a: {kind: input, path: a, axes: yx, axes: xy}\n",
        ["3:39: 'axes' is given twice; first at line 3, column 29; keep one"],
    ),
    (
        "version: 1\nnodes:\n  a: {kind: classifier, features: a, classes: \n    "
        '{b: "#000", c: }}\n',
        ["3:35: node 'a': is wired to itself; got 'a'; name another node",
         "4:5: node 'a': classes lacks a colour; a # starts a comment: quote it, "
         'such as "#ff0000"'],
    ),
    (
        "version: 1\nnodes:\n  a:\n    kind: threshold\n    image: b\n"
        "    core_threshold: #0.5\n  b: {kind: input, path: p}\n",
        ["6:5: node 'a': core_threshold has no value; expected a number; "
         "a # starts a comment: quote it if it is meant"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "messages"), AT_TOP)
def test_a_mistake_of_the_whole_is_told_in_one_sentence(text: str, messages: list[str]) -> None:
    assert said(text) == [f"cells.yaml:{message}" for message in messages]


CIRCLE = """\
version: 1
nodes:
  a: {kind: components, image: b}
  b: {kind: components, image: c.objects}
  c: {kind: features, image: a, objects: d}
  d: {kind: components, image: c}
  e: {kind: components, image: a}
"""


def test_circles_are_shown_as_paths_each_once() -> None:
    assert said(CIRCLE) == [
        "cells.yaml:3:32: node 'a': nodes wait for each other in a circle: a → b → c → a; "
        "one of these wires must go",
        "cells.yaml:5:42: node 'c': nodes wait for each other in a circle: c → d → c; "
        "one of these wires must go",
    ]


def test_a_circle_through_a_node_with_another_mistake_is_seen() -> None:
    text = "version: 1\nnodes:\n  a: {kind: components, image: b, ids: x}\n"
    messages = said(text + "  b: {kind: components, image: a}\n")
    assert messages == [
        "cells.yaml:3:32: node 'a': nodes wait for each other in a circle: a → b → a; "
        "one of these wires must go",
        "cells.yaml:3:40: node 'a': ids is none of its words; got 'x'; expected keep or relabel",
    ]


def test_a_long_chain_is_no_circle() -> None:
    lines = ["  n0: {kind: input, path: a}"]
    lines += [f"  n{k}: {{kind: components, image: n{k - 1}}}" for k in range(1, 300)]
    assert len(load("version: 1\nnodes:\n" + "\n".join(lines), KINDS).nodes) == 300


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
version: 1
titel: x
nodes:
  raw: {kind: inptu, path: a}
  prob: {kind: input, path: b, axes: YX, axes: yx}
  nuclei:
    kind: threshold
    image: porb
    high_threshold: 1
    sigma: wide
  feats: {kind: features, objects: nuclei, image: raw, measure: [size, 'group:a']}
"""
    assert said(text, "nuclei.method=hysteresys") == [
        "--set nuclei.method: node 'nuclei': method is none of its words; got 'hysteresys'; "
        "expected simple or hysteresis; did you mean hysteresis?",
        "cells.yaml:2:1: a workflow has no field 'titel'; did you mean title?",
        "cells.yaml:4:15: node 'raw': there is no kind 'inptu'; did you mean input?",
        "cells.yaml:5:38: node 'prob': axes has capital letters; got 'YX'; write yx",
        "cells.yaml:5:42: 'axes' is given twice; first at line 5, column 32; keep one",
        "cells.yaml:8:12: node 'nuclei': there is no node 'porb'; did you mean prob?",
        "cells.yaml:9:5: node 'nuclei': threshold has no field 'high_threshold'; "
        "it is called core_threshold",
        "cells.yaml:10:12: node 'nuclei': sigma is not a number; got 'wide'; "
        "expected one number or {z: 0, y: 1, x: 1}",
        "cells.yaml:11:72: node 'feats': entry 2 of measure names no group; got 'group:a'; "
        "expected group:location|shape|intensity",
    ]
