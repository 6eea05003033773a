"""Which keys the document of every command has: their types and meaning, as JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from objclass.cli.annotation_keys import ANNOTATION, ANNOTATOR, DISAGREEMENT, IMPORTED, PAIR
from objclass.cli.assessment_keys import ASSESSED
from objclass.cli.json_document import SCHEMA
from objclass.cli.key_types import (
    ANY,
    COUNT,
    COUNTS,
    FLAG,
    MAPPING,
    NUMBER,
    TEXT,
    TEXTS,
    Schema,
    in_words,
    listed,
    mapped,
    maybe,
    means,
    record,
)
from objclass.cli.warm_keys import WARMED

PROBLEM = record(
    text=means(TEXT, "everything in one sentence, as it is printed"),
    what=means(TEXT, "what is wrong"),
    got=means(maybe(TEXT), "what was found"),
    expected=means(maybe(TEXT), "what was meant to be there"),
    fix=means(maybe(TEXT), "what mends it"),
    file=means(maybe(TEXT), "the text that it stands in"),
    line=means(maybe(COUNT), "its line, from 1"),
    column=means(maybe(COUNT), "its column, from 1"),
    node=means(maybe(TEXT), "the node concerned"),
    images=means(TEXTS, "the images concerned; empty where it holds for all"),
    t=means(maybe(COUNT), "the frame concerned"),
)
ENVELOPE: Mapping[str, Schema] = {
    "schema": means(
        {"const": SCHEMA}, "version of the keys; another one where a key changes or goes"
    ),
    "command": means(TEXT, "the command, as `cache info`; empty where no word names one"),
    "exit_code": means(COUNT, "as the process returns it"),
    "interrupted": means(FLAG, "true where a person or the system ended the command"),
    "problems": means(listed(PROBLEM), "what a person has to mend"),
}
"""Keys that every document has, whatever the exit code."""

NOTES = means(TEXTS, "what is worth knowing and stops nothing")
WRITTEN = means(TEXTS, "files written")
NODE = record(
    name=TEXT,
    state=means(
        {"enum": ["cached", "ran", "stopped", "skipped", "failed"]}, "the worst of its steps"
    ),
    reasons=means(TEXTS, "why steps ran or stopped"),
    details=TEXTS,
    ways=means(listed(TEXTS), "ways on after a stop: what to type, and what that does"),
    facts=means(MAPPING, "what its steps tell: `objects`, `classes`, `dropped`, …"),
    before=means(MAPPING, "the facts of the last run"),
    cached=COUNT,
    steps=COUNT,
    seconds=NUMBER,
    warnings=TEXTS,
    remarks=TEXTS,
)
RUN: Mapping[str, Schema] = {
    "nodes": means(listed(NODE), "what became of every node"),
    "written": WRITTEN,
    "outdated": means(TEXTS, "files of an earlier run that are out of date"),
    "notes": NOTES,
    "seconds": means(NUMBER, "time spent computing"),
}
MEMORY = means(
    record(
        peak=means(COUNT, "what all processes take at most, about"),
        limit=means(COUNT, "what they may take"),
        limit_by=means(TEXT, "who or what says so"),
        workers=means(COUNT, "how many processes there will be"),
        node=means(maybe(TEXT), "whose steps take most"),
    ),
    "what is foretold of the memory, in bytes",
)
PLANNED = record(
    name=TEXT,
    state={"enum": ["cached", "will run", "at risk", "waits", "stopped"]},
    reasons=TEXTS,
    cached=COUNT,
    steps=COUNT,
)
WORKFLOW: Mapping[str, Schema] = {
    "nodes": means(TEXTS, "names of the nodes"),
    "images": means(TEXTS, "names of the images"),
    "notes": NOTES,
}
FEATURE = record(
    name=TEXT,
    family=TEXT,
    group=TEXT,
    unit=TEXT,
    definition=TEXT,
    source=TEXT,
    plane=means(COUNT, "columns in 2D"),
    volume=means(COUNT, "columns in 3D"),
    per_channel=FLAG,
    portable=means(FLAG, "true where every machine gives the same bytes"),
)
FEATURES: Mapping[str, Schema] = {"features": means(listed(FEATURE), "one entry a feature")}
IMAGE = record(
    name=TEXT,
    state={"enum": ["done", "failed", "planned", "would fail"]},
    kept=means(FLAG, "true where it was done before"),
    objects=means(maybe(COUNT), "objects of the first result; null of a failed image"),
    results=mapped(
        record(
            objects=COUNT,
            classes=COUNTS,
            not_selected=means(maybe(COUNT), "objects that the classifier is not for"),
        )
    ),
    written=TEXTS,
    problems=listed(PROBLEM),
    notes=TEXTS,
    shift=means(maybe(TEXT), "how its objects lie outside of training"),
    shift_distance=means(
        maybe(NUMBER), "how far, in widths of the range of training; 0 where none lies outside"
    ),
)
IMAGES = means(listed(IMAGE), "what became of every image")
SIZE = record(
    block=COUNTS,
    halo=COUNTS,
    objects=COUNT,
    objects_agree=COUNT,
    voxels=COUNT,
    voxels_agree=COUNT,
    cut=COUNT,
    in_two_classes=COUNT,
    changes=listed(listed(ANY)),
)
CLASSIFIERS = means(mapped(MAPPING), "classifier to what was found of it")
CONTENT = record(digest=TEXT, size=COUNT, used=NUMBER, needed=FLAG, pinned=FLAG)
KEYS: Mapping[str, Mapping[str, Schema]] = {
    "run": RUN,
    "demo": {
        **RUN,
        "samples": means(TEXTS, "the workflow and its data, as they were written"),
        "report": means(maybe(TEXT), "the page that was asked for"),
    },
    "plan": {
        "nodes": means(listed(PLANNED), "what is planned for every node"),
        "memory": MEMORY,
        "notes": NOTES,
        "plan": means(TEXT, "what tells the plan from others; with `--shards`"),
        "shards": means(mapped(TEXTS), "shard to its images or frames; with `--shards`"),
    },
    "collect": RUN,
    "validate": WORKFLOW,
    "init": {**WORKFLOW, "written": WRITTEN},
    "label": {
        "address": means(TEXT, "of the page, with its token; printed on stderr when it is there"),
        "port": COUNT,
    },
    "look": {
        "path": means(TEXT, "the picture"),
        "node": TEXT,
        "image": TEXT,
        "frame": maybe(COUNT),
        "plane": means({"type": ["integer", "string", "null"]}, "its number, or `max`"),
        "objects": COUNT,
        "annotated": COUNT,
        "note": means(TEXT, "why it shows less than was asked for"),
        "frame_name": means(maybe(TEXT), "the text of `{t}` in the name of the file"),
    },
    "napari": {"image": TEXT, "t": maybe(COUNT), "counts": COUNTS, "written": WRITTEN},
    "features": FEATURES,
    "features show": FEATURES,
    "graph": {
        "nodes": listed(record(name=TEXT, kind=TEXT)),
        "wires": listed(record(giver=TEXT, taker=TEXT, part=TEXT, field=TEXT)),
        "mermaid": means(TEXT, "the graph as a person gets it"),
    },
    "schema": {
        "json_schema": means(MAPPING, "the JSON Schema that was asked for"),
        "written": WRITTEN,
    },
    "audit": {
        "written": WRITTEN,
        "drawn": means(COUNT, "objects that were drawn"),
        "objects": means(COUNT, "objects that could be drawn"),
        "strata": means(COUNT, "strata that they were drawn from; 1 of a simple audit"),
        "export": means(maybe(TEXT), "the export whose counts it corrects"),
        "shares": means(mapped(MAPPING), "of a batch: class to share, low and high"),
        "audited": means(COUNT, "of a batch: audited objects"),
        "method": means(TEXT, "of a batch: how shares were estimated, or why not"),
        "spent": means(COUNT, "with `--spend`: rows that may be trained on"),
        "notes": NOTES,
    },
    "evaluate": {
        "classifiers": ASSESSED,
        "projects": means(mapped(MAPPING), "with `--truth`: project to its numbers"),
        "paired": means(maybe(MAPPING), "with `--truth`: two projects in pairs"),
        **{name: RUN[name] for name in RUN if name not in ("written", "notes")},
        "written": WRITTEN,
        "notes": NOTES,
    },
    "report": {
        "written": WRITTEN,
        "images": means(COUNT, "images that it tells of; 0 for a project"),
        "failures": means(COUNT, "what failed; such images are in no count"),
        "notes": NOTES,
    },
    "why": {
        "made_by": means(TEXT, "the workflow, or the folder of the batch"),
        "row": means(TEXT, "the row that was asked for; empty where none was"),
        "image": TEXT,
        "t": means(maybe(COUNT), "time point in the uncropped image"),
        "object_id": COUNT,
        "size": means(COUNT, "its voxels"),
        "start": means(listed(COUNT), "first voxel of its box, `z, y, x` in the uncropped image"),
        "stop": means(listed(COUNT), "the end of its box, which is not in it"),
        "inside": means(listed(COUNT), "a voxel inside"),
        "stamp": means(TEXT, "`o` and ten digits: its place and voxels"),
        "touches_border": FLAG,
        "features": means(
            listed(record(name=TEXT, value=maybe(NUMBER), unit=TEXT, definition=TEXT, source=TEXT)),
            "what was measured of it",
        ),
        "predicted_by": means(TEXT, "the node that predicts; empty where nothing is predicted"),
        "class": means(TEXT, "what it is called"),
        "probabilities": mapped(maybe(NUMBER)),
        "uncertainty": maybe(NUMBER),
        "note": means(TEXT, "why nothing is predicted"),
        "annotations": means(listed(TEXTS), "rows of people about it: place and class"),
        "learned": means(MAPPING, "classifier to the examples of every class"),
        "differences": means(listed(TEXTS), "what the row says otherwise: title, cell, value now"),
        "provenance": means(MAPPING, "files with digests, parameters, models, versions"),
    },
    "batch": {
        "out": means(TEXT, "folder of the results"),
        "images": IMAGES,
        "done": means(COUNT, "images with results"),
        "failed": means(COUNT, "images without"),
        "not_done": means(TEXTS, "images that were not reached"),
        "old_files": means(TEXTS, "files of an earlier batch that are no results of this one"),
        "old_files_are": {"enum": ["keep", "aside", "remove"]},
        "stands_out": means(mapped(TEXT), "image to what is strange about it, where something is"),
        "wells": means(listed(MAPPING), "rows of `wells.csv`, each with its `result`"),
        "controls": means(listed(MAPPING), "rows of `controls.csv`, each with its `result`"),
        "memory": means(MEMORY, "what is foretold of the memory, in bytes; with `--dry-run`"),
        "room": means(record(least=COUNT, most=COUNT, free=COUNT), "bytes; with `--dry-run`"),
        "notes": NOTES,
    },
    "headless": {"images": IMAGES},
    "import": {
        **RUN,
        "agreement": means(
            maybe(record(objects=COUNT, same_class=COUNT, mean_difference=NUMBER)),
            "how far the forest agrees with ilastik's",
        ),
    },
    "blockwise compare": {
        "node": TEXT,
        "sizes": means(listed(SIZE), "one for every block and halo"),
        "largest": means(COUNTS, "extent of the longest object per axis"),
        "most": means(COUNTS, "extent that 99 % of the objects have at most"),
        "around": means(COUNTS, "voxels around an object that some feature looks at"),
        "recommended": means(COUNTS, "the halo that shows every object whole"),
        "by_place": means(TEXTS, "features that no halo makes equal"),
        "picture": maybe(TEXT),
        "shown": means(TEXT, "what the picture shows"),
    },
    "annotations new": {
        "classifiers": CLASSIFIERS,
        "kept": means(TEXTS, "classifiers whose annotations are there already"),
    },
    "annotations status": {"classifiers": CLASSIFIERS},
    "annotations list": {"annotations": means(listed(ANNOTATION), "one entry a row")},
    "annotations reattach": {"classifiers": CLASSIFIERS},
    "annotations import": {
        "rows": means(listed(IMPORTED), "every row of the files"),
        "counts": means(COUNTS, "what became of the rows, and of how many"),
        "unclassed": means(COUNT, "rows without a class"),
        "written": WRITTEN,
        "backups": means(TEXTS, "copies of the annotations as they were"),
        "notes": NOTES,
    },
    "annotations merge": {
        "files": means(listed(ANNOTATOR), "one entry a file"),
        "pairs": means(listed(PAIR), "every two files"),
        "disagreements": means(listed(DISAGREEMENT), "objects that are not classed alike"),
        "objects": means(COUNT, "objects that somebody annotated"),
        "rows": means(COUNT, "rows of the merged table"),
        "fates": means(COUNTS, "what became of the rows of the files, and of how many"),
        "written": WRITTEN,
        "notes": NOTES,
    },
    "project show": {
        "format": means(COUNT, "version of the project's format"),
        "title": maybe(TEXT),
        "inputs": MAPPING,
        "objects": ANY,
        "classifiers": CLASSIFIERS,
        "annotations": listed(record(name=TEXT, lines=COUNT)),
        "plugins": listed(record(name=TEXT, digest=TEXT)),
        "provenance": MAPPING,
        "workflow": means(maybe(TEXT), "its text; of an `.ilp`, which workflow of ilastik it is"),
        "version": means(maybe(TEXT), "of an `.ilp`: the version of ilastik"),
        "variant": means(TEXT, "of an `.ilp`: what objects come from"),
        "images": means(listed(MAPPING), "of an `.ilp`: its lanes"),
        "threshold": means(maybe(MAPPING), "of an `.ilp`"),
        "features": means(mapped(TEXTS), "of an `.ilp`: plugin to names"),
        "margin": means(listed(COUNT), "of an `.ilp`"),
        "classes": means(listed(MAPPING), "of an `.ilp`"),
        "forest": means(maybe(MAPPING), "of an `.ilp`"),
        "notes": means(TEXTS, "of an `.ilp`"),
    },
    "project extract": {"written": WRITTEN},
    "warm": WARMED,
    "cache info": {
        "root": means(TEXT, "folder of the cache"),
        "rooms": listed(record(name=TEXT, count=COUNT, size=COUNT)),
        "oldest": means(maybe(NUMBER), "seconds since 1970"),
        "newest": means(maybe(NUMBER), "seconds since 1970"),
        "size": means(COUNT, "bytes"),
    },
    "cache clean": {
        "dropped": listed(CONTENT),
        "left": listed(CONTENT),
        "notes_dropped": means(COUNT, "records of runs that went with them"),
        "orphans": means(TEXTS, "what killed runs left behind"),
        "freed": means(COUNT, "bytes"),
        "dry_run": means(FLAG, "true where nothing was dropped"),
    },
    "cache verify": {
        "checked": COUNT,
        "damaged": listed(record(name=TEXT, made_by=TEXT, why=TEXT)),
        "repaired": means(FLAG, "true where what is damaged was dropped"),
    },
}
"""Command to the keys of its own; a command that ends early has those that it came to."""


def document_schema(command: str) -> dict[str, Any]:
    """Return the JSON Schema of the document of one command."""
    keys = KEYS[command]
    return {
        "title": f"objclass {command} --json",
        "type": "object",
        "properties": {**ENVELOPE, "command": {"const": command}, **keys},
        "required": list(ENVELOPE),
        "additionalProperties": False,
    }


def documents_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document of any command."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "objclass: what commands print with --json",
        "anyOf": [_refused(), *(document_schema(command) for command in KEYS)],
    }


def _refused() -> Schema:
    """Return the schema of words that come to no command, or to a group of them."""
    code = {"enum": [2, 130, 143]}
    return {**record(**{**ENVELOPE, "exit_code": code}), "title": "no command"}


def key_rows(schema: Mapping[str, Schema]) -> Iterator[tuple[str, str, str]]:
    """Yield key, type and meaning of keys, and of keys within them as ``nodes[].name``."""
    for name, of in schema.items():
        yield name, in_words(of), str(of.get("description", ""))
        mark, inner = name, of
        while "items" in inner or isinstance(inner.get("additionalProperties"), Mapping):
            mark += "[]" if "items" in inner else ".*"
            inner = inner["items"] if "items" in inner else inner["additionalProperties"]
        if inner.get("properties") and inner is not PROBLEM:
            for key, kind, meaning in key_rows(inner["properties"]):
                yield f"{mark}.{key}", kind, meaning
