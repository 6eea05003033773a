"""A workflow's text and the places of its values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.error import YAMLError

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Place, Problem, nearest
from objclass.schema.written import LocatedValue, RefusedYaml, UnknownAlias, build

LARGEST: Final = 1_000_000
"""Bytes; a workflow is a few thousand."""

Keys = tuple[str | int, ...]
"""The way to a value: keys of mappings and 0-based positions in lists."""


@dataclass(frozen=True)
class YamlMapping:
    """A YAML mapping with the place of everything in it.

    Parameters
    ----------
    file
        The file's name as messages show it.
    text
        The text, verbatim.
    root
        The tree of values.
    problems
        Keys given twice and tags; reading goes on behind them (the first value of a key
        counts, a tag is passed over), so whoever uses the data raises them.
    """

    file: str
    text: str
    root: LocatedValue
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, path: Path) -> YamlMapping:
        """Read a file.

        Raises
        ------
        InputError
            If it does not exist, is no UTF-8 text or no YAML mapping.
        """
        try:
            content = path.read_bytes() if path.stat().st_size <= LARGEST else None
        except OSError as error:
            raise InputError(_not_read(path, error)) from None
        if content is None:
            what = "is larger than 1 MB; a workflow is a text of a few lines"
            raise InputError(Problem(what, place=Place(str(path))))
        return cls.parse(_decode(content, str(path)), str(path))

    @classmethod
    def parse(cls, text: str, file: str) -> YamlMapping:
        """Read a text whose places shall name `file`.

        Raises
        ------
        InputError
            With every YAML trap that can be found, explained.
        """
        text = text.removeprefix("\ufeff")
        try:
            root, problems = build(text, file)
        except (YAMLError, UnknownAlias) as error:
            from objclass.schema.traps import explain  # not needed for a text that reads

            raise InputError(*explain(error, text, file)) from None
        except RefusedYaml as error:
            raise InputError(error.problem) from None
        if root.content is None:
            raise InputError(Problem("is empty", fix="start with version: 1", place=Place(file)))
        if not isinstance(root.content, dict):
            raise InputError(_no_mapping(root, file))
        return cls(file, text, root, tuple(problems))

    @property
    def data(self) -> dict[str, Any]:
        """Plain data: dict, tuple, str, bool, None, and numbers with their ``text``."""
        plain: dict[str, Any] = self.root.plain()
        return plain

    def find(self, keys: Keys) -> LocatedValue | None:
        """Return the value at `keys`, or None where nothing is written."""
        written: LocatedValue | None = self.root
        for key in keys:
            written = None if written is None else _step(written, key)
        return written

    def place(self, keys: Keys) -> Place:
        """Return where a value stands; where it is not written, its nearest encloser."""
        return self._nearest(keys).place

    def key_place(self, keys: Keys) -> Place:
        """Return where a value's key stands; the value's own place in a list."""
        written = self._nearest(keys)
        return written.key or written.place

    def _nearest(self, keys: Keys) -> LocatedValue:
        found = (self.find(keys[:length]) for length in range(len(keys), 0, -1))
        return next((written for written in found if written is not None), self.root)

    def with_value(self, keys: Keys, value: LocatedValue) -> YamlMapping:
        """Return a source in which another value stands at `keys`, all other places kept.

        Mappings that are missing on the way are made; a list can only get a value at a
        position it has.

        Raises
        ------
        KeyError
            If the way leads through a scalar or past the end of a list.
        """
        return replace(self, root=_replace(self.root, keys, value))


def _not_read(path: Path, error: OSError) -> Problem:
    """Say why a workflow cannot be read, with the nearest one in its folder."""
    reason = (error.strerror or str(error)).lower()
    folder = path.parent
    near = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    close = nearest(path.name, [name for name in near if name.endswith((".yaml", ".yml"))])
    fix = f"did you mean {folder / close}?" if close and not path.exists() else None
    return Problem(f"cannot be read: {reason}", fix=fix, place=Place(str(path)))


def _step(written: LocatedValue, key: str | int) -> LocatedValue | None:
    if isinstance(written.content, dict):
        return written.content.get(str(key))
    if isinstance(written.content, tuple) and isinstance(key, int):
        return written.content[key] if 0 <= key < len(written.content) else None
    return None


def _replace(written: LocatedValue, keys: Keys, value: LocatedValue) -> LocatedValue:
    if not keys:
        return value
    content, key = written.content, keys[0]
    if isinstance(content, dict):
        inner = content.get(str(key)) or LocatedValue({}, value.place, value.key)
        return replace(written, content={**content, str(key): _replace(inner, keys[1:], value)})
    if isinstance(content, tuple) and isinstance(key, int) and 0 <= key < len(content):
        item = _replace(content[key], keys[1:], value)
        return replace(written, content=(*content[:key], item, *content[key + 1 :]))
    raise KeyError(key)


def _decode(content: bytes, file: str) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        byte = content[error.start]
        what = f"is not UTF-8 text: byte 0x{byte:02x}"
        fix = "is this a workflow? If so, save it as UTF-8"
        if content.startswith(b"\x89HDF"):
            fix = "this is HDF5: what a project file holds is told by 'objclass project show'"
        raise InputError(Problem(what, fix=fix, place=Place(file, line))) from None
    return text


def _no_mapping(root: LocatedValue, file: str) -> Problem:
    found = root.content
    kind = "a list" if isinstance(found, tuple) else f"the text '{str(found)[:40]}'"
    return Problem(
        "is not a workflow", got=kind, expected="version: 1, then nodes:", place=Place(file)
    )
