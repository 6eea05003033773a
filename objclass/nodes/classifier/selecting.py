"""``select``: a classifier for the objects that earlier predictions give some classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from objclass.annotations.matches import USED
from objclass.annotations.outcome import adopt
from objclass.annotations.rows import Row
from objclass.data.model import ModelHeader, SelectedClasses
from objclass.data.objects import PredictionHeader, TableHeader
from objclass.data.wire import Wire
from objclass.engine.artifact import EMPTY, Content, FactsHeader, Record
from objclass.engine.kind import NodeKind, Predicting
from objclass.engine.look import CALLED, Look
from objclass.engine.node import Made, Part, Read, View
from objclass.errors import InputError, Place, Problem, list_some, nearest
from objclass.nodes.classifier.summary import OutsideSummary
from objclass.nodes.kept import kept_matches
from objclass.schema.fields import Frozen, NameOrNames, WireField, wires

if TYPE_CHECKING:
    from objclass.data.objects import Prediction

OUTSIDE: Final = "outside"
"""The part that finds the annotated objects that are not selected."""
SELECT: Final = "select"
SELECTED: Final = "selected"
"""What readers call the predictions that select."""


class SelectFields(Frozen):
    """Which objects a classifier is for."""

    class_: Annotated[
        NameOrNames, Field(alias="class", description="The class, or a list of classes.")
    ]
    from_: Annotated[
        WireField | None,
        Field(
            alias="from",
            description="The node that predicts it; may be left out where one node does.",
        ),
    ] = None


def with_predictions(
    select: SelectFields, name: str, nodes: Mapping[str, NodeKind], place: Place
) -> SelectFields:
    """Return the choice with the node that predicts, where nobody wrote it.

    Parameters
    ----------
    select
        As written.
    name
        The classifier that has it.
    nodes
        All nodes of the workflow.
    place
        Where it is written.

    Raises
    ------
    InputError
        Where no node predicts the class, or several may.
    """
    if select.from_ is not None:
        return select
    found = dict(_predicting(nodes, name))
    fitting = [node for node, each in found.items() if _may_have(nodes, each, select.class_)]
    if len(fitting) == 1:
        return select.model_copy(update={"from_": Wire(fitting[0])})
    classes = list_some([f"'{each}'" for each in select.class_])
    if fitting:
        what = f"which predictions have the class {classes}? Several may"
        fix = f"write from: {fitting[0]} beside class"
        raise InputError(Problem(what, expected=list_some(fitting), fix=fix, place=place))
    what = f"no other node predicts the class {classes}"
    fix = "add a predict node for the classifier that knows it, and name it with from"
    raise InputError(Problem(what, got=list_some(found) or None, fix=fix, place=place))


def _predicting(nodes: Mapping[str, NodeKind], name: str) -> Iterator[tuple[str, Predicting]]:
    """Yield the nodes that predict without this classifier; of those that do the same, one."""
    seen: list[Predicting] = []
    for node, each in nodes.items():
        predicts = each.predicts
        if predicts is not None and predicts not in seen and name not in _above(nodes, node):
            seen.append(predicts)
            yield node, predicts


def _above(nodes: Mapping[str, NodeKind], name: str) -> set[str]:
    """Return every node that a node reads from, also where wires lead nowhere or in a circle."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        node = nodes.get(waiting.pop())
        new = {wire.node for wire in wires(node).values()} - found if node else set()
        found |= new
        waiting += new
    return found


def _may_have(nodes: Mapping[str, NodeKind], predicts: Predicting, classes: Sequence[str]) -> bool:
    """Return False where the classifier lists its classes, and these are not among them."""
    node = nodes.get(predicts.classifier.node)
    listed = node.learns.classes if node and node.learns else None
    return listed is None or set(classes) <= {each.name for each in listed}


def selected_classes(
    look: Look, select: SelectFields | None, table: TableHeader
) -> SelectedClasses | None:
    """Return which objects of a table a classifier is for; None where it is for all.

    What is wrong with the choice is reported.
    """
    if select is None or select.from_ is None:
        return None
    wire = select.from_
    wire = wire if wire.part else Wire(wire.node, look.nodes[wire.node].main)
    header = look.header_of(wire, f"{SELECT}.from")
    if not isinstance(header, PredictionHeader):
        raise _no_predictions(look, select.from_, CALLED[type(header)] if header else "nothing")
    if header.objects != table.objects:
        what = f"'{select.from_}' predicts other objects than those to classify"
        got, expected = f"'{header.objects}'", f"'{table.objects}'"
        raise look.problem(f"{SELECT}.from", what, got=got, expected=expected)
    unknown = [name for name in select.class_ if name not in header.classes]
    if unknown and len(header.classes) < 2:  # nobody has annotated enough to predict anything
        look.note(f"'{select.from_}' has no class {list_some(unknown)} yet")
    elif unknown:
        close = nearest(unknown[0], header.classes)
        what = f"'{select.from_}' has no class '{unknown[0]}'"
        fix = f"did you mean {close}?" if close else "annotate one, or list it in its classes"
        expected = list_some(header.classes)
        field = f"{SELECT}.class.{select.class_.index(unknown[0])}"
        raise look.problem(field, what, expected=expected, fix=fix)
    codes = {name: code for code, name in enumerate(header.classes, 1)}
    known = tuple(codes[name] for name in select.class_ if name in codes)
    return SelectedClasses(wire, header.objects, select.class_, known)


def _no_predictions(look: Look, wire: Wire, gives: str) -> Exception:
    """Report a wire to something else than predictions; of a classifier, name who predicts."""
    of_it = [
        name
        for name, node in look.nodes.items()
        if node.predicts is not None and node.predicts.classifier.node == wire.node
    ]
    fix = f"write from: {of_it[0]}" if of_it else "name a predict node"
    what = f"'{wire}' in '{SELECT}.from' gives {gives}"
    return look.problem(f"{SELECT}.from", what, expected=CALLED[PredictionHeader], fix=fix)


def check_trained_for(
    look: Look, selected: SelectedClasses | None, facts: Mapping[str, object]
) -> None:
    """Note where a classifier of a project was trained for other objects than it is used for."""
    learned = facts.get(SELECT)
    said = tuple(str(name) for name in learned) if isinstance(learned, list | tuple) else ()
    if not said or (selected is not None and set(selected.classes) == set(said)):
        return
    here = f"is used for {selected}" if selected else "classifies all of them"
    classes = " or ".join(said)
    look.note(f"it was trained for objects of class {classes} and {here} here; select says which")


def with_selected(model: Part, selected: SelectedClasses | None) -> Part:
    """Return the part of a model that is for some objects."""
    assert isinstance(model.header, ModelHeader)
    return replace(model, header=replace(model.header, selected=selected)) if selected else model


def outside_parts(
    look: Look, selected: SelectedClasses | None, rows: Sequence[Row], *, follow: bool
) -> tuple[Part, ...]:
    """Return the part of one image that finds annotated objects that are not selected.

    There is none where all objects are.
    """
    if selected is None:
        return ()
    reads = (
        Read("matches", Wire(look.name, "matches")),
        Read(SELECTED, selected.predictions, ("ids", "code")),
    )
    part = Part(
        OUTSIDE,
        FactsHeader(OUTSIDE),
        {"codes": list(selected.codes), "follow": follow},
        reads if rows else (),
        joins=frozenset({"t"}),
        tells=OutsideSummary,
        payload=selected,
    )
    return (part,)


def outside(view: View) -> Made:
    """Find the annotated objects of one image that are not selected."""
    matches: Record | None = view.one("matches") if "matches" in view.given else None
    if matches is None or view.all("matches")[0].artifact.digest == EMPTY:
        return Made(Content(empty=True), OutsideSummary())
    found, outcomes = kept_matches(matches.facts)
    used = adopt(found, outcomes) if view.parameters["follow"] else found
    inside = _selected_ids(view)
    rows = [
        number
        for number, each in enumerate(used.matches)
        if each.status in USED and each.object not in inside(each.frame)
    ]
    return Made(Content(record=Record({}, {"rows": rows})), OutsideSummary(rows))


def _selected_ids(view: View) -> Callable[[int | None], set[int]]:
    """Return a function that gives the ids of the selected objects of a frame."""
    import numpy as np

    known: dict[int | None, set[int]] = {}
    for each in view.all(SELECTED):
        said: Prediction = each.load()
        known[each.t] = set(said.ids[np.isin(said.code, view.parameters["codes"])].tolist())
    return lambda frame: known.get(frame, set())
