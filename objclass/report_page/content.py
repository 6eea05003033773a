"""What a report tells, as values: sections turn them into HTML, gatherers fill them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.lineage.provenance import Provenance

Facts = Mapping[str, Any]
Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Titles and cells, as a file has them."""
Ends = tuple[float, float, float]
"""A share with the ends of its interval."""


@dataclass(frozen=True)
class PagePicture:
    """A picture that stands in the page itself.

    Parameters
    ----------
    source
        ``data:`` address.
    width, height
        In pixels.
    title, remark
        What stands below, and a fainter line.
    """

    source: str
    width: int
    height: int
    title: str
    remark: str = ""


@dataclass(frozen=True)
class ObjectCounts:
    """How many objects each image has of each class.

    Parameters
    ----------
    name
        The node that predicts or finds them.
    classes
        Class to colour.
    rows
        Image (or group), its objects, and class to objects; None for an image that failed.
    shares
        Class to share with its interval, where an audit corrects it.
    method
        A sentence without its full stop: how shares were corrected; empty without an audit.
    corrected
        The table of an audit: titles, and rows by what counts are grouped by.
    """

    name: str
    classes: Mapping[str, str]
    rows: Sequence[tuple[str, int | None, Mapping[str, int | None]]]
    shares: Mapping[str, Ends] = field(default_factory=dict)
    method: str = ""
    corrected: Table = ((), ())


@dataclass(frozen=True)
class ColumnSpread:
    """How the values of one feature are spread in every class.

    Parameters
    ----------
    column, unit, definition, source
        What was measured.
    edges
        Of the bins, from small to large.
    bins
        Class to how many objects lie in each bin.
    quartiles
        Class to first quartile, median and third quartile.
    """

    column: str
    unit: str
    definition: str
    source: str
    edges: tuple[float, ...]
    bins: Mapping[str, tuple[int, ...]]
    quartiles: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True)
class CutOutGallery:
    """Cut-outs of some objects: why these, of which class, and how they look."""

    what: str
    class_: str
    tiles: tuple[PagePicture, ...]


@dataclass(frozen=True)
class ClassifierFacts:
    """What is told of one classifier.

    Parameters
    ----------
    name
        Its node.
    classes
        Class to colour.
    facts
        As :func:`objclass.evaluation.assessment.assess` returns it, or only ``evaluation``.
    statuses
        What became of annotations, and how many rows.
    invalid
        Rows that are not valid: where they stand, their class and what is wrong.
    spreads, galleries
        Of its predictions, or of the examples it learned from.
    spread_of
        Whose values the spreads show.
    columns
        The features that it goes by.
    """

    name: str
    classes: Mapping[str, str]
    facts: Facts
    statuses: Mapping[str, int] = field(default_factory=dict)
    invalid: Sequence[tuple[str, str, str]] = ()
    spreads: Sequence[ColumnSpread] = ()
    galleries: Sequence[CutOutGallery] = ()
    spread_of: str = "objects by predicted class"
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class PlateHeatMap:
    """One number for every well of a plate, such as B03."""

    title: str
    wells: Mapping[str, float]


@dataclass(frozen=True)
class ReportContent:
    """All that one page tells.

    Parameters
    ----------
    title, subject
        What people call it, and the file it is about.
    images
        How many images there are.
    provenance
        From what it was made.
    notes, remarks
        What a reader must know first, and what the run remarked on.
    pictures, pictures_of
        Overviews, and what they show.
    counts, classifiers, plates
        See their types.
    controls
        Result to how its control wells are told apart, one row a plate and class.
    table
        One row an image: titles and cells, as the summary of a batch has them.
    failures
        Image and what was wrong with it.
    """

    title: str
    subject: str
    images: int
    provenance: Provenance
    notes: Sequence[str] = ()
    remarks: Sequence[str] = ()
    pictures: Sequence[PagePicture] = ()
    pictures_of: str = ""
    counts: Sequence[ObjectCounts] = ()
    classifiers: Sequence[ClassifierFacts] = ()
    plates: Sequence[PlateHeatMap] = ()
    controls: Mapping[str, Table] = field(default_factory=dict)
    table: Table = ((), ())
    failures: Sequence[tuple[str, str]] = ()
