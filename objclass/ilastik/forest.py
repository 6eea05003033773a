"""vigra's forests as ilastik stores them, turned into the arrays of our evaluator.

A tree of vigra is one list of integers and one of numbers. From place 2 on, a node is either
a leaf ``(kind, a)``, whose class proportions are ``parameters[a + 1 …]``, or a threshold node
``(kind, a, left, right, column)``: a row goes left where ``x[column] < parameters[a + 1]``.
Ours ask ``x <= t``, so ``t`` becomes the next smaller number. Several forests are one: the
mean over all their trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from objclass.classification.estimators.forest import NAME
from objclass.classification.soundness import problems
from objclass.data.model import MAX_CLASSES, Model
from objclass.errors import InputError, Problem, list_some
from objclass.ilastik.contents import StoredForest, StoredTree
from objclass.ilastik.pickled import class_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.ilastik.folder import ProjectGroup

LEAF: Final = 0x40000000
THRESHOLD: Final = 0
ROOT: Final = 2
MOST_CLASSES: Final = 10_000
CLASSIFIERS: Final = (
    ("lazyflow.classifiers.parallelVigraRfLazyflowClassifier", "ParallelVigraRfLazyflowClassifier"),
    ("lazyflow.classifiers.vigraRfLazyflowClassifier", "VigraRfLazyflowClassifier"),
)
KINDS: Final = {1: "a hyperplane node", 2: "a hypersphere node"}


def read_forests(root: ProjectGroup) -> tuple[StoredForest, ...]:
    """Return the stored forests; none where the classifier was not up to date when saved."""
    folder = root.folder("ObjectClassification/ClassifierForests")
    if folder is None:
        return ()
    if "pickled_type" in folder:
        _check_type(folder)
    return tuple(_forest(each) for name, each in folder.folders() if name.startswith("Forest"))


def _check_type(folder: ProjectGroup) -> None:
    where = folder.within("pickled_type")
    found = class_name(b"".join(folder.raw("pickled_type")), f"{folder.path}: '{where}'")
    if found not in CLASSIFIERS:
        what = f"{folder.path}: its classifier is no random forest of vigra"
        fix = "choose the default classifier in ilastik, or import the project and train again"
        raise InputError(Problem(what, got=found[1], expected="a random forest", fix=fix))


def _forest(folder: ProjectGroup) -> StoredForest:
    """Read one forest."""
    facts = folder.folder("_ext_param")
    if facts is None:
        folder.refuse(f"forest '{folder.name}' has no description")
    columns, classes = facts.whole("column_count_"), facts.whole("class_count_")
    labels = facts.array("labels", "iu", 1).tolist() if "labels" in facts else None
    numbers = range(1, min(classes, MOST_CLASSES) + 1) if labels is None else map(int, labels)
    options = folder.folder("_options")
    trees = tuple(
        StoredTree(tree.array("topology", "iu", 1), tree.array("parameters", "f", 1))
        for name, tree in folder.folders()
        if name.startswith("Tree_")
    )
    found = StoredForest(
        columns=columns,
        class_numbers=tuple(numbers),
        trees=trees,
        rows=facts.whole("row_count_", 0),
        weighted=options is not None and options.whole("predict_weighted_", 0) != 0,
    )
    _check(folder, found, classes)
    return found


def _check(folder: ProjectGroup, forest: StoredForest, classes: int) -> None:
    """Refuse what no forest of ilastik is."""
    numbers = forest.class_numbers
    if len(numbers) != classes or len(set(numbers)) < len(numbers) or min(numbers, default=0) < 1:
        folder.refuse(f"classes of forest '{folder.name}'", f"{numbers} for {classes} classes")
    if not forest.trees:
        folder.refuse(f"forest '{folder.name}' has no tree")
    if forest.weighted:
        folder.refuse(f"forest '{folder.name}' weighs its leaves, which ilastik never does")


def as_model(
    forests: Sequence[StoredForest],
    classes: Sequence[str],
    columns: Sequence[str],
    units: Sequence[str] = (),
    facts: dict[str, object] | None = None,
) -> Model:
    """Return stored forests as a model.

    Parameters
    ----------
    forests
        At least one; all with as many columns as `columns`.
    classes
        All class names; number k of ilastik is ``classes[k - 1]``. A class that no forest
        knows has probability 0.
    columns
        Names of the columns in ilastik's order.
    units
        Their units.
    facts
        More facts to keep with the model.

    Raises
    ------
    InputError
        For columns or classes that do not fit and for damaged trees.
    """
    if len(classes) > MAX_CLASSES:
        got, expected = str(len(classes)), f"at most {MAX_CLASSES}"
        raise InputError(Problem("number of classes", got=got, expected=expected))
    for each in forests:
        _check_fit(each, len(classes), len(columns))
    model = Model(
        NAME,
        _arrays(forests, len(classes)),
        tuple(classes),
        tuple(columns),
        tuple(units),
        {"missing": "zero", "origin": "ilastik", **(facts or {})},
    )
    found = problems(model)
    if found:
        raise InputError(*found)
    return model


def _check_fit(forest: StoredForest, classes: int, columns: int) -> None:
    if forest.columns != columns:
        raise InputError(
            Problem(
                "the stored forest does not fit the selected features",
                got=f"{forest.columns} columns in the forest, {columns} of the features",
                fix="import the project and train again, or train again in ilastik and save",
            )
        )
    unknown = [number for number in forest.class_numbers if number > classes]
    if unknown:
        got = f"class number {list_some(unknown)} of {classes} classes"
        raise InputError(Problem("the stored forest knows classes that have no name", got=got))


def _arrays(forests: Sequence[StoredForest], classes: int) -> dict[str, Any]:
    """Return the arrays of all trees, breadth first: children come after their parents."""
    import numpy as np

    trees = [tree for forest in forests for tree in forest.trees]
    topology = np.concatenate([tree.topology.astype(np.int64) for tree in trees])
    parameters = np.concatenate([tree.parameters.astype(np.float64) for tree in trees])
    sizes = [(len(tree.topology), len(tree.parameters)) for tree in trees]
    bounds = np.cumsum([(0, 0), *sizes], axis=0)
    levels = list(_levels(topology, bounds))
    place, tree, leaf = (np.concatenate([level[k] for level in levels]) for k in range(3))
    nodes = _Nodes(place, tree, leaf, topology, parameters, bounds)
    proportions = [forest.class_numbers for forest in forests for _ in forest.trees]
    return {**nodes.branches(), "value": nodes.values(proportions, classes), "root": nodes.roots()}


def _levels(topology: NDArray[np.int64], bounds: NDArray[np.int64]) -> Any:
    """Yield place, tree and "is a leaf" of the nodes of every level, all trees at once."""
    import numpy as np

    place = bounds[:-1, 0] + ROOT
    tree = np.arange(len(place))
    left = len(topology)
    while len(place):
        left -= 2 * len(place)
        _require(left >= 0, "its nodes point back at each other")
        _require_inside(place, 2, tree, bounds[:, 0])
        leaf = (topology[place] & LEAF) != 0
        inner = ~leaf
        _require_kinds(topology[place[inner]])
        _require_inside(place[inner], 5, tree[inner], bounds[:, 0])
        yield place, tree, leaf
        children = topology[place[inner][:, None] + (2, 3)] + bounds[tree[inner], 0][:, None]
        place = children.reshape(-1)
        tree = np.repeat(tree[inner], 2)


def _require(fine: bool, what: str) -> None:
    if not fine:
        fix = "open the project in ilastik, train again and save it"
        raise InputError(Problem(f"the stored forest is damaged: {what}", fix=fix))


def _require_kinds(kinds: NDArray[np.int64]) -> None:
    import numpy as np

    other = np.unique(kinds[kinds != THRESHOLD]).tolist()
    if other:
        got = KINDS.get(other[0], f"a node of kind {other[0]}")
        what = "the stored forest has nodes that ilastik never makes"
        raise InputError(Problem(what, got=got, expected="threshold nodes and leaves"))


def _require_inside(
    place: NDArray[np.int64], length: int, tree: NDArray[np.int64], bounds: NDArray[np.int64]
) -> None:
    fine = (place >= bounds[tree]) & (place + length <= bounds[tree + 1])
    _require(bool(fine.all()), "a node points out of its tree")


class _Nodes:
    """All nodes of all trees in breadth-first order."""

    def __init__(
        self,
        place: NDArray[np.int64],
        tree: NDArray[np.int64],
        leaf: NDArray[np.bool_],
        topology: NDArray[np.int64],
        parameters: NDArray[np.float64],
        bounds: NDArray[np.int64],
    ) -> None:
        self._place, self._tree, self._leaf = place, tree, leaf
        self._topology, self._parameters, self._bounds = topology, parameters, bounds

    def roots(self) -> NDArray[np.int32]:
        import numpy as np

        return np.arange(len(self._bounds) - 1, dtype=np.int32)

    def branches(self) -> dict[str, Any]:
        """Return column, threshold and children of every node."""
        import numpy as np

        n, inner = len(self._place), np.flatnonzero(~self._leaf)
        feature, left, right = (np.full(n, -1, np.int32) for _ in range(3))
        threshold = np.zeros(n)
        column = self._topology[self._place[inner] + 4]
        _require(bool(((column >= 0) & (column < 2**31)).all()), "a column has no number")
        feature[inner] = column
        first = len(self._bounds) - 1 + 2 * np.arange(len(inner))
        left[inner], right[inner] = first, first + 1
        limit = self._parameters[self._parameters_at(inner, 2) + 1]
        threshold[inner] = np.nextafter(limit, -np.inf)
        return {"feature": feature, "threshold": threshold, "left": left, "right": right}

    def values(self, numbers: Sequence[Sequence[int]], classes: int) -> NDArray[np.float64]:
        """Return the class proportions of every leaf, 0 elsewhere."""
        import numpy as np

        value = np.zeros((len(self._place), classes))
        widths = np.array([len(each) for each in numbers])
        for width in np.unique(widths):
            leaves = np.flatnonzero(self._leaf & (widths[self._tree] == width))
            at = self._parameters_at(leaves, 1 + int(width))
            columns = np.array([n if len(n) == width else [1] * width for n in numbers]) - 1
            proportions = self._parameters[at[:, None] + 1 + np.arange(width)]
            value[leaves[:, None], columns[self._tree[leaves]]] = proportions
        return value

    def _parameters_at(self, nodes: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        """Return where in all parameters those of some nodes begin."""
        offset, tree = self._topology[self._place[nodes] + 1], self._tree[nodes]
        _require(bool(((offset >= 0) & (offset < 2**31)).all()), "a node has no parameters")
        at: NDArray[np.int64] = offset + self._bounds[tree, 1]
        fine = at + length <= self._bounds[tree + 1, 1]
        _require(bool(fine.all()), "a node has no parameters")
        return at
