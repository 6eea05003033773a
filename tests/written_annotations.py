"""Files of annotations as other programs write them, for tests of their import."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

Marked = tuple[str, float, float]
"""Class, x and y."""


def cell_counter(path: Path, image: str, marked: Iterable[tuple[str, int, int, int]]) -> Path:
    """Write markers (type, x, y and plane from 1) as ImageJ's Cell Counter does."""
    types: dict[str, list[tuple[int, int, int]]] = {}
    for type_, *at in marked:
        types.setdefault(type_, []).append((at[0], at[1], at[2]))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>', "<CellCounter_Marker_File>",
        " <Image_Properties>", f"     <Image_Filename>{image}</Image_Filename>",
        " </Image_Properties>", " <Marker_Data>", "     <Current_Type>1</Current_Type>",
    ]  # fmt: skip
    for type_, places in types.items():
        lines += ["     <Marker_Type>", f"         <Type>{type_}</Type>"]
        for place in places:
            lines.append("         <Marker>")
            lines += [f"             <Marker{a}>{v}</Marker{a}>"
                      for a, v in zip("XYZ", place, strict=True)]  # fmt: skip
            lines.append("         </Marker>")
        lines.append("     </Marker_Type>")
    lines += [" </Marker_Data>", "</CellCounter_Marker_File>", ""]
    path.write_bytes("\r\n".join(lines).encode())
    return path


def qupath(path: Path, shapes: Iterable[tuple[str, str, Any]], *, collected: bool = True) -> Path:
    """Write objects (class, kind of shape, coordinates) as QuPath exports them."""
    features = [
        {
            "type": "Feature",
            "id": f"0f2c-{k}",
            "geometry": {"type": kind, "coordinates": at},
            "properties": {
                "objectType": "annotation",
                **({"classification": {"name": name, "color": [200, 0, 0]}} if name else {}),
            },
        }
        for k, (name, kind, at) in enumerate(shapes)
    ]
    said = {"type": "FeatureCollection", "features": features} if collected else features
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def training_set(path: Path, rows: Iterable[Sequence[object]], properties: str = "") -> Path:
    """Write class, numbers and perhaps a position as CellProfiler Analyst does."""
    listed = [tuple(map(str, row)) for row in rows]
    classes = dict.fromkeys(row[0] for row in listed)
    lines = [
        f"# Training set created while using properties: {properties}",
        f"label {' '.join(classes)}", *(" ".join(row) for row in listed),
        "# b'eJxTZWBgaGNgYGBkYGBgZmBgYAEAAuUAPQ=='", "",
    ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def cell_database(
    path: Path, files: dict[int, Sequence[str]], objects: dict[tuple[int, int], tuple[float, float]]
) -> Path:
    """Write the tables of ExportToDatabase: images with files, objects with their middles."""
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(
            "CREATE TABLE MyExpt_Per_Image (ImageNumber INTEGER PRIMARY KEY, "
            "Image_FileName_DNA VARCHAR, Image_FileName_GFP VARCHAR)"
        )
        base.execute(
            "CREATE TABLE MyExpt_Per_Object (ImageNumber INTEGER, ObjectNumber INTEGER, "
            "Nuclei_Location_Center_X FLOAT, Nuclei_Location_Center_Y FLOAT, "
            "Cells_Location_Center_X FLOAT, Cells_Location_Center_Y FLOAT, "
            "PRIMARY KEY (ImageNumber, ObjectNumber))"
        )
        rows = [(n, *names, None)[:3] for n, names in files.items()]
        base.executemany("INSERT INTO MyExpt_Per_Image VALUES (?, ?, ?)", rows)
        middles = [(*key, *at, 0.0, 0.0) for key, at in objects.items()]
        base.executemany("INSERT INTO MyExpt_Per_Object VALUES (?, ?, ?, ?, ?, ?)", middles)
    return path


def cell_properties(path: Path, database: str, kind: str = "sqlite") -> Path:
    """Write a properties file of CellProfiler Analyst."""
    path.write_text(
        f"# ==== Database Info ====\ndb_type         = {kind}\ndb_sqlite_file  = {database}\n"
        "image_table   = MyExpt_Per_Image\nobject_table  = MyExpt_Per_Object\n"
        "image_id      = ImageNumber\nobject_id     = ObjectNumber\n"
        "cell_x_loc    = Nuclei_Location_Center_X\ncell_y_loc    = Nuclei_Location_Center_Y\n",
        encoding="utf-8",
    )
    return path
