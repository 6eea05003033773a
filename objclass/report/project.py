"""What a project file holds, as values to print or to write as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from objclass.data.model import NORMALIZED_BY
from objclass.errors import InputError, list_some
from objclass.io.project import ProjectFile, TrainedClassifier, model_digest
from objclass.io.project.contents import ASSESSMENT
from objclass.io.project.guard import printable
from objclass.report.assessment import assessment_lines, mistake_lines
from objclass.report.scores import score_lines
from objclass.schema.source import YamlMapping

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAP = "  "
BECAME = {"zero": "0", "impute": "the median"}
"""Rule for missing values to what they became."""
FIND_OBJECTS = ("threshold", "components")
"""Kinds whose settings say what an object is."""


def describe(project: ProjectFile) -> dict[str, Any]:
    """Return everything in a project but its arrays, as a JSON value.

    Returns
    -------
    dict
        ``format``, ``title``, ``inputs``, ``objects`` (each node that finds objects with all its
        fields, defaults written out), ``classifiers`` (each with ``model``: digest and
        estimator, ``classes``: name, colour and examples, ``columns`` with units,
        ``remarks`` on them, ``evaluation``), ``annotations``, ``plugins``, ``provenance``,
        ``workflow`` (the text).
    """
    return {
        "format": project.version,
        "title": title_of(project),
        "inputs": {name: asdict(contract) for name, contract in project.inputs.items()},
        "objects": objects_of(project),
        "classifiers": {name: _classifier(one) for name, one in project.classifiers.items()},
        "annotations": [
            {"name": table.name, "lines": len(table.text.splitlines())}
            for table in project.annotations
        ],
        "plugins": [{"name": each.name, "digest": each.digest} for each in project.plugins],
        "provenance": dict(project.provenance),
        "workflow": project.workflow,
    }


def objects_of(project: ProjectFile) -> dict[str, dict[str, Any]]:
    """Return the nodes that find objects, with the fields they were trained with."""
    try:
        nodes = json.loads(project.parameters).get("nodes", {})
    except (ValueError, AttributeError):  # a project that somebody else wrote
        return {}
    found = nodes.items() if isinstance(nodes, dict) else ()
    return {
        name: {field: value for field, value in node.items() if value is not None}
        for name, node in found
        if isinstance(node, dict) and node.get("kind") in FIND_OBJECTS
    }


def title_of(project: ProjectFile) -> str | None:
    """Return the workflow's title; None where it has none or does not read."""
    try:
        title = YamlMapping.parse(project.workflow, "workflow").data.get("title")
    except InputError:
        return None
    return str(title) if title is not None else None


def _classifier(trained: TrainedClassifier) -> dict[str, Any]:
    model = trained.model
    counts = Counter(trained.examples.y.tolist())
    classes = zip(model.classes, trained.colors, strict=True)
    units = model.units or [""] * len(model.columns)
    return {
        "model": model_digest(model),
        "estimator": model.estimator,
        "facts": dict(model.facts),
        "classes": [
            {"name": name, "color": color, "examples": counts[k]}
            | ({"count": False} if name in trained.uncounted else {})
            for k, (name, color) in enumerate(classes)
        ],
        "columns": dict(zip(model.columns, units, strict=True)),
        "remarks": list(_remarks(model.columns, trained.examples.X)),
        "evaluation": dict(trained.evaluation),
    }


def _remarks(columns: Sequence[str], X: NDArray[np.float64]) -> Iterator[str]:
    """Yield sentences about columns that told nothing of any annotated object."""
    import numpy as np

    if len(X) < 2:
        return
    same = {"missing": np.isnan(X), "equal": X[0] == X}
    for what, found in same.items():
        names = [name for k, name in enumerate(columns) if found[:, k].all()]
        if names:
            yield f"{what} for all {len(X)} annotated objects: {list_some(names, 3)}"


def lines(project: ProjectFile, file: str) -> Iterator[str]:
    """Yield what a project holds, line by line, in words; safe to print whoever wrote it."""
    found = describe(project)
    rows = [("project", f"{file} (format {found['format']})")]
    rows += [("title", found["title"])] if found["title"] else []
    rows += _inputs(found["inputs"])
    rows += [("objects", _settings(name, fields)) for name, fields in found["objects"].items()]
    for name, one in found["classifiers"].items():
        rows += _classifier_rows(name, one, axes_of(project))
    if not found["classifiers"]:
        rows.append(("classifier", "none"))
    for table in found["annotations"]:
        rows.append(("annotations", f"{table['name']} ({table['lines']} lines)"))
    for plugin in found["plugins"]:
        rows.append(("plugin", f"{plugin['name']} {plugin['digest']} (never run from here)"))
    rows.append(("made by", _made_by(found["provenance"])))
    rows = [(printable(title), printable(text)) for title, text in rows]
    width = max(len(title) for title, _ in rows)
    before = ""
    for title, text in rows:
        shown = "" if title == before else title
        yield f"{shown.ljust(width)}{GAP}{text}".rstrip()
        before = title


def _inputs(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What other images must be like."""
    for name, contract in inputs.items():
        words = [name, contract["role"].replace("_", " "), contract["axes"], contract["dtype"]]
        words += [f"channels {list_some(contract['channels'], 8)}"]
        if contract["spacing"] and contract["unit"]:
            sizes = " x ".join(f"{s:g}" for s in contract["spacing"][-contract["dimensions"] :])
            words.append(f"{sizes} {contract['unit']}")
        if contract["value_range"]:
            low, high = contract["value_range"]
            words.append(f"values {low:g} to {high:g}")
        yield "input", GAP.join(words)


def _settings(name: str, fields: Mapping[str, Any]) -> str:
    """Return a node with its fields in words: ``nuclei  threshold  sigma 1  min_size 30``."""
    said = [
        f"{field} {_format_value(value)}"
        for field, value in fields.items()
        if field != "kind" and value is not False
    ]
    return GAP.join([name, str(fields["kind"]), *said])


def _format_value(value: Any) -> str:
    """Return the value of a field as a person writes it."""
    if value is True:
        return "yes"
    if isinstance(value, dict):
        return " ".join(f"{key} {_format_value(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_format_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def axes_of(project: ProjectFile) -> str:
    """Return the axes that a place in an image is told by, as ``tyx``."""
    known = {axis for contract in project.inputs.values() for axis in contract.axes}
    return "".join(axis for axis in "tzyx" if axis in known)


def _classifier_rows(name: str, one: Mapping[str, Any], axes: str) -> Iterator[tuple[str, str]]:
    yield "classifier", f"{name}{GAP}{estimator_text(one)}{GAP}model {one['model']}"
    for each in one["classes"]:
        count = each["examples"]
        examples = "1 example" if count == 1 else f"{count} examples"
        counted = () if each.get("count", True) else ("not counted",)
        yield f"classes of {name}", GAP.join([each["name"], examples, each["color"], *counted])
    if one["facts"].get("select"):
        said = f"only objects of class {' or '.join(map(str, one['facts']['select']))}"
        yield f"classes of {name}", said
    yield from _annotations_used(name, one["evaluation"].get("annotations"))
    columns = [f"{c} ({unit})" if unit else c for c, unit in one["columns"].items()]
    yield f"columns of {name}", f"{len(columns)}: {list_some(columns, 6)}"
    yield from ((f"columns of {name}", text) for text in one["remarks"])
    yield from ((f"columns of {name}", text) for text in _normalized(one["facts"]))
    yield from ((f"columns of {name}", text) for text in _missing(one["facts"]))
    yield from ((f"quality of {name}", line) for line in _quality(one["evaluation"], axes))


def _quality(evaluation: Mapping[str, Any], axes: str) -> list[str]:
    """Return how good a classifier is, with everything that was assessed.

    What is not understood is left out, since projects come from anybody.
    """
    known = evaluation.get(ASSESSMENT)
    if not isinstance(known, Mapping):
        return list(score_lines(evaluation))
    try:
        mistakes = [{**each, "axes": axes} for each in known["mistakes"]]
        every = [*assessment_lines({**known, "evaluation": evaluation})]
        return [*every, "", "annotations that are probably wrong", *mistake_lines(mistakes)]
    except (LookupError, TypeError, ValueError, AttributeError):
        return list(score_lines(evaluation))


def _normalized(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield whose objects an object is compared with, where a model learned from that."""
    by = facts.get(NORMALIZED_BY)
    if isinstance(by, str):
        yield f"z-scores among the objects of one {by}"


def _missing(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield in which columns examples had missing values, and what they became."""
    rule, counts = BECAME.get(str(facts.get("missing"))), facts.get("missing_values")
    if rule and counts and isinstance(counts, dict):
        said = list_some((f"{column} {n}" for column, n in counts.items()), 3)
        yield f"missing values became {rule}: {said}"


def _annotations_used(name: str, counts: Any) -> Iterator[tuple[str, str]]:
    """How many annotations a model was trained on, where it was not all of them."""
    if isinstance(counts, dict) and counts.get("used") != counts.get("asked"):
        said = f"trained on {counts.get('used')} of {counts.get('asked')} annotations"
        yield f"classes of {name}", said


def estimator_text(one: Mapping[str, Any]) -> str:
    """Return what learned, with its main settings; `one` has ``estimator`` and ``facts``."""
    settings = one["facts"].get("settings")
    if not isinstance(settings, dict) or "kind" not in settings:
        return str(one["estimator"])
    if settings["kind"] == "auto":
        return f"{one['estimator']}, chosen".replace("_", " ")
    trees = f" of {settings['trees']} trees" if "trees" in settings else ""
    penalty = f", C {settings['C']:g}" if isinstance(settings.get("C"), float) else ""
    return f"{settings['kind']}{trees}{penalty}".replace("_", " ")


def _made_by(provenance: Mapping[str, Any]) -> str:
    """Versions, platform and time in one line."""
    libraries = provenance.get("libraries")
    pairs = libraries.items() if isinstance(libraries, dict) else ()
    words = [f"objclass {provenance.get('objclass', 'of unknown version')}"]
    words += [str(provenance[key]) for key in ("created", "platform") if key in provenance]
    words += [f"Python {provenance['python']}"] if "python" in provenance else []
    return ", ".join([*words, *(f"{name} {version}" for name, version in pairs)])
