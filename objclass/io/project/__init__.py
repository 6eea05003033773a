"""The project file: everything needed to classify other images, in one HDF5 file.

It holds the workflow and the annotations verbatim, the trained models as plain arrays, the
example rows they learned from, what inputs looked like, and where it all came from. Nothing
in it is executable: numbers, UTF-8 text and JSON, no pickles, no links, no filters.

::

    format                      JSON  name, version, written_by
    workflow                    text  the YAML as written
    parameters                  JSON  effective parameters, defaults written out
    inputs                      JSON  per input node: axes, channels, role, dtype, …
    provenance                  JSON  versions, platform
    annotations/0000/name       text  file name; also `text` (verbatim), `rows` (JSON)
    classifiers/0000/about      JSON  node, classes, colours, columns, units, facts, digest
    classifiers/0000/evaluation JSON  scores
    classifiers/0000/arrays/…         the model (see objclass.classification.estimators)
    classifiers/0000/examples/…       X, y, image, t, position, stamp
    plugins/0000/about          JSON  name, digest; also `source` (text; never run)

Text is a one-dimensional uint8 array of UTF-8: ``bytes(file["workflow"][()]).decode()``.
Every array is contiguous and unfiltered, so no array can be larger than the file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.io.project.contents import (
        FORMAT,
        VERSION,
        AnnotationTable,
        ExampleRows,
        Plugin,
        ProjectFile,
        TrainedClassifier,
        model_digest,
        provenance,
    )
    from objclass.io.project.reading import read
    from objclass.io.project.writing import write

_HOMES = {
    "AnnotationTable": "contents",
    "ExampleRows": "contents",
    "FORMAT": "contents",
    "Plugin": "contents",
    "ProjectFile": "contents",
    "TrainedClassifier": "contents",
    "VERSION": "contents",
    "model_digest": "contents",
    "provenance": "contents",
    "read": "reading",
    "write": "writing",
}

__all__ = [
    "FORMAT",
    "VERSION",
    "AnnotationTable",
    "ExampleRows",
    "Plugin",
    "ProjectFile",
    "TrainedClassifier",
    "model_digest",
    "provenance",
    "read",
    "write",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
