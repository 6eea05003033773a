"""The object table and the table of counts, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from objclass.data.labels import Index, LabelImage
from objclass.data.objects import ObjectTable, Prediction, code_names
from objclass.engine.node import Given, View
from objclass.nodes.export import Origin
from objclass.nodes.frames import FRAME_NAME, TIME, time_of
from objclass.nodes.kept import kept_matches
from objclass.nodes.tables import TABLE
from objclass.schema.quantity import SECONDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Columns = dict[str, Any]
"""Column name to an array or a list of values."""

PLACE = {
    "t": ("", "time point, counted from 0"),
    FRAME_NAME: ("", "the text of {t} in the name of the frame's file"),
    "object": ("", "id of the object in the identities image of its frame"),
    "z": ("voxel", "z of a voxel inside the object, in the uncropped image"),
    "y": ("voxel", "y of a voxel inside the object, in the uncropped image"),
    "x": ("voxel", "x of a voxel inside the object, in the uncropped image"),
    "channel": ("", "the channel of the prediction map that the object was found in"),
    "touches_border": ("", "1 where the object touches the border of the image"),
    "stamp": ("", "o and ten digits: the object's place and voxels"),
    "user_class": ("", "the class a person gave the object"),
    "predicted_class": ("", "the most probable class"),
    "uncertainty": ("", "1 - (p1 - p2) of the two largest probabilities"),
    "unseen_class": ("", "the most probable class for trees that have not learned from it"),
}
TIME_MEANS = "time of the frame: t times the time_step of the input"


def table_columns(view: View) -> Columns:
    """Return the object table: one row per image, frame and object.

    Columns in fixed order: image names, ``t``, ``frame_name``, the time, ``object``, a voxel
    inside (``z``, ``y``, ``x``), ``touches_border``, ``stamp``, ``user_class``,
    ``predicted_class``, ``probability-<class>``, ``uncertainty``, where the classifier learned
    here ``unseen_class`` and ``unseen_probability-<class>``, features.
    """
    pieces = [_piece(view, each) for each in view.all("objects")]
    return joined(pieces)


def joined(pieces: Sequence[Columns]) -> Columns:
    """Put the rows of several pieces under each other."""
    import numpy as np

    widest = max(pieces, key=len)
    return {
        name: [value for piece in pieces for value in _values(piece, name)]
        if isinstance(column, list)
        else np.concatenate([_values(piece, name) for piece in pieces])
        for name, column in widest.items()
    }


def _values(piece: Columns, name: str) -> Any:
    """Return a column of a piece; an image without time has the time point 0."""
    return piece[name] if name in piece or name != "t" else [0] * len(piece["object"])


def _piece(view: View, given: Given) -> Columns:
    labels: LabelImage = given.load()
    index = labels.index
    columns: Columns = {}
    for name, value in _names(view, given.image).items():
        columns[name] = [value] * len(index)
    columns |= _placed(labels, index, _frame(view, given))
    if "prediction" in view.given:
        columns |= _predicted(view, given, index)
    features = features_of(view, given)
    return columns | {name: features[name] for name in view.parameters["columns"]}


def _names(view: View, image: str) -> dict[str, str]:
    """Return ``image`` and the image's names."""
    names = next(names for name, names in view.parameters["images"] if name == image)
    return {"image": image, **names}


def _frame(view: View, given: Given) -> dict[str, Any]:
    """Return what stands in every row of a frame: ``t``, its name in the files, its time."""
    grid = given.load().header.grid
    if grid.frames is None:
        return {}
    t = (given.t or 0) + grid.first_frame
    facts: dict[str, Any] = {"t": t}
    if "frame_names" in view.parameters:
        names = view.parameters["frame_names"].get(given.image, [])
        facts[FRAME_NAME] = names[t] if t < len(names) else ""
    return facts | time_column(view, t)


def time_column(view: View, t: int) -> dict[str, float]:
    """Return the time of a frame by the column it stands in; nothing where nobody said."""
    step = view.parameters.get("time_step")
    return {f"{TIME}{step[1]}": time_of(t, step)} if step else {}


def _placed(labels: LabelImage, index: Index, frame: Mapping[str, Any]) -> Columns:
    import numpy as np

    grid = labels.header.grid
    columns: Columns = {}
    for name, value in frame.items():
        text = isinstance(value, str)
        columns[name] = [value] * len(index) if text else np.full(len(index), value)
    columns["object"] = index.ids
    origin = grid.origin[-grid.dimensions :]
    for axis, letter in enumerate(grid.spatial):
        columns[letter] = index.inside[:, axis] + np.int64(origin[axis])
    found_in = labels.header.found_in
    if found_in and index.channel is not None:
        columns["channel"] = [found_in[k - 1] for k in index.channel]
    columns["touches_border"] = index.touches_border.astype(np.uint8)
    columns["stamp"] = [stamp.decode() for stamp in index.stamp]
    return columns


def _predicted(view: View, given: Given, index: Index) -> Columns:
    found: Prediction = same(view.all("prediction"), given).load()
    classes: list[str] = view.parameters["classes"]
    names = code_names(classes)
    columns: Columns = {"user_class": user_classes(view, given, index)}
    columns["predicted_class"] = [names[code - 1] for code in found.code]
    for k, name in enumerate(classes):
        columns[f"probability-{name}"] = found.probability[:, k]
    columns["uncertainty"] = found.uncertainty
    return columns | (_unseen(view, given, index) if "evaluation" in view.given else {})


def _unseen(view: View, given: Given, index: Index) -> Columns:
    """Return what trees say of the objects they have not learned from; nothing of others."""
    import numpy as np

    from objclass.classification.trees import decided

    names = code_names(view.parameters["classes"])
    probability = np.full((len(index), len(names) - 1), np.nan)
    for each, (mine, ids) in _learned_here(view, given):
        said, owners = (view.one("evaluation").arrays[name] for name in ("unseen", "examples"))
        first = int(np.flatnonzero(owners == each.artifact.digest.encode())[0])
        rows = np.searchsorted(index.ids, ids)
        probability[rows] = said[first : first + len(mine)][mine]
    known = ~np.isnan(probability[:, 0])
    least = float(view.parameters["min_probability"])
    code = np.zeros(len(index), np.int64)
    code[known] = decided(np.ascontiguousarray(probability[known]), least)[0]
    columns: Columns = {"unseen_class": [("", *names)[k] for k in code]}
    for k, name in enumerate(names[:-1]):
        columns[f"unseen_probability-{name}"] = probability[:, k]
    return columns


def _learned_here(
    view: View, given: Given
) -> Iterator[tuple[Given, tuple[NDArray[np.bool_], NDArray[np.uint64]]]]:
    """Yield the examples of an image, which of them are in this frame, and their ids."""
    import numpy as np

    labels: LabelImage = given.load()
    for each in view.given.get("examples", ()):
        if each.image == given.image and each.artifact.subtrees:
            arrays, grid = each.load().arrays, labels.header.grid
            mine = np.ones(len(arrays["object"]), np.bool_)
            if grid.frames is not None:
                mine = arrays["position"][:, 0] == (given.t or 0) + grid.first_frame
            yield each, (mine, arrays["object"][mine])


def user_classes(view: View, given: Given, index: Index) -> list[str]:
    """Return the class a person gave each object, empty for most."""
    said: dict[int, str] = {}
    for each in view.given.get("matches", ()):
        if each.image == given.image and each.artifact.subtrees:
            matches, _ = kept_matches(each.load().facts)
            said |= {m.object: m.row.class_ for m in matches.used if m.frame == given.t}
    return [said.get(int(number), "") for number in index.ids]


def features_of(view: View, given: Given) -> dict[str, NDArray[np.generic]]:
    """Return every feature column of one frame; each family's table is opened once."""
    columns: dict[str, NDArray[np.generic]] = {}
    for read, tables in view.given.items():
        if read.startswith(TABLE):
            table: ObjectTable = same(tables, given).load()
            columns |= table.columns
    return columns


def same(given: Sequence[Given], wanted: Given) -> Given:
    return next(each for each in given if (each.image, each.t) == (wanted.image, wanted.t))


def table_metadata(origin: Origin, columns: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return unit and definition of every column that has them."""
    known = {c.name: c for c in origin.table.columns} if origin.table else {}
    found: dict[str, dict[str, str]] = {}
    for name in columns:
        if name in PLACE:
            unit, definition = PLACE[name]
            found[name] = {"unit": unit, "definition": definition}
        elif name.startswith(TIME) and name.removeprefix(TIME) in SECONDS:
            found[name] = {"unit": name.removeprefix(TIME), "definition": TIME_MEANS}
        elif name.startswith("unseen_probability-"):
            text = "mean over the trees that have not learned from the object"
            found[name] = {"unit": "", "definition": text}
        elif name in known:
            column = known[name]
            source = {"source": column.source, "channel": column.channel or ""}
            found[name] = {"unit": column.unit, "definition": column.definition, **source}
    return found


def counts_columns(view: View) -> Columns:
    """Return objects per class, summed by image names: one row per group, also empty ones."""
    by: list[str] = view.parameters["counts_by"]
    classes: list[str] = view.parameters.get("classes", [])
    names = code_names(classes) if _unclassified(view) else classes
    groups: dict[tuple[str, ...], list[int]] = {}
    for key, counts in _counted(view, by, len(names)):
        total = groups.setdefault(key, [0] * len(counts))
        for k, count in enumerate(counts):
            total[k] += count
    keys = list(groups)
    columns: Columns = {name: [key[k] for key in keys] for k, name in enumerate(by)}
    if "t" in by:
        times = [time_column(view, int(t)) for t in columns["t"]]
        columns |= {name: [time[name] for time in times] for name in (times or [{}])[0]}
    columns["objects"] = [groups[key][0] for key in keys]
    if "examples" in view.given:
        columns["annotated"] = [groups[key][-1] for key in keys]
    for k, name in enumerate(names):
        columns[f"n_{name}"] = [groups[key][k + 1] for key in keys]
    for k, name in enumerate(names):
        columns[f"pct_{name}"] = [percent(groups[key][k + 1], groups[key][0]) for key in keys]
    return columns


def percent(part: int, whole: int) -> float:
    """Return a share in percent; not a number of nothing."""
    return round(100 * part / whole, 2) if whole else float("nan")


def _unclassified(view: View) -> bool:
    return any(
        int((each.load().code > len(view.parameters["classes"])).sum())
        for each in view.given.get("prediction", ())
    )


def _counted(
    view: View, by: Sequence[str], classes: int
) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    """Yield group and counts (all, per class, learned from) of every frame."""
    for given in view.all("objects"):
        labels: LabelImage = given.load()
        facts = {
            **_names(view, given.image),
            "t": str((given.t or 0) + labels.header.grid.first_frame),
        }
        counts = [len(labels.index)]
        if "prediction" in view.given:
            code = same(view.all("prediction"), given).load().code
            counts += [int((code == k + 1).sum()) for k in range(classes)]
        learned = sum(len(ids) for _, (_, ids) in _learned_here(view, given))
        yield tuple(facts[name] for name in by), [*counts, learned]
