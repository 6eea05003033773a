"""Which files a batch is given for which input, and the images they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import cast

from objclass.batch.request import BatchRequest, Patterns
from objclass.engine.look import ImageKey
from objclass.engine.node import Node
from objclass.errors import InputError, ObjclassError, Problem, list_some, nearest, raise_all
from objclass.images import image_keys
from objclass.io.name_order import misplaced
from objclass.io.path_spelling import relative_path
from objclass.io.patterns import InputPath
from objclass.nodes.input import InputNode
from objclass.schema.workflow import Workflow

Group = Mapping[str, str]
"""Input node to the pattern whose files belong together with those of the other inputs."""


def with_inputs(nodes: Mapping[str, Node], group: Group) -> dict[str, Node]:
    """Return the nodes with every input reading the files of this batch, uncropped."""
    found = dict(nodes)
    for name, pattern in group.items():
        node = cast(InputNode, nodes[name])
        crop = node.crop.without_ranges() if node.crop else None
        found[name] = node.model_copy(update={"path": pattern, "crop": crop})
    return found


def grouped(wanted: Mapping[str, Sequence[str]]) -> list[Group]:
    """Return the first patterns of every input, then the second of every input, and so on.

    An input with one path without names serves them all.

    Raises
    ------
    InputError
        Where inputs have different numbers of patterns, or names that contradict the order.
    """
    most = max(len(patterns) for patterns in wanted.values())
    serving = {n for n, p in wanted.items() if len(p) == 1 and (most == 1 or is_plain(p[0]))}
    uneven = [name for name, p in wanted.items() if len(p) != most and name not in serving]
    if uneven:
        counts = (f"{len(patterns)} for '{name}'" for name, patterns in wanted.items())
        what = "the inputs have different numbers of patterns, so that nothing pairs them"
        fix = "give every input as many, in the same order"
        raise InputError(Problem(what, got=list_some(counts), fix=fix))
    raise_all(misplaced({name: p for name, p in wanted.items() if name not in serving}))
    return [
        {name: p[0] if name in serving else p[number] for name, p in wanted.items()}
        for number in range(most)
    ]


def shared_files(
    wanted: Mapping[str, Sequence[str]],
    images: Sequence[ImageKey],
    declared: Mapping[str, Node],
    meant: Sequence[str],
) -> Iterator[Problem]:
    """Report a file that would serve more images than it was given for.

    An atlas is meant to, the prediction map of one image is not.

    Parameters
    ----------
    wanted
        Input node to the patterns given for it.
    images
        The images that they make.
    declared
        The nodes of the workflow: an input that has no names there, beside one that has, is
        meant to serve all.
    meant
        Inputs that a person says are meant to.
    """
    named = {name: bool(_names_of(cast(InputNode, declared[name]).path)) for name in wanted}
    for name, patterns in wanted.items():
        if name in meant or (any(named.values()) and not named[name]):
            continue
        if all(map(_names_of, patterns)):
            continue
        given = Counter(relative_path(pattern, Path.cwd()) for pattern in patterns)
        for file, count in _served(name, images).items():
            if count > max(given[file], 1):
                fix = f"add --shared {name} if it is meant for all, else give one for every image"
                yield Problem(f"one file would serve {count} images", got=file, fix=fix, node=name)


def _served(node: str, images: Sequence[ImageKey]) -> Counter[str]:
    """Return how many images every file of an input serves; of a stack the first counts."""
    named = (image.files[node][1] for image in images if node in image.files)
    return Counter(each if isinstance(each, str) else str(each[0]) for each in named)


def _names_of(pattern: str) -> tuple[str, ...]:
    return InputPath.parse(pattern, Path.cwd()).pattern.shared_names


def is_plain(pattern: str) -> bool:
    """Return True for the path of one file."""
    return InputPath.parse(pattern, Path.cwd()).pattern.is_plain


def images_of_groups(
    workflow: Workflow,
    nodes: Mapping[str, Node],
    groups: Sequence[Group],
    results: Sequence[str],
    out: Path,
) -> list[ImageKey]:
    """Return the images of all groups, each called differently.

    A file without a partner is an image with that problem; the others do not suffer.

    Parameters
    ----------
    workflow, nodes
        What the images are for.
    groups
        Patterns that belong together.
    results, out
        Paths of results and their folder: files that are there from before are no images.

    Raises
    ------
    InputError
        For groups without images and images that nothing tells apart.
    """
    found: list[ImageKey] = []
    problems: list[Problem] = []
    for group in groups:
        here = with_inputs(nodes, group)
        try:
            found += image_keys(
                workflow,
                here,
                Path.cwd(),
                sheet=False,
                results=results,
                out=out,
                keep_unpaired=True,
            )
        except ObjclassError as error:
            problems += error.problems
    raise_all(problems)
    return tell_apart(found) if len(groups) > 1 else found


def tell_apart(images: Sequence[ImageKey]) -> list[ImageKey]:
    """Return the images with names of their own: where two are alike, their folders go first.

    ``p1/a.tif`` and ``p2/a.tif`` are ``p1_a`` and ``p2_a``.

    Raises
    ------
    InputError
        Where a file is given twice, or names stay alike.
    """
    by_name: dict[str, list[ImageKey]] = {}
    for image in images:
        by_name.setdefault(image.name, []).append(image)
    renamed = {
        id(image): name
        for alike in by_name.values()
        if len(alike) > 1
        for image, name in zip(alike, _names(alike), strict=True)
    }
    found = [replace(image, name=renamed.get(id(image), image.name)) for image in images]
    names = [image.name for image in found]
    raise_all(_alike(name, found) for name in dict.fromkeys(names) if names.count(name) > 1)
    return found


def _names(alike: Sequence[ImageKey]) -> list[str]:
    """Return names with as many folders before them as tell the images apart."""
    folders = [PurePath(_first(image)).parent.parts for image in alike]
    for depth in range(1, max(map(len, folders)) + 1):
        names = [
            "_".join((*parts[-depth:], image.name))
            for parts, image in zip(folders, alike, strict=True)
        ]
        if len(set(names)) == len(names):
            return names
    return [image.name for image in alike]


def _first(image: ImageKey) -> str:
    """Return the first file of an image as it was written."""
    named = next(iter(image.files.values()))[1]
    return named if isinstance(named, str) else str(named[0])


def _alike(name: str, images: Sequence[ImageKey]) -> Problem:
    files = [_first(image) for image in images if image.name == name]
    if len(set(files)) < len(files):
        return Problem(f"{files[0]} is given twice", fix="give every image once")
    what = f"{len(files)} images would be called '{name}'"
    fix = "use one pattern with a {name} for what varies"
    return Problem(what, got=list_some(files, 4), fix=fix)


def wanted_inputs(nodes: Mapping[str, Node], request: BatchRequest) -> dict[str, tuple[str, ...]]:
    """Return the patterns of every input node; report inputs without one and unknown names."""
    inputs = {name: node for name, node in nodes.items() if isinstance(node, InputNode)}
    wanted = {name: several(patterns) for name, patterns in request.inputs.items()}
    problems = [_unknown_input(name, inputs) for name in request.inputs if name not in inputs]
    for role, patterns in request.roles.items():
        fitting = [name for name, node in inputs.items() if node.role == role]
        given = [name for name in fitting if name in wanted]
        if len(fitting) == 1 and not given:
            wanted[fitting[0]] = several(patterns)
        else:
            problems.append(_unclear_role(role, fitting, given, inputs))
    if not problems:
        problems += [_no_files(name, inputs[name]) for name in inputs if not wanted.get(name)]
    raise_all(problems)
    return {name: wanted[name] for name in inputs}


def several(patterns: Patterns) -> tuple[str, ...]:
    """Return patterns as a tuple, also where there is one."""
    return (str(patterns),) if isinstance(patterns, str | Path) else tuple(map(str, patterns))


def missing_inputs(images: Sequence[ImageKey]) -> dict[str, list[Path]]:
    """Return the files that are not there, by image; patterns only find what is."""
    found: dict[str, list[Path]] = {}
    known: dict[Path, bool] = {}
    for image in images:
        for source, _ in image.files.values():
            for path in source.files:
                if path not in known:
                    known[path] = path.exists()
                if not known[path]:
                    found.setdefault(image.name, []).append(path)
    return found


def _unknown_input(name: str, inputs: Mapping[str, InputNode]) -> Problem:
    close = nearest(name, inputs)
    fix = f"did you mean {close}?" if close else None
    what = f"--input {name}: the project has no such input"
    return Problem(what, expected=_inputs(inputs), fix=fix)


def _unclear_role(
    role: str, fitting: Sequence[str], given: Sequence[str], inputs: Mapping[str, InputNode]
) -> Problem:
    """Say why the files of a role belong to no one input."""
    option = f"--{role.replace('_', '-')}"
    if not fitting:
        return Problem(f"{option}: the project has no such input", expected=_inputs(inputs))
    if len(fitting) == 1:
        what = f"{option} and --input {given[0]} name the same input"
        return Problem(what, fix="give one of them")
    what = f"{option}: the project has {len(fitting)} such inputs"
    return Problem(what, got=list_some(fitting), fix="use --input NODE=PATTERN")


def _inputs(inputs: Mapping[str, InputNode]) -> str:
    return list_some(f"{name} ({node.role})" for name, node in inputs.items())


def _no_files(name: str, node: InputNode) -> Problem:
    option = f"--{node.role.replace('_', '-')} PATTERN or --input {name}=PATTERN"
    return Problem(f"the project's input '{name}' has no files", fix=f"add {option}")
