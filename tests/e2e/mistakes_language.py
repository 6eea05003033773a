"""Mistakes in the text of a workflow: YAML, the language, and wires."""

from __future__ import annotations

from mistakes import Mistake, text

from workflows import labelled

SIGMA = "    sigma: 0\n"
LEVEL = "    threshold: 0.5\n"
ESTIMATOR = "    estimator:"
NUCLEI = "  nuclei:\n    kind: threshold\n    image: prob\n    channel: nucleus\n"


def level(new: str) -> tuple[tuple[str, str], ...]:
    """Write something below the threshold."""
    return ((LEVEL, f"{LEVEL}    {new}\n"),)


SELECT = "name a label image; objects of one class are taken by classifiers only yet (select)"
OUT = "  out:\n"
AGAIN = "kind: features, image: raw, objects: nuclei, measure: [size, intensity]"
INSIDE = (
    (
        "objects to measure that are predictions",
        "kind: features, image: raw, objects: predicted",
        "48: node 'again': 'predicted' in 'objects' gives predictions; expected a label image; "
        + SELECT,
    ),
    (
        "parents that are predictions",
        f"{AGAIN}, parents: predicted",
        f"93: node 'again': 'predicted' is no label image; expected a label image; {SELECT}",
    ),
    (
        "parents of one class",
        f"{AGAIN}, parents: predicted.large",
        f"93: node 'again': 'predicted' has no part 'large'; expected predictions; {SELECT}",
    ),
    (
        "a compartment of one class",
        f"{AGAIN}, regions: {{cell: {{parent: predicted}}}}",
        f"109: node 'again': 'predicted' is no label image; expected a label image; {SELECT}",
    ),
    (
        "objects inside objects of a class",
        f"{AGAIN}, inside: predicted",
        "84: node 'again': inside is not built yet; measure all objects; a second classifier "
        "takes a class of them with select",
    ),
    (
        "a class of the objects to measure",
        f"{AGAIN}, select: large",
        "84: node 'again': select is not built yet; measure all objects; a second classifier "
        "takes a class of them with select",
    ),
    (
        "a node that selects a class",
        "kind: select, from: predicted, class: large",
        "17: node 'again': the kind select is not built yet; a second classifier takes "
        "the objects of one class with its field select",
    ),
    (
        "components of predictions",
        "kind: components, image: predicted",
        "36: node 'again': 'predicted' in 'image' gives predictions; expected an image or a label "
        f"image; {SELECT}",
    ),
)
"""Title, node and answer: objects of one class in the place of objects."""

MISTAKES = (
    # --- the file ---------------------------------------------------------------------------
    Mistake(
        "a workflow that is not there",
        "celsl.yaml: cannot be read: no such file or directory; did you mean cells.yaml?",
        args="run celsl.yaml",
        common=True,
    ),
    Mistake(
        "an image in place of a workflow",
        "raw.tif:1: is not UTF-8 text: byte 0xb6; is this a workflow? If so, save it as UTF-8",
        args="run raw.tif",
    ),
    Mistake(
        "a folder in place of a workflow",
        "Usage: objclass run [OPTIONS] WORKFLOW.yaml\n"
        "Try 'objclass run --help' for help.\n"
        "\n"
        "Error: Invalid value for 'WORKFLOW.yaml': File '.' is a directory.",
        args="run .",
    ),
    Mistake(
        "an empty workflow",
        "cells.yaml: is empty; start with version: 1",
        spoil=text("cells.yaml", ""),
    ),
    Mistake(
        "a list in place of a workflow",
        "cells.yaml: is not a workflow; got a list; expected version: 1, then nodes:",
        spoil=text("cells.yaml", "- raw\n- prob\n"),
    ),
    # --- the top level ----------------------------------------------------------------------
    Mistake(
        "no version",
        "cells.yaml:1:1: version is missing; start with version: 1",
        edit=(("version: 1\n", ""),),
    ),
    Mistake(
        "a version to come",
        "cells.yaml:1:10: this objclass reads version 1; got 2; a newer objclass reads it: "
        "pip install --upgrade objclass",
        edit=(("version: 1", "version: 2"),),
    ),
    Mistake(
        "nodes without a name",
        "cells.yaml:1:1: there are no nodes; expected nodes:, and under it name: {kind: …}\n"
        "cells.yaml:2:1: a workflow has no field 'node'; did you mean nodes?",
        edit=(("nodes:", "node:"),),
    ),
    Mistake(
        "a node at the top level",
        "cells.yaml:1:1: there are no nodes; expected nodes:, and under it name: {kind: …}\n"
        "cells.yaml:2:1: 'raw' is a node; move it under nodes:",
        spoil=text("cells.yaml", "version: 1\nraw:\n  kind: input\n  path: raw.tif\n"),
    ),
    Mistake(
        "an unknown key at the top level",
        "cells.yaml:2:1: a workflow has no field 'titel'; did you mean title?",
        edit=(("version: 1\n", "version: 1\ntitel: Nuclei\n"),),
    ),
    Mistake(
        "another program to be compatible with",
        "cells.yaml:2:16: compatibility is none of its words; got 'cellprofiler'; expected ilastik",
        edit=(("version: 1\n", "version: 1\ncompatibility: cellprofiler\n"),),
    ),
    # --- YAML's own traps -------------------------------------------------------------------
    Mistake(
        "an unquoted pattern",
        "cells.yaml:5:11: YAML does not read {name}.tif as text: { starts a mapping; quote "
        'it: path: "{name}.tif"',
        edit=(("path: raw.tif", "path: {name}.tif"),),
        common=True,
    ),
    Mistake(
        "an unquoted glob",
        "cells.yaml:23:21: YAML does not read *_mean as text: * starts an alias; quote it: "
        'measure: [size, "*_mean"]',
        edit=(("[size, intensity]", "[size, *_mean]"),),
        common=True,
    ),
    Mistake(
        "unquoted colours",
        "cells.yaml:28:22: YAML does not read #e69f00 as text: # starts a comment; quote "
        'it: classes: {large: "#e69f00", small: "#56b4e9"}',
        edit=((ESTIMATOR, f"    classes: {{large: #e69f00, small: #56b4e9}}\n{ESTIMATOR}"),),
        common=True,
    ),
    Mistake(
        "no space after a colon",
        "cells.yaml:17:11: a space is missing after 'sigma:'; write: sigma: 0",
        edit=((SIGMA, "    sigma:0\n"),),
    ),
    Mistake(
        "a tab",
        "cells.yaml:17:1: a tab stands where YAML wants spaces; use spaces",
        edit=((SIGMA, "\tsigma: 0\n"),),
    ),
    Mistake(
        "wrong indentation",
        "cells.yaml:17:4: this does not line up with what stands above; indent it as the "
        "lines it belongs to; their block began on line 3",
        edit=((SIGMA, "   sigma: 0\n"),),
        common=True,
    ),
    Mistake(
        "a quote that is never closed",
        "cells.yaml:5:11: the quote that opens here is never closed",
        edit=(("path: raw.tif", 'path: "raw.tif'),),
    ),
    Mistake(
        "a Windows path in double quotes",
        "cells.yaml:5:11: a backslash in double quotes is an escape; use single quotes: "
        "path: 'C:\\new\\data.tif'",
        edit=(("path: raw.tif", 'path: "C:\\new\\data.tif"'),),
    ),
    Mistake(
        "a key given twice",
        "cells.yaml:19:5: 'threshold' is given twice; first at line 18, column 5; keep one",
        edit=level("threshold: 0.6"),
    ),
    Mistake(
        "a tag that would make Python objects",
        "cells.yaml:18:16: !!python/object/apply:os.system is a YAML tag; a workflow has "
        "none and never makes Python objects; quote text that starts with !\n"
        "cells.yaml:18:16: node 'nuclei': threshold is no level; got [ls]; expected a "
        "number, otsu, li, triangle",
        edit=((LEVEL, "    threshold: !!python/object/apply:os.system [ls]\n"),),
    ),
    # --- kinds and fields -------------------------------------------------------------------
    Mistake(
        "an unknown kind",
        "cells.yaml:14:11: node 'nuclei': there is no kind 'treshold'; did you mean threshold?",
        edit=(("kind: threshold", "kind: treshold"),),
    ),
    Mistake(
        "no kind",
        "cells.yaml:13:3: node 'nuclei': kind is missing; by its fields it is threshold",
        edit=(("    kind: threshold\n", ""),),
    ),
    Mistake(
        "a misspelt field",
        "cells.yaml:18:5: node 'nuclei': threshold has no field 'treshold'; did you mean "
        "threshold?",
        edit=((LEVEL, "    treshold: 0.5\n"),),
        common=True,
    ),
    Mistake(
        "another program's name for a field",
        "cells.yaml:19:5: node 'nuclei': threshold has no field 'high_threshold'; it is "
        "called core_threshold",
        edit=level("high_threshold: 0.8"),
    ),
    Mistake(
        "a field of another kind",
        "cells.yaml:19:5: node 'nuclei': 'min_probability' belongs to predict, blockwise; "
        "this is threshold; it has …",
        edit=level("min_probability: 0.5"),
    ),
    Mistake(
        "a dot in a node's name",
        "cells.yaml:13:3: node 'my.nuclei': 'my.nuclei' cannot be a node's name; expected "
        "letters a to z, digits, _ and -, starting with a letter or _; such as my_nuclei",
        edit=(("  nuclei:", "  my.nuclei:"), ("objects: nuclei", "objects: raw")),
    ),
    Mistake(
        "a list in place of a node",
        "cells.yaml:13:11: node 'nuclei': is not a node; got [prob, nucleus]; expected "
        "kind: and its fields",
        edit=((f"{NUCLEI}{SIGMA}{LEVEL}", "  nuclei: [prob, nucleus]\n"),),
    ),
    Mistake(
        "a field without a value",
        "cells.yaml:15:5: node 'nuclei': image has no value; expected a node's name, or node.part",
        edit=(("image: prob", "image:"),),
    ),
    Mistake(
        "a number in quotes",
        "cells.yaml:18:16: node 'nuclei': threshold is no level; got '0.5'; expected a "
        "number, otsu, li, triangle; write 0.5 without quotes",
        edit=((LEVEL, '    threshold: "0.5"\n'),),
    ),
    Mistake(
        "a decimal comma",
        "cells.yaml:18:16: node 'nuclei': threshold is no level; got '0,5'; expected a "
        "number, otsu, li, triangle; write 0.5 with a point",
        edit=((LEVEL, "    threshold: 0,5\n"),),
    ),
    Mistake(
        "a threshold that is no number",
        "cells.yaml:18:16: node 'nuclei': threshold is no level; got 'high'; expected a "
        "number, otsu, li, triangle",
        edit=((LEVEL, "    threshold: high\n"),),
    ),
    Mistake(
        "a number that is not finite",
        "cells.yaml:18:16: node 'nuclei': threshold is not a finite number; got .nan",
        edit=((LEVEL, "    threshold: .nan\n"),),
    ),
    Mistake(
        "a word for true or false",
        "cells.yaml:19:20: node 'nuclei': merge_objects is neither true nor false; got "
        "'no'; write false",
        edit=level("merge_objects: no"),
    ),
    Mistake(
        "a number below its range",
        "cells.yaml:17:12: node 'nuclei': sigma is not a number of at least 0; got -1",
        edit=((SIGMA, "    sigma: -1\n"),),
    ),
    Mistake(
        "a word that is no choice",
        "cells.yaml:19:13: node 'nuclei': method is none of its words; got 'hysterisis'; "
        "expected simple or hysteresis; did you mean hysteresis?",
        edit=level("method: hysterisis"),
    ),
    Mistake(
        "an axis without a value",
        "cells.yaml:17:12: node 'nuclei': sigma says nothing about x; got {y: 1}; expected "
        "one number or {z: 0, y: 1, x: 1}",
        edit=((SIGMA, "    sigma: {y: 1}\n"),),
    ),
    Mistake(
        "a unit where there is none",
        "cells.yaml:17:12: node 'nuclei': sigma is not a number; got '1 um'; expected one "
        "number or {z: 0, y: 1, x: 1}; this field has no unit: write 1",
        edit=((SIGMA, "    sigma: 1 um\n"),),
    ),
    Mistake(
        "several mistakes at once",
        "cells.yaml:18:5: node 'nuclei': threshold has no field 'treshold'; did you mean "
        "threshold?\n"
        "cells.yaml:21:12: node 'measured': there is no node 'rwa'; did you mean raw?\n"
        "cells.yaml:30:11: node 'predicted': there is no kind 'predikt'; did you mean "
        "predict?",
        edit=(
            (LEVEL, "    treshold: 0.5\n"),
            ("image: raw\n", "image: rwa\n"),
            ("kind: predict", "kind: predikt"),
        ),
        common=True,
    ),
    # --- wires ------------------------------------------------------------------------------
    Mistake(
        "a wire that leads nowhere",
        "cells.yaml:22:14: node 'measured': there is no node 'nuclie'; did you mean nuclei?",
        edit=(("objects: nuclei", "objects: nuclie"),),
        common=True,
    ),
    Mistake(
        "a wire to its own node",
        "cells.yaml:22:14: node 'measured': is wired to itself; got 'measured'; name another node",
        edit=(("objects: nuclei", "objects: measured"),),
    ),
    Mistake(
        "wires in a circle",
        "cells.yaml:15:12: node 'nuclei': nodes wait for each other in a circle: nuclei → "
        "predicted → measured → nuclei; one of these wires must go",
        edit=(("image: prob", "image: predicted"),),
    ),
    Mistake(
        "an image where objects belong",
        "cells.yaml:22:14: node 'measured': 'prob' in 'objects' gives an image; expected a "
        "label image; a threshold node finds objects in it: name that",
        edit=(("objects: nuclei", "objects: prob"),),
    ),
    Mistake(
        "objects where an image belongs",
        "cells.yaml:21:12: node 'measured': 'nuclei' in 'image' gives a label image; "
        "expected an image",
        edit=(("image: raw", "image: nuclei"),),
    ),
    Mistake(
        "a table where a classifier belongs",
        "cells.yaml:32:17: node 'predicted': 'measured' in 'classifier' gives a feature "
        "table; expected a classifier",
        edit=(("classifier: classes", "classifier: measured"),),
    ),
    Mistake(
        "a part that a node does not have",
        "cells.yaml:22:14: node 'measured': 'nuclei' has no part 'objekts'; expected "
        "smoothed, unfiltered, objects",
        edit=(("objects: nuclei", "objects: nuclei.objekts"),),
    ),
    Mistake(
        "an export of a classifier",
        "cells.yaml:35:11: node 'out': 'classes' in 'from' gives a classifier; expected "
        "predictions or a feature table or a label image",
        edit=(("from: predicted", "from: classes"),),
    ),
    Mistake(
        "a threshold on a label image",
        "cells.yaml:5:33: node 'cut': 'cells' in 'image' gives a label image; expected an image",
        edit=(("  measured: {", "  cut: {kind: threshold, image: cells}\n  measured: {"),),
        bench=labelled,
    ),
    Mistake(
        "components of a prediction map",
        "cells.yaml:13:37: node 'nuclei': 'prob' has the role prediction_map; expected "
        "role: segmentation or label_image; set the role of 'prob', or use a node of kind "
        "threshold",
        edit=((f"{NUCLEI}{SIGMA}{LEVEL}", "  nuclei: {kind: components, image: prob}\n"),),
    ),
    # --- classes inside classes, which are not built yet -------------------------------------
    *(
        Mistake(
            title, f"cells.yaml:33:{says}", edit=(("  out:\n", f"  again: {{{node}}}\n  out:\n"),)
        )
        for title, node, says in INSIDE
    ),
)
