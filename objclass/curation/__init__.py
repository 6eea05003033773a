"""Curation of annotation files: begin one, see how it stands, find changed objects again.

Each verb runs the workflow up to the label image that the annotations are about, so that what
it says is true of the objects of now; nothing is trained.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.curation.annotated_objects import AnnotatedObjects, classifiers
    from objclass.curation.annotation_status import AnnotationStatus, status
    from objclass.curation.following import ReattachmentReport, RewrittenFile, follow, rewrite
    from objclass.curation.starting import NewAnnotationFile, start

_HOMES = {
    "ReattachmentReport": "following",
    "AnnotatedObjects": "annotated_objects",
    "classifiers": "annotated_objects",
    "RewrittenFile": "following",
    "AnnotationStatus": "annotation_status",
    "NewAnnotationFile": "starting",
    "follow": "following",
    "rewrite": "following",
    "start": "starting",
    "status": "annotation_status",
}

__all__ = [
    "AnnotatedObjects",
    "AnnotationStatus",
    "NewAnnotationFile",
    "ReattachmentReport",
    "RewrittenFile",
    "classifiers",
    "follow",
    "rewrite",
    "start",
    "status",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
