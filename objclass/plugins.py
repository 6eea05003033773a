"""Feature families that are not built in: from files a workflow lists, or from packages.

A file is run only because the workflow that the user names lists it. A project records
names, digests and source of plugin files and never runs them.
"""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from objclass.data.digest import of_bytes
from objclass.engine.node import Node
from objclass.errors import InputError, Place, Problem, listed
from objclass.io.project.contents import ProjectFile
from objclass.measure.families import BUILT_IN, TABLES
from objclass.measure.family import Family
from objclass.nodes.families import ILASTIK, Added, family_of
from objclass.nodes.features import FeaturesNode

GROUP = "objclass.features"


def added_families(paths: Sequence[Path], nodes: Mapping[str, Node]) -> dict[str, Added]:
    """Return the families of plugin files, and of packages where a workflow names them.

    Raises
    ------
    InputError
        For files that are missing, fail, hold no family, or repeat a name.
    """
    found: dict[str, Added] = {}
    for path in paths:
        found |= from_file(path, [*BUILT_IN, *TABLES, *found])
    return found | (from_packages() if _unknown(nodes, found) else {})


def _unknown(nodes: Mapping[str, Node], added: Mapping[str, Added]) -> bool:
    """Return True where a features node names a family that is not known yet."""
    known = [*BUILT_IN, *TABLES, *added, ILASTIK]
    entries = [e for node in nodes.values() if isinstance(node, FeaturesNode) for e in node.measure]
    texts = [str(e) for e in entries if family_of(e, known) is None]
    return any(not text.startswith(("all", "group:", "-", "*")) for text in texts)


def from_file(path: Path, taken: Iterable[str]) -> dict[str, Added]:
    """Run a plugin file and return its families by name."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"plugin {path} cannot be read", got=error.strerror)) from None
    module = _run(path)
    families = [value for value in vars(module).values() if isinstance(value, Family)]
    if not families:
        fix = "decorate a function with objclass.measure.plugin.object_family"
        raise InputError(Problem(f"plugin {path} holds no feature family", fix=fix))
    twice = [each.name for each in families if each.name in taken]
    if twice:
        raise InputError(
            Problem(f"plugin {path}: the name {listed(twice)} is taken", fix="rename it")
        )
    return {each.name: Added(each, of_bytes(source)) for each in families}


def _run(path: Path) -> ModuleType:
    name = f"objclass_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(
            Problem(f"plugin {path} is no Python file", expected="a file ending in .py")
        )
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a person's own code raises
        lines = [
            f.lineno or 0
            for f in traceback.extract_tb(error.__traceback__)
            if f.filename == str(path)
        ]
        line = lines[-1] if lines else getattr(error, "lineno", 0) or 0
        what = f"plugin fails: {type(error).__name__}: {error}"
        raise InputError(Problem(what, place=Place(str(path), line))) from None
    return module


def recorded_families(project: ProjectFile, paths: Sequence[Path]) -> dict[str, Added]:
    """Return the families of the plugin files that a project was trained with.

    A project names its plugin files but never runs them: the user gives the files, and they
    must be the same, byte by byte.

    Raises
    ------
    InputError
        For files that are missing, or not those that the project records.
    """
    known = {plugin.digest: plugin.name for plugin in project.plugins}
    found: dict[str, Added] = {}
    problems = []
    for path in paths:
        digest = of_bytes(path.read_bytes()) if path.is_file() else ""
        if digest not in known:
            what = f"--plugin {path} is not a file that the project was trained with"
            problems.append(Problem(what, expected=listed(known.values()) or "no plugin"))
            continue
        known.pop(digest)
        found |= from_file(path, [*BUILT_IN, *TABLES, *found])
    for name in known.values():
        what = f"the project measures with the plugin {name}, which is not run from the project"
        problems.append(Problem(what, fix=f"add --plugin {name} (the same file)"))
    if problems:
        raise InputError(*problems)
    return found


def from_packages() -> dict[str, Added]:
    """Return the families that installed packages offer under ``objclass.features``."""
    from importlib.metadata import entry_points

    found: dict[str, Added] = {}
    for point in entry_points(group=GROUP):
        family = point.load()
        if isinstance(family, Family):
            version = point.dist.version if point.dist else ""
            found[family.name] = Added(family, f"{point.value} {version}")
    return found
