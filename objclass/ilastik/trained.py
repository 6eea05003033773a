"""What a project's forest was trained on, and the forest as one of our trained classifiers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from objclass.data.dataclass import dataclass
from objclass.data.model import Model
from objclass.errors import InputError, Problem, list_some
from objclass.ilastik.contents import IlastikProject, InputInfo
from objclass.ilastik.forest import as_model
from objclass.ilastik.inputs import RAW, SECOND, locate
from objclass.ilastik.names import PLUGINS, chosen, columns, dimensions_of

MOST_CHANNELS: Final = 64
RETRAIN: Final = "import the project (objclass import) and train again"


@dataclass(frozen=True)
class ImageContract:
    """What an image must be like to be classified.

    Parameters
    ----------
    dimensions
        2 or 3.
    channels
        Number of channels of the raw image.
    columns
        The classifier's columns in its order.
    """

    dimensions: int
    channels: int
    columns: tuple[str, ...]


def contract_of(project: IlastikProject) -> ImageContract:
    """Return dimensions, channels and columns that the project was trained with.

    What the project does not say (old ones store no shapes) follows from the number of
    columns of its forest, or else from the header of the training image.

    Raises
    ------
    InputError
        For feature plugins that are unknown or not rebuilt, for a forest whose number of
        columns does not fit, and where the number of channels cannot be told.
    """
    _check_plugins(project)
    known = _known(project)
    if known is None:
        known = _fitting(project)
    return _contract(project, *known)


def model_of(project: IlastikProject, contract: ImageContract | None = None) -> Model:
    """Return the stored forest as a model.

    Raises
    ------
    InputError
        As :func:`contract_of`, and where no forest is stored.
    """
    if not project.forests:
        what = f"{project.path} holds no trained forest"
        fix = f"{RETRAIN}; or train it in ilastik (Live Update) and save it"
        raise InputError(Problem(what, fix=fix))
    contract = contract or contract_of(project)
    facts: dict[str, object] = {
        "ilastik": project.version,
        "trees": sum(len(forest.trees) for forest in project.forests),
        "examples": max(forest.rows for forest in project.forests),
    }
    names = [each.name for each in project.classes]
    try:
        return as_model(project.forests, names, contract.columns, facts=facts)
    except InputError as error:
        raise InputError(*(_in_file(each, project) for each in error.problems)) from None


def _in_file(problem: Problem, project: IlastikProject) -> Problem:
    """Name the project's file in what is wrong with its forest."""
    return replace(problem, what=f"{project.path}: {problem.what}")


def _check_plugins(project: IlastikProject) -> None:
    """Refuse features that are not known here."""
    strange = list(unknown_features(project))
    if strange:
        fix = "remove these features in ilastik and train again"
        known = list_some(PLUGINS)
        what = f"{project.path}: features that are not known here"
        raise InputError(Problem(what, got=list_some(strange), expected=known, fix=fix))


def unknown_features(project: IlastikProject) -> Iterator[str]:
    """Yield, in words, the plugins and features of a project that are not known here."""
    for plugin, names in project.used.items():
        if plugin in PLUGINS:
            strange = [name for name in names if name not in PLUGINS[plugin]]
            yield from (f"'{name}' of {plugin}" for name in strange)
        elif names:
            yield f"plugin '{plugin}' ({list_some(names, 3)})"


def _contract(project: IlastikProject, dimensions: int, channels: int) -> ImageContract:
    found = columns(project.used, dimensions, channels, project.has_margin)
    for forest in project.forests:
        if forest.columns != len(found):
            raise InputError(_misfit(project, dimensions, channels, len(found)))
    return ImageContract(dimensions, channels, tuple(column.name for column in found))


def _misfit(project: IlastikProject, dimensions: int, channels: int, count: int) -> Problem:
    stored = list_some(dict.fromkeys(str(forest.columns) for forest in project.forests))
    image = f"{dimensions}D with {channels} channel{'s' if channels != 1 else ''}"
    return Problem(
        f"{project.path}: the forest does not fit the selected features",
        got=f"{stored} columns in the forest, {count} of the features in {image}",
        fix=RETRAIN,
    )


def _known(project: IlastikProject) -> tuple[int, int] | None:
    """Return dimensions and channels of the training images, where project or files say."""
    raw = project.input(RAW)
    found = (_dimensions(project), raw.length("c") if raw else None)
    if found[0] is not None and found[1] is not None:
        return found[0], found[1]
    return _from_file(project, raw) if raw and not project.forests else None


def _dimensions(project: IlastikProject) -> int | None:
    """Return 2 or 3 by the shapes of the inputs, or by features of one of them."""
    for role in (RAW, SECOND[project.variant]):
        info = project.input(role)
        depth = info.length("z") if info else None
        if depth is not None:
            return 2 if depth == 1 else 3
    return dimensions_of(project.used)


def _from_file(project: IlastikProject, info: InputInfo) -> tuple[int, int] | None:
    """Ask the header of the training image."""
    from objclass.io.formats import describe
    from objclass.io.image import layout_of

    path = locate(info.files[0], project.path.parent) if len(info.files) == 1 else None
    if path is None:
        return None
    layout = layout_of(describe(path), info.axes or None)
    return len(layout.spatial), layout.channels


def _fitting(project: IlastikProject) -> tuple[int, int]:
    """Return the only dimensions and channels with which the forest's columns come out."""
    raw = project.input(RAW)
    dimensions, channels = _dimensions(project), raw.length("c") if raw else None
    tried = [
        (d, c)
        for d in ((dimensions,) if dimensions else (2, 3))
        for c in ((channels,) if channels else range(1, MOST_CHANNELS + 1))
    ]
    wanted = {forest.columns for forest in project.forests}
    counts = {pair: _count(project, *pair) for pair in tried}
    fitting = [pair for pair, count in counts.items() if wanted == {count}]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and project.forests:
        raise InputError(_misfit(project, *tried[0], counts[tried[0]]))
    what = f"{project.path} does not say whether its images were 2D or 3D and with which channels"
    got = list_some((f"{d}D with {c} channels" for d, c in fitting), 4) if fitting else "no shape"
    fix = "open it in ilastik and save it again, so that it stores their shape"
    raise InputError(Problem(what, got=got, fix=fix))


def _count(project: IlastikProject, dimensions: int, channels: int) -> int:
    features = chosen(project.used, dimensions, channels, project.has_margin)
    return sum(feature.count(dimensions, channels) for _, feature in features)
