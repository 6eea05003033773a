"""Feature families that are not built in: from files a workflow lists, or from packages.

A file runs only where the workflow that the user names lists it and a person has allowed its
digest. A project records names, digests and source of plugin files and never runs them.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from objclass.data.digest import of_bytes
from objclass.engine.node import Node
from objclass.errors import InputError, Place, Problem, list_some, raise_all
from objclass.io.trusted import is_trusted, trust, trust_file
from objclass.measure.families import BUILT_IN, TABLES
from objclass.measure.family import Family
from objclass.nodes.families import PluginFamily, PluginSource, family_of

if TYPE_CHECKING:
    from objclass.io.project.contents import ProjectFile

GROUP = "objclass.features"


@dataclass
class Trust:
    """Whether the plugin files of a workflow may run.

    Parameters
    ----------
    given
        True where a person allows those that are not known yet: they are remembered.
    notes
        What a person should know of that.
    """

    given: bool = False
    notes: list[str] = field(default_factory=list)

    def problems(self, sources: Mapping[Path, bytes]) -> Iterator[Problem]:
        """Yield the files that nobody allowed; remember those that are allowed now."""
        known = is_trusted() if sources else frozenset()
        for path, source in sources.items():
            digest = of_bytes(source)
            if digest in known:
                continue
            if self.given:
                self._remember(digest, path)
                continue
            what = f"plugin {path} is code that nobody on this account has allowed to run"
            fix = "read it, then add --trust-plugins once"
            yield Problem(what, got=f"a file with the digest {digest}", fix=fix)

    def _remember(self, digest: str, path: Path) -> None:
        try:
            trust(digest, path)
            self.notes.append(f"plugin {path} may run from now on, as long as it stays as it is")
        except OSError as error:
            where = trust_file() or "the list of trusted plugins"
            says = error.strerror or str(error)
            self.notes.append(f"plugin {path} may run this once: {where} not written ({says})")


def added_families(
    paths: Sequence[Path], nodes: Mapping[str, Node], trust: Trust
) -> dict[str, PluginFamily]:
    """Return the families of plugin files, and of packages where a workflow names them.

    A file runs only where a person has allowed its digest; see :class:`Trust`.

    Raises
    ------
    InputError
        For files that are missing, not allowed, fail, hold no family, or repeat a name.
    """
    sources = {path: source_of(path) for path in paths}
    raise_all(trust.problems(sources))
    found: dict[str, PluginFamily] = {}
    for path, source in sources.items():
        found |= run_source(path, source, [*BUILT_IN, *TABLES, *found])
    return found | _find_offered(nodes, found)


def _unknown(nodes: Mapping[str, Node], known: Sequence[str]) -> bool:
    """Return True where a features node names a family that is not known yet."""
    entries = [e for node in nodes.values() if node.measures for e in node.measures.measure]
    texts = [str(e) for e in entries if family_of(e, known) is None]
    return any(not text.startswith(("all", "group:", "-", "*")) for text in texts)


def from_file(path: Path, taken: Iterable[str]) -> dict[str, PluginFamily]:
    """Run a plugin file, whoever wrote it, and return its families by name."""
    return run_source(path, source_of(path), taken)


def source_of(path: Path) -> bytes:
    """Return the bytes of a plugin file."""
    if path.suffix != ".py":
        expected = "a file ending in .py"
        raise InputError(Problem(f"plugin {path} is no Python file", expected=expected))
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"plugin {path} cannot be read", got=error.strerror)) from None


def run_source(path: Path, source: bytes, taken: Iterable[str]) -> dict[str, PluginFamily]:
    """Run the bytes of a plugin file and return its families by name."""
    file = PluginSource(path, source, of_bytes(source))
    found: dict[str, PluginFamily] = {}
    module = _run(file)
    for each in _families(module):
        _check_name(f"plugin {path}", each.name, [*taken, *found])
        family = replace(each, home=module.__name__)
        found[each.name] = PluginFamily(family, file.digest, file)
    if not found:
        fix = "decorate a function with objclass.measure.plugin.object_family"
        raise InputError(Problem(f"plugin {path} holds no feature family", fix=fix))
    return found


def _families(module: ModuleType) -> Iterator[Family]:
    """Yield the families that a module makes, each once, not those it imports from objclass."""
    built_in = {sys.modules[name].FAMILY for name in BUILT_IN.values() if name in sys.modules}
    for value in dict.fromkeys(v for v in vars(module).values() if isinstance(v, Family)):
        if value not in built_in:
            yield value


def _check_name(who: str, name: str, taken: Iterable[str]) -> None:
    if name in taken:
        raise InputError(Problem(f"{who}: the name {name} is taken", fix="rename it"))
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        what = f"{who}: '{name}' cannot begin the names of columns"
        raise InputError(Problem(what, expected="letters, digits and _, a letter first"))


def run_again(sources: Iterable[PluginSource]) -> None:
    """Run plugin files in another process, whatever became of them since the run began.

    Raises
    ------
    ValueError
        Where the bytes are not those that a person has allowed to run.
    """
    for file in sources:
        if of_bytes(file.content) != file.digest:
            raise ValueError(f"plugin {file.path} did not arrive as it was sent")
        _run(file)


def sources_of(families: Mapping[str, PluginFamily]) -> tuple[PluginSource, ...]:
    """Return the plugin files behind families, each once."""
    return tuple(dict.fromkeys(each.source for each in families.values() if each.source))


def _run(file: PluginSource) -> ModuleType:
    """Run exactly the bytes the digest is of: a compiled file beside them may be older."""
    path = file.path
    module = ModuleType(f"objclass_plugin_{path.stem}_{file.digest[:8]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and pickle look a module up by name
    try:
        exec(compile(file.content, str(path), "exec"), vars(module))
    except (Exception, SystemExit) as error:  # whatever a person's own code raises
        del sys.modules[module.__name__]
        raise InputError(_failure(path, error)) from None
    return module


def _failure(path: Path, error: BaseException) -> Problem:
    """Return what a plugin raised, at its own line."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == str(path)]
    line = lines[-1] if lines else getattr(error, "lineno", 0) or 0
    text = error.msg if isinstance(error, SyntaxError) else error
    what = f"plugin fails: {type(error).__name__}: {text}"
    return Problem(what, place=Place(str(path), line))


def recorded_families(
    project: ProjectFile, paths: Sequence[Path], nodes: Mapping[str, Node]
) -> dict[str, PluginFamily]:
    """Return the families of the plugin files that a project was trained with.

    A project names its plugin files but never runs them: the user gives the files, and they
    must be the same, byte by byte. Families of packages come from the packages installed.

    Raises
    ------
    InputError
        For files that are missing, or not those that the project records.
    """
    known = {plugin.digest: plugin.name for plugin in project.plugins}
    found: dict[str, PluginFamily] = {}
    problems = []
    for path in paths:
        digest = of_bytes(path.read_bytes()) if path.is_file() else ""
        if digest not in known:
            what = f"--plugin {path} is not a file that the project was trained with"
            problems.append(Problem(what, expected=list_some(known.values()) or "no plugin"))
            continue
        known.pop(digest)
        found |= from_file(path, [*BUILT_IN, *TABLES, *found])
    for name in known.values():
        what = f"the project measures with the plugin {name}, which is not run from the project"
        problems.append(Problem(what, fix=f"add --plugin {name} (the same file)"))
    if problems:
        raise InputError(*problems)
    return found | _find_offered(nodes, found)


def _find_offered(
    nodes: Mapping[str, Node], added: Mapping[str, PluginFamily]
) -> dict[str, PluginFamily]:
    """Return the families of packages where a node names one that is not known otherwise."""
    known = [*BUILT_IN, *TABLES, *added]
    return from_packages(known) if _unknown(nodes, known) else {}


def from_packages(taken: Iterable[str]) -> dict[str, PluginFamily]:
    """Return the families that installed packages offer under ``objclass.features``.

    Raises
    ------
    InputError
        For entry points that cannot be imported, are no family, or repeat a name.
    """
    from importlib.metadata import entry_points

    found: dict[str, PluginFamily] = {}
    for point in entry_points(group=GROUP):
        who = f"entry point {point.value} of {GROUP}"
        try:
            family = point.load()
        except Exception as error:  # whatever another package raises
            what = f"{who} fails: {type(error).__name__}: {error}"
            raise InputError(Problem(what, fix="update or remove that package")) from None
        if not isinstance(family, Family):
            raise InputError(Problem(f"{who} is no feature family", got=type(family).__name__))
        _check_name(who, family.name, [*taken, *found])
        home = point.value.partition(":")[0]
        if any(value is family for value in vars(sys.modules.get(home, object)).values()):
            family = replace(family, home=home)
        version = point.dist.version if point.dist else ""
        found[family.name] = PluginFamily(family, f"{point.value} {version}")
    return found
