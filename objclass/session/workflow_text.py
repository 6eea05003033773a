"""Edits of a workflow's text: one value changes, every other character stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from objclass.errors import InputError, Problem

Keys = Sequence[str]
_PLAIN = re.compile(r"[^\W\d]\w*(?:[ -]\w+)*")
"""Texts that need no quotes, unless YAML has a meaning for them."""
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def written(value: object) -> str:
    """Return a value as YAML on one line; texts are quoted where they must be.

    >>> written({"small cell": "#ff0000", "2": [1, 0.5, True, None]})
    '{small cell: "#ff0000", "2": [1, 0.5, true, null]}'
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = (f"{written(str(key))}: {written(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(written, value)) + "]"
    return _text(str(value))


def _text(text: str) -> str:
    import json

    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


class WorkflowText:
    """A workflow's text and where its values stand in it.

    Parameters
    ----------
    text
        As it is in the file.
    """

    def __init__(self, text: str) -> None:
        from ruamel.yaml import YAML

        self.text = text
        self._root = YAML().compose(text.removeprefix("\ufeff"))
        self._shift = len(text) - len(text.removeprefix("\ufeff"))

    def has(self, keys: Keys) -> bool:
        """True where something is written there."""
        return self._find(keys) is not None

    def is_mapping(self, keys: Keys) -> bool:
        """True where a mapping is written there."""
        found = self._find(keys)
        return found is not None and found[1].id == "mapping"

    def with_value(self, keys: Keys, value: object) -> str:
        """Return the text with another value; one that is not written yet follows the others.

        Raises
        ------
        InputError
            Where its mapping is not written.
        """
        found = self._find(keys)
        if found is not None and _is_empty(found[1]):
            end = self._end_of(*found)
            colon = "" if self.text[end + self._shift - 1] == ":" else ":"
            return self._spliced(end, end, f"{colon} {written(value)}")
        if found is not None:
            key, node = found
            same = node.start_mark.column <= key.start_mark.column  # as the dashes of a list may be
            indent = "  " if same else ""
            return self._spliced(node.start_mark.index, _end(node), indent + written(value))
        return self._with_more(keys[:-1], f"{written(keys[-1])}: {written(value)}")

    def with_list(self, keys: Keys, values: Sequence[str]) -> str:
        """Return the text with other entries in a list; lines of entries that stay are kept.

        Raises
        ------
        InputError
            Where its mapping is not written.
        """
        found = self._find(keys)
        items = found[1].value if found and found[1].id == "sequence" else ()
        stay = [item.value for item in items if item.id == "scalar" and item.value in values]
        if not stay or found is None or found[1].flow_style:
            return self.with_value(keys, list(values))
        text = self
        for item in reversed(items):
            if item.id != "scalar" or item.value not in values:
                text = WorkflowText(text._without_lines(item))
        for value in (each for each in values if each not in stay):
            text = WorkflowText(text._with_more(keys, written(value)))
        return text.text

    def _without_lines(self, node: Any) -> str:
        start = self.text.rfind("\n", 0, node.start_mark.index + self._shift) + 1
        line_end = self.text.find("\n", _end(node) + self._shift)
        return self.text[:start] + ("" if line_end < 0 else self.text[line_end + 1 :])

    def with_key(self, keys: Keys, name: str) -> str:
        """Return the text with another name for a key."""
        found = self._find(keys)
        if found is None:
            raise InputError(Problem(f"{'.'.join(keys)} is not written in the workflow"))
        return self._spliced(found[0].start_mark.index, found[0].end_mark.index, written(name))

    def with_order(self, keys: Keys, names: Sequence[str]) -> str:
        """Return the text with the entries of a mapping in another order.

        Comments above an entry and on its line go with it.

        Raises
        ------
        InputError
            Where the mapping is not written, or not so that its entries can be moved.
        """
        found, said = self._find(keys), self.entries(keys)
        if found is None or sorted(said) != sorted(names):
            raise InputError(Problem(f"{'.'.join(keys)} does not hold {', '.join(names)}"))
        ending = "" if self.text.endswith("\n") else self._line_ending
        text = self.text + ending
        spans = self._spans(text, found[1])
        parts = [text[slice(*spans[said.index(name)])] for name in names]
        for (start, stop), part in reversed(list(zip(spans, parts, strict=True))):
            text = text[:start] + part + text[stop:]
        text = text.removesuffix(ending)
        if _entries_in(text, keys) != list(names):
            what = f"the entries of {'.'.join(keys)} cannot be moved"
            raise InputError(Problem(what, fix="move them in the workflow by hand"))
        return text

    def entries(self, keys: Keys) -> list[str]:
        """Return the keys of a mapping, in order; none where none is written."""
        found = self._find(keys)
        return [key.value for key, _ in found[1].value] if found and self.is_mapping(keys) else []

    def _spans(self, text: str, node: Any) -> list[tuple[int, int]]:
        """Return where the entries of a mapping stand: with their lines, where they have some."""
        pairs = [(key.start_mark.index, self._end_of(key, value)) for key, value in node.value]
        pairs = [(start + self._shift, stop + self._shift) for start, stop in pairs]
        if node.flow_style:
            return pairs
        stops = [text.find("\n", stop) + 1 for _, stop in pairs]
        before = text.rfind("\n", 0, pairs[0][0]) + 1
        while text[(line := text.rfind("\n", 0, before - 1) + 1) : before].lstrip()[:1] == "#":
            before = line
        return list(zip([before, *stops[:-1]], stops, strict=True))

    def _end_of(self, key: Any, value: Any) -> int:
        """Return where an entry ends; that of an empty one is behind its colon, if it has one."""
        if not _is_empty(value):
            return _end(value)
        end = int(key.end_mark.index)
        rest = self.text[end + self._shift :]
        colon = len(rest) - len(rest.lstrip(" "))
        return end + colon + 1 if rest[colon : colon + 1] == ":" else end

    def with_item(self, keys: Keys, value: object, old: str | None = None) -> str:
        """Return the text with one more item in a list, or with another in place of `old`."""
        found = self._find(keys)
        if found is None:
            raise InputError(Problem(f"{'.'.join(keys)} is not written in the workflow"))
        for item in found[1].value:
            if old is not None and item.value == old:
                return self._spliced(item.start_mark.index, item.end_mark.index, written(value))
        return self._with_more(keys, written(value))

    def _find(self, keys: Keys) -> tuple[Any, Any] | None:
        """Return the nodes of a key and its value."""
        key, node = None, self._root
        for name in keys:
            pairs = node.value if node is not None and node.id == "mapping" else ()
            found = next(((k, v) for k, v in pairs if k.value == name), None)
            if found is None:
                return None
            key, node = found
        return key, node

    def _with_more(self, keys: Keys, entry: str) -> str:
        """Return the text with an entry more at the end of a mapping or list."""
        found = self._find(keys)
        if found is None or found[1].id == "scalar":
            raise InputError(Problem(f"{'.'.join(keys)} is not written in the workflow"))
        node = found[1]
        pairs = node.value if node.id == "mapping" else ()
        if node.flow_style:
            last = _end(node) - 1
            return self._spliced(last, last, f", {entry}" if node.value else entry)
        column = node.start_mark.column
        last = (self._end_of(*pairs[-1]) if pairs else _end(node)) + self._shift
        line_end = self.text.find("\n", last)
        at = (len(self.text) if line_end < 0 else line_end) - self._shift
        if self.text[: at + self._shift].endswith("\r"):
            at -= 1
        dash = "- " if node.id == "sequence" else ""
        return self._spliced(at, at, f"{self._line_ending}{' ' * column}{dash}{entry}")

    @property
    def _line_ending(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _spliced(self, start: int, stop: int, new: str) -> str:
        return self.text[: start + self._shift] + new + self.text[stop + self._shift :]


def _is_empty(node: Any) -> bool:
    """True for a value that is not written; the parser places it where the next thing stands."""
    return bool(node.id == "scalar" and node.start_mark.index == node.end_mark.index)


def _entries_in(text: str, keys: Keys) -> list[str]:
    """Return the keys of a mapping in a text, none where it is not YAML."""
    from ruamel.yaml.error import YAMLError

    try:
        return WorkflowText(text).entries(keys)
    except YAMLError:
        return []


def _end(node: Any) -> int:
    """Return where what is written of a node ends; comments behind it are not part of it."""
    if node.id == "scalar" or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1] if node.value else None
    if last is None:
        return int(node.end_mark.index)
    return _end(last[1] if isinstance(last, tuple) else last)
