"""From what results were made, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from objclass.data.dataclass import dataclass

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class SourceFile:
    """A file that results were made from: its role, its name, and the digest of its content."""

    role: str
    name: str
    digest: str = ""
    image: str = ""


@dataclass(frozen=True)
class Provenance:
    """From what the results were made, and with which programs.

    Parameters
    ----------
    versions
        As :func:`objclass.io.project.contents.provenance` returns it.
    nodes
        Node to its fields with defaults written out.
    workflow
        The text of the workflow.
    finding
        Node that finds objects to its kind and the parameters that act.
    files
        What was read.
    models
        Classifier to the digest of its model, and its estimator with settings.
    columns
        The features that were measured: name, unit, definition, source.
    """

    versions: Facts
    nodes: Mapping[str, Facts]
    workflow: str
    finding: Mapping[str, Facts] = field(default_factory=dict)
    files: Sequence[SourceFile] = ()
    models: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    columns: Sequence[tuple[str, str, str, str]] = ()
