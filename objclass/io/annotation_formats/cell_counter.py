"""Markers of ImageJ's Cell Counter: XML with the name of the image and types of markers.

Coordinates are pixels of the image; ``MarkerZ`` counts the planes of the stack from 1. A type
is called by its number, and by its name where the plugin wrote one. The file is read without
any document type, so that nothing in it is expanded or fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from objclass.errors import InputError, Place, Problem
from objclass.io.annotation_formats.contract import SLICE, AnnotationFormat, ForeignTable
from objclass.io.reading import reading

ROOT = "CellCounter_Marker_File"
HEADER = ("image", "class", "x", "y", SLICE)


@dataclass
class _MarkerFile:
    """What was read so far of a file."""

    path: Path
    image: str = ""
    type_: str = ""
    name: str = ""
    line: int = 0
    marker: dict[str, str] = field(default_factory=dict)
    text: str = ""
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)

    def begin(self, parser: expat.XMLParserType, tag: str) -> None:
        """Note where a marker begins; a type begins without a name."""
        self.text = ""
        if tag == "Marker":
            self.marker, self.line = {}, parser.CurrentLineNumber
        elif tag == "Marker_Type":
            self.type_ = self.name = ""

    def end(self, tag: str) -> None:
        """Take what stands in an element."""
        said = self.text.strip()
        if tag == "Image_Filename":
            self.image = said.removeprefix("Counter Window - ")
        elif tag == "Type":
            self.type_ = said
        elif tag == "Name":
            self.name = said
        elif tag.startswith("Marker") and len(tag) == len("MarkerX"):
            self.marker[tag[-1]] = said
        elif tag == "Marker":
            cells = (self.marker.get(axis, "") for axis in "XYZ")
            self.rows.append((self.line, (self.image, self.name or self.type_, *cells)))


def recognise(path: Path) -> bool:
    """Return True for XML of the Cell Counter."""
    with reading(path):
        return ROOT.encode() in path.read_bytes()[:4096]


def read(path: Path) -> ForeignTable:
    """Read the markers of a file, numbered by line.

    Raises
    ------
    InputError
        Where it is no XML, or has a document type.
    """
    found = _MarkerFile(path)
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, _: found.begin(parser, tag)
    parser.EndElementHandler = found.end

    def take(text: str) -> None:
        found.text += text

    def refuse(*_: object) -> None:
        place = Place(str(path), parser.CurrentLineNumber)
        raise InputError(Problem("a document type is not read", fix="delete it", place=place))

    parser.CharacterDataHandler = take
    parser.StartDoctypeDeclHandler = refuse
    with reading(path):
        data = path.read_bytes()
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        what, fix = "the markers cannot be read", "save them in the Cell Counter again"
        place = Place(str(path), error.lineno)
        raise InputError(Problem(what, got=str(error), fix=fix, place=place)) from None
    return ForeignTable(HEADER, tuple(found.rows))


FORMAT = AnnotationFormat("ImageJ Cell Counter", (".xml",), recognise, read)
